#pragma once
// Inverted dropout (Srivastava et al. 2014): y = mask x, mask = 1/(1-p) with probability 1-p, else
// 0. The mask is a pure function of (seed, stream), so a resumed run drops what an uninterrupted
// one would, with any number of threads.

#include <cstdint>
#include <span>

#include "math/matrix.h"

namespace bitloom {

/// Fills `mask` with 1/(1-p) and 0.
template <class T>
void drawDropoutMask(std::span<T> mask, double p, std::uint64_t seed, std::uint64_t stream);

}  // namespace bitloom
