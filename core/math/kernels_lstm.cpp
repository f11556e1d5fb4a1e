#include <algorithm>

#include "math/kernels.h"
#include "math/kernels_parallel.h"
#include "math/kernels_plain.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "math/kernels_lstm.cpp"
#include <hwy/foreach_target.h>
// Highway compiles the part up to HWY_ONCE once a target.
#include <hwy/cache_control.h>

#include "math/kernels_inl.h"

HWY_BEFORE_NAMESPACE();
namespace bitloom::HWY_NAMESPACE {
namespace {

using In = MatrixView<const float>;
using Out = MatrixView<float>;

using Input = kernels::GateInput<float>;

/// The pre-activations of a row.
struct InputRow {
    const float *a, *stretch, *b, *gainA, *gainB, *bias;
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
          stretchOfGate(in.stretch.cols == 1 ? 0 : 1) {}

    /// Number j, of gate `gate`. The questions cost nothing measurable beside the functions.
    template <class Io>
    HWY_INLINE FloatVector at(std::size_t gate, std::size_t j, Io io) const {
        auto v = stretch ? hn::Set(Floats(), stretch[gate * stretchOfGate])
                 : a     ? io.load(a + j)
                         : hn::Zero(Floats());
        if (gainA) v = hn::Mul(io.load(gainA + j), v);
        if (b) {
            const auto recurrent = io.load(b + j);
            v = gainB ? hn::MulAdd(io.load(gainB + j), recurrent, v) : hn::Add(v, recurrent);
        }
        return bias ? hn::Add(v, io.load(bias + j)) : v;
    }
};

/// Units whose gates are kept near between the loops of the way forward.
constexpr std::size_t unitsOfAStrip = 128;

/// One gate of units first .. last - 1 in a loop of its own: its constants stay in registers, and
/// more units are under way at a time (measured: 15 % less than with a unit's gates together; not
/// so on the way back, where no second function waits for them).
template <std::size_t gate>
HWY_INLINE void activate(const InputRow& in, std::size_t H, std::size_t first, std::size_t last,
                         float* out) {
    overVectors(first, last, [&](std::size_t j, auto io) HWY_ATTR {
        const auto v = in.at(gate, gate * H + j, io);
        if constexpr (gate == 2)
            io.store(hyperbolicTangent(v), out + (j - first));
        else
            io.store(logistic(v), out + (j - first));
    });
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
            float *const i = buffer, *const f = i + unitsOfAStrip;
            float *const g = f + unitsOfAStrip, *const o = g + unitsOfAStrip;
            activate<0>(in, H, from, to, i);
            activate<1>(in, H, from, to, f);
            activate<2>(in, H, from, to, g);
            activate<3>(in, H, from, to, o);
            overVectors(from, to, [&](std::size_t j, auto io) HWY_ATTR {
                const std::size_t k = j - from;
                const auto iNow = io.load(i + k), fNow = io.load(f + k);
                const auto gNow = io.load(g + k), oNow = io.load(o + k);
                const auto next = hn::MulAdd(iNow, gNow, hn::Mul(fNow, io.load(old + j)));
                if (gate) {
                    io.store(iNow, gate + j);
                    io.store(fNow, gate + H + j);
                    io.store(gNow, gate + 2 * H + j);
                    io.store(oNow, gate + 3 * H + j);
                }
                io.store(next, cell + j);
                if (!squashed) return;
                const auto y = hyperbolicTangent(next);
                io.store(y, squashed + j);
                io.store(hn::Mul(oNow, y), hidden + j);
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

struct Gates {
    FloatVector i, f, g, o;
};

/// Unit j of a row with H units.
template <class Io>
HWY_INLINE Gates gatesOf(const InputRow& in, std::size_t H, std::size_t j, Io io) {
    return {logistic(in.at(0, j, io)), logistic(in.at(1, H + j, io)),
            hyperbolicTangent(in.at(2, 2 * H + j, io)), logistic(in.at(3, 3 * H + j, io))};
}

/// gatesAt(row)(j, io) gives the gates of a unit.
template <class GatesAt>
HWY_INLINE void backwardThrough(In dh, In dc, In cPrev, In tanhC, Out dPre, Out dcPrev, Out dcTotal,
                                const Upcoming& next, std::size_t first, std::size_t last,
                                GatesAt gatesAt) {
    const std::size_t H = cPrev.cols;
    const auto one = hn::Set(Floats(), 1.0f);
    for (std::size_t r = first; r < last; ++r) {
        float* const out = dPre.row(r);
        const auto gates = gatesAt(r);
        overVectors(0, H, [&](std::size_t j, auto io) HWY_ATTR {
            if (next.gates.data) fetch(next, H, r, j);
            const Gates at = gates(j, io);
            auto total = io.load(dc.row(r) + j);
            if (dh.data) {
                const auto y = io.load(tanhC.row(r) + j), d = io.load(dh.row(r) + j);
                total = hn::MulAdd(hn::Mul(d, at.o), hn::NegMulAdd(y, y, one), total);
                io.store(hn::Mul(hn::Mul(d, y), hn::Mul(at.o, hn::Sub(one, at.o))),
                         out + 3 * H + j);
            }
            const auto old = io.load(cPrev.row(r) + j);
            io.store(hn::Mul(hn::Mul(total, at.g), hn::Mul(at.i, hn::Sub(one, at.i))), out + j);
            io.store(hn::Mul(hn::Mul(total, old), hn::Mul(at.f, hn::Sub(one, at.f))), out + H + j);
            io.store(hn::Mul(hn::Mul(total, at.i), hn::NegMulAdd(at.g, at.g, one)),
                     out + 2 * H + j);
            if (dcTotal.data) io.store(total, dcTotal.row(r) + j);
            io.store(hn::Mul(total, at.f), dcPrev.row(r) + j);
        });
    }
}

void backwardRows(In dh, In dc, In gates, In cPrev, In tanhC, Out dPre, Out dcPrev, Out dcTotal,
                  const Upcoming& next, std::size_t first, std::size_t last) {
    const std::size_t H = cPrev.cols;
    backwardThrough(dh, dc, cPrev, tanhC, dPre, dcPrev, dcTotal, next, first, last,
                    [&](std::size_t r) {
                        const float* const gate = gates.row(r);
                        return [gate, H](std::size_t j, auto io) HWY_ATTR {
                            return Gates{io.load(gate + j), io.load(gate + H + j),
                                         io.load(gate + 2 * H + j), io.load(gate + 3 * H + j)};
                        };
                    });
}

void backwardRowsFromInput(In dh, In dc, const Input& input, In cPrev, In tanhC, Out dPre,
                           Out dcPrev, Out dcTotal, const Upcoming& next, std::size_t first,
                           std::size_t last) {
    const std::size_t H = cPrev.cols;
    backwardThrough(dh, dc, cPrev, tanhC, dPre, dcPrev, dcTotal, next, first, last,
                    [&](std::size_t r) {
                        return [in = InputRow(input, r), H](std::size_t j, auto io)
                                   HWY_ATTR { return gatesOf(in, H, j, io); };
                    });
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
            (dh, dc, gates, cPrev, tanhC, dPre, dcPrev, dcTotal, upcoming, first, last);
        });
    else
        plain::lstmBackward<T>(dh, dc, gates, cPrev, tanhC, dPre, dcPrev, dcTotal);
}

template <class T>
void lstmBackwardFromInput(MatrixView<const T> dh, MatrixView<const T> dc, const GateInput<T>& in,
                           MatrixView<const T> cPrev, MatrixView<const T> tanhC, MatrixView<T> dPre,
                           MatrixView<T> dcPrev, MatrixView<T> dcTotal,
                           const LstmUpcoming<T>& upcoming) {
    if constexpr (std::is_same_v<T, float>)
        overRows(cPrev.rows, 4 * cPrev.cols, computeGrain,
                 [&](std::size_t first, std::size_t last) {
                     HWY_DYNAMIC_DISPATCH(backwardRowsFromInput)
                     (dh, dc, in, cPrev, tanhC, dPre, dcPrev, dcTotal, upcoming, first, last);
                 });
    else
        plain::lstmBackwardFromInput<T>(dh, dc, in, cPrev, tanhC, dPre, dcPrev, dcTotal);
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
