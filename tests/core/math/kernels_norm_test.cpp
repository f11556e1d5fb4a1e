// Layer and batch normalization: fast against plain, plain against central differences.

#include <gtest/gtest.h>

#include <algorithm>

#include "core/math/support.h"
#include "math/kernels.h"
#include "math/kernels_norm.h"

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
    // From x and moments, with the sums at hand; dgain, dshift go on from what is there.
    Guarded<T> mean(B, groups), rstd2(B, groups), up(B, groups), dot(B, groups), dx2(B, C);
    const auto numbers = Guarded<T>::random(B, groups, rng);
    auto dgain2 = Guarded<T>::random(1, C, rng), dshift2 = Guarded<T>::random(1, C, rng);
    auto stretched = Guarded<T>::random(1, C, rng);
    kernels::layerNormMoments<T>(x.view(), groups, T(epsilon), mean.view(), rstd2.view());
    for (std::size_t r = 0; r < B; ++r)
        for (std::size_t g = 0; g < groups; ++g) {
            up(r, g) = dot(r, g) = T(0);
            for (std::size_t j = g * shape.cols; j < (g + 1) * shape.cols; ++j) {
                up(r, g) += gain(0, j) * dy(r, j);
                dot(r, g) += gain(0, j) * dy(r, j) * xhat(r, j);
            }
        }
    kernels::layerNormBackwardFromSums<T>(
        dy.view(), x.view(), mean.view(), rstd2.view(), up.view(), dot.view(),
        withShift ? numbers.view() : MatrixView<const T>{}, gain.span(), dx2.view(), dgain2.span(),
        dshift2.span(), withShift ? stretched.span() : std::span<T>{});
    // With one number a group the deviation is 0 and rstd = 1/sqrt(eps) magnifies rounding.
    if (shape.cols == 1) return {y, xhat, mean, dshift2, stretched};
    for (std::size_t r = 0; r < B; ++r)
        for (std::size_t j = 0; j < C; ++j)
            EXPECT_NEAR(dx(r, j), dx2(r, j), 1e-4 * (1 + std::abs(dx(r, j))));
    return {y, xhat, rstd, dx, dgain, dshift, mean, rstd2, dx2, dgain2, dshift2, stretched};
}

/// Batch normalization of x in `parts` shares of its rows, forward.
template <class T>
struct BatchForward {
    BatchForward(MatrixView<const T> x, std::span<const T> gain, std::span<const T> shift,
                 std::size_t parts)
        : mean(1, x.cols),
          variance(1, x.cols),
          rstd(1, x.cols),
          factor(1, x.cols),
          offset(1, x.cols),
          xhat(x.rows, x.cols),
          y(x.rows, x.cols) {
        Guarded<T> means(parts, x.cols), squares(parts, x.cols);
        std::vector<std::size_t> rows;
        for (std::size_t p = 0, first = 0; p < parts; first += rows[p++]) {
            rows.push_back(x.rows * (p + 1) / parts - first);
            kernels::columnMoments<T>(x.rowRange(first, rows[p]), {means.view().row(p), x.cols},
                                      {squares.view().row(p), x.cols});
        }
        kernels::mergeMoments<T>(std::as_const(means).view(), std::as_const(squares).view(), rows,
                                 T(epsilon), mean.span(), variance.span(), rstd.span(),
                                 {gain, gain, factor.span(), offset.span()});
        kernels::normalizeColumns<T>(x, std::as_const(mean).span(), std::as_const(rstd).span(),
                                     gain, shift, xhat.view(), y.view());
    }
    Guarded<T> mean, variance, rstd, factor, offset, xhat, y;
};

