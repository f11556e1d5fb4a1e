#include "math/spectral.h"

#include <gtest/gtest.h>

#include <Eigen/SVD>
#include <cmath>
#include <limits>

#include "core/math/support.h"
#include "math/gemm.h"

namespace bitloom {
namespace {

using namespace test;

double fullSvd(const Guarded<double>& w) {
    Eigen::MatrixXd copy(w.view().rows, w.view().cols);
    for (std::size_t r = 0; r < w.view().rows; ++r)
        for (std::size_t j = 0; j < w.view().cols; ++j)
            copy(static_cast<Eigen::Index>(r), static_cast<Eigen::Index>(j)) = w(r, j);
    return Eigen::BDCSVD<Eigen::MatrixXd>(copy).singularValues()(0);
}

template <class T>
Guarded<T> cast(const Guarded<double>& w) {
    Guarded<T> result(w.view().rows, w.view().cols);
    for (std::size_t r = 0; r < w.view().rows; ++r)
        for (std::size_t j = 0; j < w.view().cols; ++j) result(r, j) = static_cast<T>(w(r, j));
    return result;
}

void expectNorm(const Guarded<double>& w, double wanted) {
    const auto exact = spectralNorm<double>(w.view());
    EXPECT_TRUE(exact.converged);
    EXPECT_NEAR(exact.value, wanted, 3e-6 * wanted);
    const auto single = spectralNorm<float>(cast<float>(w).view());
    EXPECT_TRUE(single.converged);
    EXPECT_NEAR(single.value, wanted, 5e-6 * wanted);
}

TEST(SpectralNorm, EqualsTheFullSvd) {
    Rng rng(31);
    for (const Shape shape : {Shape{1, 1}, Shape{1, 9}, Shape{9, 1}, Shape{5, 5}, Shape{30, 12},
                              Shape{12, 30}, Shape{64, 64}, Shape{100, 200}}) {
        const auto w = Guarded<double>::random(shape.rows, shape.cols, rng, 0.3);
        SCOPED_TRACE(testing::Message() << shape.rows << "x" << shape.cols);
        expectNorm(w, fullSvd(w));
    }
}

TEST(SpectralNorm, HandlesSignMatricesAndTheirFloor) {
    Rng rng(32);
    const std::size_t d = 128;
    auto w = Guarded<double>::random(d, d, rng);
    for (std::size_t r = 0; r < d; ++r)
        for (std::size_t j = 0; j < d; ++j) w(r, j) = w(r, j) >= 0 ? 1 : -1;
    expectNorm(w, fullSvd(w));
    EXPECT_GE(spectralNorm<double>(w.view()).value, std::sqrt(static_cast<double>(d)));
}

TEST(SpectralNorm, RankOneIsTheProductOfLengths) {
    Rng rng(33);
    const auto u = Guarded<double>::random(20, 1, rng), v = Guarded<double>::random(1, 31, rng);
    Guarded<double> w(20, 31);
    gemm<double>(Transpose::no, Transpose::no, u.view(), v.view(), 0.0, w.view());
    expectNorm(w, std::sqrt(dot(u, u) * dot(v, v)));
}

/// A matrix with singular values 3, 3 - gap, 3 - 2 gap ... (`cluster` of them) and 1.5.
Guarded<double> clustered(std::size_t cluster, double gap) {
    // A Householder reflection times a diagonal.
    const std::size_t n = 60;
    Rng rng(34);
    const auto v = Guarded<double>::random(1, n, rng);
    const double square = dot(v, v);
    Guarded<double> w(n, n);
    for (std::size_t r = 0; r < n; ++r)
        for (std::size_t j = 0; j < n; ++j) {
            const double s = j < cluster ? 3 - gap * static_cast<double>(j) : 1.5;
            w(r, j) = s * ((r == j ? 1 : 0) - 2 * v(0, r) * v(0, j) / square);
        }
    return w;
}

TEST(SpectralNorm, CloseLeadingValuesAreToldApart) {
    for (const double gap : {1e-6, 1e-4, 1e-2}) expectNorm(clustered(6, gap), 3);
}

TEST(SpectralNorm, AClusterBeyondTheBlockCostsLessThanItsWidth) {
    // Twenty values within 0.1%: no rule can tell the top from its neighbours in few steps; what is
    // found lies among them.
    const auto w = clustered(20, 1.5e-4);
    const double value = spectralNorm<double>(w.view()).value;
    EXPECT_LE(value, 3 + 1e-9);
    EXPECT_GE(value, 3 - 1e-3);
    EXPECT_NEAR(spectralNorm<float>(cast<float>(w).view()).value, value, 1e-4);
}

TEST(SpectralNorm, ZeroAndEmptyAreZero) {
    Matrix<float> zero(7, 5);
    const auto result = spectralNorm<float>(zero.view());
    EXPECT_EQ(result.value, 0);
    EXPECT_TRUE(result.converged);
    EXPECT_EQ(spectralNorm<float>(MatrixView<const float>{}).value, 0);
}

TEST(SpectralNorm, ExtremeScalesNeitherOverflowNorVanish) {
    Rng rng(35);
    const auto w = Guarded<double>::random(10, 10, rng);
    const double norm = fullSvd(w);
    for (const double unit : {1e-30, 1e30}) {
        auto scaled = w;
        for (std::size_t r = 0; r < 10; ++r)
            for (std::size_t j = 0; j < 10; ++j) scaled(r, j) *= unit;
        EXPECT_NEAR(spectralNorm<float>(cast<float>(scaled).view()).value / unit, norm,
                    5e-6 * norm);
    }
}

TEST(SpectralNorm, NonFiniteNumbersGiveNan) {
    for (const float bad :
         {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
        Matrix<float> w(4, 4);
        w(2, 1) = bad;
        const auto result = spectralNorm<float>(w.view());
        EXPECT_TRUE(std::isnan(result.value));
        EXPECT_FALSE(result.converged);
    }
}

}  // namespace
}  // namespace bitloom
