#include <algorithm>
#include <type_traits>

#include "math/kernels.h"
#include "math/kernels_parallel.h"
#include "math/kernels_plain.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "math/kernels_lstm.cpp"
#include <hwy/foreach_target.h>
// Highway compiles the part up to HWY_ONCE once a target.
#include "math/kernels_lstm_inl.h"

HWY_BEFORE_NAMESPACE();
namespace bitloom::HWY_NAMESPACE {
namespace {

using In = MatrixView<const float>;
using Out = MatrixView<float>;

/// A row of a step forward: where its numbers are. Looked up once: the compiler takes every store
/// of a vector for one that may change a pointer it does not hold in a variable of its own.
struct ForwardRow {
    const float* old;
    float *gate, *cell, *squashed, *hidden;
};

void forwardRows(const Input& input, In cPrev, Out gates, Out c, Out tanhC, Out h,
                 std::size_t first, std::size_t last) {
    overRowsAbreast(first, last, input, [&](std::size_t r, auto& in) HWY_ATTR {
        constexpr std::size_t rows = std::extent_v<std::remove_reference_t<decltype(in)>>;
        const std::size_t H = c.cols;
        const bool keepsGates = gates.data, keepsTanh = tanhC.data, squashes = h.data;
        ForwardRow at[rows];
        Strip strips[rows];
        unrolled<rows>([&](auto i) HWY_ATTR {
            at[i] = {cPrev.row(r + i), keepsGates ? gates.row(r + i) : nullptr, c.row(r + i),
                     keepsTanh ? tanhC.row(r + i) : nullptr, squashes ? h.row(r + i) : nullptr};
        });
        for (std::size_t from = 0; from < H; from += unitsOfAStrip) {
            const std::size_t to = std::min(H, from + unitsOfAStrip);
            activateInner(in, H, from, to, strips);
            activate(in, 3, H, from, to, Logistic(), strips[0].gates[3]);
            overAbreast<rows>(from, to, [&](std::size_t j, auto io, auto count) BITLOOM_INLINED {
                const std::size_t lanes = hn::Lanes(Floats());
                FloatVector y[count * rows], o[count * rows];
                unrolled<count * rows>([&](auto k) BITLOOM_INLINED {
                    constexpr std::size_t i = k % rows;
                    const std::size_t n = j + k / rows * lanes;
                    const Gates unit = gatesOf(strips[i], n - from);
                    y[k] = hn::MulAdd(unit.i, unit.g, hn::Mul(unit.f, io.load(at[i].old + n)));
                    o[k] = unit.o;
                    io.store(y[k], at[i].cell + n);
                    if (!keepsGates) return;
                    float* const gate = at[i].gate + n;
                    io.store(unit.i, gate);
                    io.store(unit.f, gate + H);
                    io.store(unit.g, gate + 2 * H);
                    io.store(unit.o, gate + 3 * H);
                });
                if (!squashes) return;
                HyperbolicTangent()(y);
                unrolled<count * rows>([&](auto k) BITLOOM_INLINED {
                    constexpr std::size_t i = k % rows;
                    const std::size_t n = j + k / rows * lanes;
                    if (keepsTanh) io.store(y[k], at[i].squashed + n);
                    io.store(hn::Mul(o[k], y[k]), at[i].hidden + n);
                });
            });
        }
    });
}

void outputRows(In gates, In n, Out tanhN, Out h, std::size_t first, std::size_t last) {
    const std::size_t H = n.cols;
    for (std::size_t r = first; r < last; ++r)
        transform(
            0, H, [&](std::size_t j, auto io) HWY_ATTR { return io.load(n.row(r) + j); },
            HyperbolicTangent(),
            [&](FloatVector y, std::size_t j, auto io) HWY_ATTR {
                io.store(y, tanhN.row(r) + j);
                io.store(hn::Mul(io.load(gates.row(r) + 3 * H + j), y), h.row(r) + j);
            });
}

}  // namespace
}  // namespace bitloom::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace bitloom {

HWY_EXPORT(forwardRows);
HWY_EXPORT(outputRows);

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

template decltype(lstmForward<float>) lstmForward<float>;
template decltype(lstmForward<double>) lstmForward<double>;
template decltype(lstmOutput<float>) lstmOutput<float>;
template decltype(lstmOutput<double>) lstmOutput<double>;

}  // namespace kernels
}  // namespace bitloom
#endif  // HWY_ONCE
