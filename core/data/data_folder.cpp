#include "data/data_folder.h"

#include "base/error.h"
#include "base/files.h"

namespace bitloom {

std::filesystem::path datasetsFolder() {
    return userDataFolder() / "datasets";
}

std::filesystem::path installedFile(const std::string& folder, const std::string& name) {
    return datasetsFolder() / folder / name;
}

std::string howToGet(const std::string& dataset) {
    return "get it with `bitloom-cli data download " + dataset +
           "`, or `bitloom-cli data import FOLDER` if you have its files";
}

std::string readInstalled(const std::string& folder, const std::string& name,
                          const std::string& dataset) {
    const std::filesystem::path path = installedFile(folder, name);
    std::error_code failure;
    if (!std::filesystem::exists(path, failure))
        throw InputError(utf8(path), {},
                         "dataset " + dataset + " is not installed; " + howToGet(dataset));
    if (!std::filesystem::is_regular_file(path, failure))
        throw InputError(utf8(path), {}, "is not a file");
    std::string content = readFile(path);
    if (content.empty())
        throw InputError(utf8(path), {}, "is empty, a file of dataset " + dataset + " is expected");
    return content;
}

}  // namespace bitloom
