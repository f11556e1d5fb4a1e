#pragma once
// What the tests of the math room share: random operands, comparison, numeric gradients, and
// running on every instruction set this processor has.

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "math/matrix.h"
#include "math/rng.h"

namespace bitloom::test {

/// Runs `body` on each of Highway's targets that is compiled in and supported here.
inline void onEveryTarget(const std::function<void()>& body) {
    for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
        SCOPED_TRACE(hwy::TargetName(target));
        hwy::SetSupportedTargetsForTest(target);
        hwy::GetChosenTarget().DeInit();
        body();
        hwy::SetSupportedTargetsForTest(0);
        hwy::GetChosenTarget().DeInit();
    }
}

/// A matrix whose rows are followed by three guard numbers no function may change.
template <class T>
class Guarded {
public:
    Guarded(std::size_t rows, std::size_t cols) : m_cols(cols), m_all(rows, cols + 3) {
        m_all.fill(guard);
    }
    /// Standard normal numbers times `scale`; every T gets the same single-precision values.
    static Guarded random(std::size_t rows, std::size_t cols, Rng& rng, double scale = 1) {
        Guarded result(rows, cols);
        for (std::size_t r = 0; r < rows; ++r)
            for (std::size_t j = 0; j < cols; ++j)
                result.view()(r, j) = static_cast<T>(static_cast<float>(rng.normal() * scale));
        return result;
    }
    MatrixView<T> view() { return {m_all.data(), m_all.rows(), m_cols, m_all.cols()}; }
    MatrixView<const T> view() const { return {m_all.data(), m_all.rows(), m_cols, m_all.cols()}; }
    /// The first row.
    std::span<T> span() { return {m_all.data(), m_cols}; }
    std::span<const T> span() const { return {m_all.data(), m_cols}; }
    T& operator()(std::size_t r, std::size_t j) { return view()(r, j); }
    T operator()(std::size_t r, std::size_t j) const { return view()(r, j); }
    [[nodiscard]] bool intact() const {
        for (std::size_t r = 0; r < m_all.rows(); ++r)
            for (std::size_t j = m_cols; j < m_all.cols(); ++j)
                if (m_all(r, j) != guard) return false;
        return true;
    }

private:
    static constexpr T guard = T(12345.5);
    std::size_t m_cols = 0;
    Matrix<T> m_all;
};

/// |a - b| <= tolerance (1 + |b|) everywhere, guards untouched.
inline void expectClose(const Guarded<float>& a, const Guarded<double>& b, double tolerance,
                        const char* what) {
    ASSERT_EQ(a.view().rows, b.view().rows);
    ASSERT_EQ(a.view().cols, b.view().cols);
    EXPECT_TRUE(a.intact() && b.intact()) << what << ": wrote beyond the row";
    double worst = 0;
    for (std::size_t r = 0; r < a.view().rows; ++r)
        for (std::size_t j = 0; j < a.view().cols; ++j) {
            const double error =
                std::abs(static_cast<double>(a(r, j)) - b(r, j)) / (1 + std::abs(b(r, j)));
            worst = std::isnan(error) ? error : std::max(worst, error);
        }
    EXPECT_LE(worst, tolerance) << what;  // false for NaN
}

/// The same for all outputs of a kernel.
inline void compare(const std::vector<Guarded<float>>& fast,
                    const std::vector<Guarded<double>>& plain, double tolerance) {
    for (std::size_t i = 0; i < plain.size(); ++i)
        expectClose(fast[i], plain[i], tolerance, ("output " + std::to_string(i)).c_str());
}

/// Central differences of `loss` in every element of x.
inline Guarded<double> numericGradient(Guarded<double>& x, const std::function<double()>& loss) {
    Guarded<double> gradient(x.view().rows, x.view().cols);
    const double step = 1e-5;
    for (std::size_t r = 0; r < x.view().rows; ++r)
        for (std::size_t j = 0; j < x.view().cols; ++j) {
            const double former = x(r, j);
            x(r, j) = former + step;
            const double above = loss();
            x(r, j) = former - step;
            const double below = loss();
            x(r, j) = former;
            gradient(r, j) = (above - below) / (2 * step);
        }
    return gradient;
}

inline void expectGradient(const Guarded<double>& analytic, const Guarded<double>& numeric,
                           const char* what, double tolerance = 1e-8) {
    for (std::size_t r = 0; r < numeric.view().rows; ++r)
        for (std::size_t j = 0; j < numeric.view().cols; ++j)
            EXPECT_NEAR(analytic(r, j), numeric(r, j), tolerance) << what << " " << r << "," << j;
}

/// Sum of the elementwise product: a loss whose gradient in x is `weights`.
inline double dot(const Guarded<double>& weights, const Guarded<double>& x) {
    double sum = 0;
    for (std::size_t r = 0; r < x.view().rows; ++r)
        for (std::size_t j = 0; j < x.view().cols; ++j) sum += weights(r, j) * x(r, j);
    return sum;
}

struct Shape {
    std::size_t rows, cols;
};

/// One row, one column, below, at and beside multiples of every vector width.
inline const std::vector<Shape> shapes{{1, 1},   {1, 5},  {3, 7},   {2, 16},  {5, 17},
                                       {4, 100}, {9, 31}, {7, 300}, {64, 130}};

}  // namespace bitloom::test
