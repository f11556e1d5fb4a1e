#include "math/kernels.h"
#include "math/kernels_norm.h"
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
using Folded = kernels::FoldedNorm<float>;

void momentColumns(In x, float* mean, float* squares, std::size_t first, std::size_t last) {
    overMoments(
        x.rows, first, last,
        [&](std::size_t r, std::size_t j, auto io) HWY_ATTR { return io.load(x.row(r) + j); },
        [&](std::size_t j, auto io, FloatVector center, FloatVector deviations) HWY_ATTR {
            io.store(center, mean + j);
            io.store(deviations, squares + j);
        });
}

template <class Io>
HWY_INLINE void foldAt(std::size_t j, Io io, FloatVector mean, FloatVector rstd,
                       const Folded& folded) {
    const auto slope = hn::Mul(io.load(folded.gain.data() + j), rstd);
    io.store(slope, folded.factor.data() + j);
    io.store(hn::NegMulAdd(slope, mean, io.load(folded.shift.data() + j)),
             folded.offset.data() + j);
}

/// The mean is that of the first part and what the others differ from it by.
void mergeColumns(In means, In squares, std::span<const std::size_t> rows, float epsilon,
                  float* mean, float* variance, float* rstd, const Folded& folded) {
    const Floats d;
    float count = 0;
    for (const std::size_t n : rows) count += static_cast<float>(n);
    const float share = 1 / count;
    const auto part = hn::Set(d, share), one = hn::Set(d, 1.0f), tiny = hn::Set(d, epsilon);
    const bool folds = !folded.factor.empty();
    overVectors(0, means.cols, [&](std::size_t j, auto io) HWY_ATTR {
        const auto start = io.load(means.row(0) + j);
        auto center = start, total = hn::Zero(d);
        for (std::size_t p = 1; p < rows.size(); ++p) {
            const auto off = hn::Sub(io.load(means.row(p) + j), start);
            center = hn::MulAdd(hn::Set(d, static_cast<float>(rows[p]) * share), off, center);
        }
        for (std::size_t p = 0; p < rows.size(); ++p) {
            const auto off = hn::Sub(io.load(means.row(p) + j), center);
            const auto here = hn::Set(d, static_cast<float>(rows[p]));
            total =
                hn::MulAdd(hn::Mul(off, off), here, hn::Add(total, io.load(squares.row(p) + j)));
        }
        const auto spread = hn::Mul(total, part);
        const auto inverse = hn::Div(one, hn::Sqrt(hn::Add(spread, tiny)));
        io.store(center, mean + j);
        io.store(spread, variance + j);
        io.store(inverse, rstd + j);
        if (folds) foldAt(j, io, center, inverse, folded);
    });
}

void invert(const float* variance, std::size_t width, float epsilon, float* inverse) {
    const Floats d;
    const auto one = hn::Set(d, 1.0f), tiny = hn::Set(d, epsilon);
    overVectors(0, width, [&](std::size_t j, auto io) HWY_ATTR {
        const auto spread = io.pad(hn::Add(io.load(variance + j), tiny), 1.0f);
        io.store(hn::Div(one, hn::Sqrt(spread)), inverse + j);
    });
}

void foldRange(const float* mean, const float* rstd, std::size_t width, const Folded& folded) {
    overVectors(0, width, [&](std::size_t j, auto io) HWY_ATTR {
        foldAt(j, io, io.load(mean + j), io.load(rstd + j), folded);
    });
}

void normalizeRows(In x, const float* mean, const float* rstd, const float* gain,
                   const float* shift, Out xhat, Out y, std::size_t first, std::size_t last) {
    for (std::size_t r = first; r < last; ++r) {
        const float* const from = x.row(r);
        float* const normal = xhat.row(r);
        float* const out = y.data ? y.row(r) : nullptr;
        overVectors(0, x.cols, [&](std::size_t j, auto io) HWY_ATTR {
            const auto v =
                hn::Mul(hn::Sub(io.load(from + j), io.load(mean + j)), io.load(rstd + j));
            io.store(v, normal + j);
            if (!out) return;
            const auto scaled = hn::Mul(io.load(gain + j), v);
            io.store(shift ? hn::Add(scaled, io.load(shift + j)) : scaled, out + j);
        });
    }
}

