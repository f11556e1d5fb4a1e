#include "data/registry.h"

#include <array>

#include "base/error.h"
#include "data/grammar.h"
#include "data/text_files.h"

namespace bitloom {
namespace {

constexpr std::array kinds{
    DatasetKind{"grammar", true, "", describeGrammar, openGrammar},
    DatasetKind{"text_file", false, "", describeTextFile, openTextFile},
};

}  // namespace

std::span<const DatasetKind> datasetKinds() {
    return kinds;
}

const DatasetKind& datasetKind(const std::string& name) {
    std::string names;
    for (const DatasetKind& kind : kinds) {
        if (kind.name == name) return kind;
        names += (names.empty() ? "" : ", ") + std::string(kind.name);
    }
    throw InputError({}, "dataset.name", "\"" + name + "\" is not a dataset; there are " + names);
}

DatasetInfo describeDataset(const DatasetConfig& config) {
    return datasetKind(config.name).describe(config);
}

std::shared_ptr<const Dataset> openDataset(const DatasetConfig& config) {
    return datasetKind(config.name).open(config);
}

}  // namespace bitloom
