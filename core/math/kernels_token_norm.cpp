#include <algorithm>

#include "math/kernels.h"
#include "math/kernels_norm.h"
#include "math/kernels_plain.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "math/kernels_token_norm.cpp"
#include <hwy/foreach_target.h>
// Highway compiles the part up to HWY_ONCE once a target.
#include "math/kernels_inl.h"

HWY_BEFORE_NAMESPACE();
namespace bitloom::HWY_NAMESPACE {
namespace {

using In = MatrixView<const float>;
using Out = MatrixView<float>;
using Indices = std::span<const std::int32_t>;

/// Columns at a time: what belongs to a column stays in the first-level cache for all rows.
constexpr std::size_t blockColumns = 512;

template <class Body>
HWY_INLINE void overBlocks(std::size_t columns, Body body) {
    for (std::size_t first = 0; first < columns; first += blockColumns)
        body(first, std::min(columns, first + blockColumns));
}

const float* rowOf(In table, std::int32_t index) {
    return index < 0 ? nullptr : table.row(static_cast<std::size_t>(index));
}

template <class Io>
HWY_INLINE FloatVector loadOrZero(const float* row, std::size_t j, Io io) {
    return row ? io.load(row + j) : hn::Zero(Floats());
}

/// One pass over deviations from the first row, as momentColumns of kernels_batch_norm.cpp.
void moments(In table, Indices rows, float* mean, float* variance) {
    const Floats d;
    const auto share = hn::Set(d, 1.0f / static_cast<float>(rows.size()));
    const float* const start = rowOf(table, rows[0]);
    overBlocks(table.cols, [&](std::size_t first, std::size_t last) HWY_ATTR {
        std::fill(mean + first, mean + last, 0.0f);
        std::fill(variance + first, variance + last, 0.0f);
        for (const std::int32_t index : rows) {
            const float* const row = rowOf(table, index);
            overVectors(first, last, [&](std::size_t j, auto io) HWY_ATTR {
                const auto off = hn::Sub(loadOrZero(row, j, io), loadOrZero(start, j, io));
                io.store(hn::Add(io.load(mean + j), off), mean + j);
                io.store(hn::MulAdd(off, off, io.load(variance + j)), variance + j);
            });
        }
        overVectors(first, last, [&](std::size_t j, auto io) HWY_ATTR {
            const auto sum = io.load(mean + j);
            const auto off = hn::Mul(sum, share);
            const auto rest = hn::NegMulAdd(off, sum, io.load(variance + j));
            io.store(hn::Mul(hn::Max(rest, hn::Zero(d)), share), variance + j);
            io.store(hn::Add(loadOrZero(start, j, io), off), mean + j);
        });
    });
}

void form(const float* mean, const float* variance, std::size_t width, const float* gain,
          const float* base, float epsilon, float* inverse, float* factor, float* offset) {
    const Floats d;
    const auto one = hn::Set(d, 1.0f), tiny = hn::Set(d, epsilon);
    overVectors(0, width, [&](std::size_t j, auto io) HWY_ATTR {
        const auto spread = io.pad(hn::Add(io.load(variance + j), tiny), 1.0f);
        const auto scale = hn::Div(one, hn::Sqrt(spread));
        const auto slope = hn::Mul(io.load(gain + j), scale);
        io.store(scale, inverse + j);
        io.store(slope, factor + j);
        io.store(hn::NegMulAdd(slope, io.load(mean + j), io.load(base + j)), offset + j);
    });
}

void normalize(In table, Indices rows, const float* mean, const float* factor, const float* shift,
               Out y) {
    overBlocks(y.cols, [&](std::size_t first, std::size_t last) HWY_ATTR {
        for (std::size_t r = 0; r < y.rows; ++r) {
            const float* const row = rowOf(table, rows[r]);
            float* const out = y.row(r);
            overVectors(first, last, [&](std::size_t j, auto io) HWY_ATTR {
                const auto off = hn::Sub(loadOrZero(row, j, io), io.load(mean + j));
                io.store(hn::MulAdd(io.load(factor + j), off, io.load(shift + j)), out + j);
            });
        }
    });
}

void sums(In dy, In table, Indices rows, const float* mean, const float* factor, float* sum,
          float* dot, Out gradient) {
    overBlocks(dy.cols, [&](std::size_t first, std::size_t last) HWY_ATTR {
        std::fill(sum + first, sum + last, 0.0f);
        std::fill(dot + first, dot + last, 0.0f);
        for (std::size_t r = 0; r < dy.rows; ++r) {
            const float* const row = rowOf(table, rows[r]);
            const float* const up = dy.row(r);
            float* const down = row ? gradient.row(static_cast<std::size_t>(rows[r])) : nullptr;
            overVectors(first, last, [&](std::size_t j, auto io) HWY_ATTR {
                const auto v = io.load(up + j);
                const auto off = hn::Sub(loadOrZero(row, j, io), io.load(mean + j));
                io.store(hn::Add(io.load(sum + j), v), sum + j);
                io.store(hn::MulAdd(v, off, io.load(dot + j)), dot + j);
                if (down) io.store(hn::MulAdd(io.load(factor + j), v, io.load(down + j)), down + j);
            });
        }
    });
}

void means(const float* sum, const float* dot, std::size_t width, float share, const float* inverse,
           const float* factor, float* meanUp, float* meanDot, float* dgain, float* dshift) {
    const auto part = hn::Set(Floats(), share);
    overVectors(0, width, [&](std::size_t j, auto io) HWY_ATTR {
        const auto up = io.load(sum + j), along = io.load(dot + j);
        const auto scale = io.load(inverse + j);
        const auto slope = hn::Mul(part, io.load(factor + j));
        io.store(hn::Add(io.load(dshift + j), up), dshift + j);
        io.store(hn::MulAdd(scale, along, io.load(dgain + j)), dgain + j);
        io.store(hn::Mul(slope, up), meanUp + j);
        io.store(hn::Mul(hn::Mul(slope, hn::Mul(scale, scale)), along), meanDot + j);
    });
}

void correct(In table, Indices rows, const float* counts, const float* mean, const float* meanUp,
             const float* meanDot, Out gradient) {
    const Floats d;
    overBlocks(table.cols, [&](std::size_t first, std::size_t last) HWY_ATTR {
        for (std::size_t k = 0; k < rows.size(); ++k) {
            const auto index = static_cast<std::size_t>(rows[k]);
            const auto count = hn::Set(d, counts[k]);
            const float* const row = table.row(index);
            float* const down = gradient.row(index);
            overVectors(first, last, [&](std::size_t j, auto io) HWY_ATTR {
                const auto off = hn::Sub(io.load(row + j), io.load(mean + j));
                const auto taken = hn::MulAdd(io.load(meanDot + j), off, io.load(meanUp + j));
                io.store(hn::NegMulAdd(count, taken, io.load(down + j)), down + j);
            });
        }
    });
}

}  // namespace
}  // namespace bitloom::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace bitloom {

