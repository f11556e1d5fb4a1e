#pragma once
// What the tests of the normalizers share.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "math/matrix.h"
#include "math/rng.h"
#include "norm/normalizer.h"

namespace bitloom::test {

/// The tensors of a normalizer.
struct Fixture {
    explicit Fixture(std::size_t width, std::size_t rows = 1)
        : gain(width, 1.5),
          shift(width, 0.25),
          gainGradient(width),
          shiftGradient(width),
          mean(rows, width),
          variance(rows, width) {
        mean.fill(0);
        variance.fill(1);
        tensors.gain = gain;
        tensors.shift = shift;
        tensors.gainGradient = gainGradient;
        tensors.shiftGradient = shiftGradient;
        tensors.runningMean = mean.view();
        tensors.runningVariance = variance.view();
    }
    Fixture(const Fixture&) = delete;  // tensors are views of the others
    Fixture& operator=(const Fixture&) = delete;
    std::vector<double> gain, shift, gainGradient, shiftGradient;
    Matrix<double> mean, variance;
    NormalizerTensors<double> tensors;
};

inline Matrix<double> random(std::size_t rows, std::size_t cols, std::uint64_t seed) {
    Matrix<double> m(rows, cols);
    Rng rng(seed);
    for (double& v : m.span()) v = rng.normal();
    return m;
}

}  // namespace bitloom::test
