// Batch normalization of a table's rows: fast against plain.

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "core/math/support.h"
#include "math/kernels_norm.h"

namespace bitloom {
namespace {

using namespace test;

/// Batch normalization of rows of a table, forward and a step back.
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
    return {mean, variance, y, sum, dot, gradient};
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

constexpr std::size_t steps = 3;

/// Every other symbol stands in the window, in all its steps or in the last, once or more.
kernels::TokenPlaces everyOther(std::size_t symbols) {
    kernels::TokenPlaces places;
    places.first.push_back(0);
    for (std::size_t v = 0; v < symbols; ++v) {
        for (std::size_t t = v % 4 == 0 ? 0 : 2; v % 2 == 0 && t < steps; ++t)
            places.steps.insert(places.steps.end(), v + t + 1, static_cast<std::uint32_t>(t));
        places.first.push_back(places.steps.size());
    }
    return places;
}

/// What a window's statistics take back.
template <class T>
std::vector<Guarded<T>> tokenWindow(std::size_t C, std::size_t symbols, std::size_t members) {
    Rng rng(15, C);
    const auto table = Guarded<T>::random(symbols, C, rng);
    const auto mean = Guarded<T>::random(steps, C, rng),
               inverse = Guarded<T>::random(steps, C, rng);
    const auto gain = Guarded<T>::random(1, C, rng);
    std::vector<Guarded<T>> results;
    for (std::size_t m = 0; m < members; ++m) {
        results.push_back(Guarded<T>::random(steps, C, rng));
        results.push_back(Guarded<T>::random(steps, C, rng));
        results.push_back(Guarded<T>::random(symbols, C, rng));
    }
    std::vector<kernels::TokenWindowSums<T>> sums;
    for (std::size_t m = 0; m < members; ++m)
        sums.push_back(
            {results[3 * m].view(), results[3 * m + 1].view(), results[3 * m + 2].view()});
    auto dgain = Guarded<T>::random(1, C, rng), dshift = Guarded<T>::random(1, C, rng);
    const kernels::TokenPlaces places = everyOther(symbols);
    kernels::tokenCorrect<T>(
        {table.view(), places, mean.view(), inverse.view(), gain.span(), T(0.25)}, sums,
        dgain.span(), dshift.span());
    results.push_back(dgain);
    results.push_back(dshift);
    return results;
}

TEST(TokenNorm, WindowFastEqualsPlain) {
    onEveryTarget([] {
        for (const Shape shape : shapes)
            for (const std::size_t symbols : {1u, 7u})
                for (const std::size_t members : {1u, 3u}) {
                    SCOPED_TRACE(testing::Message() << shape.cols << ", " << members);
                    compare(tokenWindow<float>(shape.cols, symbols, members),
                            tokenWindow<double>(shape.cols, symbols, members), 2e-5);
                }
    });
}

}  // namespace
}  // namespace bitloom
