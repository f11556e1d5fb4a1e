// What the kernels_lstm*.cpp files share: a cell's gates from its input. A toggled guard instead of
// #pragma once, as in kernels_inl.h.

#if defined(BITLOOM_MATH_KERNELS_LSTM_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef BITLOOM_MATH_KERNELS_LSTM_INL_H
#undef BITLOOM_MATH_KERNELS_LSTM_INL_H
#else
#define BITLOOM_MATH_KERNELS_LSTM_INL_H
#endif

#include <hwy/cache_control.h>

#include "math/kernels.h"
#include "math/kernels_functions_inl.h"

HWY_BEFORE_NAMESPACE();
namespace bitloom::HWY_NAMESPACE {

using Input = kernels::GateInput<float>;

/// Where the pre-activations of a row come from.
struct InputRow {
    const float *a, *stretch, *b, *gainA, *gainB, *bias, *rowMean, *rowRstd;
    std::size_t stretchOfGate;
    const float* next = nullptr;  ///< of the next call, as b; brought into the caches

    static const float* rowOf(const Input& in, std::size_t r) {
        if (!in.a.data) return nullptr;
        if (in.tokens.empty()) return in.a.row(r);
        return in.tokens[r] < 0 ? nullptr : in.a.row(static_cast<std::size_t>(in.tokens[r]));
    }

    InputRow(const Input& in, std::size_t r)
        : a(rowOf(in, r)),
          stretch(in.stretch.data ? in.stretch.row(r) : nullptr),
          b(in.b.data ? in.b.row(r) : nullptr),
          gainA(in.gainA.data()),
          gainB(in.gainB.data()),
          bias(in.bias.data()),
          rowMean(in.rowMean.data ? in.rowMean.row(r) : nullptr),
          rowRstd(in.rowMean.data ? in.rowRstd.row(r) : nullptr),
          stretchOfGate(in.stretch.cols == 1 ? 0 : 1) {}
};

/// Units whose gates are kept near between the loops.
constexpr std::size_t unitsOfAStrip = 128;

/// The gates i f g o of a strip of units of a row, side by side; on the way back tanh c too.
struct Strip {
    HWY_ALIGN float gates[4][unitsOfAStrip];
    HWY_ALIGN float tanhC[unitsOfAStrip];
};
constexpr std::size_t placesOfAStrip = sizeof(Strip) / sizeof(float);

/// One gate of some rows; what belongs to the whole gate is in registers. `isStretched`: the input
/// side is a factor times numbers of the rows; `isNormalized`: the recurrent side is to be.
template <bool isStretched, bool isNormalized, std::size_t rows>
struct InputGate {
    const float *a[rows], *b[rows], *gainA, *gainB, *bias;
    FloatVector stretch[rows], mean[rows], rstd[rows];

    HWY_INLINE InputGate(const InputRow* in, std::size_t gate)
        : gainA(in[0].gainA), gainB(in[0].gainB), bias(in[0].bias) {
        const Floats d;
        unrolled<rows>([&](auto k) BITLOOM_INLINED {
            const InputRow& row = in[k];
            a[k] = row.a;
            b[k] = row.b;
            if constexpr (isStretched)
                stretch[k] = hn::Set(d, row.stretch[gate * row.stretchOfGate]);
            if constexpr (isNormalized) {
                mean[k] = hn::Set(d, row.rowMean[gate]);
                rstd[k] = hn::Set(d, row.rowRstd[gate]);
            }
        });
    }

