#include <algorithm>
#include <cassert>
#include <cmath>

#include "math/kernels.h"
#include "math/kernels_norm.h"
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

struct Moments {
    float mean, variance;
};

/// Of `count` numbers, by the sums of their deviations from `start` and the squares of these.
HWY_INLINE Moments momentsFrom(const float* x, std::size_t count, float start) {
    const Floats d;
    const auto from = hn::Set(d, start);
    auto sum = zeros(), squares = zeros();
    overVectors(0, count, [&](std::size_t j, auto io) HWY_ATTR {
        const auto off = io.pad(hn::Sub(io.load(x + j), from), 0.0f);
        sum = hn::Add(sum, off);
        squares = hn::MulAdd(off, off, squares);
    });
    const float size = static_cast<float>(count);
    const float off = sumOf(sum) / size, square = sumOf(squares) / size;
    return {start + off, square - off * off};
}

/// One pass over deviations from the first number. Where that one lies so far out that the
/// difference of the sums cancels, once more from the mean.
HWY_INLINE Moments momentsOf(const float* x, std::size_t count) {
    constexpr float farOut = 100;
    const Moments first = momentsFrom(x, count, x[0]);
    const float off = first.mean - x[0];
    if (off * off <= farOut * first.variance) return first;
    const Moments again = momentsFrom(x, count, first.mean);
    return {again.mean, std::max(0.0f, again.variance)};
}

void forwardRows(In x, std::size_t groups, InSpan gain, InSpan shift, float epsilon, Out xhat,
                 Out rstd, Out y, std::size_t first, std::size_t last) {
    const Floats d;
    const std::size_t H = x.cols / groups;
    for (std::size_t r = first; r < last; ++r) {
        // The groups' sums first: they do not wait for each other.
        constexpr std::size_t abreast = 4;
        for (std::size_t from = 0; from < groups; from += abreast) {
            const std::size_t to = std::min(groups, from + abreast);
            Moments moments[abreast];
            for (std::size_t g = from; g < to; ++g)
                moments[g - from] = momentsOf(x.row(r) + g * H, H);
            for (std::size_t g = from; g < to; ++g) {
                const Moments& m = moments[g - from];
                rstd(r, g) = 1.0f / std::sqrt(m.variance + epsilon);
                const auto mean = hn::Set(d, m.mean), factor = hn::Set(d, rstd(r, g));
                const float* const row = x.row(r);
                float* const normalRow = xhat.row(r);
                float* const out = y.data ? y.row(r) : nullptr;
                overVectors(g * H, (g + 1) * H, [&](std::size_t j, auto io) HWY_ATTR {
                    const auto normal = hn::Mul(hn::Sub(io.load(row + j), mean), factor);
                    io.store(normal, normalRow + j);
                    if (!out) return;
                    const auto scaled = hn::Mul(io.load(gain.data() + j), normal);
                    io.store(shift.data() ? hn::Add(scaled, io.load(shift.data() + j)) : scaled,
                             out + j);
                });
            }
        }
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