/// Its way back from x^ or, `centered`, from x: {dx, dgain, dshift, sums of dy times a number a
/// row}.
template <class T>
std::vector<Guarded<T>> batchBackward(MatrixView<const T> dy, MatrixView<const T> given,
                                      const BatchForward<T>& forward, std::span<const T> gain,
                                      std::size_t parts, bool centered) {
    const std::size_t C = dy.cols;
    const MatrixView<const T> x = centered ? given : forward.xhat.view();
    const std::span<const T> mean =
        centered ? std::as_const(forward.mean).span() : std::span<const T>{};
    Rng rng(15);
    const auto numbers = Guarded<T>::random(dy.rows, 1, rng);
    Guarded<T> stretched(parts, C), total(1, C);
    Guarded<T> sums(parts, C), dots(parts, C), sum(1, C), dot(1, C);
    Guarded<T> up(1, C), along(1, C), factor(1, C), dx(dy.rows, C);
    for (std::size_t p = 0; p < parts; ++p) {
        const std::size_t first = dy.rows * p / parts, rows = dy.rows * (p + 1) / parts - first;
        kernels::normalizedSums<T>(dy.rowRange(first, rows), x.rowRange(first, rows), mean,
                                   numbers.view().rowRange(first, rows), {sums.view().row(p), C},
                                   {dots.view().row(p), C}, {stretched.view().row(p), C});
    }
    std::ranges::fill(sum.span(), T(0));
    std::ranges::fill(dot.span(), T(0));
    for (std::size_t p = 0; p < parts; ++p)  // each member works out the same, and adds its own
        kernels::mergeSums<T>(std::as_const(sums).view(), std::as_const(dots).view(), centered, p,
                              T(1) / static_cast<T>(dy.rows), gain,
                              std::as_const(forward.rstd).span(), up.span(), along.span(),
                              factor.span(), dot.span(), sum.span());
    kernels::normalizeColumnsBackward<T>(dy, x, mean, std::as_const(up).span(),
                                         std::as_const(along).span(), std::as_const(factor).span(),
                                         dx.view());
    for (std::size_t j = 0; j < C; ++j) {
        total(0, j) = T(0);
        for (std::size_t p = 0; p < parts; ++p) total(0, j) += stretched(p, j);
    }
    return {dx, dot, sum, total};
}

template <class T>
std::vector<Guarded<T>> batchNorm(Shape shape, bool withShift, std::size_t parts) {
    const auto [B, C] = shape;
    Rng rng(10, B * 1000 + C);
    const auto x = Guarded<T>::random(B, C, rng, 3), dy = Guarded<T>::random(B, C, rng);
    const auto gain = Guarded<T>::random(1, C, rng), shift = Guarded<T>::random(1, C, rng);
    const auto given = withShift ? shift.span() : std::span<const T>{};
    const BatchForward<T> forward(x.view(), gain.span(), given, parts);
    Guarded<T> factor(1, C), applied(B, C);
    for (std::size_t j = 0; j < C; ++j) factor(0, j) = gain.span()[j] * forward.rstd(0, j);
    kernels::batchNormApply<T>(x.view(), forward.mean.span(), std::as_const(factor).span(), given,
                               applied.view());
    std::vector<Guarded<T>> result{forward.y, forward.xhat, forward.mean, forward.variance};
    if (B == 1) return result;  // rstd = 1/sqrt(eps), as above
    Guarded<T> slope(1, C), offset(1, C);
    kernels::foldColumns<T>(forward.mean.span(), forward.rstd.span(),
                            {gain.span(), shift.span(), slope.span(), offset.span()});
    result.push_back(forward.factor);
    result.push_back(forward.offset);
    result.push_back(slope);
    result.push_back(offset);
    result.push_back(forward.rstd);
    result.push_back(applied);
    for (const bool centered : {false, true})
        for (Guarded<T>& back :
             batchBackward<T>(dy.view(), x.view(), forward, gain.span(), parts, centered))
            result.push_back(back);
    return result;
}