void applyRows(In x, const float* mean, const float* factor, const float* shift, Out y,
               std::size_t first, std::size_t last) {
    for (std::size_t r = first; r < last; ++r) {
        const float* const from = x.row(r);
        float* const out = y.row(r);
        overVectors(0, x.cols, [&](std::size_t j, auto io) HWY_ATTR {
            const auto off = hn::Sub(io.load(from + j), io.load(mean + j));
            const auto scaled = hn::Mul(off, io.load(factor + j));
            io.store(shift ? hn::Add(scaled, io.load(shift + j)) : scaled, out + j);
        });
    }
}

/// `stretches`: with sums of dy s.
template <bool stretches>
HWY_INLINE void sumStrips(In dy, In x, const float* mean, In stretch, float* sum, float* dot,
                          float* stretched, std::size_t first, std::size_t last) {
    const Floats d;
    const std::size_t lanes = hn::Lanes(d);
    overStrips(first, last, [&](std::size_t j, auto io, auto count) HWY_ATTR {
        FloatVector center[count], sums[count], dots[count], more[count];
        unrolled<count()>([&](auto i) HWY_ATTR {
            sums[i] = dots[i] = more[i] = hn::Zero(d);
            center[i] = mean ? io.load(mean + j + i * lanes) : hn::Zero(d);
        });
        for (std::size_t r = 0; r < dy.rows; ++r) {
            auto s = hn::Zero(d);
            if constexpr (stretches) s = hn::Set(d, *stretch.row(r));
            unrolled<count()>([&](auto i) HWY_ATTR {
                const auto v = io.load(dy.row(r) + j + i * lanes);
                const auto off = hn::Sub(io.load(x.row(r) + j + i * lanes), center[i]);
                sums[i] = hn::Add(sums[i], v);
                dots[i] = hn::MulAdd(v, off, dots[i]);
                if constexpr (stretches) more[i] = hn::MulAdd(v, s, more[i]);
            });
        }
        unrolled<count()>([&](auto i) HWY_ATTR {
            io.store(sums[i], sum + j + i * lanes);
            io.store(dots[i], dot + j + i * lanes);
            if constexpr (stretches) io.store(more[i], stretched + j + i * lanes);
        });
    });
}

void sumColumns(In dy, In x, const float* mean, In stretch, float* sum, float* dot,
                float* stretched, std::size_t first, std::size_t last) {
    if (stretched)
        sumStrips<true>(dy, x, mean, stretch, sum, dot, stretched, first, last);
    else
        sumStrips<false>(dy, x, mean, stretch, sum, dot, stretched, first, last);
}

void mergeSumColumns(In sums, In dots, bool centered, std::size_t own, float share,
                     const float* gain, const float* rstd, float* meanUp, float* meanDot,
                     float* factor, float* dgain, float* dshift) {
    const auto part = hn::Set(Floats(), share);
    overVectors(0, sums.cols, [&](std::size_t j, auto io) HWY_ATTR {
        auto sum = io.load(sums.row(0) + j), dot = io.load(dots.row(0) + j);
        for (std::size_t p = 1; p < sums.rows; ++p) {
            sum = hn::Add(sum, io.load(sums.row(p) + j));
            dot = hn::Add(dot, io.load(dots.row(p) + j));
        }
        const auto inverse = io.load(rstd + j);
        const auto scale = centered ? inverse : hn::Set(Floats(), 1.0f);
        io.store(hn::Mul(sum, part), meanUp + j);
        io.store(hn::Mul(hn::Mul(dot, part), hn::Mul(scale, scale)), meanDot + j);
        io.store(hn::Mul(io.load(gain + j), inverse), factor + j);
        io.store(hn::MulAdd(scale, io.load(dots.row(own) + j), io.load(dgain + j)), dgain + j);
        io.store(hn::Add(io.load(dshift + j), io.load(sums.row(own) + j)), dshift + j);
    });
}

void moveColumns(const float* mean, const float* variance, std::size_t width, float momentum,
                 float unbiased, float* runningMean, float* runningVariance) {
    const Floats d;
    const auto stay = hn::Set(d, 1 - momentum), come = hn::Set(d, momentum);
    const auto comeUnbiased = hn::Set(d, momentum * unbiased);
    overVectors(0, width, [&](std::size_t j, auto io) HWY_ATTR {
        const auto m = hn::Mul(stay, io.load(runningMean + j));
        io.store(hn::MulAdd(come, io.load(mean + j), m), runningMean + j);
        const auto v = hn::Mul(stay, io.load(runningVariance + j));
        io.store(hn::MulAdd(comeUnbiased, io.load(variance + j), v), runningVariance + j);
    });
}

