#include <algorithm>
#include <type_traits>

#include "math/kernels.h"
#include "math/kernels_parallel.h"
#include "math/kernels_plain.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "math/kernels_lstm_backward.cpp"
#include <hwy/foreach_target.h>
// Highway compiles the part up to HWY_ONCE once a target.
#include "math/kernels_lstm_inl.h"

HWY_BEFORE_NAMESPACE();
namespace bitloom::HWY_NAMESPACE {
namespace {

using In = MatrixView<const float>;
using Out = MatrixView<float>;
using Sums = kernels::GateSums<float>;

template <std::size_t k>
constexpr std::integral_constant<std::size_t, k> gate{};

/// A row of a step back: where its numbers are, as in kernels_lstm.cpp.
struct BackRow {
    std::size_t H;
    const float *dh, *dc, *cPrev, *tanhC;
    float *dPre, *dcPrev, *dcTotal;

    BackRow(const LstmBack& back, std::size_t r)
        : H(back.cPrev.cols),
          dh(back.dh.data ? back.dh.row(r) : nullptr),
          dc(back.dc.row(r)),
          cPrev(back.cPrev.row(r)),
          tanhC(back.tanhC.data ? back.tanhC.row(r) : nullptr),
          dPre(back.dPre.row(r)),
          dcPrev(back.dcPrev.row(r)),
          dcTotal(back.dcTotal.data ? back.dcTotal.row(r) : nullptr) {}

    /// Unit j, y = tanh c; take(k, i, v) sees what becomes number i of dPre, of gate k.
    template <class Io, class Take>
    HWY_INLINE void unit(std::size_t j, const Gates& at, FloatVector y, Io io, Take take) const {
        const auto one = hn::Set(Floats(), 1.0f);
        const auto store = [&](auto k, FloatVector v) BITLOOM_INLINED {
            io.store(v, dPre + k * H + j);
            take(k, k * H + j, v);
        };
        auto total = io.load(dc + j);
        if (dh) {
            const auto d = io.load(dh + j);
            total = hn::MulAdd(hn::Mul(d, at.o), hn::NegMulAdd(y, y, one), total);
            store(gate<3>, hn::Mul(hn::Mul(d, y), hn::Mul(at.o, hn::Sub(one, at.o))));
        }
        const auto old = io.load(cPrev + j);
        store(gate<0>, hn::Mul(hn::Mul(total, at.g), hn::Mul(at.i, hn::Sub(one, at.i))));
        store(gate<1>, hn::Mul(hn::Mul(total, old), hn::Mul(at.f, hn::Sub(one, at.f))));
        store(gate<2>, hn::Mul(hn::Mul(total, at.i), hn::NegMulAdd(at.g, at.g, one)));
        if (dcTotal) io.store(total, dcTotal + j);
        io.store(hn::Mul(total, at.f), dcPrev + j);
    }
};

/// A row of the next step back; what its unit j reads is brought into the caches.
struct NextRow {
    std::size_t H;
    const float *gates = nullptr, *cPrev = nullptr, *tanhC = nullptr, *dh = nullptr,
                *hPrev = nullptr;

    NextRow(const kernels::LstmUpcoming<float>& next, std::size_t r) : H(next.cPrev.cols) {
        if (!next.gates.data) return;
        gates = next.gates.row(r);
        cPrev = next.cPrev.row(r);
        tanhC = next.tanhC.row(r);
        dh = next.dh.row(r);
        hPrev = next.hPrev.row(r);
    }