template <class T>
std::vector<Guarded<T>> movedStatistics(std::size_t C) {
    Rng rng(11, C);
    const auto mean = Guarded<T>::random(1, C, rng), variance = Guarded<T>::random(1, C, rng);
    auto runningMean = Guarded<T>::random(1, C, rng), runningVariance = runningMean;
    kernels::moveStatistics<T>(mean.span(), variance.span(), T(0.1), T(1.25), runningMean.span(),
                               runningVariance.span());
    Guarded<T> squares(1, C), inverse(1, C);
    for (std::size_t j = 0; j < C; ++j) squares(0, j) = T(0.5) + mean.span()[j] * mean.span()[j];
    kernels::inverseDeviations<T>(std::as_const(squares).span(), T(epsilon), inverse.span());
    return {runningMean, runningVariance, inverse};
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
                const std::size_t parts = std::min<std::size_t>(shape.rows, shift ? 3 : 1);
                // Two and three rows may lie close together: then 1/deviation magnifies rounding.
                compare(batchNorm<float>(shape, shift, parts), batchNorm<double>(shape, shift, 1),
                        shape.rows < 4 ? 1e-3 : 2e-5);
            }
    });
}

TEST(BatchNorm, MovingStatisticsFastEqualsPlain) {
    onEveryTarget([] {
        for (const Shape shape : shapes)
            compare(movedStatistics<float>(shape.cols), movedStatistics<double>(shape.cols), 1e-6);
    });
}

/// Rows that are one vector, stretched, forward and back.
template <class T>
std::vector<Guarded<T>> stretchedRow(Shape shape, std::size_t groups) {
    const std::size_t B = shape.rows, C = shape.cols * groups;
    Rng rng(17, B * 1000 + C);
    const auto s = Guarded<T>::random(B, groups, rng), dy = Guarded<T>::random(B, C, rng);
    const auto factor = Guarded<T>::random(1, C, rng), shift = Guarded<T>::random(1, C, rng);
    Guarded<T> y(B, C), ds(B, groups);
    kernels::stretchRow<T>(s.view(), factor.span(), shift.span(), y.view());
    auto dFactor = Guarded<T>::random(1, C, rng), dShift = dFactor;
    auto dFactor2 = dFactor, dShift2 = dFactor, dGain = dFactor, dWeight = dFactor;
    kernels::stretchRowBackward<T>(dy.view(), s.view(), factor.span(), dFactor.span(),
                                   dShift.span(), ds.view());
    kernels::stretchRowBackward<T>(dy.view(), s.view(), {}, dFactor2.span(), dShift2.span(), {});
    kernels::stretchFactorBackward<T>(std::as_const(dFactor).span(), factor.span(), shift.span(),
                                      dGain.span(), dWeight.span());
    Guarded<T> inverse(1, C), slope(1, C);
    kernels::stretchFactors<T>(factor.span(), shift.span(), T(0.3), T(epsilon), inverse.span(),
                               slope.span());
    return {y, ds, dFactor, dShift, dFactor2, dShift2, dGain, dWeight, inverse, slope};
}

