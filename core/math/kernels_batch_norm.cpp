#include "math/kernels.h"
#include "math/kernels_parallel.h"
#include "math/kernels_plain.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "math/kernels_batch_norm.cpp"
#include <hwy/foreach_target.h>
// Highway compiles the part up to HWY_ONCE once a target.
#include "math/kernels_inl.h"

HWY_BEFORE_NAMESPACE();
namespace bitloom::HWY_NAMESPACE {
namespace {

using In = MatrixView<const float>;
using Out = MatrixView<float>;
using InSpan = std::span<const float>;
using OutSpan = std::span<float>;

/// Columns taken together: their rows stay in the first-level cache between the passes.
constexpr std::size_t columnBlock = 128;

void forwardBlock(In x, const float* gain, const float* shift, float epsilon, float* mean,
                  float* variance, float* rstd, Out xhat, Out y, std::size_t first,
                  std::size_t last) {
    const Floats d;
    const auto rows = hn::Set(d, static_cast<float>(x.rows));
    std::fill(mean + first, mean + last, 0.0f);
    std::fill(variance + first, variance + last, 0.0f);
    for (std::size_t r = 0; r < x.rows; ++r)
        overVectors(first, last, [&](std::size_t j, auto io) HWY_ATTR {
            io.store(hn::Add(io.load(mean + j), io.load(x.row(r) + j)), mean + j);
        });
    overVectors(first, last, [&](std::size_t j, auto io) HWY_ATTR {
        io.store(hn::Div(io.load(mean + j), rows), mean + j);
    });
    for (std::size_t r = 0; r < x.rows; ++r)
        overVectors(first, last, [&](std::size_t j, auto io) HWY_ATTR {
            const auto off = hn::Sub(io.load(x.row(r) + j), io.load(mean + j));
            io.store(hn::MulAdd(off, off, io.load(variance + j)), variance + j);
        });
    overVectors(first, last, [&](std::size_t j, auto io) HWY_ATTR {
        const auto v = hn::Div(io.load(variance + j), rows);
        io.store(v, variance + j);
        const auto deviation = hn::Sqrt(hn::Add(v, hn::Set(d, epsilon)));
        io.store(hn::Div(hn::Set(d, 1.0f), deviation), rstd + j);
    });
    for (std::size_t r = 0; r < x.rows; ++r)
        overVectors(first, last, [&](std::size_t j, auto io) HWY_ATTR {
            const auto off = hn::Sub(io.load(x.row(r) + j), io.load(mean + j));
            const auto normal = hn::Mul(off, io.load(rstd + j));
            const auto scaled = hn::Mul(io.load(gain + j), normal);
            io.store(normal, xhat.row(r) + j);
            io.store(shift ? hn::Add(scaled, io.load(shift + j)) : scaled, y.row(r) + j);
        });
}

void forwardColumns(In x, InSpan gain, InSpan shift, float epsilon, OutSpan mean, OutSpan variance,
                    OutSpan rstd, Out xhat, Out y, std::size_t first, std::size_t last) {
    for (std::size_t j = first; j < last; j += columnBlock)
        forwardBlock(x, gain.data(), shift.data(), epsilon, mean.data(), variance.data(),
                     rstd.data(), xhat, y, j, std::min(last, j + columnBlock));
}

void applyRows(In x, InSpan mean, InSpan variance, InSpan gain, InSpan shift, float epsilon, Out y,
               std::size_t first, std::size_t last) {
    const Floats d;
    HWY_ALIGN float factors[columnBlock];
    for (std::size_t at = 0; at < x.cols; at += columnBlock) {
        const std::size_t end = std::min(x.cols, at + columnBlock);
        overVectors(at, end, [&](std::size_t j, auto io) HWY_ATTR {
            const auto deviation =
                hn::Sqrt(hn::Add(io.load(variance.data() + j), hn::Set(d, epsilon)));
            io.store(hn::Div(io.load(gain.data() + j), deviation), factors + (j - at));
        });
        for (std::size_t r = first; r < last; ++r)
            overVectors(at, end, [&](std::size_t j, auto io) HWY_ATTR {
                const auto off = hn::Sub(io.load(x.row(r) + j), io.load(mean.data() + j));
                const auto scaled = hn::Mul(off, io.load(factors + (j - at)));
                io.store(shift.data() ? hn::Add(scaled, io.load(shift.data() + j)) : scaled,
                         y.row(r) + j);
            });
    }
}

void backwardBlock(In dy, In xhat, const float* rstd, const float* gain, Out dx, float* dgain,
                   float* dshift, std::size_t first, std::size_t last) {
    const Floats d;
    const auto share = hn::Set(d, 1.0f / static_cast<float>(dy.rows));
    HWY_ALIGN float sums[columnBlock] = {};
    HWY_ALIGN float dots[columnBlock] = {};
    for (std::size_t r = 0; r < dy.rows; ++r)
        overVectors(first, last, [&](std::size_t j, auto io) HWY_ATTR {
            float* const sum = sums + (j - first);
            float* const dot = dots + (j - first);
            const auto up = io.load(dy.row(r) + j);
            io.store(hn::Add(io.load(sum), up), sum);
            io.store(hn::MulAdd(up, io.load(xhat.row(r) + j), io.load(dot)), dot);
        });
    overVectors(first, last, [&](std::size_t j, auto io) HWY_ATTR {
        const auto sum = io.load(sums + (j - first)), dot = io.load(dots + (j - first));
        io.store(hn::Add(io.load(dgain + j), dot), dgain + j);
        if (dshift) io.store(hn::Add(io.load(dshift + j), sum), dshift + j);
        io.store(hn::Mul(sum, share), sums + (j - first));
        io.store(hn::Mul(dot, share), dots + (j - first));
    });
    for (std::size_t r = 0; r < dy.rows; ++r)
        overVectors(first, last, [&](std::size_t j, auto io) HWY_ATTR {
            const auto off = hn::Sub(io.load(dy.row(r) + j), io.load(sums + (j - first)));
            const auto straight =
                hn::NegMulAdd(io.load(xhat.row(r) + j), io.load(dots + (j - first)), off);
            const auto factor = hn::Mul(io.load(gain + j), io.load(rstd + j));
            io.store(hn::Mul(factor, straight), dx.row(r) + j);
        });
}

void backwardColumns(In dy, In xhat, InSpan rstd, InSpan gain, Out dx, OutSpan dgain,
                     OutSpan dshift, std::size_t first, std::size_t last) {
    for (std::size_t j = first; j < last; j += columnBlock)
        backwardBlock(dy, xhat, rstd.data(), gain.data(), dx, dgain.data(), dshift.data(), j,
                      std::min(last, j + columnBlock));
}

}  // namespace
}  // namespace bitloom::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace bitloom {

