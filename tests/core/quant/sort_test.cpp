#include "quant/sort.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "support.h"

namespace bitloom {
namespace {

template <class T>
void sortsLikeTheStandardLibrary(std::size_t n) {
    auto w = test::randomWeights<T>(n, n + 1);
    for (std::size_t i = 0; i < n; i += 3) w[i] = static_cast<T>(std::pow(w[i], 9));  // exponents
    MagnitudeSorter<T> sorter;
    sorter.clear(n);
    std::vector<T> expected;
    for (const T x : w) {
        sorter.add(x, 2 * x);
        expected.push_back(std::abs(x));
    }
    std::sort(expected.begin(), expected.end());
    const auto sorted = sorter.sorted();
    ASSERT_EQ(sorted.size(), n);
    for (std::size_t i = 0; i < n; ++i) {
        EXPECT_EQ(sorted[i].value(), expected[i]);
        EXPECT_EQ(std::abs(sorted[i].weight), 2 * expected[i]);  // travelled with its key
    }
}

TEST(MagnitudeSorter, SortsLikeTheStandardLibrary) {
    for (const std::size_t n : {0u, 1u, 2u, 100u, 5000u}) {
        sortsLikeTheStandardLibrary<float>(n);
        sortsLikeTheStandardLibrary<double>(n);
    }
}

TEST(MagnitudeSorter, NanIsLastAndEqualsKeepTheirOrder) {
    MagnitudeSorter<float> sorter;
    sorter.clear(5);
    sorter.add(std::numeric_limits<float>::quiet_NaN(), 0);
    sorter.add(-2, 1);
    sorter.add(std::numeric_limits<float>::infinity(), 2);
    sorter.add(2, 3);
    sorter.add(-0.0f, 4);
    const auto sorted = sorter.sorted();
    std::vector<float> order;
    for (const auto& item : sorted) order.push_back(item.weight);
    EXPECT_EQ(order, (std::vector<float>{4, 1, 3, 2, 0}));
}

}  // namespace
}  // namespace bitloom