TEST(StretchedRow, FastEqualsPlain) {
    onEveryTarget([] {
        for (const Shape shape : shapes)
            for (const std::size_t groups : {1u, 4u}) {
                SCOPED_TRACE(testing::Message() << shape.rows << "x" << shape.cols);
                compare(stretchedRow<float>(shape, groups), stretchedRow<double>(shape, groups),
                        2e-5);
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
    const auto forward = [&] {
        return BatchForward<double>(x.view(), gain.span(), shift.span(), 2);
    };
    const auto loss = [&] { return dot(weight, forward().y); };
    for (const bool centered : {false, true}) {
        const auto back = batchBackward<double>(weight.view(), x.view(), forward(),
                                                std::as_const(gain).span(), 1, centered);
        expectGradient(back[0], numericGradient(x, loss), "x", 1e-7);
        expectGradient(back[1], numericGradient(gain, loss), "gain");
        expectGradient(back[2], numericGradient(shift, loss), "shift");
    }
}

/// Rows whose first number is far from the rest are gone over twice: each gets what it gets alone,
/// and what double precision gives.
TEST(LayerNorm, RowsAreNormalizedEachForItself) {
    onEveryTarget([] {
        const std::size_t B = 11, C = 130;
        Rng rng(15);
        auto x = Guarded<float>::random(B, C, rng);
        for (const std::size_t far : {1u, 2u, 6u, 10u}) x(far, 0) = 40;
        for (std::size_t j = 1; j < C; ++j) x(7, j) = 0;  // and nothing else
        const auto gain = Guarded<float>::random(1, C, rng);
        Guarded<float> xhat(B, C), rstd(B, 1), alone(1, C), rstdAlone(1, 1);
        kernels::layerNormForward<float>(x.view(), 1, gain.span(), {}, 1e-5f, xhat.view(),
                                         rstd.view(), {});
        for (std::size_t r = 0; r < B; ++r) {
            kernels::layerNormForward<float>(x.view().rowRange(r, 1), 1, gain.span(), {}, 1e-5f,
                                             alone.view(), rstdAlone.view(), {});
            EXPECT_EQ(rstd(r, 0), rstdAlone(0, 0)) << r;
            double mean = 0, square = 0;
            for (std::size_t j = 0; j < C; ++j) mean += double(x(r, j)) / double(C);
            for (std::size_t j = 0; j < C; ++j)
                square += (double(x(r, j)) - mean) * (double(x(r, j)) - mean) / double(C);
            for (std::size_t j = 0; j < C; ++j) {
                EXPECT_EQ(xhat(r, j), alone(0, j)) << r;
                EXPECT_NEAR(xhat(r, j), (double(x(r, j)) - mean) / std::sqrt(square + 1e-5), 2e-5);
            }
        }
    });
}

TEST(Norms, MayWorkInPlace) {
    const std::size_t B = 7, C = 34;
    Rng rng(13);
    const auto x = Guarded<float>::random(B, C, rng), dy = Guarded<float>::random(B, C, rng);
    const auto gain = Guarded<float>::random(1, C, rng);
    Guarded<float> xhat(B, C), rstd(B, 2), y(B, C), dx(B, C), dgain(1, C);
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
    const BatchForward<float> batch(x.view(), gain.span(), {}, 1);
    kernels::normalizeColumns<float>(inX.view(), batch.mean.span(), batch.rstd.span(), gain.span(),
                                     {}, inX.view(), y.view());
    equal(inX, batch.xhat);
    kernels::normalizeColumnsBackward<float>(inDy.view(), batch.xhat.view(), {}, gain.span(),
                                             gain.span(), gain.span(), inDy.view());
    kernels::normalizeColumnsBackward<float>(dy.view(), batch.xhat.view(), {}, gain.span(),
                                             gain.span(), gain.span(), dx.view());
    equal(inDy, dx);
    // From x itself.
    inDy = dy;
    const auto mean = batch.mean.span();
    kernels::normalizeColumnsBackward<float>(inDy.view(), x.view(), mean, gain.span(), gain.span(),
                                             gain.span(), inDy.view());
    kernels::normalizeColumnsBackward<float>(dy.view(), x.view(), mean, gain.span(), gain.span(),
                                             gain.span(), dx.view());
    equal(inDy, dx);
    inDy = dy;
    const auto rows = Guarded<float>::random(B, 2, rng);
    Guarded<float> dshift(1, C), dstretch(1, C);
    const auto backward = [&](const Guarded<float>& up, Guarded<float>& to) {
        for (Guarded<float>* sum : {&dgain, &dshift, &dstretch})
            std::ranges::fill(sum->span(), 0.0f);
        kernels::layerNormBackwardFromSums<float>(
            up.view(), x.view(), rows.view(), rstd.view(), rows.view(), rows.view(), rows.view(),
            gain.span(), to.view(), dgain.span(), dshift.span(), dstretch.span());
        return std::vector<float>(dgain.span().begin(), dgain.span().end());
    };
    const auto apart = backward(dy, dx);
    EXPECT_EQ(backward(inDy, inDy), apart);
    equal(inDy, dx);
}

}  // namespace
}  // namespace bitloom
