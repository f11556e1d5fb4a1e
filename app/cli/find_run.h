#pragma once
// Runs named on the command line.

#include <filesystem>
#include <string>

namespace bitloom::cli {

/// A run is a folder, or its name in the library. A name that is neither comes back as it is, for
/// the reader of the folder to refuse.
std::filesystem::path findRun(const std::string& name, const std::filesystem::path& library);

/// Of --library: "" is the default one. Throws InputError where something else than a folder
/// stands.
void checkLibrary(const std::string& library);

}  // namespace bitloom::cli
