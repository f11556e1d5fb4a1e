#include <cassert>

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

// Groups and rows go from the last to the first: a load that meets parts of two stores, or a store
// of some lanes, waits for them, and what a group shares with the one before was written long ago.

/// Means over columns first .. last - 1 of `count` rows: of what term(k, j, io, one, other) adds to
/// two sums.
template <std::size_t count, class Term>
HWY_INLINE void rowMeans(std::size_t first, std::size_t last, float* means, float* others,
                         Term term) {
    FloatVector sum[sumsAbreast], other[sumsAbreast];
    unrolled<sumsAbreast>([&](auto k) HWY_ATTR { sum[k] = other[k] = zeros(); });
    overAligned(first, last, [&](std::size_t j, auto io) HWY_ATTR {
        unrolled<count>([&](auto k) HWY_ATTR { term(k, j, io, sum[k], other[k]); });
    });
    const float share = 1.0f / static_cast<float>(last - first);
    laneSums(sum, share, means);
    laneSums(other, share, others);
}

/// Of the numbers of sumsAbreast rows.
struct Moments {
    float mean[sumsAbreast], variance[sumsAbreast];
};

/// Of columns first .. last - 1 of rows r .. r + count - 1, by the means of their deviations from
/// start[k] and the squares of these.
template <std::size_t count>
HWY_INLINE Moments momentsFrom(In x, std::size_t r, std::size_t first, std::size_t last,
                               const float* start) {
    const Floats d;
    Moments m;
    rowMeans<count>(first, last, m.mean, m.variance,
                    [&](auto k, std::size_t j, auto io, FloatVector& sum, FloatVector& squares)
                        HWY_ATTR {
                            const auto from = hn::Set(d, start[k]);
                            const auto off = io.pad(hn::Sub(io.load(x.row(r + k) + j), from), 0.0f);
                            sum = hn::Add(sum, off);
                            squares = hn::MulAdd(off, off, squares);
                        });
    overSums([&](auto few, std::size_t k) HWY_ATTR {
        const auto off = hn::LoadU(few, m.mean + k);
        hn::StoreU(hn::Add(hn::LoadU(few, start + k), off), few, m.mean + k);
        const auto square = hn::LoadU(few, m.variance + k);
        hn::StoreU(hn::NegMulAdd(off, off, square), few, m.variance + k);
    });
    return m;
}

/// One pass over deviations from a row's first number. Where that one lies so far out that the
/// difference of the sums cancels, once more from the mean.
template <std::size_t count>
HWY_INLINE Moments momentsOf(In x, std::size_t r, std::size_t first, std::size_t last) {
    constexpr float farOut = 100;
    float start[sumsAbreast];
    unrolled<sumsAbreast>([&](auto k) HWY_ATTR { start[k] = x(r + (k < count ? k : 0), first); });
    Moments m = momentsFrom<count>(x, r, first, last, start);
    const auto isNear = [&](auto few, std::size_t k) HWY_ATTR {
        const auto off = hn::Sub(hn::LoadU(few, m.mean + k), hn::LoadU(few, start + k));
        const auto most = hn::Mul(hn::LoadU(few, m.variance + k), hn::Set(few, farOut));
        return hn::Le(hn::Mul(off, off), most);
    };
    bool allNear = true;
    overSums([&](auto few, std::size_t k)
                 HWY_ATTR { allNear = allNear && hn::AllTrue(few, isNear(few, k)); });
    if (allNear) return m;
    // Each row for itself, whichever rows it is taken with.
    const Moments again = momentsFrom<count>(x, r, first, last, m.mean);
    overSums([&](auto few, std::size_t k) HWY_ATTR {
        const auto stays = isNear(few, k);
        const auto square = hn::Max(hn::LoadU(few, again.variance + k), hn::Zero(few));
        const auto variance = hn::IfThenElse(stays, hn::LoadU(few, m.variance + k), square);
        const auto mean =
            hn::IfThenElse(stays, hn::LoadU(few, m.mean + k), hn::LoadU(few, again.mean + k));
        hn::StoreU(variance, few, m.variance + k);
        hn::StoreU(mean, few, m.mean + k);
    });
    return m;
}

/// 1 / sqrt(variance + epsilon).
HWY_INLINE void reciprocalRoots(const Moments& m, float epsilon, float* to) {
    overSums([&](auto few, std::size_t k) HWY_ATTR {
        const auto spread = hn::Add(hn::LoadU(few, m.variance + k), hn::Set(few, epsilon));
        hn::StoreU(hn::Div(hn::Set(few, 1.0f), hn::Sqrt(spread)), few, to + k);
    });
}

void momentRows(In x, std::size_t groups, float epsilon, Out mean, Out rstd, std::size_t first,
                std::size_t last) {
    const std::size_t H = x.cols / groups;
    overRowsDown(first, last, [&](std::size_t r, auto count) HWY_ATTR {
        for (std::size_t g = groups; g-- > 0;) {
            const Moments m = momentsOf<count()>(x, r, g * H, (g + 1) * H);
            float factor[sumsAbreast];
            reciprocalRoots(m, epsilon, factor);
            for (std::size_t k = 0; k < count; ++k) {
                mean(r + k, g) = m.mean[k];
                rstd(r + k, g) = factor[k];
            }
        }
    });
}

