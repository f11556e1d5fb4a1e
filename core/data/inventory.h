#pragma once
// What is installed in the data folder, and whether it is what was published.

#include <cstdint>
#include <string>
#include <vector>

#include "data/registry.h"

namespace bitloom {

struct DatasetStatus {
    const DatasetKind* kind = nullptr;
    bool available = false;  ///< built in, or its files are there
    std::string how;         ///< how to get it, if it is not available; how to use text_file
    DatasetInfo info;        ///< as described without files; only name and label for text_file
};

/// Every dataset of the catalog. Looks for files, does not read them.
std::vector<DatasetStatus> listDatasets();
/// Whether the files of a kind are there (built-in kinds and text_file: always).
bool isInstalled(const DatasetKind& kind);

struct FileCheck {
    std::string folder, file;
    std::string state;   ///< ok | changed | missing
    std::string detail;  ///< what differs
};

/// Hashes the installed files again and compares them with the published ones; those of dataset
/// `name`, or, with an empty name, of all that have at least one file. Throws InputError for an
/// unknown name and for one without files (built-in sets, text_file).
std::vector<FileCheck> checkDatasets(const std::string& name);

}  // namespace bitloom
