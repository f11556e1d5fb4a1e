#include "find_run.h"

#include "base/error.h"
#include "base/files.h"

namespace bitloom::cli {

namespace fs = std::filesystem;

fs::path findRun(const std::string& name, const fs::path& library) {
    fs::path given = pathFromUtf8(name);
    std::error_code ignored;
    if (fs::exists(given / "spec.json", ignored) || given.has_parent_path()) return given;
    if (fs::exists(library / given / "spec.json", ignored)) return library / given;
    return given;
}

void checkLibrary(const std::string& library) {
    std::error_code unknown;
    const std::filesystem::path path = pathFromUtf8(library);
    if (!library.empty() && std::filesystem::exists(path, unknown) &&
        !std::filesystem::is_directory(path, unknown))
        throw InputError("--library", library, "is not a folder");
}

}  // namespace bitloom::cli