void forwardRows(In x, std::size_t groups, InSpan gain, InSpan shift, float epsilon, Out xhat,
                 Out rstd, Out y, std::size_t first, std::size_t last) {
    const Floats d;
    const std::size_t H = x.cols / groups;
    overRowsDown(first, last, [&](std::size_t r, auto count) HWY_ATTR {
        for (std::size_t g = groups; g-- > 0;) {
            const std::size_t at = g * H;
            const Moments m = momentsOf<count()>(x, r, at, at + H);
            float factor[sumsAbreast];
            reciprocalRoots(m, epsilon, factor);
            for (std::size_t k = count; k-- > 0;) {
                rstd(r + k, g) = factor[k];
                const auto center = hn::Set(d, m.mean[k]), scale = hn::Set(d, factor[k]);
                const float* const row = x.row(r + k);
                float* const normalRow = xhat.row(r + k);
                float* const out = y.data ? y.row(r + k) : nullptr;
                overAligned(at, at + H, [&](std::size_t j, auto io) HWY_ATTR {
                    const auto normal = hn::Mul(hn::Sub(io.load(row + j), center), scale);
                    io.store(normal, normalRow + j);
                    if (!out) return;
                    const auto scaled = hn::Mul(io.load(gain.data() + j), normal);
                    io.store(shift.data() ? hn::Add(scaled, io.load(shift.data() + j)) : scaled,
                             out + j);
                });
            }
        }
    });
}

/// Rows r .. r + count - 1 of a group that begins at column `at`: their dx, and their part of dgain
/// and dshift.
template <std::size_t count>
HWY_INLINE void backwardGroup(In dy, In xhat, In rstd, std::size_t group, std::size_t H,
                              const float* gain, Out dx, float* dgain, float* dshift,
                              std::size_t r) {
    const Floats d;
    const std::size_t at = group * H;
    float means[sumsAbreast], slopes[sumsAbreast];
    rowMeans<count>(at, at + H, means, slopes,
                    [&](auto k, std::size_t j, auto io, FloatVector& sum, FloatVector& dot)
                        HWY_ATTR {
                            const auto v = io.load(dy.row(r + k) + j);
                            const auto scaled = hn::Mul(io.load(gain + j), v);
                            sum = hn::Add(sum, scaled);
                            dot = hn::MulAdd(scaled, io.load(xhat.row(r + k) + j), dot);
                        });
    FloatVector scale[count], mean[count], slope[count];
    unrolled<count>([&](auto k) HWY_ATTR {
        scale[k] = hn::Set(d, rstd(r + k, group));
        mean[k] = hn::Set(d, means[k]);
        slope[k] = hn::Set(d, slopes[k]);
    });
    overAligned(at, at + H, [&](std::size_t j, auto io) HWY_ATTR {
        const auto g = io.load(gain + j);
        auto gainSum = io.load(dgain + j);
        auto shiftSum = dshift ? io.load(dshift + j) : zeros();
        unrolled<count>([&](auto k) HWY_ATTR {
            const auto v = io.load(dy.row(r + k) + j);
            const auto n = io.load(xhat.row(r + k) + j);
            gainSum = hn::MulAdd(v, n, gainSum);
            shiftSum = hn::Add(shiftSum, v);
            const auto off = hn::MulSub(g, v, mean[k]);
            io.store(hn::Mul(scale[k], hn::NegMulAdd(n, slope[k], off)), dx.row(r + k) + j);
        });
        io.store(gainSum, dgain + j);
        if (dshift) io.store(shiftSum, dshift + j);
    });
}

void backwardGroups(In dy, In xhat, In rstd, std::size_t groups, InSpan gain, Out dx, float* dgain,
                    float* dshift, std::size_t first, std::size_t last) {
    const std::size_t H = dy.cols / groups;
    overRowsDown(0, dy.rows, [&](std::size_t r, auto count) HWY_ATTR {
        for (std::size_t group = last; group-- > first;)
            backwardGroup<count()>(dy, xhat, rstd, group, H, gain.data(), dx, dgain, dshift, r);
    });
}

/// What layerNormBackwardFromSums reads of a row's gates.
struct Rows {
    In mean, rstd, up, dot, stretch;
};