/// Row by row: by strips, stores kept the loads waiting (measured at 50 x 400: 2.4 us for 1.8).
void backwardRows(In dy, In x, const float* mean, const float* meanUp, const float* meanDot,
                  const float* factor, Out dx, std::size_t first, std::size_t last) {
    for (std::size_t r = first; r < last; ++r) {
        const float *const up = dy.row(r), *const number = x.row(r);
        float* const down = dx.row(r);
        overVectors(0, dy.cols, [&](std::size_t j, auto io) HWY_ATTR {
            const auto v = io.load(number + j);
            const auto centered = mean ? hn::Sub(v, io.load(mean + j)) : v;
            const auto off = hn::Sub(io.load(up + j), io.load(meanUp + j));
            const auto straight = hn::NegMulAdd(centered, io.load(meanDot + j), off);
            io.store(hn::Mul(io.load(factor + j), straight), down + j);
        });
    }
}

}  // namespace
}  // namespace bitloom::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace bitloom {

HWY_EXPORT(momentColumns);
HWY_EXPORT(mergeColumns);
HWY_EXPORT(normalizeRows);
HWY_EXPORT(applyRows);
HWY_EXPORT(invert);
HWY_EXPORT(foldRange);
HWY_EXPORT(sumColumns);
HWY_EXPORT(mergeSumColumns);
HWY_EXPORT(moveColumns);
HWY_EXPORT(backwardRows);

