#include "math/kernels.h"
#include "math/kernels_norm.h"
#include "math/kernels_parallel.h"
#include "math/kernels_plain.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "math/kernels_stretch.cpp"
#include <hwy/foreach_target.h>
// Highway compiles the part up to HWY_ONCE once a target.
#include "math/kernels_inl.h"

HWY_BEFORE_NAMESPACE();
namespace bitloom::HWY_NAMESPACE {
namespace {

using In = MatrixView<const float>;
using Out = MatrixView<float>;

void stretchRows(In s, const float* factor, const float* shift, Out y, std::size_t first,
                 std::size_t last) {
    const std::size_t H = y.cols / s.cols;
    for (std::size_t r = first; r < last; ++r) {
        float* const out = y.row(r);
        for (std::size_t g = 0; g < s.cols; ++g) {
            const auto stretch = hn::Set(Floats(), s(r, g));
            overVectors(g * H, (g + 1) * H, [&](std::size_t j, auto io) HWY_ATTR {
                io.store(hn::MulAdd(io.load(factor + j), stretch, io.load(shift + j)), out + j);
            });
        }
    }
}

/// Columns first .. last - 1 of dFactor and dShift.
void gradientColumns(In dy, In s, float* dFactor, float* dShift, std::size_t first,
                     std::size_t last) {
    const Floats d;
    const std::size_t H = dy.cols / s.cols, lanes = hn::Lanes(d);
    for (std::size_t g = first / H; g * H < last; ++g)
        overStrips(std::max(first, g * H), std::min(last, (g + 1) * H),
                   [&](std::size_t j, auto io, auto count) HWY_ATTR {
                       FloatVector sums[count], dots[count];
                       unrolled<count()>([&](auto k) HWY_ATTR {
                           sums[k] = io.load(dShift + j + k * lanes);
                           dots[k] = io.load(dFactor + j + k * lanes);
                       });
                       for (std::size_t r = 0; r < dy.rows; ++r) {
                           const auto stretch = hn::Set(d, s(r, g));
                           const float* const up = dy.row(r) + j;
                           unrolled<count()>([&](auto k) HWY_ATTR {
                               const auto v = io.load(up + k * lanes);
                               sums[k] = hn::Add(sums[k], v);
                               dots[k] = hn::MulAdd(v, stretch, dots[k]);
                           });
                       }
                       unrolled<count()>([&](auto k) HWY_ATTR {
                           io.store(sums[k], dShift + j + k * lanes);
                           io.store(dots[k], dFactor + j + k * lanes);
                       });
                   });
}

/// Rows r .. r + count - 1, groups first .. last - 1: both gradients, and ds.
template <std::size_t count>
HWY_INLINE void gradientRows(In dy, In s, const float* factor, float* dFactor, float* dShift,
                             Out ds, std::size_t first, std::size_t last, std::size_t r) {
    const std::size_t H = dy.cols / s.cols;
    // From the last to the first: see kernels_layer_norm.cpp.
    for (std::size_t g = last; g-- > first;) {
        FloatVector sum[sumsAbreast], stretch[count];
        unrolled<sumsAbreast>([&](auto k) HWY_ATTR { sum[k] = hn::Zero(Floats()); });
        unrolled<count>([&](auto k) HWY_ATTR { stretch[k] = hn::Set(Floats(), s(r + k, g)); });
        const float* const up = dy.row(r);
        overVectors(g * H, (g + 1) * H, [&](std::size_t j, auto io) HWY_ATTR {
            const auto slope = io.load(factor + j);
            auto factorSum = io.load(dFactor + j), shiftSum = io.load(dShift + j);
            unrolled<count>([&](auto k) HWY_ATTR {
                const auto v = io.load(up + k * dy.stride + j);
                factorSum = hn::MulAdd(v, stretch[k], factorSum);
                shiftSum = hn::Add(shiftSum, v);
                sum[k] = hn::MulAdd(v, slope, sum[k]);
            });
            io.store(factorSum, dFactor + j);
            io.store(shiftSum, dShift + j);
        });
        float sums[sumsAbreast];
        laneSums(sum, 1.0f, sums);
        for (std::size_t k = 0; k < count; ++k) ds(r + k, g) = sums[k];
    }
}

void gradientGroups(In dy, In s, const float* factor, float* dFactor, float* dShift, Out ds,
                    std::size_t first, std::size_t last) {
    overRowsDown(0, dy.rows, [&](std::size_t r, auto count) HWY_ATTR {
        gradientRows<count()>(dy, s, factor, dFactor, dShift, ds, first, last, r);
    });
}

void makeFactors(const float* w, const float* gain, std::size_t width, float variance,
                 float epsilon, float* inverse, float* factor) {
    const Floats d;
    const auto spread = hn::Set(d, variance), tiny = hn::Set(d, epsilon), one = hn::Set(d, 1.0f);
    overVectors(0, width, [&](std::size_t j, auto io) HWY_ATTR {
        const auto number = io.load(w + j);
        const auto square = hn::MulAdd(hn::Mul(number, number), spread, tiny);
        const auto scale = hn::Div(one, hn::Sqrt(io.pad(square, 1.0f)));
        io.store(scale, inverse + j);
        io.store(hn::Mul(hn::Mul(io.load(gain + j), number), scale), factor + j);
    });
}

void factorGradients(const float* dFactor, const float* w, const float* inverse, std::size_t width,
                     float* dGain, float* dWeight) {
    overVectors(0, width, [&](std::size_t j, auto io) HWY_ATTR {
        const auto scale = io.load(inverse + j);
        const auto scaled = hn::Mul(io.load(dFactor + j), scale);
        io.store(hn::MulAdd(scaled, io.load(w + j), io.load(dGain + j)), dGain + j);
        io.store(hn::MulAdd(scaled, hn::Mul(scale, scale), io.load(dWeight + j)), dWeight + j);
    });
}

}  // namespace
}  // namespace bitloom::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace bitloom {

