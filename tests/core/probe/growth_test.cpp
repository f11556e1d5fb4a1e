#include "probe/growth.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace bitloom {
namespace {

TEST(Growth, OfAnExponentialIsItsFactor) {
    std::vector<double> norms;
    for (int t = 0; t < 20; ++t) norms.push_back(3e-4 * std::pow(2.6, 19 - t));
    const GrowthFit fit = fitGrowth(norms);
    EXPECT_NEAR(fit.rate, 2.6, 1e-12);
    EXPECT_NEAR(std::exp(fit.intercept), 3e-4, 1e-12);
    EXPECT_EQ(fit.from, 0);
    EXPECT_EQ(fit.to, 19);
    EXPECT_EQ(fit.points, 20);
    EXPECT_EQ(fit.ignored, 0);
}

TEST(Growth, LeavesOutWhatSaysNothing) {
    std::vector<double> norms{0, std::numeric_limits<double>::infinity(), std::nan(""), 1e-35};
    for (int t = 0; t < 6; ++t) norms.push_back(std::pow(0.5, 5 - t));
    norms.push_back(0);
    const GrowthFit fit = fitGrowth(norms);
    EXPECT_NEAR(fit.rate, 0.5, 1e-12);
    EXPECT_EQ(fit.from, 4);
    EXPECT_EQ(fit.to, 9);
    EXPECT_EQ(fit.points, 6);
    EXPECT_EQ(fit.ignored, 5);
}

TEST(Growth, OfTooLittleIsUnknown) {
    EXPECT_TRUE(std::isnan(fitGrowth({}).rate));
    EXPECT_TRUE(std::isnan(fitGrowth(std::vector<double>{1, 2, 0, 0}).rate));
}

}  // namespace
}  // namespace bitloom