namespace kernels {

template <class T>
void columnMoments(MatrixView<const T> x, std::span<T> mean, std::span<T> squares) {
    if constexpr (std::is_same_v<T, float>)
        overColumns(x.rows, x.cols, moveGrain / 2, [&](std::size_t first, std::size_t last) {
            HWY_DYNAMIC_DISPATCH(momentColumns)(x, mean.data(), squares.data(), first, last);
        });
    else
        plain::columnMoments<T>(x, mean, squares);
}

template <class T>
void mergeMoments(MatrixView<const T> means, MatrixView<const T> squares,
                  std::span<const std::size_t> rows, T epsilon, std::span<T> mean,
                  std::span<T> variance, std::span<T> rstd, const FoldedNorm<T>& folded) {
    if constexpr (std::is_same_v<T, float>) HWY_DYNAMIC_DISPATCH(mergeColumns)
    (means, squares, rows, epsilon, mean.data(), variance.data(), rstd.data(), folded);
    else plain::mergeMoments<T>(means, squares, rows, epsilon, mean, variance, rstd, folded);
}

template <class T>
void normalizeColumns(MatrixView<const T> x, std::span<const T> mean, std::span<const T> rstd,
                      std::span<const T> gain, std::span<const T> shift, MatrixView<T> xhat,
                      MatrixView<T> y) {
    if constexpr (std::is_same_v<T, float>)
        overRows(x.rows, x.cols, moveGrain, [&](std::size_t first, std::size_t last) {
            HWY_DYNAMIC_DISPATCH(normalizeRows)
            (x, mean.data(), rstd.data(), gain.data(), shift.data(), xhat, y, first, last);
        });
    else
        plain::normalizeColumns<T>(x, mean, rstd, gain, shift, xhat, y);
}

template <class T>
void batchNormApply(MatrixView<const T> x, std::span<const T> mean, std::span<const T> factor,
                    std::span<const T> shift, MatrixView<T> y) {
    if constexpr (std::is_same_v<T, float>)
        overRows(x.rows, x.cols, moveGrain, [&](std::size_t first, std::size_t last) {
            HWY_DYNAMIC_DISPATCH(applyRows)
            (x, mean.data(), factor.data(), shift.data(), y, first, last);
        });
    else
        plain::batchNormApply<T>(x, mean, factor, shift, y);
}

template <class T>
void inverseDeviations(std::span<const T> variance, T epsilon, std::span<T> inverse) {
    if constexpr (std::is_same_v<T, float>)
        HWY_DYNAMIC_DISPATCH(invert)(variance.data(), variance.size(), epsilon, inverse.data());
    else
        plain::inverseDeviations<T>(variance, epsilon, inverse);
}

template <class T>
void foldColumns(std::span<const T> mean, std::span<const T> rstd, const FoldedNorm<T>& folded) {
    if constexpr (std::is_same_v<T, float>)
        HWY_DYNAMIC_DISPATCH(foldRange)(mean.data(), rstd.data(), mean.size(), folded);
    else
        plain::foldColumns<T>(mean, rstd, folded);
}

template <class T>
void normalizedSums(MatrixView<const T> dy, MatrixView<const T> x, std::span<const T> mean,
                    MatrixView<const T> stretch, std::span<T> sum, std::span<T> dot,
                    std::span<T> stretched) {
    if constexpr (std::is_same_v<T, float>)
        overColumns(dy.rows, dy.cols, moveGrain / 2, [&](std::size_t first, std::size_t last) {
            HWY_DYNAMIC_DISPATCH(sumColumns)
            (dy, x, mean.data(), stretch, sum.data(), dot.data(), stretched.data(), first, last);
        });
    else
        plain::normalizedSums<T>(dy, x, mean, stretch, sum, dot, stretched);
}

template <class T>
void mergeSums(MatrixView<const T> sums, MatrixView<const T> dots, bool centered, std::size_t own,
               T share, std::span<const T> gain, std::span<const T> rstd, std::span<T> meanUp,
               std::span<T> meanDot, std::span<T> factor, std::span<T> dgain, std::span<T> dshift) {
    if constexpr (std::is_same_v<T, float>) HWY_DYNAMIC_DISPATCH(mergeSumColumns)
    (sums, dots, centered, own, share, gain.data(), rstd.data(), meanUp.data(), meanDot.data(),
     factor.data(), dgain.data(), dshift.data());
    else plain::mergeSums<T>(sums, dots, centered, own, share, gain, rstd, meanUp, meanDot, factor,
                             dgain, dshift);
}

template <class T>
void moveStatistics(std::span<const T> mean, std::span<const T> variance, T momentum, T unbiased,
                    std::span<T> runningMean, std::span<T> runningVariance) {
    if constexpr (std::is_same_v<T, float>) HWY_DYNAMIC_DISPATCH(moveColumns)
    (mean.data(), variance.data(), mean.size(), momentum, unbiased, runningMean.data(),
     runningVariance.data());
    else plain::moveStatistics<T>(mean, variance, momentum, unbiased, runningMean, runningVariance);
}

template <class T>
void normalizeColumnsBackward(MatrixView<const T> dy, MatrixView<const T> x,
                              std::span<const T> mean, std::span<const T> meanUp,
                              std::span<const T> meanDot, std::span<const T> factor,
                              MatrixView<T> dx) {
    if constexpr (std::is_same_v<T, float>)
        overRows(dy.rows, dy.cols, moveGrain, [&](std::size_t first, std::size_t last) {
            HWY_DYNAMIC_DISPATCH(backwardRows)
            (dy, x, mean.data(), meanUp.data(), meanDot.data(), factor.data(), dx, first, last);
        });
    else
        plain::normalizeColumnsBackward<T>(dy, x, mean, meanUp, meanDot, factor, dx);
}

template decltype(columnMoments<float>) columnMoments<float>;
template decltype(columnMoments<double>) columnMoments<double>;
template decltype(mergeMoments<float>) mergeMoments<float>;
template decltype(mergeMoments<double>) mergeMoments<double>;
template decltype(normalizeColumns<float>) normalizeColumns<float>;
template decltype(normalizeColumns<double>) normalizeColumns<double>;
template decltype(batchNormApply<float>) batchNormApply<float>;
template decltype(batchNormApply<double>) batchNormApply<double>;
template decltype(inverseDeviations<float>) inverseDeviations<float>;
template decltype(inverseDeviations<double>) inverseDeviations<double>;
template decltype(foldColumns<float>) foldColumns<float>;
template decltype(foldColumns<double>) foldColumns<double>;
template decltype(normalizedSums<float>) normalizedSums<float>;
template decltype(normalizedSums<double>) normalizedSums<double>;
template decltype(mergeSums<float>) mergeSums<float>;
template decltype(mergeSums<double>) mergeSums<double>;
template decltype(moveStatistics<float>) moveStatistics<float>;
template decltype(moveStatistics<double>) moveStatistics<double>;
template decltype(normalizeColumnsBackward<float>) normalizeColumnsBackward<float>;
template decltype(normalizeColumnsBackward<double>) normalizeColumnsBackward<double>;

}  // namespace kernels
}  // namespace bitloom
#endif  // HWY_ONCE
