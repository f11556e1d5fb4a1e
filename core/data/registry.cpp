#include "data/registry.h"

#include <array>

#include "base/error.h"
#include "data/adding.h"
#include "data/copy_task.h"
#include "data/corpora.h"
#include "data/glyphs.h"
#include "data/grammar.h"
#include "data/mnist.h"
#include "data/text_files.h"

namespace bitloom {
namespace {

constexpr std::array kinds{
    DatasetKind{"grammar", true, "", describeGrammar, openGrammar},
    DatasetKind{"glyphs", true, "", describeGlyphs, openGlyphs},
    DatasetKind{"adding", true, "", describeAdding, openAdding},
    DatasetKind{"copy", true, "", describeCopy, openCopy},
    DatasetKind{"ptb_char", false, "ptb_char", describePtbCharacters, openPtbCharacters},
    DatasetKind{"ptb_word", false, "ptb_word", describePtbWords, openPtbWords},
    DatasetKind{"war_and_peace", false, "war_and_peace", describeWarAndPeace, openWarAndPeace},
    DatasetKind{"text8", false, "text8", describeText8, openText8},
    DatasetKind{"sequential_mnist", false, "mnist", describeSequentialMnist, openSequentialMnist},
    DatasetKind{"permuted_mnist", false, "mnist", describePermutedMnist, openPermutedMnist},
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
    throw InputError({}, "dataset.name",
                     "\"" + name.substr(0, 60) + "\" is not a dataset; there are " + names);
}

DatasetInfo describeDataset(const DatasetConfig& config) {
    return datasetKind(config.name).describe(config);
}

std::shared_ptr<const Dataset> openDataset(const DatasetConfig& config) {
    return datasetKind(config.name).open(config);
}

}  // namespace bitloom
