#pragma once
// Files a command is to write, checked before its work.

#include <filesystem>
#include <string>

namespace bitloom::cli {

/// The path of `name`. Throws InputError naming the option if no file of that name can be written:
/// it is empty or a folder, or its folder is not there or not writable.
std::filesystem::path outputFile(const char* option, const std::string& name);

}  // namespace bitloom::cli
