#include "quant/twn.h"

#include <gtest/gtest.h>

#include "support.h"

namespace bitloom {
namespace {

using test::configOf;
using test::expectNear;
using test::quantized;

TEST(Twn, HandComputed) {
    // mean |W| = 0.5, threshold 0.35: kept are 0.9, -0.5, 0.7 and -0.8, their mean magnitude 0.725.
    expectNear(quantized("twn", 2, {0.9, -0.5, 0.1, 0.7, 0.0, -0.8}, 2),
               {0.725, -0.725, 0, 0.725, 0, -0.725});
}

TEST(Twn, AWeightOnTheThresholdIsZero) {
    // mean |W| = 1, and with the factor 0.5 the threshold is exactly the second weight.
    QuantizerConfig config = configOf("twn");
    config.threshold = 0.5;
    expectNear(test::quantizeBlock<double>(config, {1.5, 0.5, -0.5, -1.5}), {1.5, 0, 0, -1.5});
}

TEST(Twn, ThresholdIsAnOption) {
    QuantizerConfig config = configOf("twn");
    config.threshold = 1.5;  // 1.5 * 0.5 = 0.75 keeps 0.9 and -0.8
    expectNear(test::quantizeBlock<double>(config, {0.9, -0.5, 0.1, 0.7, 0.0, -0.8}),
               {0.85, 0, 0, 0, 0, -0.85});
}

TEST(Twn, DegenerateBlocksGiveZeros) {
    expectNear(quantized("twn", 2, {0, 0, 0, 0}), {0, 0, 0, 0});
    QuantizerConfig config = configOf("twn");
    config.threshold = 100;  // nothing is above it
    expectNear(test::quantizeBlock<double>(config, {1, -2, 3}), {0, 0, 0});
}

TEST(Twn, ConstantBlockKeepsEverything) {
    expectNear(quantized("twn", 2, {0.3, -0.3, 0.3}), {0.3, -0.3, 0.3});
}

TEST(Twn, ScalesWithTheWeights) {
    const auto w = test::randomWeights(300, 5);
    expectNear(quantized("twn", 2, test::scaledBy(w, 8), 10),
               test::scaledBy(quantized("twn", 2, w, 10), 8));
}

// The property that defines the scale: no other scale on the same code is nearer to W.
TEST(Twn, ScaleIsLeastSquares) {
    const auto w = test::randomWeights(200, 9);
    const auto q = quantized("twn", 2, w);
    const double best = test::weightedError(w, {}, q);
    for (const double factor : {0.9, 0.99, 1.01, 1.1})
        EXPECT_GT(test::weightedError(w, {}, test::scaledBy(q, factor)), best) << factor;
}

TEST(Twn, GradientIsStraightThrough) {
    const auto quantizer = makeQuantizer<double>(configOf("twn"));
    EXPECT_FALSE(quantizer->hasOwnGradient());
    const std::vector<double> w{0.9, -0.1};
    std::vector<double> gradient{3, -4};
    std::array<double, 2> scaleGradient{};
    QuantizerBlock<double> block;
    block.latent = {w.data(), 1, 2};
    quantizer->backward(block, {gradient.data(), 1, 2}, scaleGradient);
    expectNear(gradient, {3, -4});
}

TEST(Twn, CostsOneScaleAndFiveValuesAByte) {
    const StorageCost cost = Twn<float>(0.7).cost();
    EXPECT_EQ(cost.bitsPerWeight, 2);
    EXPECT_EQ(cost.packedBits, 1.6);
    EXPECT_EQ(cost.scales, 1);
    EXPECT_FALSE(cost.scalesPerRow);
}

}  // namespace
}  // namespace bitloom
