#include "data/adding.h"

#include "base/error.h"
#include "base/files.h"
#include "data/sequence_dataset.h"
#include "math/rng.h"

namespace bitloom {
namespace {

void fillOne(std::uint64_t seed, Split split, std::uint32_t number, std::size_t column,
             Batch& batch) {
    Rng rng(seed, makeStream("data.adding", static_cast<std::uint64_t>(split), number));
    const auto steps = static_cast<std::uint32_t>(batch.steps);
    const std::uint32_t half = steps / 2;
    const std::uint32_t marks[2] = {rng.below(half), half + rng.below(steps - half)};
    float sum = 0;
    for (std::uint32_t t = 0; t < steps; ++t) {
        const float value = rng.uniform();
        const bool marked = t == marks[0] || t == marks[1];
        float* frame = &batch.frames[(t * batch.size + column) * 2];
        frame[0] = value;
        frame[1] = marked ? 1.0f : 0.0f;
        if (marked) sum += value;
    }
    batch.values[column] = sum;
}

}  // namespace

DatasetInfo describeAdding(const DatasetConfig& config) {
    const int length = config.length == 0 ? 100 : config.length;
    if (length < 2 || length > 10'000)
        throw InputError(
            "adding", "dataset.length",
            "is " + std::to_string(length) + ", accepted is 0 (100 steps) or 2 to 10000");
    const auto counts = sequenceCounts(config.size, 10'000, 0.1, "adding");
    DatasetInfo info;
    info.name = "adding";
    info.label = "Adding task, " + std::to_string(length) + " steps";
    info.task = Task::regression;
    info.metric = "mean_squared_error";
    info.features = 2;
    info.outputs = 1;
    info.steps = length;
    for (std::size_t i = 0; i < 3; ++i) info.symbols[i] = counts[i];
    info.floor = 1.0 / 6.0;
    info.floorLabel = "Always answering the mean";
    info.hash = sha256("adding 1, seed " + std::to_string(config.seed) + ", length " +
                       std::to_string(length) + ", size " + std::to_string(counts[0]));
    return info;
}

std::shared_ptr<const Dataset> openAdding(const DatasetConfig& config) {
    DatasetInfo info = describeAdding(config);
    const auto steps = static_cast<std::size_t>(info.steps);
    auto fill = [steps, seed = config.seed](Split split, std::span<const std::uint32_t> sequences,
                                            Batch& batch) {
        batch.steps = steps;
        batch.features = 2;
        batch.tokens.clear();
        batch.targets.clear();
        batch.frames.resize(steps * batch.size * 2);
        batch.values.resize(batch.size);
        for (std::size_t b = 0; b < sequences.size(); ++b)
            fillOne(seed, split, sequences[b], b, batch);
    };
    return std::make_shared<SequenceDataset>(std::move(info), std::move(fill));
}

}  // namespace bitloom