    HWY_INLINE void fetch(std::size_t j) const {
        if (!gates) return;
        // Not in a lambda: the compiler drops calls that do nothing but fetch.
        for (std::size_t k = 0; k < 4; ++k) hwy::Prefetch(gates + k * H + j);
        hwy::Prefetch(cPrev + j);
        hwy::Prefetch(tanhC + j);
        hwy::Prefetch(dh + j);
        hwy::Prefetch(hPrev + j);
    }
};

void backwardRows(const LstmBack& back, In gates, std::size_t first, std::size_t last) {
    for (std::size_t r = first; r < last; ++r) {
        const BackRow row(back, r);
        const NextRow next(back.next, r);
        const float* const saved = gates.row(r);
        overVectors(0, row.H, [&](std::size_t j, auto io) BITLOOM_INLINED {
            next.fetch(j);
            const float* const at = saved + j;
            const auto y = row.dh ? io.load(row.tanhC + j) : hn::Zero(Floats());
            row.unit(j,
                     {io.load(at), io.load(at + row.H), io.load(at + 2 * row.H),
                      io.load(at + 3 * row.H)},
                     y, io, [](auto, std::size_t, FloatVector) HWY_ATTR {});
        });
    }
}

/// tanh c and the output gates of units first .. last - 1: o = h / tanh c, a third of the work of
/// the function, unless tanh c is next to nothing.
template <std::size_t rows>
HWY_INLINE void outputGates(const LstmBack& back, const InputRow (&in)[rows], std::size_t r,
                            std::size_t first, std::size_t last, Strip (&to)[rows]) {
    const Floats d;
    const std::size_t H = back.cPrev.cols;
    const float *c[rows], *h[rows], *next[rows], *nextCPrev[rows], *nextDh[rows],
        *nextHPrev[rows];
    const bool fetches = back.next.gates.data;
    unrolled<rows>([&](auto k) HWY_ATTR {
        c[k] = back.c.row(r + k);
        h[k] = back.h.row(r + k);
        next[k] = in[k].next;
        nextCPrev[k] = fetches ? back.next.cPrev.row(r + k) : nullptr;
        nextDh[k] = fetches ? back.next.dh.row(r + k) : nullptr;
        nextHPrev[k] = fetches ? back.next.hPrev.row(r + k) : nullptr;
    });
    overAbreast<rows>(first, last, [&](std::size_t j, auto io, auto count) BITLOOM_INLINED {
        const std::size_t lanes = hn::Lanes(d);
        for (std::size_t k = 0; fetches && k < rows; ++k)
            for (std::size_t i = 0; i < count; ++i) {
                hwy::Prefetch(next[k] + 3 * H + j + i * lanes);
                hwy::Prefetch(nextCPrev[k] + j + i * lanes);
                hwy::Prefetch(nextDh[k] + j + i * lanes);
                hwy::Prefetch(nextHPrev[k] + j + i * lanes);
            }
        FloatVector y[count * rows], o[count * rows];
        unrolled<count * rows>([&](auto k) BITLOOM_INLINED {
            y[k] = io.pad(io.load(c[k % rows] + j + k / rows * lanes), 1.0f);
        });
        HyperbolicTangent()(y);
        // Lane by lane: what a row gets does not depend on the rows beside it.
        const auto tiny = hn::Set(d, 1e-18f);
        auto isLarge = hn::Gt(hn::Abs(y[0]), tiny);
        unrolled<count * rows>([&](auto k) BITLOOM_INLINED {
            isLarge = hn::And(isLarge, hn::Gt(hn::Abs(y[k]), tiny));
            o[k] = hn::Div(io.load(h[k % rows] + j + k / rows * lanes), y[k]);
        });
        const auto gates = [&](std::size_t k) {
            return to[k % rows].gates[3] + (j - first) + k / rows * lanes;
        };
        if (HWY_UNLIKELY(!hn::AllTrue(d, isLarge))) {
            activate(in, 3, H, j, j + (count - 1) * lanes + io.lanes(), Logistic(), gates(0));
            unrolled<count * rows>([&](auto k) HWY_ATTR {
                o[k] = hn::IfThenElse(hn::Gt(hn::Abs(y[k]), tiny), o[k], hn::Load(d, gates(k)));
            });
        }
        unrolled<count * rows>([&](auto k) HWY_ATTR {
            hn::Store(y[k], d, to[k % rows].tanhC + (j - first) + k / rows * lanes);
            hn::Store(o[k], d, gates(k));
        });
    });
}

/// Rows with gates from `in`. For row i of them along(i, loop) is to call loop(take); take(k, j,
/// dPre, io) sees number j of the row, of gate k.
template <std::size_t rows, class Along>
HWY_INLINE void rowsFromInput(const LstmBack& back, InputRow (&in)[rows], std::size_t r,
                              Along along) {
    const std::size_t H = back.cPrev.cols;
    Strip strips[rows];
    for (std::size_t i = 0; back.next.gates.data && i < rows; ++i)
        in[i].next = back.next.gates.row(r + i);
    for (std::size_t from = 0; from < H; from += unitsOfAStrip) {
        const std::size_t to = std::min(H, from + unitsOfAStrip);
        activateInner(in, H, from, to, strips);
        outputGates(back, in, r, from, to, strips);
        unrolled<rows>([&](auto i) BITLOOM_INLINED {
            const BackRow row(back, r + i);
            along(i, [&](auto take) BITLOOM_INLINED {
                overVectors(from, to, [&](std::size_t j, auto io) BITLOOM_INLINED {
                    row.unit(j, gatesOf(strips[i], j - from),
                             hn::Load(Floats(), strips[i].tanhC + (j - from)), io,
                             [&](auto k, std::size_t at, FloatVector v)
                                 BITLOOM_INLINED { take(k, at, v, io); });
                });
            });
        });
    }
}

void backwardRowsFromInput(const LstmBack& back, const Input& input, std::size_t first,
                           std::size_t last) {
    overRowsAbreast(first, last, input, [&](std::size_t r, auto& in) HWY_ATTR {
        rowsFromInput(back, in, r, [](auto, auto loop) BITLOOM_INLINED {
            loop([](auto, std::size_t, FloatVector, auto) HWY_ATTR {});
        });
    });
}

/// Sums over a row, a gate's each.
struct RowSums {
    FloatVector up[4], dot[4], stretched[4];
};

void backwardRowsWithSums(const LstmBack& back, const Input& input, const Sums& totals,
                          std::size_t first, std::size_t last) {
    const Floats d;
    overRowsAbreast(first, last, input, [&](std::size_t r, auto& in) HWY_ATTR {
        constexpr std::size_t rows = std::extent_v<std::remove_reference_t<decltype(in)>>;
        RowSums sums[rows];
        for (RowSums& s : sums)
            unrolled<4>([&](auto k)
                            HWY_ATTR { s.up[k] = s.dot[k] = s.stretched[k] = hn::Zero(d); });
        rowsFromInput(back, in, r, [&](auto i, auto loop) BITLOOM_INLINED {
            const float *const gainA = in[i].gainA, *const gainB = in[i].gainB;
            const float *const b = in[i].b, *const mean = in[i].rowMean;
            const bool isStretched = totals.stretched.data;
            RowSums s = sums[i];
            loop([&](auto k, std::size_t j, FloatVector v, auto io) BITLOOM_INLINED {
                const auto scaled = hn::Mul(io.load(gainB + j), v);
                s.up[k] = hn::Add(s.up[k], scaled);
                const auto off = hn::Sub(io.load(b + j), hn::Set(d, mean[k]));
                s.dot[k] = hn::MulAdd(scaled, off, s.dot[k]);
                if (isStretched) s.stretched[k] = hn::MulAdd(io.load(gainA + j), v, s.stretched[k]);
            });
            sums[i] = s;
        });
        unrolled<rows>([&](auto i) HWY_ATTR {
            RowSums& s = sums[i];
            unrolled<4>([&](auto k) HWY_ATTR {
                s.dot[k] = hn::Mul(s.dot[k], hn::Set(d, in[i].rowRstd[k]));
            });
            laneSums(s.up, 1.0f, totals.up.row(r + i));
            laneSums(s.dot, 1.0f, totals.dot.row(r + i));
            if (totals.stretched.data) laneSums(s.stretched, 1.0f, totals.stretched.row(r + i));
        });
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

HWY_EXPORT(backwardRows);
HWY_EXPORT(backwardRowsFromInput);
HWY_EXPORT(backwardRowsWithSums);
HWY_EXPORT(outputBackwardRows);

namespace kernels {

template <class T>
void lstmBackward(MatrixView<const T> dh, MatrixView<const T> dc, MatrixView<const T> gates,
                  MatrixView<const T> cPrev, MatrixView<const T> tanhC, MatrixView<T> dPre,
                  MatrixView<T> dcPrev, MatrixView<T> dcTotal, const LstmUpcoming<T>& upcoming) {
    if constexpr (std::is_same_v<T, float>)
        overRows(cPrev.rows, 4 * cPrev.cols, moveGrain, [&](std::size_t first, std::size_t last) {
            HWY_DYNAMIC_DISPATCH(backwardRows)
            ({dh, dc, cPrev, tanhC, {}, {}, dPre, dcPrev, dcTotal, upcoming}, gates, first, last);
        });
    else
        plain::lstmBackward<T>(dh, dc, gates, cPrev, tanhC, dPre, dcPrev, dcTotal);
}

template <class T>
void lstmBackwardFromInput(MatrixView<const T> dh, MatrixView<const T> dc, const GateInput<T>& in,
                           MatrixView<const T> cPrev, MatrixView<const T> c, MatrixView<const T> h,
                           MatrixView<T> dPre, MatrixView<T> dcPrev, MatrixView<T> dcTotal,
                           const GateSums<T>& sums, const LstmUpcoming<T>& upcoming) {
    if constexpr (std::is_same_v<T, float>) {
        const LstmBack back{dh, dc, cPrev, {}, c, h, dPre, dcPrev, dcTotal, upcoming};
        overRows(cPrev.rows, 4 * cPrev.cols, computeGrain,
                 [&](std::size_t first, std::size_t last) {
                     if (sums.up.data)
                         HWY_DYNAMIC_DISPATCH(backwardRowsWithSums)(back, in, sums, first, last);
                     else
                         HWY_DYNAMIC_DISPATCH(backwardRowsFromInput)(back, in, first, last);
                 });
    } else {
        plain::lstmBackwardFromInput<T>(dh, dc, in, cPrev, c, dPre, dcPrev, dcTotal, sums);
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

template decltype(lstmBackward<float>) lstmBackward<float>;
template decltype(lstmBackward<double>) lstmBackward<double>;
template decltype(lstmBackwardFromInput<float>) lstmBackwardFromInput<float>;
template decltype(lstmBackwardFromInput<double>) lstmBackwardFromInput<double>;
template decltype(lstmOutputBackward<float>) lstmOutputBackward<float>;
template decltype(lstmOutputBackward<double>) lstmOutputBackward<double>;

}  // namespace kernels
}  // namespace bitloom
#endif  // HWY_ONCE
