#pragma once
// The spectral norm |W|_2 (largest singular value) by power iteration on W^T W.
//
// A block of up to eight vectors is iterated instead of one and kept orthonormal (subspace
// iteration, Golub & Van Loan, Matrix Computations, 8.2); the estimate is the largest singular
// value of W on the block's span. One vector converges as (s2/s1)^2 a step, hopeless on +-1
// matrices, whose leading singular values lie within a percent; the block as (s9/s1)^2.

#include <cstdint>

#include "math/matrix.h"

namespace bitloom {

struct SpectralOptions {
    /// Stops when the last change and the rest of it, extrapolated as a geometric series, are below
    /// this fraction of the estimate in three iterations running.
    double tolerance = 1e-6;
    int maxIterations = 1000;
    std::uint64_t seed = 1;  ///< of the random start
};

struct SpectralNorm {
    double value =
        0;  ///< never above |W|_2 but for rounding; NaN if W has a number that is not finite
    int iterations = 0;
    bool converged = false;
};

/// |W|_2 of w [m, n], any strides; 0 of a zero or empty matrix.
template <class T>
SpectralNorm spectralNorm(MatrixView<const T> w, const SpectralOptions& options = {});

}  // namespace bitloom
