// Matrix kernels and the quantizers' building blocks: fast against plain.

#include <gtest/gtest.h>

#include <limits>

#include "base/error.h"
#include "core/math/support.h"
#include "math/kernels.h"

namespace bitloom {
namespace {

using namespace test;

const std::vector<std::int32_t> indices{3, 0, -1, 3, 6};

template <class T>
std::vector<Guarded<T>> matrixKernels(Shape shape) {
    const auto [R, C] = shape;
    Rng rng(61, R * 1000 + C);
    const auto x = Guarded<T>::random(R, C, rng), b = Guarded<T>::random(R, C, rng);
    const auto table = Guarded<T>::random(7, C, rng), add = Guarded<T>::random(5, C, rng);
    const auto alpha = Guarded<T>::random(1, R, rng), beta = Guarded<T>::random(1, R, rng);
    auto sums = Guarded<T>::random(1, C, rng);
    Guarded<T> fresh(1, C), gathered(5, C), transposed(C, R), back(R, C), norms(1, R), dots(1, R),
        both(R, C), single(R, C);
    auto scattered = table;
    auto added = Guarded<T>::random(C, R, rng);
    kernels::columnSums<T>(x.view(), sums.span(), true);
    kernels::columnSums<T>(x.view(), fresh.span(), false);
    kernels::gatherRows<T>(table.view(), indices, gathered.view());
    kernels::scatterAddRows<T>(add.view(), indices, scattered.view());
    kernels::transpose<T>(x.view(), transposed.view());
    kernels::transpose<T>(transposed.view(), back.view());
    kernels::transpose<T>(transposed.view(), back.view(), true);
    kernels::transpose<T>(x.view(), added.view(), true);
    kernels::rowNorms<T>(x.view(), norms.span());
    kernels::rowDots<T>(x.view(), b.view(), dots.span());
    kernels::combineRows<T>(alpha.span(), x.view(), beta.span(), b.view(), both.view());
    kernels::combineRows<T>(alpha.span(), x.view(), {}, {}, single.view());
    return {sums, fresh, gathered, scattered, transposed, back, added, norms, dots, both, single};
}

template <class T>
std::vector<Guarded<T>> quantKernels(Shape shape) {
    const auto [R, C] = shape;
    Rng rng(62, R * 1000 + C);
    auto w = Guarded<T>::random(R, C, rng);
    auto v = Guarded<T>::random(R, C, rng);
    for (std::size_t r = 0; r < R; ++r)
        for (std::size_t j = 0; j < C; ++j) v(r, j) *= v(r, j);
    w(R - 1, C - 1) = T(0);
    Guarded<T> sums(1, 6), sign(R, C), ternary(R, C);
    sums(0, 0) = static_cast<T>(kernels::absoluteSum<T>(w.view()));
    sums(0, 1) = kernels::absoluteMax<T>(w.view());
    const ThresholdSums above = kernels::thresholdSums<T>(w.view(), T(0.5));
    sums(0, 2) = static_cast<T>(above.absolute);
    sums(0, 3) = static_cast<T>(above.count);
    const auto [weighted, weights] = kernels::weightedAbsoluteSums<T>(w.view(), v.view());
    sums(0, 4) = static_cast<T>(weighted);
    sums(0, 5) = static_cast<T>(weights);
    kernels::signs<T>(w.view(), T(0.3), sign.view());
    kernels::ternarize<T>(w.view(), T(0.5), T(0.7), T(0.9), ternary.view());
    return {sums, sign, ternary};
}

TEST(MatrixKernels, FastEqualsPlain) {
    onEveryTarget([] {
        auto all = shapes;
        all.push_back({300, 1100});
        for (const Shape shape : all) {
            SCOPED_TRACE(testing::Message() << shape.rows << "x" << shape.cols);
            const auto fast = matrixKernels<float>(shape);
            const auto plain = matrixKernels<double>(shape);
            // Sums may cancel: half an ulp of a term each.
            const double tolerance =
                6e-8 * static_cast<double>(std::max<std::size_t>(50, shape.rows + shape.cols));
            for (std::size_t i = 0; i < plain.size(); ++i)
                expectClose(fast[i], plain[i], tolerance, ("output " + std::to_string(i)).c_str());
        }
    });
}

TEST(MatrixKernels, RefuseIndicesBeyondTheTable) {
    Matrix<float> table(3, 4), rows(1, 4);
    const std::vector<std::int32_t> bad{3};
    EXPECT_THROW(kernels::gatherRows<float>(table.view(), bad, rows.view()), InputError);
    EXPECT_THROW(kernels::scatterAddRows<float>(rows.view(), bad, table.view()), InputError);
}

TEST(QuantKernels, FastEqualsPlain) {
    onEveryTarget([] {
        auto all = shapes;
        all.push_back({3, 9001});
        for (const Shape shape : all) {
            SCOPED_TRACE(testing::Message() << shape.rows << "x" << shape.cols);
            const auto fast = quantKernels<float>(shape);
            const auto plain = quantKernels<double>(shape);
            for (std::size_t i = 0; i < plain.size(); ++i)
                expectClose(fast[i], plain[i], 1e-6, ("output " + std::to_string(i)).c_str());
        }
    });
}

TEST(QuantKernels, ZeroIsPositiveAndThresholdsAreStrict) {
    onEveryTarget([] {
        Matrix<float> w(1, 5), out(1, 5);
        const float values[] = {0.0f, -0.0f, 0.5f, -0.5f, -0.6f};
        std::copy(std::begin(values), std::end(values), w.data());
        kernels::signs<float>(w.view(), 2.0f, out.view());
        EXPECT_EQ(std::vector<float>(out.span().begin(), out.span().end()),
                  (std::vector<float>{2, 2, 2, -2, -2}));
        kernels::ternarize<float>(w.view(), 0.5f, 3.0f, 4.0f, out.view());
        EXPECT_EQ(std::vector<float>(out.span().begin(), out.span().end()),
                  (std::vector<float>{0, 0, 0, 0, -4}));
        EXPECT_EQ(kernels::thresholdSums<float>(w.view(), 0.5f).count, 1u);
        EXPECT_EQ(kernels::absoluteMax<float>(MatrixView<const float>{}), 0.0f);
        w(0, 1) = std::numeric_limits<float>::quiet_NaN();
        EXPECT_EQ(kernels::absoluteMax<float>(w.view()), 0.6f);
    });
}

}  // namespace
}  // namespace bitloom
