// Batch normalization of a table's rows: fast against plain.

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "core/math/support.h"
#include "math/kernels_norm.h"

namespace bitloom {
namespace {

using namespace test;

constexpr double epsilon = 1e-5;

/// Batch normalization of rows of a table, forward and back.
template <class T>
std::vector<Guarded<T>> tokenNorm(Shape shape, std::size_t symbols) {
    const auto [B, C] = shape;
    Rng rng(14, B * 1000 + C);
    const auto table = Guarded<T>::random(symbols, C, rng), dy = Guarded<T>::random(B, C, rng);
    const auto factor = Guarded<T>::random(1, C, rng), shift = Guarded<T>::random(1, C, rng);
    auto gradient = Guarded<T>::random(symbols, C, rng);
    std::vector<std::int32_t> rows(B);
    for (auto& row : rows)
        row = static_cast<std::int32_t>(rng.below(static_cast<std::uint32_t>(symbols + 1))) - 1;
    Guarded<T> mean(1, C), variance(1, C), y(B, C), sum(1, C), dot(1, C);
    kernels::tokenMoments<T>(table.view(), rows, mean.span(), variance.span());
    const auto center = std::as_const(mean).span();
    kernels::tokenNormalize<T>(table.view(), rows, center, factor.span(), shift.span(), y.view());
    kernels::tokenSums<T>(dy.view(), table.view(), rows, center, factor.span(), sum.span(),
                          dot.span(), gradient.view());
    Guarded<T> inverse(1, C), scale(1, C), offset(1, C);
    kernels::tokenForm<T>(center, std::as_const(variance).span(), factor.span(), shift.span(),
                          T(epsilon), inverse.span(), scale.span(), offset.span());
    // Deviations of their own: a batch of one row has none, and its 1/sqrt(eps) magnifies rounding.
    const auto rstd = Guarded<T>::random(1, C, rng);
    Guarded<T> level(3, C), slope(3, C);
    auto dgain = Guarded<T>::random(1, C, rng), dshift = Guarded<T>::random(1, C, rng);
    for (std::size_t t = 0; t < 3; ++t) {
        const auto up = Guarded<T>::random(1, C, rng), along = Guarded<T>::random(1, C, rng);
        kernels::tokenMeans<T>(up.span(), along.span(), T(0.25), center, rstd.span(), factor.span(),
                               {level.view().row(t), C}, {slope.view().row(t), C}, dgain.span(),
                               dshift.span());
    }
    kernels::TokenPlaces places;  // every other symbol, in all steps or in the last
    for (std::size_t v = 0; v < symbols; v += 2) {
        places.tokens.push_back(static_cast<std::int32_t>(v));
        places.first.push_back(places.steps.size());
        for (std::size_t t = v % 4 == 0 ? 0 : 2; t < 3; ++t) {
            places.steps.push_back(t);
            places.counts.push_back(static_cast<float>(v + t + 1));
        }
    }
    places.first.push_back(places.steps.size());
    auto corrected = Guarded<T>::random(symbols, C, rng);
    kernels::tokenCorrect<T>(table.view(), places, std::as_const(level).view(),
                             std::as_const(slope).view(), corrected.view());
    return {mean,  variance, y,     sum,   dot,   gradient, inverse,
            scale, offset,   level, slope, dgain, dshift,   corrected};
}

TEST(TokenNorm, FastEqualsPlain) {
    onEveryTarget([] {
        for (const Shape shape : shapes)
            for (const std::size_t symbols : {1u, 7u}) {
                SCOPED_TRACE(testing::Message() << shape.rows << "x" << shape.cols);
                compare(tokenNorm<float>(shape, symbols), tokenNorm<double>(shape, symbols), 2e-5);
            }
    });
}

}  // namespace
}  // namespace bitloom
