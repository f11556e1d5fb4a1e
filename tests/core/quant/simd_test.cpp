// The vector passes against plain loops, on every length around the vector widths.

#include "quant/simd.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <optional>

#include "core/math/support.h"
#include "math/threads.h"
#include "support.h"

namespace bitloom {
namespace {

template <class T>
class Simd : public testing::Test {
protected:
    static constexpr double k_near = std::is_same_v<T, float> ? 2e-6 : 1e-13;
    static constexpr int k_lengths = 70;

    template <class Check>
    void forLengths(Check check) {
        for (std::size_t n = 0; n < k_lengths; ++n) {
            SCOPED_TRACE(n);
            const auto w = test::randomWeights<T>(n + 1, n, 2.0);
            const auto d = test::randomMoments<T>(n + 1, n);
            check(w.data() + 1, d.data() + 1, n);  // unaligned
        }
    }
};

using Types = testing::Types<float, double>;
TYPED_TEST_SUITE(Simd, Types);

TYPED_TEST(Simd, Sums) {
    using T = TypeParam;
    this->forLengths([](const T* x, const T* d, std::size_t n) {
        double sum = 0, weighted = 0, weight = 0;
        T most = 0;
        for (std::size_t i = 0; i < n; ++i) {
            const double a = std::abs(static_cast<double>(x[i])), c = static_cast<double>(d[i]);
            sum += a;
            weighted += c * a;
            weight += c;
            most = std::max(most, std::abs(x[i]));
        }
        EXPECT_NEAR(simd::sumAbs(x, n), sum, 1e-12);
        EXPECT_EQ(simd::maxAbs(x, n), most);
        const auto all = simd::weightedAbs(x, d, n);
        EXPECT_NEAR(all.sum, weighted, 1e-12);
        EXPECT_NEAR(all.weight, weight, 1e-12);
        EXPECT_EQ(simd::weightedAbs(x, static_cast<const T*>(nullptr), n).weight, double(n));
    });
}

TYPED_TEST(Simd, ZoneSums) {
    using T = TypeParam;
    this->forLengths([](const T* x, const T* d, std::size_t n) {
        double up = 0, upWeight = 0, down = 0, downWeight = 0;
        for (std::size_t i = 0; i < n; ++i) {
            const double w = static_cast<double>(x[i]), c = static_cast<double>(d[i]);
            if (x[i] > T(0.5)) {
                up += c * w;
                upWeight += c;
            } else if (x[i] < T(-0.25)) {
                down -= c * w;
                downWeight += c;
            }
        }
        const auto zones = simd::zoneSums(x, d, n, T(0.5), T(0.25));
        EXPECT_NEAR(zones[0].sum, up, 1e-12);
        EXPECT_NEAR(zones[0].weight, upWeight, 1e-12);
        EXPECT_NEAR(zones[1].sum, down, 1e-12);
        EXPECT_NEAR(zones[1].weight, downWeight, 1e-12);
    });
}

TYPED_TEST(Simd, Curvature) {
    using T = TypeParam;
    this->forLengths([](const T*, const T* v, std::size_t n) {
        std::vector<T> out(n + 1, T(5));
        simd::curvature(v, n, out.data());
        for (std::size_t i = 0; i < n; ++i)
            EXPECT_EQ(out[i], static_cast<T>(std::sqrt(static_cast<double>(v[i])) + 1e-8));
        EXPECT_EQ(out[n], T(5));  // nothing past the end
    });
}

TYPED_TEST(Simd, Levels) {
    using T = TypeParam;
    const double near = this->k_near;
    this->forLengths([near](const T* x, const T* d, std::size_t n) {
        const double alpha = 0.8;
        for (const int count : {1, 3, 7}) {
            std::vector<T> linear(n), log(n), step(n), squashed(n);
            simd::linearLevels(x, n, alpha, count, linear.data());
            simd::logLevels(x, n, alpha, count, log.data());
            simd::roundToStep(x, n, 0.3, step.data());
            simd::tanhLevels(x, n, 0.97, count, squashed.data());
            double sums[4] = {};
            for (std::size_t i = 0; i < n; ++i) {
                const double w = static_cast<double>(x[i]), c = static_cast<double>(d[i]);
                const double y = std::clamp(w / alpha, -1.0, 1.0);
                const double b = std::nearbyint(count * y) / count;
                double l = 0;
                for (int k = 0; k < count; ++k)
                    if (std::abs(std::abs(w / alpha) - std::ldexp(1.0, -k)) <
                        std::abs(std::abs(w / alpha) - l))
                        l = std::ldexp(1.0, -k);
                l = w < 0 ? -l : l;
                sums[0] += c * b * w;
                sums[1] += c * b * b;
                sums[2] += c * l * w;
                sums[3] += c * l * l;
                EXPECT_NEAR(static_cast<double>(linear[i]), alpha * b, near);
                EXPECT_NEAR(static_cast<double>(log[i]), alpha * l, near);
                EXPECT_NEAR(static_cast<double>(step[i]), 0.3 * std::nearbyint(w / 0.3), near);
                EXPECT_NEAR(static_cast<double>(squashed[i]),
                            2 * std::nearbyint(count * (std::tanh(w) / 1.94 + 0.5)) / count - 1,
                            near);
            }
            const auto a = simd::linearSums(x, d, n, alpha, count);
            const auto b = simd::logSums(x, d, n, alpha, count);
            EXPECT_NEAR(a.sum, sums[0], 1e-12);
            EXPECT_NEAR(a.weight, sums[1], 1e-12);
            EXPECT_NEAR(b.sum, sums[2], 1e-12);
            EXPECT_NEAR(b.weight, sums[3], 1e-12);
        }
    });
}

TYPED_TEST(Simd, SignsAndZones) {
    using T = TypeParam;
    this->forLengths([](const T* x, const T*, std::size_t n) {
        const simd::Ternary<T> code{.positive = T(0.2), .negative = T(0.4), .up = 3, .down = 2};
        std::vector<T> sign(n), ternary(n), g(n, T(1));
        simd::scaledSign(x, n, T(0.5), sign.data());
        simd::scaledTernary(x, n, code, ternary.data());
        const auto sums = simd::ternaryGradient(x, n, code, g.data());
        double up = 0, down = 0;
        for (std::size_t i = 0; i < n; ++i) {
            EXPECT_EQ(sign[i], x[i] >= 0 ? T(0.5) : T(-0.5));
            const bool above = x[i] > T(0.2), below = x[i] < T(-0.4);
            EXPECT_EQ(ternary[i], above ? T(3) : below ? T(-2) : T(0));
            EXPECT_EQ(g[i], above ? T(3) : below ? T(2) : T(1));
            up += above;
            down += below;
        }
        EXPECT_EQ(sums[0], up);
        EXPECT_EQ(sums[1], down);
    });
}

TYPED_TEST(Simd, Draws) {
    using T = TypeParam;
    this->forLengths([](const T* x, const T*, std::size_t n) {
        const T a = T(0.7);
        Rng rng(n, 5);
        std::vector<T> u(n), sign(n), ternary(n);
        for (T& one : u) one = static_cast<T>(rng.uniform());
        simd::drawSigns(x, u.data(), n, a, sign.data());
        simd::drawTernary(x, u.data(), n, a, ternary.data());
        for (std::size_t i = 0; i < n; ++i) {
            EXPECT_EQ(sign[i], u[i] < (x[i] / a + 1) / 2 ? a : -a);
            EXPECT_EQ(ternary[i], u[i] < std::abs(x[i]) / a ? (x[i] < 0 ? -a : a) : T(0));
        }
    });
}

std::vector<double> randomCodes(std::size_t n, int bits) {
    Rng rng(n, static_cast<std::uint64_t>(bits));
    std::vector<double> codes(n);
    for (double& code : codes) code = std::floor(rng.uniform() * std::exp2(bits));
    return codes;
}

TEST(SimdDouble, SignSums) {
    for (int bits = 1; bits <= 8; ++bits)
        for (std::size_t n = 0; n < 150; ++n) {
            const auto x = test::randomWeights(n, n);
            const std::vector<double> codes = randomCodes(n, bits);
            const auto sign = [&](std::size_t i, int j) {
                return static_cast<int>(codes[i]) >> j & 1 ? 1.0 : -1.0;
            };
            const std::size_t size = static_cast<std::size_t>(bits);
            std::vector<std::uint64_t> scratch((size + 1) * (n / 8 + 1), ~std::uint64_t{0});
            std::vector<double> sums(size), products(size * size);
            simd::signSums(x.data(), codes.data(), n, bits, scratch.data(), sums.data(),
                           products.data());
            for (int j = 0; j < bits; ++j) {
                double sum = 0;
                for (std::size_t i = 0; i < n; ++i) sum += x[i] * sign(i, j);
                EXPECT_NEAR(sums[static_cast<std::size_t>(j)], sum, 1e-13);
                for (int k = 0; k < j; ++k) {
                    double product = 0;
                    for (std::size_t i = 0; i < n; ++i) product += sign(i, j) * sign(i, k);
                    EXPECT_EQ(products[static_cast<std::size_t>(j * bits + k)], product);
                }
            }
        }
}

TEST(SimdDouble, CodeBorders) {
    for (std::size_t n = 1; n <= 256; n += n < 40 ? 1 : 31) {
        std::vector<double> levels = test::randomWeights(n, n);
        std::sort(levels.begin(), levels.end());
        // Middles that are zero, and levels of one floating-point number's distance.
        if (n > 2) levels[n / 2] = -levels[n / 2 - 1];
        if (n > 5) levels[1] = std::nextafter(levels[0], 1.0);
        std::sort(levels.begin(), levels.end());
        std::vector<std::int32_t> codes(n);
        for (std::size_t i = 0; i < n; ++i) codes[i] = static_cast<std::int32_t>(i * 77 % 256);
        std::vector<double> borders(n);
        simd::codeBorders(levels.data(), codes.data(), n, borders.data());
        for (std::size_t i = 0; i + 1 < n; ++i) {
            const double middle = levels[i] + (levels[i + 1] - levels[i]) / 2;
            EXPECT_EQ(borders[i], codes[i + 1] < codes[i] ? std::nextafter(middle, -9.0) : middle)
                << n << " " << i;
        }
        EXPECT_EQ(borders[n - 1], 0.0);  // not written
    }
}

/// Numbers next to borders, borders that are floats, and zeros of all kinds.
void expectPlaces(std::size_t places, std::size_t finite, std::size_t n) {
    std::vector<double> borders = test::randomWeights(places - 1, places);
    std::sort(borders.begin(), borders.end());
    std::fill(borders.begin() + static_cast<std::ptrdiff_t>(finite), borders.end(),
              std::numeric_limits<double>::infinity());
    auto x = test::randomWeights(n, n);
    for (std::size_t i = 0; i < n && finite > 0; i += 3)
        x[i] = borders[i * 7 % finite];  // a border is not below itself
    const auto below = [&](double value) {
        return static_cast<int>(std::count_if(borders.begin(), borders.end(),
                                              [&](double border) { return border < value; }));
    };
    std::vector<std::int32_t> out(n);
    simd::placesAmong(x.data(), n, borders.data(), places, out.data());
    for (std::size_t i = 0; i < n; ++i) EXPECT_EQ(out[i], below(x[i])) << places << " " << i;

    std::vector<float> y(x.begin(), x.end());
    for (std::size_t i = 0; i < n; i += 5) y[i] = std::nextafter(y[i], 9.0f);
    for (std::size_t i = 0; i + 1 < finite; i += 4) borders[i] = float(borders[i]);
    constexpr double tiny[] = {1e-60, -0.0, -1e-39, -1e-60, 1e-39};
    for (std::size_t i = 0; i < finite; i += 9) borders[i] = tiny[i / 9 % std::size(tiny)];
    std::sort(borders.begin(), borders.end());
    if (n > 4) y[4] = 0, y[3] = -0.0f;
    simd::placesAmong(y.data(), n, borders.data(), places, out.data());
    for (std::size_t i = 0; i < n; ++i)
        EXPECT_EQ(out[i], below(double(y[i]))) << places << " float " << i;
}

TEST(SimdDouble, PlacesAmongBorders) {
    test::onEveryTarget([] {
        for (const bool flushes : {false, true}) {
            const std::optional<FlushToZero> mode =
                flushes ? std::optional<FlushToZero>(std::in_place) : std::nullopt;
            for (std::size_t places = 1; places <= 256; places *= 2)
                for (const std::size_t finite : {places - 1, places / 3})
                    for (std::size_t n = 0; n < 70; n += 3) expectPlaces(places, finite, n);
        }
    });
}

TEST(SimdDouble, PeelsSigns) {
    for (std::size_t n = 0; n < 70; ++n) {
        const auto w = test::randomWeights(n, n);
        auto residual = w;
        std::vector<double> sum(n, 0.5);
        simd::peelSigns(residual.data(), n, 0.3, 4, 1, sum.data());
        for (std::size_t i = 0; i < n; ++i) {
            EXPECT_EQ(residual[i], w[i] >= 0 ? w[i] - 0.3 : w[i] + 0.3);
            EXPECT_EQ(sum[i], w[i] >= 0 ? 4.5 : 1.5);
        }
    }
}

TYPED_TEST(Simd, TanhGradient) {
    using T = TypeParam;
    const double near = this->k_near;
    this->forLengths([near](const T* x, const T* d, std::size_t n) {
        std::vector<T> g(d, d + n);
        const double sum = simd::tanhGradient(x, n, 0.9, g.data());
        double expected = 0;
        for (std::size_t i = 0; i < n; ++i) {
            const double t = std::tanh(static_cast<double>(x[i])), c = static_cast<double>(d[i]);
            expected += c * t;
            EXPECT_NEAR(static_cast<double>(g[i]), c * (1 - t * t) / 0.9, near);
        }
        EXPECT_NEAR(sum, expected, 1e-12);
    });
}

}  // namespace
}  // namespace bitloom
