#pragma once
// Digits drawn by the program, 28 x 28 pixels: the strokes of a digit, bent, slanted, turned,
// scaled and moved at random, drawn with a random thickness and smooth edges, with a little noise.
// Glyph i of a split is a function of (seed, split, i).

#include <span>

#include "data/dataset.h"
#include "math/rng.h"

namespace bitloom {

/// `size` 0 = 10,000 and a fifth of it for validation and test each. `permuted`: one permutation of
/// the pixels.
DatasetInfo describeGlyphs(const DatasetConfig& config);
std::shared_ptr<const Dataset> openGlyphs(const DatasetConfig& config);

/// Draws one digit, 0 to 9, into 784 bytes; 0 is background, 255 ink.
void drawGlyph(int digit, Rng& rng, std::span<char> image);

}  // namespace bitloom
