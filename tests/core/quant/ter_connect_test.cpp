#include "quant/ter_connect.h"

#include <gtest/gtest.h>

#include "support.h"

namespace bitloom {
namespace {

using test::expectNear;
using test::quantized;

TEST(TerConnect, HandComputed) {
    expectNear(quantized("ter_connect", 2, {0.9, -0.5, 0.1, 0.7, 0.0, -0.8}), {1, -1, 0, 1, 0, -1});
}

TEST(TerConnect, ScaleOfTheWeightsDoesNotMatter) {
    const auto w = test::randomWeights(200, 6);
    expectNear(quantized("ter_connect", 2, test::scaledBy(w, 16)), quantized("ter_connect", 2, w));
}

TEST(TerConnect, ZeroBlockGivesZeros) {
    expectNear(quantized("ter_connect", 2, {0, 0, 0}), {0, 0, 0});
}

TEST(TerConnect, ThresholdIsAnOption) {
    QuantizerConfig config = test::configOf("ter_connect");
    config.threshold = 1.5;
    expectNear(test::quantizeBlock<double>(config, {0.9, -0.5, 0.1, 0.7, 0.0, -0.8}),
               {1, 0, 0, 0, 0, -1});
}

TEST(TerConnect, CostsNoScale) {
    EXPECT_EQ(TerConnect<float>(0.7).cost().scales, 0);
}

}  // namespace
}  // namespace bitloom
