#pragma once
// How fast a gradient grows backwards through time: the line
//     log |d_t| = intercept + (T - 1 - t) log rate
// by least squares over all steps whose norm is finite and above 1e-30. Zeros, what underflow left
// and what overflowed say nothing of the rate and are counted as ignored. A rate of 2.6 means 2.6
// times larger with every step towards the past. No source: the paper reads its 2.6 off a figure.

#include <span>

#include "probe/rows.h"

namespace bitloom {

/// norms [T], one a time step.
GrowthFit fitGrowth(std::span<const double> norms);

}  // namespace bitloom
