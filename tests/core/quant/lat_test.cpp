#include "quant/lat.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "support.h"

namespace bitloom {
namespace {

using test::expectNear;
using test::quantized;

// The smallest weighted error over all 3^n codes, each with its best scale (one, or one a sign).
double bruteForce(const std::vector<double>& w, const std::vector<double>& v, bool separate) {
    const std::size_t n = w.size();
    std::size_t codes = 1;
    for (std::size_t i = 0; i < n; ++i) codes *= 3;
    double best = std::numeric_limits<double>::infinity();
    for (std::size_t code = 0; code < codes; ++code) {
        std::vector<int> b(n);
        std::size_t rest = code;
        for (int& x : b) {
            x = static_cast<int>(rest % 3) - 1;
            rest /= 3;
        }
        double sum[2] = {}, weight[2] = {};
        for (std::size_t i = 0; i < n; ++i) {
            if (b[i] == 0) continue;
            const int side = separate && b[i] < 0;
            const double d = v.empty() ? 1 : std::sqrt(v[i]) + 1e-8;
            sum[side] += d * b[i] * w[i];
            weight[side] += d;
        }
        std::vector<double> q(n);
        for (std::size_t i = 0; i < n; ++i) {
            const int side = separate && b[i] < 0;
            q[i] = b[i] == 0 ? 0 : b[i] * std::max(0.0, sum[side] / weight[side]);
        }
        best = std::min(best, test::weightedError(w, v, q));
    }
    return best;
}

TEST(LatExact, HandComputed) {
    // Equal curvature: (sum)^2 / k is 9, 18, 17.3 for k = 1, 2, 3: keep two, mean 3.
    expectNear(quantized("lat_exact", 2, {3, -3, 1.2}), {3, -3, 0});
}

TEST(LatExact, IsOptimal) {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        const std::size_t n = 1 + seed % 7;
        const auto w = test::randomWeights(n, seed);
        const auto v = seed % 4 ? test::randomMoments(n, seed) : std::vector<double>{};
        SCOPED_TRACE(seed);
        EXPECT_NEAR(test::weightedError(w, v, quantized("lat_exact", 2, w, 1, v)),
                    bruteForce(w, v, false), 1e-12);
        EXPECT_NEAR(test::weightedError(w, v, quantized("lat2_exact", 2, w, 1, v)),
                    bruteForce(w, v, true), 1e-12);
    }
}

TEST(LatExact, EqualMagnitudesStayTogether) {
    expectNear(quantized("lat_exact", 2, {1, -1, 1, 0.1, -1}, 1, {1, 9, 4, 1, 2}),
               {1, -1, 1, 0, -1}, 1e-7);
    expectNear(quantized("lat_exact", 2, {0.1, 0.1, -0.1}), {0.1, 0.1, -0.1});
}

TEST(LatApproximate, HandComputed) {
    // a = 7.2/3 = 2.4; |w| > 1.2 keeps the two threes (not the 1.2); a = 3, again the same:
    // converged.
    expectNear(quantized("lat_approximate", 2, {3, -3, 1.2}), {3, -3, 0});
}

TEST(LatApproximate, ResultIsAFixedPoint) {
    const auto w = test::randomWeights(400, 21);
    const auto v = test::randomMoments(400, 21);
    QuantizerConfig config = test::configOf("lat_approximate");
    config.iterations = 200;
    const auto q = test::quantizeBlock<double>(config, w, 20, v);
    const double a = *std::max_element(q.begin(), q.end());
    double sum = 0, weight = 0;
    for (std::size_t i = 0; i < w.size(); ++i) {
        const bool kept = std::abs(w[i]) > a / 2;
        EXPECT_EQ(q[i] != 0, kept);
        const double d = std::sqrt(v[i]) + 1e-8;
        sum += kept ? d * std::abs(w[i]) : 0;
        weight += kept ? d : 0;
    }
    EXPECT_NEAR(a, sum / weight, 1e-6);
}

TEST(LatApproximate, IterationsAreAnOption) {
    // Mean 2.5 keeps above 1.25, whose mean 5 would keep above 2.5: one iteration stops before.
    QuantizerConfig config = test::configOf("lat_approximate");
    config.iterations = 1;
    const std::vector<double> w{10, 2, 2, 1, 0.5, 0.5, 4, 0};
    expectNear(test::quantizeBlock<double>(config, w), {4.5, 4.5, 4.5, 0, 0, 0, 4.5, 0});
    config.iterations = 2;
    expectNear(test::quantizeBlock<double>(config, w), {7, 0, 0, 0, 0, 0, 7, 0});
}

TEST(LatApproximate, IsNeverBetterThanExact) {
    for (std::uint64_t seed = 1; seed < 30; ++seed) {
        const auto w = test::randomWeights(50, seed);
        const auto v = test::randomMoments(50, seed);
        for (const char* scales : {"lat", "lat2"}) {
            const std::string name = scales;
            EXPECT_GE(
                test::weightedError(w, v, quantized(name + "_approximate", 2, w, 1, v)) + 1e-14,
                test::weightedError(w, v, quantized(name + "_exact", 2, w, 1, v)));
        }
    }
}

TEST(Lat2, SidesAreSolvedByThemselves) {
    const std::vector<double> w{4, 4, 0.1, 0, -1, -1.2, -0.01};
    for (const char* method : {"lat2_approximate", "lat2_exact"})
        expectNear(quantized(method, 2, w), {4, 4, 0, 0, -1.1, -1.1, 0});
}

TEST(Lat2, MirroredWeightsGiveMirroredResults) {
    const auto w = test::randomWeights(90, 33);
    const auto v = test::randomMoments(90, 33);
    for (const char* method : {"lat2_approximate", "lat2_exact"})
        expectNear(quantized(method, 2, test::scaledBy(w, -1), 1, v),
                   test::scaledBy(quantized(method, 2, w, 1, v), -1));
}

class EveryLat : public testing::TestWithParam<const char*> {};

TEST_P(EveryLat, DegenerateBlocks) {
    expectNear(quantized(GetParam(), 2, {0, 0, 0}, 1, {1, 0, 2}), {0, 0, 0});
    expectNear(quantized(GetParam(), 2, {0, 2, 0}), {0, 2, 0});
    expectNear(quantized(GetParam(), 2, {-2, 0}, 1, {0, 0}), {-2, 0});
}

TEST_P(EveryLat, ScalesWithTheWeights) {
    const auto w = test::randomWeights(333, 14);
    const auto v = test::randomMoments(333, 14);
    // Large, so that the absolute stop of the iteration decides alike.
    expectNear(quantized(GetParam(), 2, test::scaledBy(w, 64), 9, v),
               test::scaledBy(quantized(GetParam(), 2, test::scaledBy(w, 32), 9, v), 2));
}

INSTANTIATE_TEST_SUITE_P(Lat, EveryLat,
                         testing::Values("lat_approximate", "lat_exact", "lat2_approximate",
                                         "lat2_exact"));

}  // namespace
}  // namespace bitloom