HWY_EXPORT(stretchRows);
HWY_EXPORT(gradientColumns);
HWY_EXPORT(gradientGroups);
HWY_EXPORT(makeFactors);
HWY_EXPORT(factorGradients);

namespace kernels {

template <class T>
void stretchRow(MatrixView<const T> s, std::span<const T> factor, std::span<const T> shift,
                MatrixView<T> y) {
    if constexpr (std::is_same_v<T, float>)
        overRows(y.rows, y.cols, moveGrain, [&](std::size_t first, std::size_t last) {
            HWY_DYNAMIC_DISPATCH(stretchRows)(s, factor.data(), shift.data(), y, first, last);
        });
    else
        plain::stretchRow<T>(s, factor, shift, y);
}

template <class T>
void stretchRowBackward(MatrixView<const T> dy, MatrixView<const T> s, std::span<const T> factor,
                        std::span<T> dFactor, std::span<T> dShift, MatrixView<T> ds) {
    if constexpr (std::is_same_v<T, float>) {
        if (!ds.data)
            return overColumns(dy.rows, dy.cols, moveGrain,
                               [&](std::size_t first, std::size_t last) {
                                   HWY_DYNAMIC_DISPATCH(gradientColumns)
                                   (dy, s, dFactor.data(), dShift.data(), first, last);
                               });
        // Threads take groups: the sums over rows are each one thread's own.
        overRows(s.cols, dy.size() / s.cols, moveGrain, [&](std::size_t first, std::size_t last) {
            HWY_DYNAMIC_DISPATCH(gradientGroups)
            (dy, s, factor.data(), dFactor.data(), dShift.data(), ds, first, last);
        });
    } else {
        plain::stretchRowBackward<T>(dy, s, factor, dFactor, dShift, ds);
    }
}

template <class T>
void stretchFactorBackward(std::span<const T> dFactor, std::span<const T> w,
                           std::span<const T> inverse, std::span<T> dGain, std::span<T> dWeight) {
    if constexpr (std::is_same_v<T, float>) HWY_DYNAMIC_DISPATCH(factorGradients)
    (dFactor.data(), w.data(), inverse.data(), w.size(), dGain.data(), dWeight.data());
    else plain::stretchFactorBackward<T>(dFactor, w, inverse, dGain, dWeight);
}

template <class T>
void stretchFactors(std::span<const T> w, std::span<const T> gain, T variance, T epsilon,
                    std::span<T> inverse, std::span<T> factor) {
    if constexpr (std::is_same_v<T, float>) HWY_DYNAMIC_DISPATCH(makeFactors)
    (w.data(), gain.data(), w.size(), variance, epsilon, inverse.data(), factor.data());
    else plain::stretchFactors<T>(w, gain, variance, epsilon, inverse, factor);
}

template decltype(stretchFactors<float>) stretchFactors<float>;
template decltype(stretchFactors<double>) stretchFactors<double>;
template decltype(stretchFactorBackward<float>) stretchFactorBackward<float>;
template decltype(stretchFactorBackward<double>) stretchFactorBackward<double>;
template decltype(stretchRow<float>) stretchRow<float>;
template decltype(stretchRow<double>) stretchRow<double>;
template decltype(stretchRowBackward<float>) stretchRowBackward<float>;
template decltype(stretchRowBackward<double>) stretchRowBackward<double>;

}  // namespace kernels
}  // namespace bitloom
#endif  // HWY_ONCE
