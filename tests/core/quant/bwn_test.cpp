#include "quant/bwn.h"

#include <gtest/gtest.h>

#include "support.h"

namespace bitloom {
namespace {

using test::expectNear;
using test::quantized;

TEST(Bwn, HandComputed) {
    expectNear(quantized("bwn", 1, {1, -2, 3, 0}), {1.5, -1.5, 1.5, 1.5});
}

TEST(Bwn, ZeroBlockGivesZeros) {
    expectNear(quantized("bwn", 1, {0, 0, -0.0}), {0, 0, 0});
}

TEST(Bwn, ScalesWithTheWeights) {
    const auto w = test::randomWeights(301, 4);
    expectNear(quantized("bwn", 1, test::scaledBy(w, 0.25)),
               test::scaledBy(quantized("bwn", 1, w), 0.25));
}

TEST(Bwn, ScaleIsLeastSquares) {
    const auto w = test::randomWeights(100, 2);
    const auto q = quantized("bwn", 1, w);
    for (const double factor : {0.98, 1.02})
        EXPECT_GT(test::weightedError(w, {}, test::scaledBy(q, factor)),
                  test::weightedError(w, {}, q));
}

// A million floats of one magnitude: a float sum would be off in the third digit.
TEST(Bwn, MeanIsTakenInDouble) {
    const std::vector<float> w(1u << 20, 0.1f);
    EXPECT_EQ(test::quantizeBlock<float>(test::configOf("bwn"), w)[0], 0.1f);
}

TEST(Bwn, CostsOneScale) {
    EXPECT_EQ(Bwn<double>().cost().scales, 1);
}

}  // namespace
}  // namespace bitloom