    /// v[from ..] = all sides together, number j of the rows.
    template <std::size_t from, class Io, std::size_t count>
    HWY_INLINE void at(std::size_t j, Io io, FloatVector (&v)[count]) const {
        const Floats d;
        const auto start = bias ? io.load(bias + j) : hn::Zero(d);
        if constexpr (isStretched) {
            const auto slope = io.load(gainA + j);
            unrolled<rows>([&](auto k) BITLOOM_INLINED {
                v[from + k] = hn::MulAdd(slope, stretch[k], start);
            });
        } else {
            const auto slope = gainA ? io.load(gainA + j) : hn::Set(d, 1.0f);
            unrolled<rows>([&](auto k) BITLOOM_INLINED {
                v[from + k] = a[k] ? hn::MulAdd(slope, io.load(a[k] + j), start) : start;
            });
        }
        if (!b[0]) return;
        const auto slope = gainB ? io.load(gainB + j) : hn::Set(d, 1.0f);
        unrolled<rows>([&](auto k) BITLOOM_INLINED {
            auto normal = io.load(b[k] + j);
            if constexpr (isNormalized) normal = hn::Mul(hn::Sub(normal, mean[k]), rstd[k]);
            v[from + k] = hn::MulAdd(slope, normal, v[from + k]);
        });
    }
};

/// body(j, io, count): columns j .. of `count` vectors, an integral constant, of `rows` rows: as
/// many as go abreast, one by one at the end.
template <std::size_t rows, class Body>
HWY_INLINE void overAbreast(std::size_t first, std::size_t last, Body body) {
    constexpr std::size_t count = vectorsAbreast / rows;
    const std::size_t group = count * hn::Lanes(Floats());
    std::size_t j = first;
    for (; j + group <= last; j += group)
        body(j, Whole{}, std::integral_constant<std::size_t, count>{});
    overVectors(j, last, [&](std::size_t at, auto io) BITLOOM_INLINED {
        body(at, io, std::integral_constant<std::size_t, 1>{});
    });
}

/// A function of its own: the compiler keeps its constants in registers.
template <bool isStretched, bool isNormalized, std::size_t rows, class Function>
HWY_NOINLINE void activateGate(const InputRow* in, std::size_t gate, std::size_t H,
                               std::size_t first, std::size_t last, Function function, float* to) {
    const InputGate<isStretched, isNormalized, rows> side(in, gate);
    const float* next[rows];
    unrolled<rows>([&](auto k) HWY_ATTR { next[k] = in[k].next; });
    const std::size_t lanes = hn::Lanes(Floats());
    overAbreast<rows>(first, last, [&](std::size_t j, auto io, auto count) BITLOOM_INLINED {
        for (std::size_t k = 0; next[0] && k < rows; ++k)
            for (std::size_t i = 0; i < count; ++i)
                hwy::Prefetch(next[k] + gate * H + j + i * lanes);
        FloatVector v[count * rows];
        unrolled<count()>([&](auto i) BITLOOM_INLINED {
            side.template at<i * rows>(gate * H + j + i * lanes, io, v);
        });
        function(v);
        unrolled<count * rows>([&](auto k) HWY_ATTR {
            hn::Store(v[k], Floats(),
                      to + k % rows * placesOfAStrip + (j - first) + k / rows * lanes);
        });
    });
}

/// One gate of units first .. last - 1 in a loop of its own, a unit of all rows at a time: what
/// belongs to the unit is loaded once. The first one's place in row 0 is `to`.
template <std::size_t rows, class Function>
HWY_INLINE void activate(const InputRow (&in)[rows], std::size_t gate, std::size_t H,
                         std::size_t first, std::size_t last, Function function, float* to) {
    const bool isStretched = in[0].stretch, isNormalized = in[0].rowMean;
    if (isStretched && isNormalized)
        activateGate<true, true, rows>(in, gate, H, first, last, function, to);
    else if (isStretched)
        activateGate<true, false, rows>(in, gate, H, first, last, function, to);
    else if (isNormalized)
        activateGate<false, true, rows>(in, gate, H, first, last, function, to);
    else
        activateGate<false, false, rows>(in, gate, H, first, last, function, to);
}

/// The gates of a vector of units.
struct Gates {
    FloatVector i, f, g, o;
};

/// The gates i f g of rows and units first .. last - 1.
template <std::size_t rows>
HWY_INLINE void activateInner(const InputRow (&in)[rows], std::size_t H, std::size_t first,
                              std::size_t last, Strip (&to)[rows]) {
    activate(in, 0, H, first, last, Logistic(), to[0].gates[0]);
    activate(in, 1, H, first, last, Logistic(), to[0].gates[1]);
    activate(in, 2, H, first, last, HyperbolicTangent(), to[0].gates[2]);
}

/// The gates of a vector of a strip's units.
HWY_INLINE Gates gatesOf(const Strip& strip, std::size_t at) {
    const Floats d;
    return {hn::Load(d, strip.gates[0] + at), hn::Load(d, strip.gates[1] + at),
            hn::Load(d, strip.gates[2] + at), hn::Load(d, strip.gates[3] + at)};
}

/// body(r, in): the input of as many rows from r on as go abreast. Two: with four, and what the
/// next step will read, the first-level cache was full (measured at 50 x 100 under layer norm: a
/// step's way back through the cell 15 us for 14).
template <class Body>
HWY_INLINE void overRowsAbreast(std::size_t first, std::size_t last, const Input& input,
                                Body body) {
    std::size_t r = first;
    for (; r + 2 <= last; r += 2) {
        InputRow in[2] = {{input, r}, {input, r + 1}};
        body(r, in);
    }
    if (r == last) return;
    InputRow in[1] = {{input, r}};
    body(r, in);
}

}  // namespace bitloom::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // the toggled guard
