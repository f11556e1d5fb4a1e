#include "quant/binary_connect.h"

#include <gtest/gtest.h>

#include "support.h"

namespace bitloom {
namespace {

TEST(BinaryConnect, SignWithZeroPositive) {
    test::expectNear(test::quantized("binary_connect", 1, {0.3, -0.1, 0.0, -0.0, 5, -1e-300}),
                     {1, -1, 1, 1, 1, -1});
}

TEST(BinaryConnect, EveryLengthOfATail) {
    for (std::size_t n = 1; n < 40; ++n) {
        const auto w = test::randomWeights<float>(n, n);
        const auto q = test::quantizeBlock<float>(test::configOf("binary_connect"), w);
        for (std::size_t i = 0; i < n; ++i) EXPECT_EQ(q[i], w[i] >= 0 ? 1.0f : -1.0f);
    }
}

TEST(BinaryConnect, CostsOneBit) {
    const StorageCost cost = BinaryConnect<float>().cost();
    EXPECT_EQ(cost.bitsPerWeight, 1);
    EXPECT_EQ(cost.packedBits, 1);
    EXPECT_EQ(cost.scales, 0);
}

}  // namespace
}  // namespace bitloom
