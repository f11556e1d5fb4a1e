#include "probe/spectra.h"

#include <gtest/gtest.h>

#include <cmath>

#include "math/rng.h"
#include "math/spectral.h"

namespace bitloom {
namespace {

/// Values drawn from `levels`, two gates of rows x cols.
Matrix<double> drawn(std::size_t rows, std::size_t cols, const std::vector<double>& levels) {
    Matrix<double> w(2 * rows, cols);
    Rng rng(1);
    for (double& v : w.span()) v = levels[rng.below(static_cast<std::uint32_t>(levels.size()))];
    return w;
}

TEST(Spectra, NoQuantizedMatrixIsBelowItsFloor) {
    const std::vector<std::vector<double>> kinds{
        {-1, 1}, {-0.03, 0.03}, {-1, 0, 1}, {0, 0, 0, 0, 0.5}, {-1, -0.25, 0, 0.25, 1}};
    for (const auto& levels : kinds)
        for (const auto& [rows, cols] :
             {std::pair{16u, 16u}, std::pair{16u, 5u}, std::pair{7u, 40u}}) {
            const Matrix<double> w = drawn(rows, cols, levels);
            const auto floors = spectralFloor<double>(w.view(), 2);
            const auto norms = gateNorms<double>(w.view(), 2, 1e-10);
            for (std::size_t g = 0; g < 2; ++g) EXPECT_GE(norms[g], floors[g] * (1 - 1e-9));
        }
    const Matrix<double> binary = drawn(64, 64, {-1, 1});
    EXPECT_NEAR(spectralFloor<double>(binary.view(), 2)[0], 8, 1e-12) << "sqrt(64)";
    EXPECT_EQ(spectralFloor<double>(drawn(4, 4, {0}).view(), 2)[1], 0);
}

TEST(Spectra, ThePrintedFormIsNeverBelowTheEffectiveOne) {
    Matrix<double> w = drawn(12, 12, {-1, 1});
    for (double& v : w.span()) v *= 0.7;
    for (std::size_t j = 0; j < 12; ++j) w(3, j) = 0;
    std::vector<double> gain;
    Rng rng(2);
    for (int i = 0; i < 24; ++i) gain.push_back(rng.normal());
    const Matrix<double> effective = rowsOfLength<double>(w.view(), gain);
    for (std::size_t r = 0; r < 24; ++r) {
        double squares = 0;
        for (std::size_t j = 0; j < 12; ++j) squares += effective(r, j) * effective(r, j);
        EXPECT_NEAR(std::sqrt(squares), r == 3 ? 0 : std::abs(gain[r]), 1e-7);
    }
    const auto norms = gateNorms<double>(effective.view(), 2, 1e-10);
    const auto printed = printedNorms<double>(w.view(), gain, 2, 1e-10);
    for (std::size_t g = 0; g < 2; ++g) EXPECT_GE(printed[g], norms[g]);
    const std::vector<double> equal(24, -0.5);
    EXPECT_NEAR(printedNorms<double>(w.view(), equal, 2, 1e-12)[0],
                gateNorms<double>(rowsOfLength<double>(w.view(), equal).view(), 2, 1e-12)[0], 1e-9)
        << "with equal gains the two agree";
}

}  // namespace
}  // namespace bitloom
