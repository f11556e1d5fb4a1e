#pragma once
// What quantization does to one matrix: histograms of the latent and the effective weights, the
// values of Q(W) and how often they occur, and gate by gate the scale (mean |Q| over what is not
// zero), the sparsity, how many different values there are ("effective precision"), how far the
// latent weights are from their levels, and the share of signs that changed since the last look.

#include <cstdint>
#include <string>
#include <vector>

#include "math/matrix.h"
#include "probe/rows.h"

namespace bitloom {

/// The signs of a matrix (1 = negative), a bit a weight in row order.
using SignBits = std::vector<std::uint64_t>;

template <class T>
SignBits signBits(MatrixView<const T> w);

/// A matrix of gates stacked on each other, all [G*H, in] and contiguous.
template <class T>
struct WeightViews {
    MatrixView<const T> latent;
    MatrixView<const T> quantized;
    MatrixView<const T> effective;
};

/// @param before signs at the last look; empty: flip rates are NaN.
template <class T>
MatrixWeights measureWeights(const std::string& name, bool quantized, const WeightViews<T>& views,
                             const std::vector<std::string>& gates, const SignBits& before);

/// Equal bins between the smallest and the largest finite value.
template <class T>
Histogram histogram(MatrixView<const T> w, std::size_t bins);

}  // namespace bitloom
