#include "quant/alternating.h"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <algorithm>
#include <set>

#include "quant/greedy.h"

#include "support.h"

namespace bitloom {
namespace {

using test::expectNear;
using test::quantized;

TEST(Alternating, OneBitIsBwnARow) {
    // No zeros here: a zero is halfway between -a and +a and takes the lower code, unlike sign().
    expectNear(quantized("alternating", 1, {1, -2, 3, 10, 20, -30}, 2), {2, -2, 2, 20, 20, -20});
}

TEST(Alternating, FindsExactSums) {
    // 0.5 +- 0.2 and their negatives: two codes describe the row without error.
    expectNear(quantized("alternating", 2, {0.7, 0.3, -0.3, -0.7, 0.7}),
               {0.7, 0.3, -0.3, -0.7, 0.7});
}

TEST(Alternating, IsNeverWorseThanGreedy) {
    for (std::uint64_t seed = 1; seed <= 30; ++seed)
        for (const int bits : {1, 2, 3, 4}) {
            const auto w = test::randomWeights(64, seed);
            EXPECT_LE(test::weightedError(w, {}, quantized("alternating", bits, w)),
                      test::weightedError(w, {}, quantized("greedy", bits, w)) + 1e-12)
                << seed << " " << bits;
        }
}

TEST(Alternating, MoreCyclesAreNeverWorse) {
    const auto w = test::randomWeights(200, 77);
    double previous = 1e9;
    for (const int cycles : {1, 2, 4, 8, 30}) {
        QuantizerConfig config = test::configOf("alternating", 3);
        config.iterations = cycles;
        const double error = test::weightedError(w, {}, test::quantizeBlock<double>(config, w));
        EXPECT_LE(error, previous + 1e-12);
        previous = error;
    }
}

// The plain twin: normal equations summed weight by weight, every code tried for every weight.
std::vector<double> plainAlternating(const std::vector<double>& w, int bits, int cycles) {
    const std::size_t n = w.size();
    std::vector<double> residual = w, codes(n), scales(static_cast<std::size_t>(bits));
    greedyCodes(residual, codes, scales);
    const auto sign = [](std::size_t code, int k) { return (code >> k) & 1 ? 1.0 : -1.0; };
    std::vector<std::size_t> code(codes.begin(), codes.end());
    std::vector<double> value(std::size_t{1} << bits);
    for (int cycle = 0; cycle < cycles; ++cycle) {
        Eigen::MatrixXd b(n, bits);
        for (std::size_t i = 0; i < n; ++i)
            for (int k = 0; k < bits; ++k) b(static_cast<Eigen::Index>(i), k) = sign(code[i], k);
        const Eigen::VectorXd a = b.completeOrthogonalDecomposition().solve(
            Eigen::Map<const Eigen::VectorXd>(w.data(), static_cast<Eigen::Index>(n)));
        for (std::size_t c = 0; c < value.size(); ++c) {
            value[c] = 0;
            for (int k = 0; k < bits; ++k) value[c] += sign(c, k) * a(k);
        }
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t c = 0; c < value.size(); ++c)
                if (std::abs(w[i] - value[c]) < std::abs(w[i] - value[code[i]])) code[i] = c;
    }
    std::vector<double> out(n);
    for (std::size_t i = 0; i < n; ++i) out[i] = value[code[i]];
    return out;
}

TEST(Alternating, EqualsItsPlainTwin) {
    for (const int bits : {1, 2, 3, 4, 8})
        for (const std::size_t n : {300u, 1000u})
            for (std::uint64_t seed = 1; seed <= 5; ++seed) {
                auto w = test::randomWeights(n, seed);
                for (double& x : w) x += x == 0 ? 0.01 : 0;  // a zero lies halfway: a tie
                if (seed > 3)                                // levels far from even
                    for (double& x : w) x *= std::abs(x);
                expectNear(quantized("alternating", bits, w), plainAlternating(w, bits, 2), 1e-9);
            }
}

// A weight gets the nearest of the values in use; with many weights all 2^m sums are in use.
TEST(Alternating, EachWeightHasItsNearestLevel) {
    for (const int bits : {2, 3, 4}) {
        const auto w = test::randomWeights(3000, 31);
        const auto q = quantized("alternating", bits, w);
        const std::set<double> levels(q.begin(), q.end());
        EXPECT_EQ(levels.size(), 1u << bits);
        for (std::size_t i = 0; i < w.size(); ++i)
            for (const double level : levels)
                EXPECT_LE(std::abs(w[i] - q[i]), std::abs(w[i] - level) + 1e-14);
    }
}

TEST(Alternating, SingularRows) {
    for (const int bits : {2, 3, 8}) {
        expectNear(quantized("alternating", bits, {0, 0, 0}), {0, 0, 0});
        expectNear(quantized("alternating", bits, {0.4, 0.4, 0.4}), {0.4, 0.4, 0.4});
        expectNear(quantized("alternating", bits, {0.4, -0.4}), {0.4, -0.4});
        expectNear(quantized("alternating", bits, {-0.3}), {-0.3});
    }
}

// Three dependent codes of six weights: the least-norm solution keeps the codes, and each level is
// the mean of its weights (up to sign).
TEST(Alternating, DependentCodesTakeTheSolutionOfLeastNorm) {
    const std::vector<double> w{-0.33, -0.32, 0.08, -0.02, -0.28, -0.35};
    const double inner = (0.08 + 0.02) / 2, outer = (0.33 + 0.32 + 0.28 + 0.35) / 4;
    expectNear(quantized("alternating", 3, w), {-outer, -outer, inner, -inner, -outer, -outer});
}

TEST(Alternating, ScalesWithTheWeights) {
    const auto w = test::randomWeights(100, 12);
    expectNear(quantized("alternating", 3, test::scaledBy(w, 4), 4),
               test::scaledBy(quantized("alternating", 3, w, 4), 4));
}

TEST(Alternating, CostsAScaleABitARow) {
    EXPECT_EQ(Alternating<double>(2, 2).cost().scales, 2);
    EXPECT_TRUE(Alternating<double>(2, 2).cost().scalesPerRow);
}

}  // namespace
}  // namespace bitloom
