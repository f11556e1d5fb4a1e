#include "math/gemm.h"

#include <gtest/gtest.h>

#include "core/math/support.h"
#include "math/kernels.h"
#include "math/team.h"
#include "math/threads.h"

namespace bitloom {
namespace {

using namespace test;

template <class T>
double tolerance() {
    return std::is_same_v<T, float> ? 2e-6 : 1e-13;
}

/// c = op(a) op(b) + beta c by three loops in double; errors are relative to the sum of |products|.
template <class T>
void expectProduct(Transpose ta, Transpose tb, MatrixView<const T> a, MatrixView<const T> b, T beta,
                   const Guarded<T>& before, const Guarded<T>& after) {
    const std::size_t inner = ta == Transpose::no ? a.cols : a.rows;
    EXPECT_TRUE(after.intact());
    for (std::size_t i = 0; i < after.view().rows; ++i)
        for (std::size_t j = 0; j < after.view().cols; ++j) {
            double sum = 0, size = 1;
            if (beta != T(0)) sum = static_cast<double>(beta) * static_cast<double>(before(i, j));
            for (std::size_t k = 0; k < inner; ++k) {
                const double term = static_cast<double>(ta == Transpose::no ? a(i, k) : a(k, i)) *
                                    static_cast<double>(tb == Transpose::no ? b(k, j) : b(j, k));
                sum += term;
                size += std::abs(term);
            }
            ASSERT_NEAR(static_cast<double>(after(i, j)), sum, tolerance<T>() * size)
                << i << "," << j;
        }
}

struct Product {
    std::size_t m, k, n;
};
const Product products[] = {{1, 1, 1},    {1, 5, 3},    {3, 1, 7},      {17, 33, 9},
                            {64, 50, 30}, {20, 100, 1}, {64, 128, 512}, {5, 0, 4}};

template <class T>
class Gemm : public testing::Test {};
using Numbers = testing::Types<float, double>;
TYPED_TEST_SUITE(Gemm, Numbers);

TYPED_TEST(Gemm, EqualsThreeLoops) {
    using T = TypeParam;
    Rng rng(21);
    for (const auto& [m, k, n] : products)
        for (const auto ta : {Transpose::no, Transpose::yes})
            for (const auto tb : {Transpose::no, Transpose::yes})
                for (const T beta : {T(0), T(1), T(-0.5)}) {
                    const bool fa = ta == Transpose::yes, fb = tb == Transpose::yes;
                    const auto a = Guarded<T>::random(fa ? k : m, fa ? m : k, rng);
                    const auto b = Guarded<T>::random(fb ? n : k, fb ? k : n, rng);
                    const auto before = Guarded<T>::random(m, n, rng);
                    auto c = before;
                    gemm<T>(ta, tb, a.view(), b.view(), beta, c.view());
                    expectProduct<T>(ta, tb, a.view(), b.view(), beta, before, c);
                }
}

TYPED_TEST(Gemm, BetaZeroIgnoresWhatWasThere) {
    using T = TypeParam;
    Rng rng(22);
    const auto a = Guarded<T>::random(4, 6, rng), b = Guarded<T>::random(6, 5, rng);
    Guarded<T> c(4, 5);
    for (std::size_t i = 0; i < 4; ++i)
        for (std::size_t j = 0; j < 5; ++j) c(i, j) = std::numeric_limits<T>::quiet_NaN();
    gemm<T>(Transpose::no, Transpose::no, a.view(), b.view(), T(0), c.view());
    expectProduct<T>(Transpose::no, Transpose::no, a.view(), b.view(), T(0), c, c);
}

TYPED_TEST(Gemm, PackedWeightEqualsThreeLoops) {
    using T = TypeParam;
    Rng rng(23);
    for (const auto& [m, k, n] : products) {
        SCOPED_TRACE(testing::Message() << m << "x" << k << "x" << n);
        PackedWeight<T> packed;
        // Twice: the second time with new numbers in the same shape.
        for (int round = 0; round < 2; ++round) {
            const auto w = Guarded<T>::random(n, k, rng);
            packed.packForward(w.view(), m);
            packed.packBackward(w.view(), m);
            for (const std::size_t rows : {m, m + 3, std::size_t{1}})
                for (const bool accumulate : {false, true}) {
                    const T beta = accumulate ? T(1) : T(0);
                    const auto x = Guarded<T>::random(rows, k, rng);
                    const auto dy = Guarded<T>::random(rows, n, rng);
                    const auto y0 = Guarded<T>::random(rows, n, rng);
                    const auto dx0 = Guarded<T>::random(rows, k, rng);
                    auto y = y0, dx = dx0;
                    packed.forward(x.view(), y.view(), accumulate);
                    expectProduct<T>(Transpose::no, Transpose::yes, x.view(), w.view(), beta, y0,
                                     y);
                    packed.backward(dy.view(), dx.view(), accumulate);
                    expectProduct<T>(Transpose::no, Transpose::no, dy.view(), w.view(), beta, dx0,
                                     dx);
                }
        }
    }
}

TYPED_TEST(Gemm, PackedWeightTakesDenseOperandsAndKeepsNoReference) {
    using T = TypeParam;
    Rng rng(24);
    const std::size_t m = 12, k = 40, n = 96;
    const auto reference = Guarded<T>::random(n, k, rng);
    Matrix<T> w(n, k), x(m, k), y(m, n);
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < k; ++j) w(i, j) = reference(i, j);
    for (T& value : x.span()) value = static_cast<T>(static_cast<float>(rng.normal()));
    PackedWeight<T> packed;
    packed.packForward(w.view(), m);
    w.fill(T(0));
    PackedWeight<T> moved = std::move(packed);
    for (int round = 0; round < 2; ++round) {
        moved.forward(x.view(), y.view(), round == 1);
        for (std::size_t i = 0; i < m; ++i)
            for (std::size_t j = 0; j < n; ++j) {
                double sum = 0, size = 1;
                for (std::size_t l = 0; l < k; ++l) {
                    const double term =
                        static_cast<double>(x(i, l)) * static_cast<double>(reference(j, l));
                    sum += term;
                    size += std::abs(term);
                }
                ASSERT_NEAR(static_cast<double>(y(i, j)), sum * (1 + round),
                            3 * tolerance<T>() * size);
            }
    }
}

TYPED_TEST(Gemm, PackedWeightFollowsTheThreadBudget) {
    using T = TypeParam;
    const int former = threads();
    Rng rng(25);
    const auto w = Guarded<T>::random(512, 128, rng), x = Guarded<T>::random(32, 128, rng);
    PackedWeight<T> packed;
    Guarded<T> y(32, 512);
    for (const int budget : {2, 1, 3}) {
        setThreads(budget);
        if (budget == 2) packed.packForward(w.view(), 32);
        packed.packBackward(w.view(), 32);
        packed.forward(x.view(), y.view());
        expectProduct<T>(Transpose::no, Transpose::yes, x.view(), w.view(), T(0), y, y);
    }
    setThreads(former);
}

TYPED_TEST(Gemm, MembersOfATeamMultiplyAtOnce) {
    using T = TypeParam;
    const int former = threads();
    setThreads(2);
    if (threads() < 2) GTEST_SKIP() << "OpenMP grants one thread here";
    Rng rng(26);
    const std::size_t rows = 11, k = 33, n = 50;
    const auto w = Guarded<T>::random(n, k, rng);
    PackedWeight<T> packed;
    Team team(2);
    packed.packForward(w.view(), rows, team.members());
    packed.packBackward(w.view(), rows, team.members());
    std::vector<Guarded<T>> x, dy, y, dx;
    for (int m = 0; m < 2; ++m) {
        x.push_back(Guarded<T>::random(rows, k, rng));
        dy.push_back(Guarded<T>::random(rows, n, rng));
        y.emplace_back(rows, n);
        dx.emplace_back(rows, k);
    }
    team.run([&](std::size_t member) {
        for (int round = 0; round < 50; ++round) {
            packed.forward(x[member].view(), y[member].view(), false, member);
            packed.backward(dy[member].view(), dx[member].view(), false, member);
        }
    });
    for (std::size_t m = 0; m < 2; ++m) {
        expectProduct<T>(Transpose::no, Transpose::yes, x[m].view(), w.view(), T(0), y[m], y[m]);
        expectProduct<T>(Transpose::no, Transpose::no, dy[m].view(), w.view(), T(0), dx[m], dx[m]);
    }
    setThreads(former);
}

TEST(BFloat16, RoundsToNearestEven) {
    const auto bits = [](float v) { return BFloat16(v).bits; };
    EXPECT_EQ(bits(1.0f), 0x3f80);
    EXPECT_EQ(bits(1.0f + 1.0f / 256), 0x3f80);  // a tie goes to the even one
    EXPECT_EQ(bits(1.0f + 3.0f / 256), 0x3f82);  // and so does the next
    EXPECT_EQ(bits(1.0f + 1.5f / 256), 0x3f81);
    EXPECT_EQ(bits(-0.0f), 0x8000);
    EXPECT_EQ(bits(std::numeric_limits<float>::max()), 0x7f80);  // rounds to infinity
    EXPECT_TRUE(std::isnan(static_cast<float>(BFloat16(std::nanf("")))));
    onEveryTarget([] {
        Rng rng(31);
        auto x = Guarded<float>::random(5, 37, rng, 100);
        x(1, 3) = std::nanf("");
        x(2, 4) = std::numeric_limits<float>::infinity();
        x(3, 5) = -1e-40f;
        Matrix<BFloat16> out(5, 37);
        kernels::roundToBFloat16(x.view(), out.view());
        for (std::size_t r = 0; r < 5; ++r)
            for (std::size_t j = 0; j < 37; ++j) EXPECT_EQ(out(r, j).bits, BFloat16(x(r, j)).bits);
    });
}

/// x as bf16 holds it.
Guarded<float> rounded(const Guarded<float>& x, std::size_t rows, std::size_t cols) {
    Guarded<float> result(rows, cols);
    for (std::size_t r = 0; r < rows; ++r)
        for (std::size_t j = 0; j < cols; ++j) result(r, j) = static_cast<float>(BFloat16(x(r, j)));
    return result;
}

TEST(BFloat16, PackedProductsEqualThoseOfRoundedOperands) {
    Rng rng(32);
    for (const auto& [m, k, n] : products) {
        if (k == 0 || m == 0 || n == 0) continue;
        SCOPED_TRACE(testing::Message() << m << "x" << k << "x" << n);
        const auto w = Guarded<float>::random(n, k, rng), x = Guarded<float>::random(m, k, rng);
        const auto dy = Guarded<float>::random(m, n, rng);
        PackedWeight<float> packed;
        packed.packForward(w.view(), m, 1, Precision::bf16);
        packed.packBackward(w.view(), m, 1, Precision::bf16);
        for (const bool accumulate : {false, true}) {
            const float beta = accumulate ? 1 : 0;
            const auto y0 = Guarded<float>::random(m, n, rng);
            const auto dx0 = Guarded<float>::random(m, k, rng);
            auto y = y0, dx = dx0;
            packed.forward(x.view(), y.view(), accumulate);
            expectProduct<float>(Transpose::no, Transpose::yes, rounded(x, m, k).view(),
                                 rounded(w, n, k).view(), beta, y0, y);
            packed.backward(dy.view(), dx.view(), accumulate);
            expectProduct<float>(Transpose::no, Transpose::no, rounded(dy, m, n).view(),
                                 rounded(w, n, k).view(), beta, dx0, dx);
        }
    }
}

TEST(Product, EqualsThreeLoopsInEveryNumberType) {
    Rng rng(33);
    for (const auto& [m, k, n] : products) {
        if (k == 0 || m == 0 || n == 0) continue;
        SCOPED_TRACE(testing::Message() << m << "x" << k << "x" << n);
        const auto a = Guarded<float>::random(m, k, rng), b = Guarded<float>::random(k, n, rng);
        // Dense, and with rows apart as weight gradients have them.
        Matrix<BFloat16> shortA(m, k), shortB(k, n), apart(m, k + 16);
        kernels::roundToBFloat16(a.view(), shortA.view());
        kernels::roundToBFloat16(b.view(), shortB.view());
        kernels::roundToBFloat16(a.view(), {apart.data(), m, k, k + 16});
        for (const bool accumulate : {false, true}) {
            const float beta = accumulate ? 1 : 0;
            const auto before = Guarded<float>::random(m, n, rng);
            auto c = before;
            product<float, float>(a.view(), b.view(), accumulate, c.view());
            expectProduct<float>(Transpose::no, Transpose::no, a.view(), b.view(), beta, before, c);
            const MatrixView<const BFloat16> forms[] = {shortA.view(),
                                                        {apart.data(), m, k, k + 16}};
            for (const MatrixView<const BFloat16>& form : forms) {
                c = before;
                product<BFloat16, float>(form, std::as_const(shortB).view(), accumulate, c.view());
                expectProduct<float>(Transpose::no, Transpose::no, rounded(a, m, k).view(),
                                     rounded(b, k, n).view(), beta, before, c);
            }
        }
    }
}

TEST(PeakGflops, IsPositiveAndFinite) {
    const double rate = peakGflops(128, 3);
    EXPECT_GT(rate, 0.1);
    EXPECT_LT(rate, 1e6);
}

}  // namespace
}  // namespace bitloom
