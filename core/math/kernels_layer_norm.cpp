#include <algorithm>
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
    // The mean's own rounding is what is left of the sum of the differences. Where all numbers are
    // nearly equal 1 / sqrt(eps) would blow it up.
    auto squares = zeros(), rest = zeros();
    overVectors(0, count, [&](std::size_t j, auto io) HWY_ATTR {
        const auto off = io.pad(hn::Sub(io.load(x + j), mean), 0.0f);
        squares = hn::MulAdd(off, off, squares);
        rest = hn::Add(rest, off);
    });
    const float drift = sumOf(rest) / size;
    *rstd = 1.0f / std::sqrt(std::max(0.0f, sumOf(squares) / size - drift * drift) + epsilon);
    const auto factor = hn::Set(d, *rstd);
    const auto correction = hn::Set(d, drift);
    overVectors(0, count, [&](std::size_t j, auto io) HWY_ATTR {
        const auto off = hn::Sub(hn::Sub(io.load(x + j), mean), correction);
        const auto normal = hn::Mul(off, factor);
        io.store(normal, xhat + j);
        if (!y) return;
        const auto g = io.load(gain + j);
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
                         rstd.row(r) + group, y.data ? y.row(r) + at : nullptr);
        }
}

/// Rows taken together: they stay in the first-level cache from their sums to dx, and dgain is read
/// and written once for all of them.
constexpr std::size_t rowsOfATile = 8;

/// Gate `group` of rows first .. last - 1, at most rowsOfATile.
void backwardTile(In dy, In xhat, In rstd, std::size_t group, std::size_t H, const float* gain,
                  Out dx, float* dgain, float* dshift, std::size_t first, std::size_t last) {
    const Floats d;
    const std::size_t at = group * H;
    const float size = static_cast<float>(H);
    float means[rowsOfATile], slopes[rowsOfATile];
    for (std::size_t r = first; r < last; ++r) {
        const float* const up = dy.row(r) + at;
        const float* const normal = xhat.row(r) + at;
        auto sum = zeros(), dot = zeros();
        overVectors(0, H, [&](std::size_t j, auto io) HWY_ATTR {
            const auto scaled = hn::Mul(io.load(gain + at + j), io.load(up + j));
            sum = hn::Add(sum, scaled);
            dot = hn::MulAdd(scaled, io.load(normal + j), dot);
        });
        means[r - first] = sumOf(sum) / size;
        slopes[r - first] = sumOf(dot) / size;
    }
    overVectors(at, at + H, [&](std::size_t j, auto io) HWY_ATTR {
        const auto g = io.load(gain + j);
        auto gainSum = io.load(dgain + j);
        auto shiftSum = dshift ? io.load(dshift + j) : hn::Zero(d);
        for (std::size_t r = first; r < last; ++r) {
            const auto up = io.load(dy.row(r) + j), normal = io.load(xhat.row(r) + j);
            gainSum = hn::MulAdd(up, normal, gainSum);
            shiftSum = hn::Add(shiftSum, up);
            const auto off = hn::MulSub(g, up, hn::Set(d, means[r - first]));
            const auto straight = hn::NegMulAdd(normal, hn::Set(d, slopes[r - first]), off);
            io.store(hn::Mul(hn::Set(d, rstd(r, group)), straight), dx.row(r) + j);
        }
        io.store(gainSum, dgain + j);
        if (dshift) io.store(shiftSum, dshift + j);
    });
}

void backwardGroups(In dy, In xhat, In rstd, std::size_t groups, InSpan gain, Out dx, float* dgain,
                    float* dshift, std::size_t first, std::size_t last) {
    const std::size_t H = dy.cols / groups;
    for (std::size_t r = 0; r < dy.rows; r += rowsOfATile)
        for (std::size_t group = first; group < last; ++group)
            backwardTile(dy, xhat, rstd, group, H, gain.data(), dx, dgain, dshift, r,
                         std::min(dy.rows, r + rowsOfATile));
}

}  // namespace
}  // namespace bitloom::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace bitloom {

HWY_EXPORT(forwardRows);
HWY_EXPORT(backwardGroups);

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
        // Threads take gates: the sums over rows are each one thread's own.
        overRows(groups, dy.size() / groups, moveGrain / 2,
                 [&](std::size_t first, std::size_t last) {
                     HWY_DYNAMIC_DISPATCH(backwardGroups)
                     (dy, xhat, rstd, groups, gain, dx, dgain.data(), dshift.data(), first, last);
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
