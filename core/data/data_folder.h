#pragma once
// Where installed datasets stand: userDataFolder()/datasets/FOLDER/FILE.

#include <filesystem>
#include <string>

namespace bitloom {

/// userDataFolder()/datasets.
std::filesystem::path datasetsFolder();
/// The installed file, whether it exists or not.
std::filesystem::path installedFile(const std::string& folder, const std::string& name);
/// Its content; InputError that says how to get dataset `dataset` if it is missing, or that it is
/// empty.
std::string readInstalled(const std::string& folder, const std::string& name,
                          const std::string& dataset);
/// "not installed; ..." with the commands that get it.
std::string howToGet(const std::string& dataset);

}  // namespace bitloom
