#include "math/kernels.h"
#include "math/kernels_parallel.h"
#include "math/kernels_plain.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "math/kernels_lstm.cpp"
#include <hwy/foreach_target.h>
// Highway compiles the part up to HWY_ONCE once a target.
#include "math/kernels_inl.h"

HWY_BEFORE_NAMESPACE();
namespace bitloom::HWY_NAMESPACE {
namespace {

using In = MatrixView<const float>;
using Out = MatrixView<float>;

void forwardRows(In a, In b, std::span<const float> bias, In cPrev, Out gates, Out c, Out tanhC,
                 Out h, std::size_t first, std::size_t last) {
    const std::size_t H = c.cols;
    for (std::size_t r = first; r < last; ++r) {
        const float* const inA = a.row(r);
        const float* const inB = b.data ? b.row(r) : nullptr;
        const float* const inBias = bias.data();
        const float* const old = cPrev.row(r);
        float* const gate = gates.row(r);
        float* const cell = c.row(r);
        float* const squashed = tanhC.data ? tanhC.row(r) : nullptr;
        float* const hidden = tanhC.data ? h.row(r) : nullptr;
        overVectors(0, H, [&](std::size_t j, auto io) HWY_ATTR {
            const auto pre = [&](std::size_t at) HWY_ATTR {
                auto v = io.load(inA + at);
                if (inB) v = hn::Add(v, io.load(inB + at));
                if (inBias) v = hn::Add(v, io.load(inBias + at));
                return v;
            };
            const auto i = logistic(pre(j)), f = logistic(pre(H + j));
            const auto g = hyperbolicTangent(pre(2 * H + j)), o = logistic(pre(3 * H + j));
            const auto next = hn::MulAdd(f, io.load(old + j), hn::Mul(i, g));
            io.store(i, gate + j);
            io.store(f, gate + H + j);
            io.store(g, gate + 2 * H + j);
            io.store(o, gate + 3 * H + j);
            io.store(next, cell + j);
            if (squashed) {
                const auto y = hyperbolicTangent(next);
                io.store(y, squashed + j);
                io.store(hn::Mul(o, y), hidden + j);
            }
        });
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

void backwardRows(In dh, In dc, In gates, In cPrev, In tanhC, Out dPre, Out dcPrev, Out dcTotal,
                  std::size_t first, std::size_t last) {
    const std::size_t H = cPrev.cols;
    const auto one = hn::Set(Floats(), 1.0f);
    for (std::size_t r = first; r < last; ++r) {
        const float* const gate = gates.row(r);
        float* const out = dPre.row(r);
        overVectors(0, H, [&](std::size_t j, auto io) HWY_ATTR {
            const auto i = io.load(gate + j), f = io.load(gate + H + j);
            const auto g = io.load(gate + 2 * H + j), o = io.load(gate + 3 * H + j);
            auto total = io.load(dc.row(r) + j);
            if (dh.data) {
                const auto y = io.load(tanhC.row(r) + j), d = io.load(dh.row(r) + j);
                total = hn::MulAdd(hn::Mul(d, o), hn::NegMulAdd(y, y, one), total);
                io.store(hn::Mul(hn::Mul(d, y), hn::Mul(o, hn::Sub(one, o))), out + 3 * H + j);
            }
            const auto old = io.load(cPrev.row(r) + j);
            io.store(hn::Mul(hn::Mul(total, g), hn::Mul(i, hn::Sub(one, i))), out + j);
            io.store(hn::Mul(hn::Mul(total, old), hn::Mul(f, hn::Sub(one, f))), out + H + j);
            io.store(hn::Mul(hn::Mul(total, i), hn::NegMulAdd(g, g, one)), out + 2 * H + j);
            if (dcTotal.data) io.store(total, dcTotal.row(r) + j);
            io.store(hn::Mul(total, f), dcPrev.row(r) + j);
        });
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
HWY_EXPORT(outputBackwardRows);

namespace kernels {

template <class T>
void lstmForward(MatrixView<const T> a, MatrixView<const T> b, std::span<const T> bias,
                 MatrixView<const T> cPrev, MatrixView<T> gates, MatrixView<T> c,
                 MatrixView<T> tanhC, MatrixView<T> h) {
    if constexpr (std::is_same_v<T, float>)
        overRows(c.rows, 5 * c.cols, computeGrain, [&](std::size_t first, std::size_t last) {
            HWY_DYNAMIC_DISPATCH(forwardRows)(a, b, bias, cPrev, gates, c, tanhC, h, first, last);
        });
    else
        plain::lstmForward<T>(a, b, bias, cPrev, gates, c, tanhC, h);
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
                  MatrixView<T> dcPrev, MatrixView<T> dcTotal) {
    if constexpr (std::is_same_v<T, float>)
        overRows(cPrev.rows, 4 * cPrev.cols, moveGrain, [&](std::size_t first, std::size_t last) {
            HWY_DYNAMIC_DISPATCH(backwardRows)
            (dh, dc, gates, cPrev, tanhC, dPre, dcPrev, dcTotal, first, last);
        });
    else
        plain::lstmBackward<T>(dh, dc, gates, cPrev, tanhC, dPre, dcPrev, dcTotal);
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
template decltype(lstmOutputBackward<float>) lstmOutputBackward<float>;
template decltype(lstmOutputBackward<double>) lstmOutputBackward<double>;

}  // namespace kernels
}  // namespace bitloom
#endif  // HWY_ONCE
