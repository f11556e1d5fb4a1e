#include "quant/dorefa.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "support.h"

namespace bitloom {
namespace {

using test::expectNear;
using test::quantized;

TEST(Dorefa, HandComputed) {
    // With 2 bits the levels are -1, -1/3, 1/3, 1; tanh w / max tanh = 1, -1/2, 0.2, -0.7.
    const double most = 0.6;
    std::vector<double> w;
    for (const double x : {1.0, -0.5, 0.2, -0.7}) w.push_back(std::atanh(most * x));
    expectNear(quantized("dorefa", 2, w), {1, -1.0 / 3, 1.0 / 3, -1});
}

TEST(Dorefa, OneBitIsBwn) {
    const auto w = test::randomWeights(60, 5);
    expectNear(quantized("dorefa", 1, w), quantized("bwn", 1, w));
    EXPECT_FALSE(Dorefa<float>(1).hasOwnGradient());
    EXPECT_TRUE(Dorefa<float>(2).hasOwnGradient());
}

TEST(Dorefa, ErrorIsAtMostHalfALevel) {
    const auto w = test::randomWeights(500, 6, 2.0);
    double most = 0;
    for (const double x : w) most = std::max(most, std::abs(std::tanh(x)));
    for (const int bits : {2, 3, 4, 8}) {
        const auto q = quantized("dorefa", bits, w);
        for (std::size_t i = 0; i < w.size(); ++i)
            EXPECT_LE(std::abs(q[i] - std::tanh(w[i]) / most), 1.0 / ((1 << bits) - 1) + 1e-12);
    }
}

// The gradient is that of the smooth part, tanh w / max |tanh W|, through the maximum too.
TEST(Dorefa, GradientIsTheNumericOneOfTheSmoothPart) {
    auto w = test::randomWeights(21, 7);
    const auto g = test::randomWeights(21, 8);
    const auto loss = [&] {
        double most = 0, sum = 0;
        for (const double x : w) most = std::max(most, std::abs(std::tanh(x)));
        for (std::size_t i = 0; i < w.size(); ++i) sum += g[i] * std::tanh(w[i]) / most;
        return sum;
    };
    std::vector<double> gradient = g;
    std::array<double, 2> unused{};
    QuantizerBlock<double> block;
    block.latent = {w.data(), 3, 7};
    Dorefa<double>(3).backward(block, {gradient.data(), 3, 7}, unused);
    for (std::size_t i = 0; i < w.size(); ++i) {
        const double x = w[i], h = 1e-6;
        w[i] = x + h;
        const double above = loss();
        w[i] = x - h;
        const double below = loss();
        w[i] = x;
        EXPECT_NEAR(gradient[i], (above - below) / (2 * h), 1e-7) << i;
    }
}

TEST(Dorefa, EqualMaximaShareTheirGradient) {
    const std::vector<double> w{0.5, -0.5, 0.1};
    std::vector<double> g{1, 1, 1};
    std::array<double, 2> unused{};
    QuantizerBlock<double> block;
    block.latent = {w.data(), 1, 3};
    Dorefa<double>(2).backward(block, {g.data(), 1, 3}, unused);
    const double m = std::tanh(0.5), t = std::tanh(0.1), slope = 1 - m * m;
    const double share = t / (m * m) * slope / 2;  // sum g tanh w = t
    expectNear(g, {slope / m - share, slope / m + share, (1 - t * t) / m});
}

TEST(Dorefa, ZeroBlock) {
    expectNear(quantized("dorefa", 3, {0, 0}), {0, 0});
    const std::vector<double> w{0, 0};
    std::vector<double> g{1, -2};
    std::array<double, 2> unused{};
    QuantizerBlock<double> block;
    block.latent = {w.data(), 1, 2};
    Dorefa<double>(3).backward(block, {g.data(), 1, 2}, unused);
    expectNear(g, {1, -2});
}

TEST(Dorefa, Cost) {
    EXPECT_EQ(Dorefa<float>(1).cost().scales, 1);
    EXPECT_EQ(Dorefa<float>(4).cost().scales, 0);
    EXPECT_EQ(Dorefa<float>(4).cost().bitsPerWeight, 4);
}

}  // namespace
}  // namespace bitloom
