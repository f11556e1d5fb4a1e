#pragma once
// Images as sequences of pixels: one pixel a step, left to right and top to bottom or in one fixed
// permutation, values in [0, 1] as frames [T, B, 1].

#include <memory>
#include <string>
#include <vector>

#include "data/dataset.h"

namespace bitloom {

/// Images of one size with their classes; the splits stand one after the other.
struct PixelSet {
    std::size_t pixels = 784;          ///< a image; T
    std::string images;                ///< [N, pixels], a byte a pixel
    std::string labels;                ///< [N], class numbers
    std::vector<std::uint32_t> order;  ///< pixel shown at each step; empty = as stored
};

/// `info` carries the split counts, whose sum is N.
std::shared_ptr<const Dataset> makePixelDataset(DatasetInfo info,
                                                std::shared_ptr<const PixelSet> set);

/// The permutation of a permuted set: a function of the seed alone.
std::vector<std::uint32_t> pixelPermutation(std::uint64_t seed, std::size_t pixels);

}  // namespace bitloom
