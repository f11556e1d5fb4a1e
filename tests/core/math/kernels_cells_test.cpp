// LSTM and GRU steps: the fast ones against the plain ones in double, the plain ones against
// central differences.

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/math/support.h"
#include "math/kernels.h"
#include "math/kernels_norm.h"

namespace bitloom {
namespace {

using namespace test;

/// What the input side is read from.
enum class Source { rows, rows_with_gains, table, a_number, a_number_a_gate };

/// One LSTM step forward and backward on random operands; `cellNorm` uses the two-call form with
/// N(c) = 0.7 c + 0.1.
template <class T>
std::vector<Guarded<T>> lstm(Shape shape, bool withRecurrent, bool cellNorm, Source source) {
    const auto [B, H] = shape;
    Rng rng(7, B * 1000 + H);
    const auto a = Guarded<T>::random(B, 4 * H, rng, 2), b = Guarded<T>::random(B, 4 * H, rng, 2);
    const auto bias = Guarded<T>::random(1, 4 * H, rng), cPrev = Guarded<T>::random(B, H, rng);
    const auto dh = Guarded<T>::random(B, H, rng);
    auto dc = Guarded<T>::random(B, H, rng);
    Guarded<T> gates(B, 4 * H), c(B, H), y(B, H), h(B, H), dPre(B, 4 * H), dcPrev(B, H),
        total(B, H), n(B, H), dn(B, H);
    const auto gainA = Guarded<T>::random(1, 4 * H, rng), gainB = Guarded<T>::random(1, 4 * H, rng);
    kernels::GateInput<T> in{a.view(), {}, {}, {}, {}, {}, {}};
    if (withRecurrent) {
        in.b = b.view();
        in.bias = bias.span();
    }
    const auto numbers = Guarded<T>::random(B, source == Source::a_number ? 1 : 4, rng);
    std::vector<std::int32_t> tokens(B);
    for (std::size_t r = 0; r < B; ++r)
        tokens[r] = r % 3 == 2 ? -1 : static_cast<std::int32_t>((r * 7) % B);
    if (source != Source::rows) {
        in.gainA = gainA.span();
        in.gainB = gainB.span();
    }
    if (source == Source::table) {
        in.tokens = tokens;
    } else if (source == Source::a_number || source == Source::a_number_a_gate) {
        in.a = {};
        in.stretch = numbers.view();
    }
    if (!cellNorm) {
        kernels::lstmForward<T>(in, cPrev.view(), gates.view(), c.view(), y.view(), h.view());
        // Without saved gates and tanh c: the same numbers.
        Guarded<T> c2(B, H), h2(B, H), dPre2(B, 4 * H), dcPrev2(B, H), total2(B, H);
        kernels::lstmForward<T>(in, cPrev.view(), {}, c2.view(), {}, h2.view());
        kernels::lstmBackwardFromInput<T>(dh.view(), dc.view(), in, cPrev.view(), c2.view(),
                                          h2.view(), dPre2.view(), dcPrev2.view(), total2.view(),
                                          {},
                                          {gates.view(), cPrev.view(), {}, dh.view(), h.view()});
        kernels::lstmBackward<T>(dh.view(), dc.view(), gates.view(), cPrev.view(), y.view(),
                                 dPre.view(), dcPrev.view(), total.view(),
                                 {gates.view(), cPrev.view(), y.view(), dh.view(), h.view()});
        for (std::size_t r = 0; r < B; ++r)
            for (std::size_t j = 0; j < H; ++j) {
                EXPECT_EQ(c(r, j), c2(r, j)) << r << ", " << j;
                EXPECT_EQ(h(r, j), h2(r, j)) << r << ", " << j;
            }
        return {gates, c, y, h, dPre, dcPrev, total, dPre2, dcPrev2, total2};
    }
    kernels::lstmForward<T>(in, cPrev.view(), gates.view(), c.view(), {}, {});
    for (std::size_t r = 0; r < B; ++r)
        for (std::size_t j = 0; j < H; ++j) n(r, j) = T(0.7) * c(r, j) + T(0.1);
    kernels::lstmOutput<T>(gates.view(), n.view(), y.view(), h.view());
    kernels::lstmOutputBackward<T>(dh.view(), gates.view(), y.view(), dPre.view(), dn.view());
    for (std::size_t r = 0; r < B; ++r)
        for (std::size_t j = 0; j < H; ++j) dc(r, j) += T(0.7) * dn(r, j);
    kernels::lstmBackward<T>({}, dc.view(), gates.view(), cPrev.view(), {}, dPre.view(),
                             dcPrev.view(), {});
    return {gates, c, y, h, dPre, dcPrev, dn};
}

template <class T>
std::vector<Guarded<T>> gru(Shape shape, bool withBias) {
    const auto [B, H] = shape;
    Rng rng(8, B * 1000 + H);
    const auto a = Guarded<T>::random(B, 3 * H, rng, 2), b = Guarded<T>::random(B, 3 * H, rng, 2);
    const auto in = Guarded<T>::random(1, 3 * H, rng), rec = Guarded<T>::random(1, 3 * H, rng);
    const auto hPrev = Guarded<T>::random(B, H, rng), dh = Guarded<T>::random(B, H, rng);
    Guarded<T> gates(B, 3 * H), m(B, H), h(B, H), dA(B, 3 * H), dB(B, 3 * H), dhPrev(B, H);
    const auto none = std::span<const T>{};
    kernels::gruForward<T>(a.view(), b.view(), withBias ? in.span() : none,
                           withBias ? rec.span() : none, hPrev.view(), gates.view(), m.view(),
                           h.view());
    kernels::gruBackward<T>(dh.view(), gates.view(), m.view(), hPrev.view(), dA.view(), dB.view(),
                            dhPrev.view());
    return {gates, m, h, dA, dB, dhPrev};
}

TEST(LstmStep, FastEqualsPlain) {
    onEveryTarget([] {
        for (const Shape shape : shapes)
            for (const bool recurrent : {false, true})
                for (const bool cellNorm : {false, true})
                    for (const Source source :
                         {Source::rows, Source::rows_with_gains, Source::table, Source::a_number,
                          Source::a_number_a_gate}) {
                        SCOPED_TRACE(testing::Message() << shape.rows << "x" << shape.cols);
                        compare(lstm<float>(shape, recurrent, cellNorm, source),
                                lstm<double>(shape, recurrent, cellNorm, source), 2e-6);
                    }
    });
}

/// A step of a cell that normalizes b itself, forward and back; `byRows`: as layer norm, with the
/// sums, otherwise as batch norm, folded into a factor and an offset.
template <class T>
std::vector<Guarded<T>> normalizingLstm(Shape shape, bool byRows, Source source) {
    const auto [B, H] = shape;
    Rng rng(12, B * 1000 + H);
    const auto a = Guarded<T>::random(B, 4 * H, rng, 2), b = Guarded<T>::random(B, 4 * H, rng, 2);
    const auto gainA = Guarded<T>::random(1, 4 * H, rng), gainB = Guarded<T>::random(1, 4 * H, rng);
    const auto bias = Guarded<T>::random(1, 4 * H, rng), mean = Guarded<T>::random(1, 4 * H, rng);
    const auto rowMean = Guarded<T>::random(B, 4, rng), rowRstd = Guarded<T>::random(B, 4, rng, 2);
    const auto numbers = Guarded<T>::random(B, 4, rng), cPrev = Guarded<T>::random(B, H, rng);
    const auto dh = Guarded<T>::random(B, H, rng), dc = Guarded<T>::random(B, H, rng);
    kernels::GateInput<T> in{a.view(), {}, {}, b.view(), gainA.span(), gainB.span(), bias.span()};
    if (source == Source::a_number_a_gate) {
        in.a = {};
        in.stretch = numbers.view();
    }
    Guarded<T> up(B, 4), dot(B, 4), stretched(B, 4);
    Guarded<T> factor(1, 4 * H), offset(1, 4 * H);
    kernels::GateSums<T> sums;
    if (byRows) {
        in.rowMean = rowMean.view();
        in.rowRstd = rowRstd.view();
        sums = {up.view(), dot.view(), {}};
        if (source == Source::a_number_a_gate) sums.stretched = stretched.view();
    } else {
        kernels::foldColumns<T>(mean.span(), gainA.span(),
                                {gainB.span(), bias.span(), factor.span(), offset.span()});
        in.gainB = std::as_const(factor).span();
        in.bias = std::as_const(offset).span();
    }
    Guarded<T> c(B, H), y(B, H), h(B, H), dPre(B, 4 * H), dcPrev(B, H), total(B, H);
    kernels::lstmForward<T>(in, cPrev.view(), {}, c.view(), y.view(), h.view());
    kernels::lstmBackwardFromInput<T>(dh.view(), dc.view(), in, cPrev.view(), c.view(), h.view(),
                                      dPre.view(), dcPrev.view(), total.view(), sums);
    return {c, y, h, dPre, dcPrev, total, up, dot, stretched};
}

TEST(LstmStep, NormalizingFastEqualsPlain) {
    onEveryTarget([] {
        for (const Shape shape : shapes)
            for (const bool byRows : {false, true})
                for (const Source source : {Source::rows_with_gains, Source::a_number_a_gate}) {
                    SCOPED_TRACE(testing::Message() << shape.rows << "x" << shape.cols);
                    compare(normalizingLstm<float>(shape, byRows, source),
                            normalizingLstm<double>(shape, byRows, source), 4e-6);
                }
    });
}

/// Over several strips of units, and where numbers are lost.
TEST(LstmStep, NormalizingWorksInPlaceAndKeepsNaN) {
    const std::size_t B = 5, H = 150;
    Rng rng(16);
    const auto a = Guarded<float>::random(B, 4 * H, rng), c0 = Guarded<float>::random(B, H, rng);
    auto b = Guarded<float>::random(B, 4 * H, rng);
    b(1, 130) = std::numeric_limits<float>::quiet_NaN();
    const auto gain = Guarded<float>::random(1, 4 * H, rng);
    const auto dh = Guarded<float>::random(B, H, rng), dc = Guarded<float>::random(B, H, rng);
    const auto rowMean = Guarded<float>::random(B, 4, rng),
               rowRstd = Guarded<float>::random(B, 4, rng);
    Guarded<float> c(B, H), y(B, H), h(B, H), dPre(B, 4 * H), dcPrev(B, H), total(B, H);
    Guarded<float> up(B, 4), dot(B, 4);
    kernels::GateInput<float> in{a.view(), {}, {}, b.view(), gain.span(), gain.span(), {}};
    in.rowMean = rowMean.view();
    in.rowRstd = rowRstd.view();
    const kernels::GateSums<float> sums{up.view(), dot.view(), {}};
    kernels::lstmForward<float>(in, c0.view(), {}, c.view(), y.view(), h.view());
    kernels::lstmBackwardFromInput<float>(dh.view(), dc.view(), in, c0.view(), c.view(), h.view(),
                                          dPre.view(), dcPrev.view(), total.view(), sums);
    auto inA = a, inDc = dc;
    in.a = inA.view();
    kernels::lstmBackwardFromInput<float>(dh.view(), inDc.view(), in, c0.view(), c.view(), h.view(),
                                          inA.view(), inDc.view(), total.view(), sums);
    for (std::size_t r = 0; r < B; ++r)
        for (std::size_t j = 0; j < 4 * H; ++j) {
            const bool isLost = r == 1 && j % H == 130;
            EXPECT_EQ(std::isnan(dPre(r, j)), isLost) << r << ", " << j;
            if (isLost) continue;
            EXPECT_EQ(inA(r, j), dPre(r, j));
            if (j < H) {
                EXPECT_EQ(inDc(r, j), dcPrev(r, j));
            }
        }
    EXPECT_TRUE(std::isnan(h(1, 130)));
}

TEST(LstmStep, NormalizingIsReadingWhatIsNormalized) {
    const std::size_t B = 3, H = 5;
    Rng rng(13);
    const auto a = Guarded<double>::random(B, 4 * H, rng),
               b = Guarded<double>::random(B, 4 * H, rng);
    const auto gain = Guarded<double>::random(1, 4 * H, rng),
               c0 = Guarded<double>::random(B, H, rng);
    const auto rowMean = Guarded<double>::random(B, 4, rng),
               rstd = Guarded<double>::random(B, 4, rng);
    Guarded<double> normal(B, 4 * H), c(B, H), y(B, H), h(B, H), c2(B, H), y2(B, H), h2(B, H);
    for (std::size_t r = 0; r < B; ++r)
        for (std::size_t j = 0; j < 4 * H; ++j)
            normal(r, j) = (b(r, j) - rowMean(r, j / H)) * rstd(r, j / H);
    kernels::GateInput<double> in{a.view(), {}, {}, normal.view(), {}, gain.span(), {}};
    kernels::lstmForward<double>(in, c0.view(), {}, c.view(), y.view(), h.view());
    in.b = b.view();
    in.rowMean = rowMean.view();
    in.rowRstd = rstd.view();
    kernels::lstmForward<double>(in, c0.view(), {}, c2.view(), y2.view(), h2.view());
    for (std::size_t r = 0; r < B; ++r)
        for (std::size_t j = 0; j < H; ++j) EXPECT_DOUBLE_EQ(h(r, j), h2(r, j));
}

TEST(GruStep, FastEqualsPlain) {
    onEveryTarget([] {
        for (const Shape shape : shapes)
            for (const bool bias : {false, true})
                compare(gru<float>(shape, bias), gru<double>(shape, bias), 2e-6);
    });
}

TEST(LstmStep, MayWorkInPlace) {
    const std::size_t B = 3, H = 21;
    Rng rng(3);
    const auto a = Guarded<float>::random(B, 4 * H, rng), c0 = Guarded<float>::random(B, H, rng);
    const auto dh = Guarded<float>::random(B, H, rng), dc = Guarded<float>::random(B, H, rng);
    Guarded<float> gates(B, 4 * H), c(B, H), y(B, H), h(B, H), dPre(B, 4 * H), dcPrev(B, H);
    const kernels::GateInput<float> in{a.view(), {}, {}, {}, {}, {}, {}};
    kernels::lstmForward<float>(in, c0.view(), gates.view(), c.view(), y.view(), h.view());
    auto inGates = a, inC = c0;
    kernels::lstmForward<float>({inGates.view(), {}, {}, {}, {}, {}, {}}, inC.view(),
                                inGates.view(), inC.view(), y.view(), h.view());
    kernels::lstmBackward<float>(dh.view(), dc.view(), gates.view(), c0.view(), y.view(),
                                 dPre.view(), dcPrev.view(), {});
    auto inDc = dc;
    kernels::lstmBackward<float>(dh.view(), inDc.view(), inGates.view(), c0.view(), y.view(),
                                 inGates.view(), inDc.view(), {});
    for (std::size_t r = 0; r < B; ++r) {
        for (std::size_t j = 0; j < H; ++j) EXPECT_EQ(inC(r, j), c(r, j));
        for (std::size_t j = 0; j < H; ++j) EXPECT_EQ(inDc(r, j), dcPrev(r, j));
        for (std::size_t j = 0; j < 4 * H; ++j) EXPECT_EQ(inGates(r, j), dPre(r, j));
    }
}

TEST(LstmStep, PlainGradientIsNumeric) {
    const std::size_t B = 2, H = 3;
    Rng rng(4);
    auto a = Guarded<double>::random(B, 4 * H, rng), b = Guarded<double>::random(B, 4 * H, rng);
    auto cPrev = Guarded<double>::random(B, H, rng);
    const auto bias = Guarded<double>::random(1, 4 * H, rng);
    const auto weightH = Guarded<double>::random(B, H, rng);
    const auto weightC = Guarded<double>::random(B, H, rng);
    Guarded<double> gates(B, 4 * H), c(B, H), y(B, H), h(B, H);
    const auto loss = [&] {
        kernels::lstmForward<double>({a.view(), {}, {}, b.view(), {}, {}, bias.span()},
                                     cPrev.view(), gates.view(), c.view(), y.view(), h.view());
        return dot(weightH, h) + dot(weightC, c);
    };
    loss();
    Guarded<double> dPre(B, 4 * H), dcPrev(B, H), total(B, H);
    kernels::lstmBackward<double>(weightH.view(), weightC.view(), gates.view(), cPrev.view(),
                                  y.view(), dPre.view(), dcPrev.view(), total.view());
    expectGradient(dPre, numericGradient(a, loss), "input side");
    expectGradient(dPre, numericGradient(b, loss), "recurrent side");
    expectGradient(dcPrev, numericGradient(cPrev, loss), "cell");
    loss();  // the last difference left its own gates behind
    // dL/dc_t total: what an increment of c would change through both c and h.
    for (std::size_t r = 0; r < B; ++r)
        for (std::size_t j = 0; j < H; ++j)
            EXPECT_NEAR(total(r, j),
                        weightC(r, j) + weightH(r, j) * gates(r, 3 * H + j) *
                                            (1 - std::pow(std::tanh(c(r, j)), 2)),
                        1e-12);
}

TEST(LstmOutput, PlainGradientIsNumeric) {
    const std::size_t B = 2, H = 4;
    Rng rng(5);
    auto n = Guarded<double>::random(B, H, rng), pre = Guarded<double>::random(B, H, rng);
    const auto weight = Guarded<double>::random(B, H, rng);
    Guarded<double> gates(B, 4 * H), y(B, H), h(B, H), dPre(B, 4 * H), dn(B, H), dO(B, H);
    const auto loss = [&] {
        for (std::size_t r = 0; r < B; ++r)
            for (std::size_t j = 0; j < H; ++j)
                gates(r, 3 * H + j) = 1 / (1 + std::exp(-pre(r, j)));
        kernels::lstmOutput<double>(gates.view(), n.view(), y.view(), h.view());
        return dot(weight, h);
    };
    loss();
    kernels::lstmOutputBackward<double>(weight.view(), gates.view(), y.view(), dPre.view(),
                                        dn.view());
    for (std::size_t r = 0; r < B; ++r)
        for (std::size_t j = 0; j < H; ++j) dO(r, j) = dPre(r, 3 * H + j);
    expectGradient(dn, numericGradient(n, loss), "N(c)");
    expectGradient(dO, numericGradient(pre, loss), "output gate");
}

TEST(GruStep, PlainGradientIsNumeric) {
    const std::size_t B = 2, H = 3;
    Rng rng(6);
    auto a = Guarded<double>::random(B, 3 * H, rng), b = Guarded<double>::random(B, 3 * H, rng);
    auto in = Guarded<double>::random(1, 3 * H, rng), rec = Guarded<double>::random(1, 3 * H, rng);
    auto hPrev = Guarded<double>::random(B, H, rng);
    const auto weight = Guarded<double>::random(B, H, rng);
    Guarded<double> gates(B, 3 * H), m(B, H), h(B, H), dA(B, 3 * H), dB(B, 3 * H), dhPrev(B, H);
    const auto loss = [&] {
        kernels::gruForward<double>(a.view(), b.view(), in.span(), rec.span(), hPrev.view(),
                                    gates.view(), m.view(), h.view());
        return dot(weight, h);
    };
    loss();
    kernels::gruBackward<double>(weight.view(), gates.view(), m.view(), hPrev.view(), dA.view(),
                                 dB.view(), dhPrev.view());
    expectGradient(dA, numericGradient(a, loss), "input side");
    expectGradient(dB, numericGradient(b, loss), "recurrent side");
    expectGradient(dhPrev, numericGradient(hPrev, loss), "state");
}

}  // namespace
}  // namespace bitloom
