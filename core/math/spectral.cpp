#include "math/spectral.h"

#include <Eigen/Eigenvalues>
#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <limits>

#include "math/gemm.h"
#include "math/kernels.h"
#include "math/rng.h"

namespace bitloom {
namespace {

constexpr std::size_t blockSize = 8;

template <class T>
using EigenMatrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

template <class T>
auto asEigen(Matrix<T>& matrix) {
    return Eigen::Map<EigenMatrix<T>>(matrix.data(), static_cast<Eigen::Index>(matrix.rows()),
                                      static_cast<Eigen::Index>(matrix.cols()));
}

/// Replaces the columns by an orthonormal basis of (at least) their span.
template <class T>
void orthonormalize(Matrix<T>& matrix) {
    auto view = asEigen(matrix);
    const Eigen::HouseholderQR<EigenMatrix<T>> qr(view);
    view = qr.householderQ() * EigenMatrix<T>::Identity(view.rows(), view.cols());
}

/// The largest singular value of the columns.
template <class T>
double largestSingularValue(Matrix<T>& matrix) {
    const Eigen::MatrixXd wide = asEigen(matrix).template cast<double>();
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(wide.transpose() * wide,
                                                                Eigen::EigenvaluesOnly);
    return std::sqrt(std::max(0.0, solver.eigenvalues().maxCoeff()));
}

template <class T>
bool allFinite(MatrixView<const T> w) {
    for (std::size_t r = 0; r < w.rows; ++r)
        for (std::size_t j = 0; j < w.cols; ++j)
            if (!std::isfinite(w(r, j))) return false;
    return true;
}

}  // namespace

template <class T>
SpectralNorm spectralNorm(MatrixView<const T> w, const SpectralOptions& options) {
    SpectralNorm result;
    if (!allFinite(w)) {
        result.value = std::numeric_limits<double>::quiet_NaN();
        return result;
    }
    // Everything is measured in units of the largest entry: squares of 1e30 or 1e-30 stay in range.
    const T unit = kernels::absoluteMax<T>(w);
    if (w.size() == 0 || unit == T(0)) {
        result.converged = true;
        return result;
    }
    Matrix<T> scaled(w.rows, w.cols);
    for (std::size_t r = 0; r < w.rows; ++r)
        for (std::size_t j = 0; j < w.cols; ++j) scaled(r, j) = w(r, j) / unit;

    const std::size_t k = std::min({blockSize, w.rows, w.cols});
    Matrix<T> v(w.cols, k), u(w.rows, k);
    Rng rng(options.seed, makeStream("spectral"));
    for (T& x : v.span()) x = static_cast<T>(rng.normal());
    orthonormalize(v);
    double before = 0, changeBefore = 0;
    int calm = 0;
    while (result.iterations < options.maxIterations) {
        ++result.iterations;
        gemm<T>(Transpose::no, Transpose::no, scaled.view(), v.view(), T(0), u.view());
        const double value = largestSingularValue(u);
        const double change = std::abs(value - before);
        const double ratio = changeBefore > 0 ? std::min(change / changeBefore, 0.999) : 0.999;
        const bool rounding = change <= 4 * std::numeric_limits<T>::epsilon() * value;
        const double rest = rounding ? change : std::max(change, change * ratio / (1 - ratio));
        calm = rest <= options.tolerance * value ? calm + 1 : 0;
        result.value = value * static_cast<double>(unit);
        if (calm == 3 || value == 0) {
            result.converged = true;
            break;
        }
        before = value;
        changeBefore = change;
        gemm<T>(Transpose::yes, Transpose::no, scaled.view(), u.view(), T(0), v.view());
        kernels::scale<T>(v.span(), static_cast<T>(1 / (value * value)));
        orthonormalize(v);
    }
    return result;
}

template SpectralNorm spectralNorm<float>(MatrixView<const float>, const SpectralOptions&);
template SpectralNorm spectralNorm<double>(MatrixView<const double>, const SpectralOptions&);

}  // namespace bitloom
