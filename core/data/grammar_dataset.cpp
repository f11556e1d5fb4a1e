// The dataset `grammar`: three independent draws from Grammar::standard().

#include <array>

#include "base/error.h"
#include "base/files.h"
#include "data/character_text.h"
#include "data/grammar.h"

namespace bitloom {
namespace {

constexpr std::int64_t defaultSize = 400'000;
constexpr std::int64_t leastSize = 1'000;
constexpr std::int64_t mostSize = 200'000'000;

std::array<std::size_t, 3> splitSizes(const DatasetConfig& config) {
    const std::int64_t train = config.size == 0 ? defaultSize : config.size;
    if (train < leastSize || train > mostSize)
        throw InputError("grammar", "dataset.size",
                         "is " + std::to_string(train) + ", accepted is 0 (400000 symbols) or " +
                             std::to_string(leastSize) + " to " + std::to_string(mostSize));
    const auto size = static_cast<std::size_t>(train);
    return {size, size / 8, size / 8};
}

}  // namespace

DatasetInfo describeGrammar(const DatasetConfig& config) {
    const Grammar& grammar = Grammar::standard();
    const auto counts = splitSizes(config);
    DatasetInfo info;
    info.name = "grammar";
    info.label = "Grammar (nested agreement)";
    info.metric = "bits_per_character";
    info.vocabulary = info.outputs = static_cast<int>(grammar.alphabet().size());
    for (std::size_t i = 0; i < 3; ++i) info.symbols[i] = static_cast<std::int64_t>(counts[i]);
    info.floor = grammar.entropyRate();
    info.floorLabel = "Entropy rate of the grammar";
    info.hash = sha256("grammar 1, seed " + std::to_string(config.seed) + ", size " +
                       std::to_string(counts[0]) + "\n" + grammar.description());
    return info;
}

std::shared_ptr<const Dataset> openGrammar(const DatasetConfig& config) {
    const Grammar& grammar = Grammar::standard();
    const auto counts = splitSizes(config);
    std::string text;
    text.reserve(counts[0] + counts[1] + counts[2] + 4096);
    std::size_t end = 0;
    for (std::size_t split = 0; split < 3; ++split) {
        end += counts[split];
        Rng rng(config.seed, makeStream("data.grammar", split));
        while (text.size() < end) text += grammar.sentence(rng);
        text.resize(end);  // the last sentence of a split is cut where the split is full
    }
    return std::make_shared<TextDataset>(
        describeGrammar(config), encodeCharacters(std::move(text), counts, grammar.alphabet()));
}

}  // namespace bitloom
