#pragma once
// Blocks, draws and shorthands of the quantizer tests.

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "math/rng.h"
#include "quant/quantizer.h"
#include "quant/registry.h"

namespace bitloom::test {

inline QuantizerConfig configOf(const std::string& method, int bits = 0) {
    QuantizerConfig config;
    config.method = method;
    const QuantizerMethod* row = findQuantizerMethod(method);
    config.bits = bits ? bits : row ? row->bits.front() : 1;
    return config;
}

/// Q of one block [rows, cols]; v may be empty.
template <class T>
std::vector<T> quantizeBlock(const QuantizerConfig& config, const std::vector<T>& w,
                             std::size_t rows = 1, const std::vector<T>& v = {},
                             T fixedScale = T(0.25)) {
    const auto quantizer = makeQuantizer<T>(config);
    Rng rng(7, 3);
    std::vector<T> out(w.size(), T(99));
    const std::size_t cols = rows ? w.size() / rows : 0;
    QuantizerBlock<T> block;
    block.latent = {w.data(), rows, cols};
    if (!v.empty()) block.secondMoment = {v.data(), rows, cols};
    block.fixedScale = fixedScale;
    block.rng = &rng;
    quantizer->quantize(block, {out.data(), rows, cols});
    return out;
}

inline std::vector<double> quantized(const std::string& method, int bits,
                                     const std::vector<double>& w, std::size_t rows = 1,
                                     const std::vector<double>& v = {}) {
    return quantizeBlock<double>(configOf(method, bits), w, rows, v);
}

/// Uniform in +-bound, with an occasional zero.
template <class T = double>
std::vector<T> randomWeights(std::size_t n, std::uint64_t seed, double bound = 0.5) {
    Rng rng(seed, makeStream("weights"));
    std::vector<T> w(n);
    for (T& x : w) {
        x = static_cast<T>((2 * rng.uniformDouble() - 1) * bound);
        if (rng.below(50) == 0) x = 0;
    }
    return w;
}

/// Second moments spread over several orders of magnitude.
template <class T = double>
std::vector<T> randomMoments(std::size_t n, std::uint64_t seed) {
    Rng rng(seed, makeStream("moments"));
    std::vector<T> v(n);
    for (T& x : v) x = static_cast<T>(std::pow(10.0, -8 * rng.uniformDouble()));
    return v;
}

inline void expectNear(const std::vector<double>& actual, const std::vector<double>& expected,
                       double tolerance = 1e-12) {
    ASSERT_EQ(actual.size(), expected.size());
    for (std::size_t i = 0; i < actual.size(); ++i)
        EXPECT_NEAR(actual[i], expected[i], tolerance) << "at " << i;
}

/// sum D (w - q)^2, what the loss-aware methods minimize.
inline double weightedError(const std::vector<double>& w, const std::vector<double>& v,
                            const std::vector<double>& q) {
    double sum = 0;
    for (std::size_t i = 0; i < w.size(); ++i)
        sum += (v.empty() ? 1 : std::sqrt(v[i]) + 1e-8) * (w[i] - q[i]) * (w[i] - q[i]);
    return sum;
}

inline std::vector<double> scaledBy(std::vector<double> w, double factor) {
    for (double& x : w) x *= factor;
    return w;
}

}  // namespace bitloom::test
