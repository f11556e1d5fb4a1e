// Vector functions, their error against the standard library in double, and the optimizers.

#include <gtest/gtest.h>

#include <bit>
#include <limits>

#include "core/math/support.h"
#include "math/kernels.h"
#include "math/threads.h"

namespace bitloom {
namespace {

using namespace test;

const std::vector<std::size_t> sizes{1, 3, 15, 16, 17, 64, 1000, 70001};

/// Exponent-spaced and evenly spaced numbers of both signs in [-limit, limit].
std::vector<float> grid(float limit) {
    std::vector<float> x;
    for (std::uint32_t bits = 0x00800000u; bits < 0x7F800000u; bits += 4099) {
        const float value = std::bit_cast<float>(bits);
        if (value > limit) break;
        x.push_back(value);
        x.push_back(-value);
    }
    for (int i = -200000; i <= 200000; ++i) x.push_back(limit * static_cast<float>(i) / 2e5f);
    return x;
}

/// |value - exact| in units of the last place of `exact` in single precision.
double ulps(float value, double exact) {
    const float nearest = static_cast<float>(exact);
    const double unit =
        static_cast<double>(std::nextafter(std::abs(nearest), std::numeric_limits<float>::max())) -
        static_cast<double>(std::abs(nearest));
    return std::abs(static_cast<double>(value) - exact) / unit;
}

using Function = void (*)(std::span<const float>, std::span<float>);

double worstUlps(Function fast, double (*exact)(double), float limit, double smallest) {
    const std::vector<float> x = grid(limit);
    std::vector<float> y(x.size());
    fast(x, y);
    double worst = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double wanted = exact(static_cast<double>(x[i]));
        if (std::abs(wanted) < smallest) continue;
        const double error = ulps(y[i], wanted);
        worst = error > worst || std::isnan(error) ? error : worst;
    }
    return worst;
}

double logistic(double x) {
    return 1 / (1 + std::exp(-x));
}

TEST(VectorFunctions, ErrorsStayWithinTheirBounds) {
    const double normal = static_cast<double>(std::numeric_limits<float>::min());
    onEveryTarget([&] {
        const double e = worstUlps(kernels::exp<float>, std::exp, 88.7f, normal);
        const double t = worstUlps(kernels::tanh<float>, std::tanh, 20.0f, normal);
        const double s = worstUlps(kernels::sigmoid<float>, logistic, 87.0f, normal);
        EXPECT_LE(e, 2.0);
        EXPECT_LE(t, 4.0);
        EXPECT_LE(s, 4.0);
        if (testing::Test::HasFailure()) std::printf("exp %g tanh %g sigmoid %g ulp\n", e, t, s);
        testing::Test::RecordProperty("exp_ulp", std::to_string(e));
        testing::Test::RecordProperty("tanh_ulp", std::to_string(t));
        testing::Test::RecordProperty("sigmoid_ulp", std::to_string(s));
    });
}

TEST(VectorFunctions, EdgesHaveTheirLimits) {
    onEveryTarget([] {
        const float infinity = std::numeric_limits<float>::infinity();
        const float nan = std::numeric_limits<float>::quiet_NaN(), most = 3.4e38f;
        const std::vector<float> x{infinity, -infinity, nan,    most,   -most,
                                   0.0f,     -0.0f,     1e-40f, -1e-40f};
        std::vector<float> y(x.size());
        kernels::exp<float>(x, y);
        EXPECT_EQ(y[0], infinity);
        EXPECT_EQ(y[1], 0.0f);
        EXPECT_TRUE(std::isnan(y[2]));
        EXPECT_EQ(y[3], infinity);
        EXPECT_EQ(y[4], 0.0f);
        for (std::size_t i = 5; i < 9; ++i) EXPECT_EQ(y[i], 1.0f);
        kernels::sigmoid<float>(x, y);
        EXPECT_EQ(y[0], 1.0f);
        EXPECT_NEAR(y[1], 0.0f, 1.2e-38f);
        EXPECT_TRUE(std::isnan(y[2]));
        EXPECT_EQ(y[3], 1.0f);
        EXPECT_NEAR(y[4], 0.0f, 1.2e-38f);
        for (std::size_t i = 5; i < 9; ++i) EXPECT_EQ(y[i], 0.5f);
        kernels::tanh<float>(x, y);
        EXPECT_EQ(y[0], 1.0f);
        EXPECT_EQ(y[1], -1.0f);
        EXPECT_TRUE(std::isnan(y[2]));
        EXPECT_EQ(y[3], 1.0f);
        EXPECT_EQ(y[4], -1.0f);
        EXPECT_EQ(y[5], 0.0f);
        EXPECT_TRUE(std::signbit(y[6]));
        EXPECT_NEAR(y[7], 1e-40f, 1.2e-38f);
        EXPECT_NEAR(y[8], -1e-40f, 1.2e-38f);
    });
}

TEST(VectorFunctions, ExpUnderflowsGradually) {
    const std::vector<float> x{-88.0f, -90.0f, -100.0f, -103.0f, -104.5f};
    std::vector<float> y(x.size());
    kernels::exp<float>(x, y);
    for (std::size_t i = 0; i < x.size(); ++i)
        EXPECT_NEAR(static_cast<double>(y[i]), std::exp(static_cast<double>(x[i])), 1.2e-38);
}

template <class T>
std::vector<Guarded<T>> arithmetic(std::size_t n) {
    Rng rng(51, n);
    const auto x = Guarded<T>::random(1, n, rng), mask = Guarded<T>::random(1, n, rng);
    auto scaled = x, added = Guarded<T>::random(1, n, rng), clipped = x;
    Guarded<T> product(1, n), squares(1, 1);
    kernels::scale<T>(scaled.span(), T(-1.5));
    kernels::axpy<T>(T(0.25), x.span(), added.span());
    kernels::multiply<T>(x.span(), mask.span(), product.span());
    kernels::clip<T>(clipped.span(), T(-1), T(1));
    squares(0, 0) = static_cast<T>(kernels::sumOfSquares<T>(x.span()));
    return {scaled, added, product, clipped, squares};
}

template <class T>
std::vector<Guarded<T>> optimize(std::size_t n) {
    Rng rng(52, n);
    auto adam = Guarded<T>::random(1, n, rng), sgd = adam, plainSgd = adam;
    Guarded<T> m(1, n), v(1, n), buffer(1, n), second(1, n);
    for (std::size_t i = 0; i < n; ++i) m(0, i) = v(0, i) = buffer(0, i) = second(0, i) = T(0);
    for (int step = 1; step <= 3; ++step) {
        const auto gradient = Guarded<T>::random(1, n, rng);
        kernels::adamUpdate<T>(adam.span(), gradient.span(), m.span(), v.span(),
                               {.learningRate = 0.002, .step = step, .gradientScale = 0.5});
        kernels::sgdUpdate<T>(sgd.span(), gradient.span(), buffer.span(), 0.1, 0.9, 0.5);
        kernels::sgdUpdate<T>(plainSgd.span(), gradient.span(), {}, 0.1, 0.9, 0.5);
        kernels::updateSecondMoment<T>(second.span(), gradient.span(), 0.999, 0.5);
    }
    return {adam, m, v, sgd, buffer, plainSgd, second};
}

TEST(VectorFunctions, FastEqualsPlain) {
    onEveryTarget([] {
        for (const std::size_t n : sizes) {
            const auto fast = arithmetic<float>(n);
            const auto plain = arithmetic<double>(n);
            for (std::size_t i = 0; i < plain.size(); ++i)
                expectClose(fast[i], plain[i], 1e-6, ("output " + std::to_string(i)).c_str());
        }
    });
}

TEST(Optimizers, FastEqualsPlain) {
    onEveryTarget([] {
        for (const std::size_t n : sizes) {
            const auto fast = optimize<float>(n);
            const auto plain = optimize<double>(n);
            for (std::size_t i = 0; i < plain.size(); ++i)
                expectClose(fast[i], plain[i], 1e-6, ("output " + std::to_string(i)).c_str());
        }
    });
}

TEST(Optimizers, AdamFollowsPyTorch) {
    // torch.optim.Adam(lr=0.1) on p = 1 with gradients 0.5, -0.25 in float64.
    std::vector<double> p{1}, m{0}, v{0};
    const std::vector<double> first{0.5}, second{-0.25};
    kernels::adamUpdate<double>(p, first, m, v, {.learningRate = 0.1, .step = 1});
    EXPECT_NEAR(p[0], 0.9000000020, 1e-10);
    kernels::adamUpdate<double>(p, second, m, v, {.learningRate = 0.1, .step = 2});
    EXPECT_NEAR(p[0], 0.8733662987, 1e-10);
}

TEST(Clip, KeepsNan) {
    onEveryTarget([] {
        std::vector<float> x{2, -2, std::numeric_limits<float>::quiet_NaN(), 0.5f};
        kernels::clip<float>(x, -1, 1);
        EXPECT_EQ(x[0], 1);
        EXPECT_EQ(x[1], -1);
        EXPECT_TRUE(std::isnan(x[2]));
        EXPECT_EQ(x[3], 0.5f);
    });
}

TEST(Kernels, ResultsDoNotDependOnTheNumberOfThreads) {
    const int former = threads();
    Rng rng(53);
    const std::size_t n = 300001;
    const auto x = Guarded<float>::random(1, n, rng);
    const auto wide = Guarded<float>::random(300, 1000, rng);
    std::vector<std::vector<double>> results;
    for (const int budget : {1, 2, 5}) {
        setThreads(budget);
        std::vector<float> y(n), sums(1000);
        kernels::sigmoid<float>(x.span(), y);
        kernels::columnSums<float>(wide.view(), sums, false);
        std::vector<double> all(y.begin(), y.end());
        all.insert(all.end(), sums.begin(), sums.end());
        all.push_back(kernels::sumOfSquares<float>(x.span()));
        all.push_back(kernels::absoluteSum<float>(wide.view()));
        results.push_back(std::move(all));
    }
    setThreads(former);
    EXPECT_EQ(results[0], results[1]);
    EXPECT_EQ(results[0], results[2]);
}

}  // namespace
}  // namespace bitloom
