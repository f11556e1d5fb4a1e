#include "quant/ttq.h"

#include <gtest/gtest.h>

#include "support.h"

namespace bitloom {
namespace {

struct TtqTest : testing::Test {
    std::vector<double> w{1.0, 0.05, 0.06, -0.05, -0.06, 0, -0.5};  // threshold 0.05
    QuantizerBlock<double> block;
    Ttq<double> ttq{0.05};

    void SetUp() override {
        block.latent = {w.data(), 1, w.size()};
        block.scale = {2, 3};
    }
};

TEST_F(TtqTest, HandComputed) {
    std::vector<double> out(w.size());
    ttq.quantize(block, {out.data(), 1, out.size()});
    test::expectNear(out, {2, 0, 2, 0, -3, 0, -3});
}

TEST_F(TtqTest, Gradients) {
    std::vector<double> g{1, 2, 3, 4, 5, 6, 7};
    std::array<double, 2> scales{100, 200};  // added to
    ttq.backward(block, {g.data(), 1, g.size()}, scales);
    test::expectNear(g, {2, 2, 6, 4, 15, 6, 21});
    EXPECT_DOUBLE_EQ(scales[0], 100 + 1 + 3);
    EXPECT_DOUBLE_EQ(scales[1], 200 - 5 - 7);
}

// Q is linear in the scales, so their gradient must be the numeric one of sum g Q.
TEST_F(TtqTest, ScaleGradientIsTheNumericOne) {
    const auto weights = test::randomWeights(57, 11);
    const auto g = test::randomWeights(57, 12);
    block.latent = {weights.data(), 3, 19};
    const auto loss = [&](double up, double down) {
        block.scale = {up, down};
        std::vector<double> q(57);
        ttq.quantize(block, {q.data(), 3, 19});
        double sum = 0;
        for (std::size_t i = 0; i < q.size(); ++i) sum += g[i] * q[i];
        return sum;
    };
    const double up = (loss(1.5, 0.7) - loss(0.5, 0.7)), down = (loss(1, 1.2) - loss(1, 0.2));
    std::array<double, 2> scales{};
    std::vector<double> gradient = g;
    ttq.backward(block, {gradient.data(), 3, 19}, scales);
    EXPECT_NEAR(scales[0], up, 1e-12);
    EXPECT_NEAR(scales[1], down, 1e-12);
}

TEST_F(TtqTest, ZeroBlockGivesZeros) {
    std::fill(w.begin(), w.end(), 0.0);
    std::vector<double> out(w.size(), 9);
    ttq.quantize(block, {out.data(), 1, out.size()});
    test::expectNear(out, std::vector<double>(w.size(), 0.0));
}

TEST_F(TtqTest, CostsTwoScales) {
    EXPECT_TRUE(ttq.hasTrainedScales());
    EXPECT_EQ(ttq.cost().scales, 2);
}

}  // namespace
}  // namespace bitloom