HWY_EXPORT(forwardColumns);
HWY_EXPORT(applyRows);
HWY_EXPORT(backwardColumns);

namespace kernels {

template <class T>
void batchNormForward(MatrixView<const T> x, std::span<const T> gain, std::span<const T> shift,
                      T epsilon, std::span<T> mean, std::span<T> variance, std::span<T> rstd,
                      MatrixView<T> xhat, MatrixView<T> y) {
    if constexpr (std::is_same_v<T, float>) {
        overColumns(x.rows, x.cols, moveGrain / 2, [&](std::size_t first, std::size_t last) {
            HWY_DYNAMIC_DISPATCH(forwardColumns)
            (x, gain, shift, epsilon, mean, variance, rstd, xhat, y, first, last);
        });
    } else {
        plain::batchNormForward<T>(x, gain, shift, epsilon, mean, variance, rstd, xhat, y);
    }
}

template <class T>
void batchNormApply(MatrixView<const T> x, std::span<const T> mean, std::span<const T> variance,
                    std::span<const T> gain, std::span<const T> shift, T epsilon, MatrixView<T> y) {
    if constexpr (std::is_same_v<T, float>) {
        overRows(x.rows, x.cols, moveGrain, [&](std::size_t first, std::size_t last) {
            HWY_DYNAMIC_DISPATCH(applyRows)
            (x, mean, variance, gain, shift, epsilon, y, first, last);
        });
    } else {
        plain::batchNormApply<T>(x, mean, variance, gain, shift, epsilon, y);
    }
}

template <class T>
void batchNormBackward(MatrixView<const T> dy, MatrixView<const T> xhat, std::span<const T> rstd,
                       std::span<const T> gain, MatrixView<T> dx, std::span<T> dgain,
                       std::span<T> dshift) {
    if constexpr (std::is_same_v<T, float>) {
        overColumns(dy.rows, dy.cols, moveGrain / 2, [&](std::size_t first, std::size_t last) {
            HWY_DYNAMIC_DISPATCH(backwardColumns)
            (dy, xhat, rstd, gain, dx, dgain, dshift, first, last);
        });
    } else {
        plain::batchNormBackward<T>(dy, xhat, rstd, gain, dx, dgain, dshift);
    }
}

template decltype(batchNormForward<float>) batchNormForward<float>;
template decltype(batchNormForward<double>) batchNormForward<double>;
template decltype(batchNormApply<float>) batchNormApply<float>;
template decltype(batchNormApply<double>) batchNormApply<double>;
template decltype(batchNormBackward<float>) batchNormBackward<float>;
template decltype(batchNormBackward<double>) batchNormBackward<double>;

}  // namespace kernels
}  // namespace bitloom
#endif  // HWY_ONCE
