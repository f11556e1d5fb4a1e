#include "output_file.h"

#include <unistd.h>

#include "base/error.h"
#include "base/files.h"

namespace bitloom::cli {

std::filesystem::path outputFile(const char* option, const std::string& name) {
    if (name.empty()) throw InputError(option, {}, "needs the name of a file");
    const std::filesystem::path path = pathFromUtf8(name);
    std::error_code failure;
    if (!path.has_filename() || std::filesystem::is_directory(path, failure))
        throw InputError(option, name, "is a folder; the name of a file is expected");
    const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
    if (!std::filesystem::is_directory(folder, failure))
        throw InputError(option, name, "there is no folder " + utf8(folder));
    if (::access(folder.c_str(), W_OK) != 0)
        throw InputError(option, name, "the folder " + utf8(folder) + " cannot be written to");
    return path;
}

}  // namespace bitloom::cli
