#include "probe/quantiles.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

namespace bitloom {
namespace {

TEST(Quantiles, InterpolateBetweenOrderStatistics) {
    std::vector<double> values{4, 1, 3, std::nan(""), 2};
    constexpr std::array<double, 4> at{0, 0.5, 0.75, 1};
    EXPECT_EQ(quantiles(values, at), (std::vector<double>{1, 2.5, 3.25, 4}));
    std::vector<double> none{std::nan("")};
    EXPECT_TRUE(std::isnan(quantiles(none, at)[1]));
}

TEST(Quantiles, SpreadKeepsFirstAndLast) {
    EXPECT_EQ(spread(4, 10), (std::vector<int>{0, 1, 2, 3}));
    EXPECT_EQ(spread(64, 4), (std::vector<int>{0, 21, 42, 63}));
    EXPECT_EQ(spread(9, 1), (std::vector<int>{0}));
    EXPECT_TRUE(spread(0, 4).empty());
}

}  // namespace
}  // namespace bitloom
