#include "quant/lab.h"

#include <gtest/gtest.h>

#include "support.h"

namespace bitloom {
namespace {

using test::expectNear;
using test::quantized;

TEST(Lab, HandComputed) {
    // D = 1, 2, 3 (and 1e-8): (1*1 + 2*2 + 3*4) / 6
    expectNear(quantized("lab", 1, {1, -2, 4}, 1, {1, 4, 9}), {17.0 / 6, -17.0 / 6, 17.0 / 6},
               1e-7);
}

TEST(Lab, WithoutMomentsItIsBwn) {
    const auto w = test::randomWeights(77, 3);
    expectNear(quantized("lab", 1, w), quantized("bwn", 1, w));
}

TEST(Lab, ScaleMinimizesTheWeightedError) {
    const auto w = test::randomWeights(120, 8);
    const auto v = test::randomMoments(120, 8);
    const auto q = quantized("lab", 1, w, 1, v);
    for (const double factor : {0.98, 1.02})
        EXPECT_GT(test::weightedError(w, v, test::scaledBy(q, factor)),
                  test::weightedError(w, v, q));
}

TEST(Lab, ZeroMomentsAndZeroWeights) {
    expectNear(quantized("lab", 1, {1, -3}, 1, {0, 0}), {2, -2});
    expectNear(quantized("lab", 1, {0, 0}, 1, {1, 2}), {0, 0});
}

}  // namespace
}  // namespace bitloom
