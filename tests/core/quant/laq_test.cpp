#include "quant/laq.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <set>

#include "support.h"

namespace bitloom {
namespace {

using test::expectNear;
using test::quantized;

std::vector<double> levelsOf(const std::string& method, int bits) {
    const int n = (1 << (bits - 1)) - 1;
    std::vector<double> levels{0};
    for (int k = 1; k <= n; ++k)
        levels.push_back(method == "laq_linear" ? double(k) / n : std::ldexp(1.0, k - n));
    return levels;
}

double nearestLevel(double x, const std::vector<double>& levels) {
    double best = 0;
    for (const double level : levels)
        if (std::abs(std::abs(x) - level) < std::abs(std::abs(x) - best)) best = level;
    return x < 0 ? -best : best;
}

TEST(Laq, ExactLevelsAreKept) {
    // Weights that are levels times a scale already: the error is 0 and the scale found.
    expectNear(quantized("laq_linear", 3, {0.6, -0.4, 0.2, 0, 0.6}), {0.6, -0.4, 0.2, 0, 0.6});
    expectNear(quantized("laq_log", 3, {0.8, -0.4, 0.2, 0, 0.8}), {0.8, -0.4, 0.2, 0, 0.8});
}

TEST(Laq, TwoBitsAreTernary) {
    // Mean 2.4: 3/2.4 and 1.2/2.4 (a half: to even, or to the smaller) round to 1 and 0; scale 3.
    for (const char* method : {"laq_linear", "laq_log"})
        expectNear(quantized(method, 2, {3, -3, 1.2}), {3, -3, 0});
}

struct LaqCase {
    const char* method;
    int bits;
};

class EveryLaq : public testing::TestWithParam<LaqCase> {};

// At the end the scale solves the least squares for the code, and the code is nearest for the
// scale.
TEST_P(EveryLaq, ResultIsAFixedPoint) {
    const auto [method, bits] = GetParam();
    const std::size_t n = 500;
    const auto w = test::randomWeights(n, 17);
    const auto v = test::randomMoments(n, 17);
    QuantizerConfig config = test::configOf(method, bits);
    config.iterations = 1000;
    const auto q = test::quantizeBlock<double>(config, w, 5, v);
    const auto levels = levelsOf(method, bits);
    double scale = 0;
    for (const double x : q) scale = std::max(scale, std::abs(x));
    double sum = 0, weight = 0;
    for (std::size_t i = 0; i < n; ++i) {
        const double b = nearestLevel(w[i] / scale, levels);
        EXPECT_NEAR(q[i], scale * b, 1e-12);
        const double d = std::sqrt(v[i]) + 1e-8;
        sum += d * b * w[i];
        weight += d * b * b;
    }
    EXPECT_NEAR(scale, sum / weight, 2e-6);
}

TEST_P(EveryLaq, HasItsLevelsOnly) {
    const auto [method, bits] = GetParam();
    const auto q = quantized(method, bits, test::randomWeights(4000, 3));
    const std::set<double> values(q.begin(), q.end());
    EXPECT_LE(values.size(), (1u << bits) - 1);
    EXPECT_GE(values.size(), 3u);
}

TEST_P(EveryLaq, ZeroBlockGivesZeros) {
    const auto [method, bits] = GetParam();
    expectNear(quantized(method, bits, {0, 0, 0}, 1, {1, 2, 0}), {0, 0, 0});
}

INSTANTIATE_TEST_SUITE_P(Laq, EveryLaq,
                         testing::Values(LaqCase{"laq_linear", 2}, LaqCase{"laq_linear", 3},
                                         LaqCase{"laq_linear", 4}, LaqCase{"laq_linear", 8},
                                         LaqCase{"laq_log", 2}, LaqCase{"laq_log", 3},
                                         LaqCase{"laq_log", 4}),
                         [](const auto& law) {
                             return std::string(law.param.method) + std::to_string(law.param.bits);
                         });

TEST(Laq, MoreBitsAreNearer) {
    const auto w = test::randomWeights(2000, 29);
    double previous = std::numeric_limits<double>::infinity();
    for (const int bits : {2, 3, 4, 8}) {
        const double error = test::weightedError(w, {}, quantized("laq_linear", bits, w));
        EXPECT_LT(error, previous) << bits;
        previous = error;
    }
}

TEST(Laq, Cost) {
    EXPECT_EQ(Laq<float>(LaqLevels::linear, 2, 10).cost().packedBits, 1.6);
    EXPECT_EQ(Laq<float>(LaqLevels::logarithmic, 4, 10).cost().packedBits, 4);
    EXPECT_EQ(Laq<float>(LaqLevels::linear, 8, 10).cost().scales, 1);
}

}  // namespace
}  // namespace bitloom
