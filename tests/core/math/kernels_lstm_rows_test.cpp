// The rows of an LSTM's step without saved gates, which go abreast.

#include <gtest/gtest.h>

#include <cstddef>
#include <limits>
#include <vector>

#include "core/math/support.h"
#include "math/kernels.h"

namespace bitloom {
namespace {

using namespace test;

/// o cannot be had from h = o tanh c where c is 0, as in the first steps of a picture's black rim.
TEST(LstmStep, KnowsTheOutputGateOfAnEmptyCell) {
    const std::size_t B = 5, H = 75;
    const auto run = [&]<class T>(T) {
        Rng rng(17);
        const auto gain = Guarded<T>::random(1, 4 * H, rng);
        const auto b = Guarded<T>::random(B, 4 * H, rng), bias = Guarded<T>::random(1, 4 * H, rng);
        Guarded<T> a(B, 4 * H), zeros(B, H), c(B, H), h(B, H), ones(B, H);
        Guarded<T> dPre(B, 4 * H), dcPrev(B, H), total(B, H);
        for (std::size_t r = 0; r < B; ++r)
            for (std::size_t j = 0; j < H; ++j) {
                zeros(r, j) = T(0), ones(r, j) = T(1);
                for (std::size_t k = 0; k < 4; ++k) a(r, k * H + j) = static_cast<T>(j) / 64;
                // g = 0 in all of row 0, in every other unit of row 3.
                const std::size_t g = 2 * H + j;
                if (r == 0 || (r == 3 && j % 2 == 0))
                    a(r, g) = -gain.span()[g] * b(r, g) - bias(0, g);
            }
        const kernels::GateInput<T> in{a.view(), {}, {}, b.view(), {}, gain.span(), bias.span()};
        kernels::lstmForward<T>(in, zeros.view(), {}, c.view(), {}, h.view());
        for (std::size_t j = 0; j < H; ++j) c(0, j) = h(0, j) = T(0);
        for (std::size_t j = 0; j < H; j += 2) c(3, j) = h(3, j) = T(0);
        kernels::lstmBackwardFromInput<T>(ones.view(), zeros.view(), in, zeros.view(), c.view(),
                                          h.view(), dPre.view(), dcPrev.view(), total.view(), {});
        return std::vector<Guarded<T>>{h, dPre, dcPrev, total};
    };
    onEveryTarget([&] { compare(run(1.0f), run(1.0), 2e-6); });
}

/// Rows go abreast, but none looks at its neighbours: threads may split them anywhere.
TEST(LstmStep, RowsDoNotDependOnTheRowsBesideThem) {
    const std::size_t B = 5, H = 150;
    onEveryTarget([&] {
        Rng rng(18);
        const auto a = Guarded<float>::random(B, 4 * H, rng, 2),
                   c0 = Guarded<float>::random(B, H, rng);
        const auto dh = Guarded<float>::random(B, H, rng), dc = Guarded<float>::random(B, H, rng);
        Guarded<float> c(B, H), h(B, H), dPre(B, 4 * H), dcPrev(B, H), total(B, H);
        Guarded<float> c1(B, H), h1(B, H), dPre1(B, 4 * H), dcPrev1(B, H), total1(B, H);
        const auto rows = [](auto& m, std::size_t first, std::size_t count) {
            return m.view().rowRange(first, count);
        };
        const auto forward = [&](std::size_t first, std::size_t count, auto& toC, auto& toH) {
            const kernels::GateInput<float> in{rows(a, first, count), {}, {}, {}, {}, {}, {}};
            kernels::lstmForward<float>(in, rows(c0, first, count), {}, rows(toC, first, count), {},
                                        rows(toH, first, count));
        };
        const auto back = [&](std::size_t first, std::size_t count, auto& toPre, auto& toPrev,
                              auto& toTotal) {
            const kernels::GateInput<float> in{rows(a, first, count), {}, {}, {}, {}, {}, {}};
            kernels::lstmBackwardFromInput<float>(
                rows(dh, first, count), rows(dc, first, count), in, rows(c0, first, count),
                rows(c, first, count), rows(h, first, count), rows(toPre, first, count),
                rows(toPrev, first, count), rows(toTotal, first, count), {});
        };
        forward(0, B, c, h);
        for (std::size_t r = 0; r < B; ++r) forward(r, 1, c1, h1);
        // Empty cells in row 1, a lost number in row 2: their neighbours' numbers stay theirs.
        for (std::size_t j = 0; j < H; j += 3) c(1, j) = h(1, j) = 0;
        c(2, 3) = h(2, 3) = std::numeric_limits<float>::quiet_NaN();
        back(0, B, dPre, dcPrev, total);
        for (std::size_t r = 0; r < B; ++r) back(r, 1, dPre1, dcPrev1, total1);
        for (std::size_t r = 0; r < B; ++r)
            for (std::size_t j = 0; j < H; ++j) {
                if (r == 2 && j == 3) continue;
                if (r != 1 && r != 2) {
                    EXPECT_EQ(c(r, j), c1(r, j));
                    EXPECT_EQ(h(r, j), h1(r, j));
                }
                EXPECT_EQ(total(r, j), total1(r, j)) << r << ", " << j;
                EXPECT_EQ(dcPrev(r, j), dcPrev1(r, j)) << r << ", " << j;
                for (std::size_t k = 0; k < 4; ++k)
                    EXPECT_EQ(dPre(r, k * H + j), dPre1(r, k * H + j)) << r << ", " << j;
            }
    });
}

}  // namespace
}  // namespace bitloom