HWY_EXPORT(moments);
HWY_EXPORT(form);
HWY_EXPORT(means);
HWY_EXPORT(normalize);
HWY_EXPORT(sums);
HWY_EXPORT(correct);

namespace kernels {

template <class T>
void tokenMoments(MatrixView<const T> table, std::span<const std::int32_t> rows, std::span<T> mean,
                  std::span<T> variance) {
    if constexpr (std::is_same_v<T, float>)
        HWY_DYNAMIC_DISPATCH(moments)(table, rows, mean.data(), variance.data());
    else
        plain::tokenMoments<T>(table, rows, mean, variance);
}

template <class T>
void tokenForm(std::span<const T> mean, std::span<const T> variance, std::span<const T> gain,
               std::span<const T> base, T epsilon, std::span<T> inverse, std::span<T> factor,
               std::span<T> offset) {
    if constexpr (std::is_same_v<T, float>) HWY_DYNAMIC_DISPATCH(form)
    (mean.data(), variance.data(), mean.size(), gain.data(), base.data(), epsilon, inverse.data(),
     factor.data(), offset.data());
    else plain::tokenForm<T>(mean, variance, gain, base, epsilon, inverse, factor, offset);
}

template <class T>
void tokenNormalize(MatrixView<const T> table, std::span<const std::int32_t> rows,
                    std::span<const T> mean, std::span<const T> factor, std::span<const T> shift,
                    MatrixView<T> y) {
    if constexpr (std::is_same_v<T, float>) HWY_DYNAMIC_DISPATCH(normalize)
    (table, rows, mean.data(), factor.data(), shift.data(), y);
    else plain::tokenNormalize<T>(table, rows, mean, factor, shift, y);
}

template <class T>
void tokenSums(MatrixView<const T> dy, MatrixView<const T> table,
               std::span<const std::int32_t> rows, std::span<const T> mean,
               std::span<const T> factor, std::span<T> sum, std::span<T> dot,
               MatrixView<T> gradient) {
    if constexpr (std::is_same_v<T, float>) HWY_DYNAMIC_DISPATCH(sums)
    (dy, table, rows, mean.data(), factor.data(), sum.data(), dot.data(), gradient);
    else plain::tokenSums<T>(dy, table, rows, mean, factor, sum, dot, gradient);
}

template <class T>
void tokenMeans(std::span<const T> sum, std::span<const T> dot, T share, std::span<const T> inverse,
                std::span<const T> factor, std::span<T> meanUp, std::span<T> meanDot,
                std::span<T> dgain, std::span<T> dshift) {
    if constexpr (std::is_same_v<T, float>) HWY_DYNAMIC_DISPATCH(means)
    (sum.data(), dot.data(), sum.size(), share, inverse.data(), factor.data(), meanUp.data(),
     meanDot.data(), dgain.data(), dshift.data());
    else plain::tokenMeans<T>(sum, dot, share, inverse, factor, meanUp, meanDot, dgain, dshift);
}

template <class T>
void tokenCorrect(MatrixView<const T> table, std::span<const std::int32_t> rows,
                  std::span<const T> counts, std::span<const T> mean, std::span<const T> meanUp,
                  std::span<const T> meanDot, MatrixView<T> gradient) {
    if constexpr (std::is_same_v<T, float>) HWY_DYNAMIC_DISPATCH(correct)
    (table, rows, counts.data(), mean.data(), meanUp.data(), meanDot.data(), gradient);
    else plain::tokenCorrect<T>(table, rows, counts, mean, meanUp, meanDot, gradient);
}

template decltype(tokenMoments<float>) tokenMoments<float>;
template decltype(tokenMoments<double>) tokenMoments<double>;
template decltype(tokenForm<float>) tokenForm<float>;
template decltype(tokenForm<double>) tokenForm<double>;
template decltype(tokenMeans<float>) tokenMeans<float>;
template decltype(tokenMeans<double>) tokenMeans<double>;
template decltype(tokenNormalize<float>) tokenNormalize<float>;
template decltype(tokenNormalize<double>) tokenNormalize<double>;
template decltype(tokenSums<float>) tokenSums<float>;
template decltype(tokenSums<double>) tokenSums<double>;
template decltype(tokenCorrect<float>) tokenCorrect<float>;
template decltype(tokenCorrect<double>) tokenCorrect<double>;

}  // namespace kernels
}  // namespace bitloom
#endif  // HWY_ONCE
