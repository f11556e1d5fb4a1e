#include "quant/stochastic.h"

#include <gtest/gtest.h>

#include <cmath>

#include "support.h"

namespace bitloom {
namespace {

constexpr std::size_t k_draws = 40000;

struct Law {
    const char* method;
    double magnitude;  // W0
    bool ternary;
};

class Stochastic : public testing::TestWithParam<Law> {
protected:
    std::vector<double> draw(double w) const {
        const std::vector<double> latent(k_draws, w);
        return test::quantizeBlock<double>(test::configOf(GetParam().method), latent, 1, {},
                                           GetParam().magnitude);
    }
};

TEST_P(Stochastic, LevelsAndMeansFollowTheLaw) {
    const auto [method, a, ternary] = GetParam();
    for (const double part : {-0.9, -0.3, 0.0, 0.1, 0.7}) {
        const double w = part * a;
        double sum = 0;
        int nonzero = 0;
        for (const double q : draw(w)) {
            ASSERT_TRUE(q == a || q == -a || (ternary && q == 0)) << q;
            if (ternary && q != 0) {
                ASSERT_EQ(q > 0, w > 0);
            }
            sum += q;
            nonzero += q != 0;
        }
        // The mean is w for both laws; the variance a^2 - w^2, or a |w| - w^2.
        const double variance = (ternary ? a * std::abs(w) : a * a) - w * w;
        EXPECT_NEAR(sum / k_draws, w, 5 * std::sqrt(variance / k_draws) + 1e-12) << part;
        if (!ternary) {
            EXPECT_EQ(nonzero, int(k_draws));
        }
    }
}

TEST_P(Stochastic, BeyondTheMagnitudeItIsCertain) {
    const double a = GetParam().magnitude;
    for (const double factor : {1.0, 1.5, 100.0}) {
        for (const double q : draw(factor * a)) ASSERT_EQ(q, a);
        for (const double q : draw(-factor * a)) ASSERT_EQ(q, -a);
    }
}

TEST_P(Stochastic, SaysThatItDraws) {
    const auto quantizer = makeQuantizer<float>(test::configOf(GetParam().method));
    EXPECT_TRUE(quantizer->isStochastic());
    EXPECT_EQ(quantizer->cost().packedBits, GetParam().ternary ? 1.6 : 1);
}

INSTANTIATE_TEST_SUITE_P(Methods, Stochastic,
                         testing::Values(Law{"binary_connect_stochastic", 1, false},
                                         Law{"ternary_connect", 1, true}, Law{"sbn", 0.07, false},
                                         Law{"stn", 0.07, true}),
                         [](const auto& law) { return std::string(law.param.method); });

TEST(StochasticScale, ZeroFixedScaleGivesZeros) {
    for (const char* method : {"sbn", "stn"})
        test::expectNear(
            test::quantizeBlock<double>(test::configOf(method), {1, 0, -1}, 1, {}, 0.0), {0, 0, 0});
}

TEST(StochasticScale, NanDoesNotHang) {
    for (const char* method : {"binary_connect_stochastic", "ternary_connect", "sbn", "stn"})
        EXPECT_EQ(test::quantized(method, 0, {NAN, 1}).size(), 2u);
}

}  // namespace
}  // namespace bitloom
