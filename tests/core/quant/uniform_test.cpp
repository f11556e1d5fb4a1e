#include "quant/uniform.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "support.h"

namespace bitloom {
namespace {

using test::expectNear;
using test::quantized;

TEST(Uniform, HandComputed) {
    // 3 bits: step 0.9 / 3; 0.45 and 0.15 are halfway and go to even multiples.
    expectNear(quantized("uniform", 3, {0.9, -0.5, 0.1, -0.9, 0.2}), {0.9, -0.6, 0, -0.9, 0.3});
    expectNear(quantized("uniform", 3, {3, 0.5, 1.5, -2.5}), {3, 0, 2, -2});
}

TEST(Uniform, TwoBitsAreTernary) {
    expectNear(quantized("uniform", 2, {1, 0.4, -0.6, 0.5}), {1, 0, -1, 0});
    EXPECT_EQ(Uniform<float>(2).cost().packedBits, 1.6);
}

TEST(Uniform, ErrorIsAtMostHalfAStepAndTheLargestIsKept) {
    const auto w = test::randomWeights(1000, 40);
    double most = 0;
    for (const double x : w) most = std::max(most, std::abs(x));
    for (const int bits : {2, 3, 4, 8}) {
        const double step = most / ((1 << (bits - 1)) - 1);
        const auto q = quantized("uniform", bits, w);
        for (std::size_t i = 0; i < w.size(); ++i) {
            EXPECT_LE(std::abs(q[i] - w[i]), step / 2 + 1e-12);
            if (std::abs(w[i]) == most) {
                EXPECT_DOUBLE_EQ(q[i], w[i]);
            }
        }
    }
}

TEST(Uniform, IsIdempotent) {
    const auto q = quantized("uniform", 4, test::randomWeights(100, 41));
    expectNear(quantized("uniform", 4, q), q);
}

TEST(Uniform, ZeroBlockGivesZeros) {
    expectNear(quantized("uniform", 8, {0, -0.0}), {0, 0});
}

TEST(Uniform, Cost) {
    EXPECT_EQ(Uniform<double>(8).cost().bitsPerWeight, 8);
    EXPECT_EQ(Uniform<double>(8).cost().scales, 1);
}

}  // namespace
}  // namespace bitloom
