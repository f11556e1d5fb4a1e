#include "probe/weights.h"

#include <gtest/gtest.h>

#include <cmath>

#include "math/rng.h"

namespace bitloom {
namespace {

TEST(Weights, OfAHandMadeMatrix) {
    Matrix<double> latent(2, 3), quantized(2, 3);
    const double w[] = {0.5, -0.25, 0.1, -2, 2, 0.4};
    const double q[] = {1, -1, 0, -1, 1, -0.0};
    std::copy_n(w, 6, latent.data());
    std::copy_n(q, 6, quantized.data());
    const WeightViews<double> views{latent.view(), quantized.view(), quantized.view()};
    const MatrixWeights is = measureWeights<double>("w", true, views, {"a", "b"}, {});
    EXPECT_EQ(is.levels, (std::vector<double>{-1, 0, 1}));
    EXPECT_EQ(is.counts, (std::vector<std::int64_t>{2, 2, 2}));
    ASSERT_EQ(is.gates.size(), 2u);
    EXPECT_EQ(is.gates[0].gate, "a");
    EXPECT_NEAR(is.gates[0].sparsity, 1.0 / 3, 1e-15);
    EXPECT_EQ(is.gates[0].scale, 1);
    EXPECT_NEAR(is.gates[0].distance, (0.5 + 0.75 + 0.1) / 3, 1e-15);
    EXPECT_NEAR(is.gates[1].relativeDistance, std::sqrt((1 + 1 + 0.16) / 2), 1e-15);
    EXPECT_EQ(is.gates[0].distinct, 3);
    EXPECT_TRUE(std::isnan(is.gates[0].flipRate)) << "nothing was seen before";
    EXPECT_EQ(is.latent.low, -2);
    EXPECT_EQ(is.latent.high, 2);
    std::int64_t total = 0;
    for (const std::int64_t c : is.latent.counts) total += c;
    EXPECT_EQ(total, 6);
    EXPECT_EQ(is.latent.counts.front(), 1);
    EXPECT_EQ(is.latent.counts.back(), 1);
}

TEST(Weights, CountFlipsGateByGateAcrossWordBorders) {
    Matrix<float> w(6, 37);
    Rng rng(3);
    for (float& v : w.span()) v = static_cast<float>(rng.normal());
    const SignBits before = signBits<float>(w.view());
    std::size_t flipped = 0;
    for (std::size_t r = 2; r < 4; ++r)
        for (std::size_t j = 0; j < 37; j += 2, ++flipped) w(r, j) = -w(r, j);
    const WeightViews<float> views{w.view(), w.view(), w.view()};
    const MatrixWeights is = measureWeights<float>("w", false, views, {"a", "b", "c"}, before);
    EXPECT_EQ(is.gates[0].flipRate, 0);
    EXPECT_NEAR(is.gates[1].flipRate, static_cast<double>(flipped) / 74, 1e-12);
    EXPECT_EQ(is.gates[2].flipRate, 0);
    EXPECT_TRUE(is.levels.empty()) << "more than 32 values";
    EXPECT_EQ(is.gates[0].distinct, 74);
}

TEST(Weights, HistogramsOfOddContent) {
    Matrix<float> w(1, 4);
    w.fill(0.5f);
    const Histogram same = histogram<float>(w.view(), 8);
    EXPECT_EQ(same.low, same.high);
    EXPECT_EQ(same.counts[0], 4);
    w(0, 1) = std::nanf("");
    w(0, 2) = 1.0f;
    const Histogram some = histogram<float>(w.view(), 2);
    EXPECT_EQ(some.counts, (std::vector<std::int64_t>{2, 1}));
    w.fill(std::nanf(""));
    EXPECT_EQ(histogram<float>(w.view(), 2).counts, (std::vector<std::int64_t>{0, 0}));
}

}  // namespace
}  // namespace bitloom
