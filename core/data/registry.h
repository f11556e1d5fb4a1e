#pragma once
// Every dataset in one table: what it is called, how it is described without files, how it is
// opened.

#include <span>

#include "data/dataset.h"

namespace bitloom {

struct DatasetKind {
    const char* name;
    bool builtIn;        ///< made by the program, no files needed
    const char* folder;  ///< below userDataFolder()/datasets; "" for built-in sets and text_file
    DatasetInfo (*describe)(const DatasetConfig&);
    std::shared_ptr<const Dataset> (*open)(const DatasetConfig&);
};

/// All kinds, built-in ones first.
std::span<const DatasetKind> datasetKinds();
/// The kind of this name; InputError that lists the names there are.
const DatasetKind& datasetKind(const std::string& name);

}  // namespace bitloom
