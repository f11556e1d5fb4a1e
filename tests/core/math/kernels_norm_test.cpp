// Layer and batch normalization: fast against plain, plain against central differences.

#include <gtest/gtest.h>

#include "core/math/support.h"
#include "math/kernels.h"

namespace bitloom {
namespace {

using namespace test;

constexpr double epsilon = 1e-5;

template <class T>
std::vector<Guarded<T>> layerNorm(Shape shape, std::size_t groups, bool withShift) {
    const std::size_t B = shape.rows, C = shape.cols * groups;
    Rng rng(9, B * 1000 + C);
    const auto x = Guarded<T>::random(B, C, rng, 3), dy = Guarded<T>::random(B, C, rng);
    const auto gain = Guarded<T>::random(1, C, rng), shift = Guarded<T>::random(1, C, rng);
    Guarded<T> xhat(B, C), rstd(B, groups), y(B, C), dx(B, C);
    auto dgain = Guarded<T>::random(1, C, rng), dshift = Guarded<T>::random(1, C, rng);
    const auto given = withShift ? shift.span() : std::span<const T>{};
    const auto wanted = withShift ? dshift.span() : std::span<T>{};
    kernels::layerNormForward<T>(x.view(), groups, gain.span(), given, T(epsilon), xhat.view(),
                                 rstd.view(), y.view());
    kernels::layerNormBackward<T>(dy.view(), xhat.view(), rstd.view(), groups, gain.span(),
                                  dx.view(), dgain.span(), wanted);
    // With one number a group the deviation is 0 and rstd = 1/sqrt(eps) magnifies rounding.
    if (shape.cols == 1) return {y, xhat};
    return {y, xhat, rstd, dx, dgain, dshift};
}

template <class T>
std::vector<Guarded<T>> batchNorm(Shape shape, bool withShift) {
    const auto [B, C] = shape;
    Rng rng(10, B * 1000 + C);
    const auto x = Guarded<T>::random(B, C, rng, 3), dy = Guarded<T>::random(B, C, rng);
    const auto gain = Guarded<T>::random(1, C, rng), shift = Guarded<T>::random(1, C, rng);
    Guarded<T> mean(1, C), variance(1, C), rstd(1, C), xhat(B, C), y(B, C), applied(B, C), dx(B, C);
    auto dgain = Guarded<T>::random(1, C, rng), dshift = Guarded<T>::random(1, C, rng);
    const auto given = withShift ? shift.span() : std::span<const T>{};
    const auto wanted = withShift ? dshift.span() : std::span<T>{};
    kernels::batchNormForward<T>(x.view(), gain.span(), given, T(epsilon), mean.span(),
                                 variance.span(), rstd.span(), xhat.view(), y.view());
    kernels::batchNormApply<T>(x.view(), mean.span(), variance.span(), gain.span(), given,
                               T(epsilon), applied.view());
    kernels::batchNormBackward<T>(dy.view(), xhat.view(), rstd.span(), gain.span(), dx.view(),
                                  dgain.span(), wanted);
    if (B == 1) return {y, xhat, mean, variance};  // rstd = 1/sqrt(eps), as above
    return {y, xhat, mean, variance, rstd, applied, dx, dgain, dshift};
}

void compare(const std::vector<Guarded<float>>& fast, const std::vector<Guarded<double>>& plain,
             double tolerance) {
    for (std::size_t i = 0; i < plain.size(); ++i)
        expectClose(fast[i], plain[i], tolerance, ("output " + std::to_string(i)).c_str());
}

TEST(LayerNorm, FastEqualsPlain) {
    onEveryTarget([] {
        for (const Shape shape : shapes)
            for (const std::size_t groups : {1u, 3u, 4u})
                for (const bool shift : {false, true}) {
                    SCOPED_TRACE(testing::Message() << shape.rows << "x" << shape.cols);
                    compare(layerNorm<float>(shape, groups, shift),
                            layerNorm<double>(shape, groups, shift), 2e-5);
                }
    });
}

TEST(BatchNorm, FastEqualsPlain) {
    onEveryTarget([] {
        for (const Shape shape : shapes)
            for (const bool shift : {false, true}) {
                SCOPED_TRACE(testing::Message() << shape.rows << "x" << shape.cols);
                // Two and three rows may lie close together: then 1/deviation magnifies rounding.
                compare(batchNorm<float>(shape, shift), batchNorm<double>(shape, shift),
                        shape.rows < 4 ? 1e-3 : 2e-5);
            }
    });
}

TEST(LayerNorm, PlainGradientIsNumeric) {
    const std::size_t B = 3, groups = 2, C = 8;
    Rng rng(11);
    auto x = Guarded<double>::random(B, C, rng);
    auto gain = Guarded<double>::random(1, C, rng), shift = Guarded<double>::random(1, C, rng);
    const auto weight = Guarded<double>::random(B, C, rng);
    Guarded<double> xhat(B, C), rstd(B, groups), y(B, C), dx(B, C), dgain(1, C), dshift(1, C);
    const auto loss = [&] {
        kernels::layerNormForward<double>(x.view(), groups, gain.span(), shift.span(), epsilon,
                                          xhat.view(), rstd.view(), y.view());
        return dot(weight, y);
    };
    loss();
    std::fill(dgain.span().begin(), dgain.span().end(), 0.0);
    std::fill(dshift.span().begin(), dshift.span().end(), 0.0);
    kernels::layerNormBackward<double>(weight.view(), xhat.view(), rstd.view(), groups, gain.span(),
                                       dx.view(), dgain.span(), dshift.span());
    expectGradient(dx, numericGradient(x, loss), "x", 1e-7);
    expectGradient(dgain, numericGradient(gain, loss), "gain");
    expectGradient(dshift, numericGradient(shift, loss), "shift");
}

TEST(BatchNorm, PlainGradientIsNumeric) {
    const std::size_t B = 5, C = 3;
    Rng rng(12);
    auto x = Guarded<double>::random(B, C, rng);
    auto gain = Guarded<double>::random(1, C, rng), shift = Guarded<double>::random(1, C, rng);
    const auto weight = Guarded<double>::random(B, C, rng);
    Guarded<double> mean(1, C), variance(1, C), rstd(1, C), xhat(B, C), y(B, C), dx(B, C),
        dgain(1, C), dshift(1, C);
    const auto loss = [&] {
        kernels::batchNormForward<double>(x.view(), gain.span(), shift.span(), epsilon, mean.span(),
                                          variance.span(), rstd.span(), xhat.view(), y.view());
        return dot(weight, y);
    };
    loss();
    std::fill(dgain.span().begin(), dgain.span().end(), 0.0);
    std::fill(dshift.span().begin(), dshift.span().end(), 0.0);
    kernels::batchNormBackward<double>(weight.view(), xhat.view(), rstd.span(), gain.span(),
                                       dx.view(), dgain.span(), dshift.span());
    expectGradient(dx, numericGradient(x, loss), "x", 1e-7);
    expectGradient(dgain, numericGradient(gain, loss), "gain");
    expectGradient(dshift, numericGradient(shift, loss), "shift");
}

TEST(Norms, MayWorkInPlace) {
    const std::size_t B = 4, C = 34;
    Rng rng(13);
    const auto x = Guarded<float>::random(B, C, rng), dy = Guarded<float>::random(B, C, rng);
    const auto gain = Guarded<float>::random(1, C, rng);
    Guarded<float> xhat(B, C), rstd(B, 2), y(B, C), dx(B, C), dgain(1, C), mean(1, C),
        variance(1, C), deviation(1, C);
    auto inX = x, inDy = dy;
    const auto equal = [&](const Guarded<float>& a, const Guarded<float>& b) {
        for (std::size_t r = 0; r < B; ++r)
            for (std::size_t j = 0; j < C; ++j) EXPECT_EQ(a(r, j), b(r, j));
    };
    kernels::layerNormForward<float>(x.view(), 2, gain.span(), {}, 1e-5f, xhat.view(), rstd.view(),
                                     y.view());
    kernels::layerNormForward<float>(inX.view(), 2, gain.span(), {}, 1e-5f, inX.view(), rstd.view(),
                                     y.view());
    equal(inX, xhat);
    kernels::layerNormBackward<float>(dy.view(), xhat.view(), rstd.view(), 2, gain.span(),
                                      dx.view(), dgain.span(), {});
    kernels::layerNormBackward<float>(inDy.view(), xhat.view(), rstd.view(), 2, gain.span(),
                                      inDy.view(), dgain.span(), {});
    equal(inDy, dx);
    inX = x;
    inDy = dy;
    const auto batch = [&](MatrixView<const float> in, MatrixView<float> out) {
        kernels::batchNormForward<float>(in, gain.span(), {}, 1e-5f, mean.span(), variance.span(),
                                         deviation.span(), out, y.view());
    };
    batch(x.view(), xhat.view());
    batch(inX.view(), inX.view());
    equal(inX, xhat);
    kernels::batchNormBackward<float>(dy.view(), xhat.view(), deviation.span(), gain.span(),
                                      dx.view(), dgain.span(), {});
    kernels::batchNormBackward<float>(inDy.view(), xhat.view(), deviation.span(), gain.span(),
                                      inDy.view(), dgain.span(), {});
    equal(inDy, dx);
}

}  // namespace
}  // namespace bitloom
