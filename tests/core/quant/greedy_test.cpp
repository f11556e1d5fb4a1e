#include "quant/greedy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "support.h"

namespace bitloom {
namespace {

using test::expectNear;
using test::quantized;

TEST(Greedy, HandComputed) {
    // a_1 = 2: residual 1, -1, -1, 1; a_2 = 1 leaves nothing.
    expectNear(quantized("greedy", 2, {3, -3, 1, -1}), {3, -3, 1, -1});
    // a_1 = 2.5: residual 2.5, .5, -1.5, -1.5 (zero counts positive: 0 - 2.5); a_2 = ...
    expectNear(quantized("greedy", 1, {5, -2, 1, -2}), {2.5, -2.5, 2.5, -2.5});
}

TEST(Greedy, OneBitIsBwnARow) {
    const auto w = test::randomWeights(60, 2);
    QuantizerConfig config = test::configOf("greedy", 1);
    const auto q = test::quantizeBlock<double>(config, w, 4);
    for (std::size_t r = 0; r < 4; ++r) {
        const auto first = w.begin() + static_cast<std::ptrdiff_t>(15 * r);
        const auto row = quantized("bwn", 1, std::vector<double>(first, first + 15));
        for (std::size_t i = 0; i < 15; ++i) EXPECT_NEAR(q[15 * r + i], row[i], 1e-13);
    }
}

TEST(Greedy, EachBitIsNearer) {
    const auto w = test::randomWeights(300, 3);
    double previous = test::weightedError(w, {}, std::vector<double>(w.size(), 0.0));
    for (const int bits : {1, 2, 3, 4, 8}) {
        const double error = test::weightedError(w, {}, quantized("greedy", bits, w, 3));
        EXPECT_LT(error, previous);
        previous = error;
    }
}

TEST(Greedy, RowsHaveTwoToTheBitsLevels) {
    const auto q = quantized("greedy", 3, test::randomWeights(500, 13));
    EXPECT_EQ(std::set<double>(q.begin(), q.end()).size(), 8u);
}

TEST(Greedy, ZeroRowGivesZeros) {
    expectNear(quantized("greedy", 4, {0, 0, 1, -1}, 2), {0, 0, 1, -1});
}

TEST(Greedy, CodesAndResidualAddUp) {
    const auto w = test::randomWeights(30, 19);
    std::vector<double> residual = w;
    std::vector<double> codes(30);
    std::array<double, 3> scales{};
    greedyCodes(residual, codes, scales);
    for (std::size_t i = 0; i < w.size(); ++i) {
        double sum = residual[i];
        for (std::size_t k = 0; k < 3; ++k)
            sum += (static_cast<int>(codes[i]) >> k) & 1 ? scales[k] : -scales[k];
        EXPECT_NEAR(sum, w[i], 1e-14);
    }
}

TEST(Greedy, CostsAScaleABitARow) {
    const StorageCost cost = Greedy<float>(3).cost();
    EXPECT_EQ(cost.bitsPerWeight, 3);
    EXPECT_EQ(cost.scales, 3);
    EXPECT_TRUE(cost.scalesPerRow);
}

}  // namespace
}  // namespace bitloom
