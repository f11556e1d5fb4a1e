#include "data/copy_task.h"

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "data/sequence_dataset.h"
#include "math/rng.h"

namespace bitloom {
namespace {

constexpr std::size_t recalled = 10;
constexpr std::uint32_t alphabet = 8;
constexpr std::int32_t blank = 8;
constexpr std::int32_t sign = 9;

}  // namespace

DatasetInfo describeCopy(const DatasetConfig& config) {
    const int length = config.length == 0 ? 120 : config.length;
    if (length < 21 || length > 10'000)
        throw InputError(
            "copy", "dataset.length",
            "is " + std::to_string(length) + ", accepted is 0 (120 steps) or 21 to 10000");
    const auto counts = sequenceCounts(config.size, 10'000, 0.1, "copy");
    DatasetInfo info;
    info.name = "copy";
    info.label = "Copy task, delay " + std::to_string(length - 20);
    info.task = Task::labelling;
    info.metric = "accuracy";
    info.vocabulary = 10;
    info.outputs = static_cast<int>(alphabet);
    info.steps = length;
    for (std::size_t i = 0; i < 3; ++i) info.symbols[i] = counts[i];
    info.floor = 1.0 / alphabet;
    info.floorLabel = "Guessing";
    info.hash = sha256("copy 1, seed " + std::to_string(config.seed) + ", length " +
                       std::to_string(length) + ", size " + std::to_string(counts[0]));
    return info;
}

std::shared_ptr<const Dataset> openCopy(const DatasetConfig& config) {
    DatasetInfo info = describeCopy(config);
    const auto steps = static_cast<std::size_t>(info.steps);
    auto fill = [steps, seed = config.seed](Split split, std::span<const std::uint32_t> sequences,
                                            Batch& batch) {
        batch.steps = steps;
        batch.features = 0;
        batch.frames.clear();
        batch.values.clear();
        batch.tokens.assign(steps * batch.size, blank);
        batch.targets.assign(steps * batch.size, -1);
        for (std::size_t b = 0; b < sequences.size(); ++b) {
            const auto stream =
                makeStream("data.copy", static_cast<std::uint64_t>(split), sequences[b]);
            Rng rng(seed, stream);
            for (std::size_t i = 0; i < recalled; ++i) {
                const auto symbol = static_cast<std::int32_t>(rng.below(alphabet));
                batch.tokens[i * batch.size + b] = symbol;
                batch.targets[(steps - recalled + i) * batch.size + b] = symbol;
            }
            batch.tokens[(steps - recalled - 1) * batch.size + b] = sign;
        }
    };
    return std::make_shared<SequenceDataset>(
        std::move(info), std::move(fill),
        std::vector<std::string>{"0", "1", "2", "3", "4", "5", "6", "7", "_", ":"});
}

}  // namespace bitloom
