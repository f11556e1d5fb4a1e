#include "data/pixels.h"

#include "data/sequence_dataset.h"
#include "math/rng.h"

namespace bitloom {

std::shared_ptr<const Dataset> makePixelDataset(DatasetInfo info,
                                                std::shared_ptr<const PixelSet> set) {
    std::array<std::size_t, 3> first{};
    for (std::size_t i = 1; i < 3; ++i)
        first[i] = first[i - 1] + static_cast<std::size_t>(info.symbols[i - 1]);
    auto fill = [set = std::move(set), first](Split split, std::span<const std::uint32_t> sequences,
                                              Batch& batch) {
        batch.steps = set->pixels;
        batch.features = 1;
        batch.tokens.clear();
        batch.values.clear();
        batch.frames.resize(batch.steps * batch.size);
        batch.targets.resize(batch.size);
        for (std::size_t b = 0; b < sequences.size(); ++b) {
            const std::size_t number = first[static_cast<std::size_t>(split)] + sequences[b];
            const char* image = set->images.data() + number * set->pixels;
            batch.targets[b] = static_cast<unsigned char>(set->labels[number]);
            for (std::size_t t = 0; t < set->pixels; ++t) {
                const std::size_t pixel = set->order.empty() ? t : set->order[t];
                batch.frames[t * batch.size + b] =
                    static_cast<float>(static_cast<unsigned char>(image[pixel])) / 255.0f;
            }
        }
    };
    return std::make_shared<SequenceDataset>(std::move(info), std::move(fill));
}

std::vector<std::uint32_t> pixelPermutation(std::uint64_t seed, std::size_t pixels) {
    return Rng(seed, makeStream("data.pixels")).permutation(static_cast<std::uint32_t>(pixels));
}

}  // namespace bitloom
