#include <cassert>
#include <cmath>
#include "math/kernels.h"
#include "math/kernels_parallel.h"
#include "math/kernels_plain.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "math/kernels_layer_norm.cpp"
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

FloatVector zeros() {
    return hn::Zero(Floats());
}

/// One group of one row, `count` numbers.
void forwardGroup(const float* x, std::size_t count, const float* gain, const float* shift,
                  float epsilon, float* xhat, float* rstd, float* y) {
    const Floats d;
    const float size = static_cast<float>(count);
    auto sum = zeros();
    overVectors(0, count,
                [&](std::size_t j, auto io) HWY_ATTR { sum = hn::Add(sum, io.load(x + j)); });
    const auto mean = hn::Set(d, sumOf(sum) / size);
    auto squares = zeros();
    overVectors(0, count, [&](std::size_t j, auto io) HWY_ATTR {
        const auto off = io.pad(hn::Sub(io.load(x + j), mean), 0.0f);
        squares = hn::MulAdd(off, off, squares);
    });
    *rstd = 1.0f / std::sqrt(sumOf(squares) / size + epsilon);
    const auto factor = hn::Set(d, *rstd);
    overVectors(0, count, [&](std::size_t j, auto io) HWY_ATTR {
        const auto normal = hn::Mul(hn::Sub(io.load(x + j), mean), factor);
        const auto g = io.load(gain + j);
        io.store(normal, xhat + j);
        io.store(shift ? hn::MulAdd(g, normal, io.load(shift + j)) : hn::Mul(g, normal), y + j);
    });
}

void forwardRows(In x, std::size_t groups, InSpan gain, InSpan shift, float epsilon, Out xhat,
                 Out rstd, Out y, std::size_t first, std::size_t last) {
    const std::size_t H = x.cols / groups;
    for (std::size_t r = first; r < last; ++r)
        for (std::size_t group = 0; group < groups; ++group) {
            const std::size_t at = group * H;
            forwardGroup(x.row(r) + at, H, gain.data() + at,
                         shift.data() ? shift.data() + at : nullptr, epsilon, xhat.row(r) + at,
                         rstd.row(r) + group, y.row(r) + at);
        }
}

/// dgain and dshift of columns first .. last - 1, row after row.
void gainColumns(In dy, In xhat, float* dgain, float* dshift, std::size_t first, std::size_t last) {
    for (std::size_t r = 0; r < dy.rows; ++r)
        overVectors(first, last, [&](std::size_t j, auto io) HWY_ATTR {
            const auto d = io.load(dy.row(r) + j);
            io.store(hn::MulAdd(d, io.load(xhat.row(r) + j), io.load(dgain + j)), dgain + j);
            if (dshift) io.store(hn::Add(d, io.load(dshift + j)), dshift + j);
        });
}

void backwardRows(In dy, In xhat, In rstd, std::size_t groups, InSpan gain, Out dx,
                  std::size_t first, std::size_t last) {
    const Floats d;
    const std::size_t H = dy.cols / groups;
    const float size = static_cast<float>(H);
    for (std::size_t r = first; r < last; ++r)
        for (std::size_t group = 0; group < groups; ++group) {
            const std::size_t at = group * H;
            const float* const g = gain.data() + at;
            const float* const up = dy.row(r) + at;
            const float* const normal = xhat.row(r) + at;
            float* const down = dx.row(r) + at;
            auto sum = zeros(), dot = zeros();
            overVectors(0, H, [&](std::size_t j, auto io) HWY_ATTR {
                const auto scaled = hn::Mul(io.load(g + j), io.load(up + j));
                sum = hn::Add(sum, scaled);
                dot = hn::MulAdd(scaled, io.load(normal + j), dot);
            });
            const auto mean = hn::Set(d, sumOf(sum) / size);
            const auto slope = hn::Set(d, sumOf(dot) / size);
            const auto factor = hn::Set(d, rstd(r, group));
            overVectors(0, H, [&](std::size_t j, auto io) HWY_ATTR {
                const auto off = hn::Sub(hn::Mul(io.load(g + j), io.load(up + j)), mean);
                io.store(hn::Mul(factor, hn::NegMulAdd(io.load(normal + j), slope, off)), down + j);
            });
        }
}

}  // namespace
}  // namespace bitloom::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace bitloom {

HWY_EXPORT(forwardRows);
HWY_EXPORT(gainColumns);
HWY_EXPORT(backwardRows);

namespace kernels {

template <class T>
void layerNormForward(MatrixView<const T> x, std::size_t groups, std::span<const T> gain,
                      std::span<const T> shift, T epsilon, MatrixView<T> xhat, MatrixView<T> rstd,
                      MatrixView<T> y) {
    if constexpr (std::is_same_v<T, float>) {
        assert(groups > 0 && x.cols % groups == 0);
        overRows(x.rows, x.cols, moveGrain / 2, [&](std::size_t first, std::size_t last) {
            HWY_DYNAMIC_DISPATCH(forwardRows)
            (x, groups, gain, shift, epsilon, xhat, rstd, y, first, last);
        });
    } else {
        plain::layerNormForward<T>(x, groups, gain, shift, epsilon, xhat, rstd, y);
    }
}

template <class T>
void layerNormBackward(MatrixView<const T> dy, MatrixView<const T> xhat, MatrixView<const T> rstd,
                       std::size_t groups, std::span<const T> gain, MatrixView<T> dx,
                       std::span<T> dgain, std::span<T> dshift) {
    if constexpr (std::is_same_v<T, float>) {
        assert(groups > 0 && dy.cols % groups == 0);
        // Before dx, which may overwrite dy.
        overColumns(dy.rows, dy.cols, moveGrain / 2, [&](std::size_t first, std::size_t last) {
            HWY_DYNAMIC_DISPATCH(gainColumns)
            (dy, xhat, dgain.data(), dshift.data(), first, last);
        });
        overRows(dy.rows, dy.cols, moveGrain / 2, [&](std::size_t first, std::size_t last) {
            HWY_DYNAMIC_DISPATCH(backwardRows)(dy, xhat, rstd, groups, gain, dx, first, last);
        });
    } else {
        plain::layerNormBackward<T>(dy, xhat, rstd, groups, gain, dx, dgain, dshift);
    }
}

template decltype(layerNormForward<float>) layerNormForward<float>;
template decltype(layerNormForward<double>) layerNormForward<double>;
template decltype(layerNormBackward<float>) layerNormBackward<float>;
template decltype(layerNormBackward<double>) layerNormBackward<double>;

}  // namespace kernels
}  // namespace bitloom
#endif  // HWY_ONCE
