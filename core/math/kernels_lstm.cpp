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
            // Row by row: many rows of 2^n numbers at once would fall on the same lines of the
            // cache.
            for (std::size_t i = 0; keepsGates && i < rows; ++i)
                for (std::size_t k = 0; k < 4; ++k)
                    overVectors(from, to, [&](std::size_t j, auto io) HWY_ATTR {
                        io.store(hn::Load(Floats(), strips[i].gates[k] + (j - from)),
                                 at[i].gate + k * H + j);
                    });
            overVectors(from, to, [&](std::size_t j, auto io) BITLOOM_INLINED {
                FloatVector y[rows], o[rows];
                unrolled<rows>([&](auto i) HWY_ATTR {
                    const Unit unit = unitOf(strips[i], j - from);
                    y[i] = hn::MulAdd(unit.i, unit.g, hn::Mul(unit.f, io.load(at[i].old + j)));
                    o[i] = unit.o;
                    io.store(y[i], at[i].cell + j);
                });
                if (!squashes) return;
                HyperbolicTangent()(y);
                unrolled<rows>([&](auto i) HWY_ATTR {
                    if (keepsTanh) io.store(y[i], at[i].squashed + j);
                    io.store(hn::Mul(o[i], y[i]), at[i].hidden + j);
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
