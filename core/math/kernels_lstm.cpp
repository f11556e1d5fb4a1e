#include <algorithm>

#include "math/kernels.h"
#include "math/kernels_parallel.h"
#include "math/kernels_plain.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "math/kernels_lstm.cpp"
#include <hwy/foreach_target.h>
// Highway compiles the part up to HWY_ONCE once a target.
#include <hwy/cache_control.h>

#include "math/kernels_functions_inl.h"

HWY_BEFORE_NAMESPACE();
namespace bitloom::HWY_NAMESPACE {
namespace {

using In = MatrixView<const float>;
using Out = MatrixView<float>;

using Input = kernels::GateInput<float>;
using Sums = kernels::GateSums<float>;

/// Where the pre-activations of a row come from.
struct InputRow {
    const float *a, *stretch, *b, *gainA, *gainB, *bias, *rowMean, *rowRstd;
    std::size_t stretchOfGate;

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

/// One gate of it; what belongs to the whole gate is in registers.
struct InputGate {
    const float *a, *b, *gainA, *gainB, *bias;
    bool isStretched, isNormalized;
    FloatVector stretch, mean, rstd;

    HWY_INLINE InputGate(const InputRow& in, std::size_t gate)
        : a(in.a),
          b(in.b),
          gainA(in.gainA),
          gainB(in.gainB),
          bias(in.bias),
          isStretched(in.stretch != nullptr),
          isNormalized(in.rowMean != nullptr) {
        const Floats d;
        stretch = isStretched ? hn::Set(d, in.stretch[gate * in.stretchOfGate]) : hn::Zero(d);
        mean = isNormalized ? hn::Set(d, in.rowMean[gate]) : hn::Zero(d);
        rstd = isNormalized ? hn::Set(d, in.rowRstd[gate]) : hn::Zero(d);
    }

