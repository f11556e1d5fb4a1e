#include "math/kernels.h"
#include "math/kernels_parallel.h"
#include "math/kernels_plain.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "math/kernels_gru.cpp"
#include <hwy/foreach_target.h>
// Highway compiles the part up to HWY_ONCE once a target.
#include "math/kernels_functions_inl.h"

HWY_BEFORE_NAMESPACE();
namespace bitloom::HWY_NAMESPACE {
namespace {

using In = MatrixView<const float>;
using Out = MatrixView<float>;
using InSpan = std::span<const float>;
using OutSpan = std::span<float>;

void forwardRows(In a, In b, InSpan biasIh, InSpan biasHh, In hPrev, Out gates, Out m, Out h,
                 std::size_t first, std::size_t last) {
    const std::size_t H = h.cols;
    const auto one = hn::Set(Floats(), 1.0f);
    for (std::size_t row = first; row < last; ++row) {
        float* const gate = gates.row(row);
        const auto side = [](const float* values, InSpan bias, std::size_t at, auto io) HWY_ATTR {
            const auto v = io.load(values + at);
            return bias.data() ? hn::Add(v, io.load(bias.data() + at)) : v;
        };
        transform(
            0, 2 * H,
            [&](std::size_t j, auto io) HWY_ATTR {
                const auto in = side(a.row(row), biasIh, j, io);
                return hn::Add(in, side(b.row(row), biasHh, j, io));
            },
            Logistic(),
            [&](FloatVector v, std::size_t j, auto io) HWY_ATTR { io.store(v, gate + j); });
        transform(
            0, H,
            [&](std::size_t j, auto io) HWY_ATTR {
                const auto in = side(a.row(row), biasIh, 2 * H + j, io);
                const auto candidate = side(b.row(row), biasHh, 2 * H + j, io);
                io.store(candidate, m.row(row) + j);
                return hn::MulAdd(io.load(gate + j), candidate, in);
            },
            HyperbolicTangent(),
            [&](FloatVector n, std::size_t j, auto io) HWY_ATTR {
                const auto z = io.load(gate + H + j), old = io.load(hPrev.row(row) + j);
                io.store(n, gate + 2 * H + j);
                io.store(hn::MulAdd(hn::Sub(one, z), n, hn::Mul(z, old)), h.row(row) + j);
            });
    }
}

void backwardRows(In dh, In gates, In m, In hPrev, Out dA, Out dB, Out dhPrev, std::size_t first,
                  std::size_t last) {
    const std::size_t H = dh.cols;
    const auto one = hn::Set(Floats(), 1.0f);
    for (std::size_t row = first; row < last; ++row) {
        const float* const gate = gates.row(row);
        float* const in = dA.row(row);
        float* const rec = dB.row(row);
        overVectors(0, H, [&](std::size_t j, auto io) HWY_ATTR {
            const auto r = io.load(gate + j), z = io.load(gate + H + j);
            const auto n = io.load(gate + 2 * H + j), d = io.load(dh.row(row) + j);
            const auto rest = hn::Sub(one, z);
            const auto dn = hn::Mul(hn::Mul(d, rest), hn::NegMulAdd(n, n, one));
            const auto change = hn::Sub(io.load(hPrev.row(row) + j), n);
            const auto dz = hn::Mul(hn::Mul(d, change), hn::Mul(z, rest));
            const auto dr =
                hn::Mul(hn::Mul(dn, io.load(m.row(row) + j)), hn::Mul(r, hn::Sub(one, r)));
            io.store(dr, in + j);
            io.store(dz, in + H + j);
            io.store(dn, in + 2 * H + j);
            io.store(dr, rec + j);
            io.store(dz, rec + H + j);
            io.store(hn::Mul(dn, r), rec + 2 * H + j);
            io.store(hn::Mul(d, z), dhPrev.row(row) + j);
        });
    }
}

}  // namespace
}  // namespace bitloom::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace bitloom {

HWY_EXPORT(forwardRows);
HWY_EXPORT(backwardRows);

namespace kernels {

template <class T>
void gruForward(MatrixView<const T> a, MatrixView<const T> b, std::span<const T> biasIh,
                std::span<const T> biasHh, MatrixView<const T> hPrev, MatrixView<T> gates,
                MatrixView<T> m, MatrixView<T> h) {
    if constexpr (std::is_same_v<T, float>) {
        overRows(h.rows, 4 * h.cols, computeGrain, [&](std::size_t first, std::size_t last) {
            HWY_DYNAMIC_DISPATCH(forwardRows)
            (a, b, biasIh, biasHh, hPrev, gates, m, h, first, last);
        });
    } else {
        plain::gruForward<T>(a, b, biasIh, biasHh, hPrev, gates, m, h);
    }
}

template <class T>
void gruBackward(MatrixView<const T> dh, MatrixView<const T> gates, MatrixView<const T> m,
                 MatrixView<const T> hPrev, MatrixView<T> dA, MatrixView<T> dB,
                 MatrixView<T> dhPrev) {
    if constexpr (std::is_same_v<T, float>) {
        overRows(dh.rows, 4 * dh.cols, moveGrain, [&](std::size_t first, std::size_t last) {
            HWY_DYNAMIC_DISPATCH(backwardRows)(dh, gates, m, hPrev, dA, dB, dhPrev, first, last);
        });
    } else {
        plain::gruBackward<T>(dh, gates, m, hPrev, dA, dB, dhPrev);
    }
}

template decltype(gruForward<float>) gruForward<float>;
template decltype(gruForward<double>) gruForward<double>;
template decltype(gruBackward<float>) gruBackward<float>;
template decltype(gruBackward<double>) gruBackward<double>;

}  // namespace kernels
}  // namespace bitloom
#endif  // HWY_ONCE