/// Rows r .. r + count - 1 of a group that begins at column `at`, with their sums known.
template <std::size_t count>
HWY_INLINE void backwardGroupFromSums(In dy, In x, const Rows& rows, std::size_t group,
                                      const float* gain, Out dx, float* dgain, float* dshift,
                                      float* dstretch, std::size_t r) {
    const Floats d;
    const std::size_t H = dy.cols / rows.mean.cols, at = group * H;
    const float share = 1.0f / static_cast<float>(H);
    FloatVector mean[count], rstd[count], along[count], rest[count], stretch[count];
    unrolled<count>([&](auto k) HWY_ATTR {
        mean[k] = hn::Set(d, rows.mean(r + k, group));
        rstd[k] = hn::Set(d, rows.rstd(r + k, group));
        along[k] = hn::Set(d, share * rows.dot(r + k, group));
        rest[k] = hn::Set(d, share * rows.up(r + k, group));
        stretch[k] = hn::Set(d, dstretch ? rows.stretch(r + k, group) : 0.0f);
    });
    overAligned(at, at + H, [&](std::size_t j, auto io) HWY_ATTR {
        const auto g = io.load(gain + j);
        auto gainSum = io.load(dgain + j), shiftSum = io.load(dshift + j);
        auto stretchSum = dstretch ? io.load(dstretch + j) : zeros();
        unrolled<count>([&](auto k) HWY_ATTR {
            const auto v = io.load(dy.row(r + k) + j);
            const auto normal = hn::Mul(hn::Sub(io.load(x.row(r + k) + j), mean[k]), rstd[k]);
            gainSum = hn::MulAdd(v, normal, gainSum);
            shiftSum = hn::Add(shiftSum, v);
            stretchSum = hn::MulAdd(v, stretch[k], stretchSum);
            const auto off = hn::MulSub(g, v, rest[k]);
            io.store(hn::Mul(rstd[k], hn::NegMulAdd(normal, along[k], off)), dx.row(r + k) + j);
        });
        io.store(gainSum, dgain + j);
        io.store(shiftSum, dshift + j);
        if (dstretch) io.store(stretchSum, dstretch + j);
    });
}

void backwardGroupsFromSums(In dy, In x, In mean, In rstd, In up, In dot, In stretch, InSpan gain,
                            Out dx, float* dgain, float* dshift, float* dstretch, std::size_t first,
                            std::size_t last) {
    const Rows rows{mean, rstd, up, dot, stretch};
    overRowsDown(0, dy.rows, [&](std::size_t r, auto count) HWY_ATTR {
        for (std::size_t group = last; group-- > first;)
            backwardGroupFromSums<count()>(dy, x, rows, group, gain.data(), dx, dgain, dshift,
                                           dstretch, r);
    });
}

}  // namespace
}  // namespace bitloom::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace bitloom {

HWY_EXPORT(forwardRows);
HWY_EXPORT(backwardGroups);
HWY_EXPORT(momentRows);
HWY_EXPORT(backwardGroupsFromSums);

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

template <class T>
void layerNormMoments(MatrixView<const T> x, std::size_t groups, T epsilon, MatrixView<T> mean,
                      MatrixView<T> rstd) {
    if constexpr (std::is_same_v<T, float>) {
        assert(groups > 0 && x.cols % groups == 0);
        overRows(x.rows, x.cols, moveGrain / 2, [&](std::size_t first, std::size_t last) {
            HWY_DYNAMIC_DISPATCH(momentRows)(x, groups, epsilon, mean, rstd, first, last);
        });
    } else {
        plain::layerNormMoments<T>(x, groups, epsilon, mean, rstd);
    }
}

template <class T>
void layerNormBackwardFromSums(MatrixView<const T> dy, MatrixView<const T> x,
                               MatrixView<const T> mean, MatrixView<const T> rstd,
                               MatrixView<const T> up, MatrixView<const T> dot,
                               MatrixView<const T> stretch, std::span<const T> gain,
                               MatrixView<T> dx, std::span<T> dgain, std::span<T> dshift,
                               std::span<T> dstretch) {
    if constexpr (std::is_same_v<T, float>) {
        const std::size_t groups = mean.cols;
        assert(groups > 0 && dy.cols % groups == 0);
        overRows(groups, dy.size() / groups, moveGrain / 2,
                 [&](std::size_t first, std::size_t last) {
                     HWY_DYNAMIC_DISPATCH(backwardGroupsFromSums)
                     (dy, x, mean, rstd, up, dot, stretch, gain, dx, dgain.data(), dshift.data(),
                      dstretch.data(), first, last);
                 });
    } else {
        plain::layerNormBackwardFromSums<T>(dy, x, mean, rstd, up, dot, stretch, gain, dx, dgain,
                                            dshift, dstretch);
    }
}

template decltype(layerNormMoments<float>) layerNormMoments<float>;
template decltype(layerNormMoments<double>) layerNormMoments<double>;
template decltype(layerNormBackwardFromSums<float>) layerNormBackwardFromSums<float>;
template decltype(layerNormBackwardFromSums<double>) layerNormBackwardFromSums<double>;
template decltype(layerNormForward<float>) layerNormForward<float>;
template decltype(layerNormForward<double>) layerNormForward<double>;
template decltype(layerNormBackward<float>) layerNormBackward<float>;
template decltype(layerNormBackward<double>) layerNormBackward<double>;

}  // namespace kernels
}  // namespace bitloom
#endif  // HWY_ONCE