    /// All sides together, number j of the row. The questions cost nothing measurable beside the
    /// functions; a load more does.
    template <class Io>
    HWY_INLINE FloatVector at(std::size_t j, Io io) const {
        auto v = bias ? io.load(bias + j) : hn::Zero(Floats());
        if (isStretched)
            v = hn::MulAdd(io.load(gainA + j), stretch, v);
        else if (a)
            v = gainA ? hn::MulAdd(io.load(gainA + j), io.load(a + j), v)
                      : hn::Add(v, io.load(a + j));
        if (!b) return v;
        auto normal = io.load(b + j);
        if (isNormalized) normal = hn::Mul(hn::Sub(normal, mean), rstd);
        return gainB ? hn::MulAdd(io.load(gainB + j), normal, v) : hn::Add(v, normal);
    }
};

/// Units whose gates are kept near between the loops.
constexpr std::size_t unitsOfAStrip = 128;

/// One gate of units first .. last - 1 in a loop of its own: its constants stay in registers, and
/// more units are under way at a time (measured forward: 15 % less than with a unit's gates
/// together). `to` has whole vectors.
template <std::size_t gate>
HWY_INLINE void activate(const InputRow& in, std::size_t H, std::size_t first, std::size_t last,
                         float* to) {
    const InputGate side(in, gate);
    overVectors(first, last, [&](std::size_t j, auto io) HWY_ATTR {
        const auto v = side.at(gate * H + j, io);
        const auto y = gate == 2 ? hyperbolicTangent(v) : logistic(v);
        hn::Store(y, Floats(), to + (j - first));
    });
}

struct Gates {
    FloatVector i, f, g, o;
};

/// The gates of units first .. last - 1 of a row, side by side in `to`.
HWY_INLINE void activateAll(const InputRow& in, std::size_t H, std::size_t first, std::size_t last,
                            float* to) {
    activate<0>(in, H, first, last, to);
    activate<1>(in, H, first, last, to + unitsOfAStrip);
    activate<2>(in, H, first, last, to + 2 * unitsOfAStrip);
    activate<3>(in, H, first, last, to + 3 * unitsOfAStrip);
}

/// The same of a vector of units.
HWY_INLINE Gates activated(const float* from) {
    const Floats d;
    return {hn::Load(d, from), hn::Load(d, from + unitsOfAStrip),
            hn::Load(d, from + 2 * unitsOfAStrip), hn::Load(d, from + 3 * unitsOfAStrip)};
}

void forwardRows(const Input& input, In cPrev, Out gates, Out c, Out tanhC, Out h,
                 std::size_t first, std::size_t last) {
    const std::size_t H = c.cols;
    HWY_ALIGN float buffer[4 * unitsOfAStrip];
    for (std::size_t r = first; r < last; ++r) {
        const InputRow in(input, r);
        const float* const old = cPrev.row(r);
        float* const gate = gates.data ? gates.row(r) : nullptr;
        float* const cell = c.row(r);
        float* const squashed = tanhC.data ? tanhC.row(r) : nullptr;
        float* const hidden = tanhC.data ? h.row(r) : nullptr;
        for (std::size_t from = 0; from < H; from += unitsOfAStrip) {
            const std::size_t to = std::min(H, from + unitsOfAStrip);
            activateAll(in, H, from, to, buffer);
            overVectors(from, to, [&](std::size_t j, auto io) HWY_ATTR {
                const std::size_t k = j - from;
                const Gates at = activated(buffer + k);
                const auto next = hn::MulAdd(at.i, at.g, hn::Mul(at.f, io.load(old + j)));
                if (gate) {
                    io.store(at.i, gate + j);
                    io.store(at.f, gate + H + j);
                    io.store(at.g, gate + 2 * H + j);
                    io.store(at.o, gate + 3 * H + j);
                }
                io.store(next, cell + j);
                if (!squashed) return;
                const auto y = hyperbolicTangent(next);
                io.store(y, squashed + j);
                io.store(hn::Mul(at.o, y), hidden + j);
            });
        }
    }
}

void outputRows(In gates, In n, Out tanhN, Out h, std::size_t first, std::size_t last) {
    const std::size_t H = n.cols;
    for (std::size_t r = first; r < last; ++r)
        overVectors(0, H, [&](std::size_t j, auto io) HWY_ATTR {
            const auto y = hyperbolicTangent(io.load(n.row(r) + j));
            io.store(y, tanhN.row(r) + j);
            io.store(hn::Mul(io.load(gates.row(r) + 3 * H + j), y), h.row(r) + j);
        });
}

using Upcoming = kernels::LstmUpcoming<float>;

/// Row r of the next call, unit j: a line of each array.
HWY_INLINE void fetch(const Upcoming& next, std::size_t H, std::size_t r, std::size_t j) {
    const float* const gates = next.gates.row(r) + j;
    for (std::size_t gate = 0; gate < 4; ++gate) hwy::Prefetch(gates + gate * H);
    hwy::Prefetch(next.cPrev.row(r) + j);
    hwy::Prefetch(next.tanhC.row(r) + j);
    hwy::Prefetch(next.dh.row(r) + j);
}

template <std::size_t k>
constexpr std::integral_constant<std::size_t, k> gate{};

/// Unit j of row r, all that a step back writes of it but dPre: store(k, v) gets gate k's.
template <class Io, class Store>
HWY_INLINE void unitBack(const LstmBack& back, std::size_t r, std::size_t j, const Gates& at, Io io,
                         Store store) {
    const auto one = hn::Set(Floats(), 1.0f);
    auto total = io.load(back.dc.row(r) + j);
    if (back.dh.data) {
        const auto y = io.load(back.tanhC.row(r) + j), d = io.load(back.dh.row(r) + j);
        total = hn::MulAdd(hn::Mul(d, at.o), hn::NegMulAdd(y, y, one), total);
        store(gate<3>, hn::Mul(hn::Mul(d, y), hn::Mul(at.o, hn::Sub(one, at.o))));
    }
    const auto old = io.load(back.cPrev.row(r) + j);
    store(gate<0>, hn::Mul(hn::Mul(total, at.g), hn::Mul(at.i, hn::Sub(one, at.i))));
    store(gate<1>, hn::Mul(hn::Mul(total, old), hn::Mul(at.f, hn::Sub(one, at.f))));
    store(gate<2>, hn::Mul(hn::Mul(total, at.i), hn::NegMulAdd(at.g, at.g, one)));
    if (back.dcTotal.data) io.store(total, back.dcTotal.row(r) + j);
    io.store(hn::Mul(total, at.f), back.dcPrev.row(r) + j);
}

void backwardRows(const LstmBack& back, In gates, std::size_t first, std::size_t last) {
    const std::size_t H = back.cPrev.cols;
    for (std::size_t r = first; r < last; ++r) {
        const float* const saved = gates.row(r);
        float* const out = back.dPre.row(r);
        overVectors(0, H, [&](std::size_t j, auto io) HWY_ATTR {
            if (back.next.gates.data) fetch(back.next, H, r, j);
            const Gates at{io.load(saved + j), io.load(saved + H + j), io.load(saved + 2 * H + j),
                           io.load(saved + 3 * H + j)};
            unitBack(back, r, j, at, io,
                     [&](auto k, FloatVector v) HWY_ATTR { io.store(v, out + k * H + j); });
        });
    }
}

/// The output gates of units first .. last - 1 of a row: o = h / tanh c, a third of the work of the
/// function, unless tanh c is next to nothing.
HWY_INLINE void outputGates(const InputRow& in, const float* h, const float* tanhC, std::size_t H,
                            std::size_t first, std::size_t last, float* to) {
    const Floats d;
    overVectors(first, last, [&](std::size_t j, auto io) HWY_ATTR {
        const auto y = io.pad(io.load(tanhC + j), 1.0f);
        auto o = hn::Div(io.load(h + j), y);
        if (!hn::AllTrue(d, hn::Gt(hn::Abs(y), hn::Set(d, 1e-18f))))
            o = logistic(InputGate(in, 3).at(3 * H + j, io));
        hn::Store(o, d, to + (j - first));
    });
}

/// A row with gates from `in`; take(k, i, dPre) sees number i of the row, of gate k.
template <class Take>
HWY_INLINE void rowFromInput(const LstmBack& back, const InputRow& in, std::size_t r, Take take) {
    const std::size_t H = back.cPrev.cols;
    float* const out = back.dPre.row(r);
    HWY_ALIGN float buffer[4 * unitsOfAStrip];
    for (std::size_t from = 0; from < H; from += unitsOfAStrip) {
        const std::size_t to = std::min(H, from + unitsOfAStrip);
        activate<0>(in, H, from, to, buffer);
        activate<1>(in, H, from, to, buffer + unitsOfAStrip);
        activate<2>(in, H, from, to, buffer + 2 * unitsOfAStrip);
        outputGates(in, back.h.row(r), back.tanhC.row(r), H, from, to, buffer + 3 * unitsOfAStrip);
        overVectors(from, to, [&](std::size_t j, auto io) HWY_ATTR {
            if (back.next.gates.data) fetch(back.next, H, r, j);
            const Gates at = activated(buffer + (j - from));
            unitBack(back, r, j, at, io, [&](auto k, FloatVector v) HWY_ATTR {
                io.store(v, out + k * H + j);
                take(k, k * H + j, v, io);
            });
        });
    }
}

void backwardRowsFromInput(const LstmBack& back, const Input& input, std::size_t first,
                           std::size_t last) {
    for (std::size_t r = first; r < last; ++r)
        rowFromInput(back, InputRow(input, r), r,
                     [](auto, std::size_t, FloatVector, auto) HWY_ATTR {});
}

void backwardRowsWithSums(const LstmBack& back, const Input& input, const Sums& totals,
                          std::size_t first, std::size_t last) {
    const Floats d;
    const bool isStretched = totals.stretched.data != nullptr;
    for (std::size_t r = first; r < last; ++r) {
        const InputRow in(input, r);
        FloatVector up[4], dot[4], stretched[4];
        unrolled<4>([&](auto k) HWY_ATTR { up[k] = dot[k] = stretched[k] = hn::Zero(d); });
        rowFromInput(back, in, r, [&](auto k, std::size_t i, FloatVector v, auto io) HWY_ATTR {
            const auto scaled = hn::Mul(io.load(in.gainB + i), v);
            up[k] = hn::Add(up[k], scaled);
            const auto off = hn::Sub(io.load(in.b + i), hn::Set(d, in.rowMean[k]));
            dot[k] = hn::MulAdd(scaled, off, dot[k]);
            if (isStretched) stretched[k] = hn::MulAdd(io.load(in.gainA + i), v, stretched[k]);
        });
        unrolled<4>([&](auto k) HWY_ATTR { dot[k] = hn::Mul(dot[k], hn::Set(d, in.rowRstd[k])); });
        laneSums(up, 1.0f, totals.up.row(r));
        laneSums(dot, 1.0f, totals.dot.row(r));
        if (isStretched) laneSums(stretched, 1.0f, totals.stretched.row(r));
    }
}

void outputBackwardRows(In dh, In gates, In tanhN, Out dPre, Out dn, std::size_t first,
                        std::size_t last) {
    const std::size_t H = tanhN.cols;
    const auto one = hn::Set(Floats(), 1.0f);
    for (std::size_t r = first; r < last; ++r)
        overVectors(0, H, [&](std::size_t j, auto io) HWY_ATTR {
            const auto o = io.load(gates.row(r) + 3 * H + j), y = io.load(tanhN.row(r) + j);
            const auto d = io.load(dh.row(r) + j);
            io.store(hn::Mul(hn::Mul(d, y), hn::Mul(o, hn::Sub(one, o))), dPre.row(r) + 3 * H + j);
            io.store(hn::Mul(hn::Mul(d, o), hn::NegMulAdd(y, y, one)), dn.row(r) + j);
        });
}

}  // namespace
}  // namespace bitloom::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace bitloom {

HWY_EXPORT(forwardRows);
HWY_EXPORT(outputRows);
HWY_EXPORT(backwardRows);
HWY_EXPORT(backwardRowsFromInput);
HWY_EXPORT(backwardRowsWithSums);
HWY_EXPORT(outputBackwardRows);

namespace kernels {

template <class T>
void lstmForward(const GateInput<T>& in, MatrixView<const T> cPrev, MatrixView<T> gates,
                 MatrixView<T> c, MatrixView<T> tanhC, MatrixView<T> h) {
    if constexpr (std::is_same_v<T, float>)
        overRows(c.rows, 5 * c.cols, computeGrain, [&](std::size_t first, std::size_t last) {
            HWY_DYNAMIC_DISPATCH(forwardRows)
            (in, cPrev, gates, c, tanhC, h, first, last);
        });
    else
        plain::lstmForward<T>(in, cPrev, gates, c, tanhC, h);
}

template <class T>
void lstmOutput(MatrixView<const T> gates, MatrixView<const T> n, MatrixView<T> tanhN,
                MatrixView<T> h) {
    if constexpr (std::is_same_v<T, float>)
        overRows(n.rows, n.cols, computeGrain, [&](std::size_t first, std::size_t last) {
            HWY_DYNAMIC_DISPATCH(outputRows)(gates, n, tanhN, h, first, last);
        });
    else
        plain::lstmOutput<T>(gates, n, tanhN, h);
}

template <class T>
void lstmBackward(MatrixView<const T> dh, MatrixView<const T> dc, MatrixView<const T> gates,
                  MatrixView<const T> cPrev, MatrixView<const T> tanhC, MatrixView<T> dPre,
                  MatrixView<T> dcPrev, MatrixView<T> dcTotal, const LstmUpcoming<T>& upcoming) {
    if constexpr (std::is_same_v<T, float>)
        overRows(cPrev.rows, 4 * cPrev.cols, moveGrain, [&](std::size_t first, std::size_t last) {
            HWY_DYNAMIC_DISPATCH(backwardRows)
            ({dh, dc, cPrev, tanhC, {}, dPre, dcPrev, dcTotal, upcoming}, gates, first, last);
        });
    else
        plain::lstmBackward<T>(dh, dc, gates, cPrev, tanhC, dPre, dcPrev, dcTotal);
}

template <class T>
void lstmBackwardFromInput(MatrixView<const T> dh, MatrixView<const T> dc, const GateInput<T>& in,
                           MatrixView<const T> cPrev, MatrixView<const T> tanhC,
                           MatrixView<const T> h, MatrixView<T> dPre, MatrixView<T> dcPrev,
                           MatrixView<T> dcTotal, const GateSums<T>& sums,
                           const LstmUpcoming<T>& upcoming) {
    if constexpr (std::is_same_v<T, float>) {
        const LstmBack back{dh, dc, cPrev, tanhC, h, dPre, dcPrev, dcTotal, upcoming};
        overRows(cPrev.rows, 4 * cPrev.cols, computeGrain,
                 [&](std::size_t first, std::size_t last) {
                     if (sums.up.data)
                         HWY_DYNAMIC_DISPATCH(backwardRowsWithSums)(back, in, sums, first, last);
                     else
                         HWY_DYNAMIC_DISPATCH(backwardRowsFromInput)(back, in, first, last);
                 });
    } else {
        plain::lstmBackwardFromInput<T>(dh, dc, in, cPrev, tanhC, dPre, dcPrev, dcTotal, sums);
    }
}

template <class T>
void lstmOutputBackward(MatrixView<const T> dh, MatrixView<const T> gates,
                        MatrixView<const T> tanhN, MatrixView<T> dPre, MatrixView<T> dn) {
    if constexpr (std::is_same_v<T, float>)
        overRows(dh.rows, 2 * dh.cols, moveGrain, [&](std::size_t first, std::size_t last) {
            HWY_DYNAMIC_DISPATCH(outputBackwardRows)(dh, gates, tanhN, dPre, dn, first, last);
        });
    else
        plain::lstmOutputBackward<T>(dh, gates, tanhN, dPre, dn);
}

template decltype(lstmForward<float>) lstmForward<float>;
template decltype(lstmForward<double>) lstmForward<double>;
template decltype(lstmOutput<float>) lstmOutput<float>;
template decltype(lstmOutput<double>) lstmOutput<double>;
template decltype(lstmBackward<float>) lstmBackward<float>;
template decltype(lstmBackward<double>) lstmBackward<double>;
template decltype(lstmBackwardFromInput<float>) lstmBackwardFromInput<float>;
template decltype(lstmBackwardFromInput<double>) lstmBackwardFromInput<double>;
template decltype(lstmOutputBackward<float>) lstmOutputBackward<float>;
template decltype(lstmOutputBackward<double>) lstmOutputBackward<double>;

}  // namespace kernels
}  // namespace bitloom
#endif  // HWY_ONCE
