#include <algorithm>

#include "math/kernels.h"
#include "math/kernels_norm.h"
#include "math/kernels_parallel.h"
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
using kernels::TokenPlaces;

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

void moments(In table, Indices rows, float* mean, float* variance) {
    const auto share = hn::Set(Floats(), 1.0f / static_cast<float>(rows.size()));
    overMoments(
        rows.size(), 0, table.cols,
        [&](std::size_t r, std::size_t j, auto io)
            HWY_ATTR { return loadOrZero(rowOf(table, rows[r]), j, io); },
        [&](std::size_t j, auto io, FloatVector center, FloatVector deviations) HWY_ATTR {
            io.store(center, mean + j);
            io.store(hn::Mul(deviations, share), variance + j);
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

/// Four rows side by side add to sums in memory: by strips, tables that are larger than the cache
/// were read too slowly (measured at 32 x 2048: 25 us for 18).
void sums(In dy, In table, Indices rows, const float* mean, const float* factor, float* sum,
          float* dot, Out gradient) {
    const auto zero = hn::Zero(Floats());
    const auto add = [&](std::size_t first, std::size_t last, std::size_t r, auto count) HWY_ATTR {
        overVectors(first, last, [&](std::size_t j, auto io) HWY_ATTR {
            const auto center = io.load(mean + j), slope = io.load(factor + j);
            auto all = r == 0 ? zero : io.load(sum + j), along = r == 0 ? zero : io.load(dot + j);
            unrolled<count()>([&](auto k) HWY_ATTR {
                const std::int32_t index = rows[r + k];
                const auto v = io.load(dy.row(r + k) + j);
                const auto off = hn::Sub(loadOrZero(rowOf(table, index), j, io), center);
                all = hn::Add(all, v);
                along = hn::MulAdd(v, off, along);
                if (index < 0) return;
                float* const down = gradient.row(static_cast<std::size_t>(index)) + j;
                io.store(hn::MulAdd(slope, v, io.load(down)), down);
            });
            io.store(all, sum + j);
            io.store(along, dot + j);
        });
    };
    constexpr std::size_t abreast = 4;
    overBlocks(dy.cols, [&](std::size_t first, std::size_t last) HWY_ATTR {
        std::size_t r = 0;
        for (; r + abreast <= dy.rows; r += abreast)
            add(first, last, r, std::integral_constant<std::size_t, abreast>{});
        for (; r < dy.rows; ++r) add(first, last, r, std::integral_constant<std::size_t, 1>{});
    });
}

void means(const float* sum, const float* dot, std::size_t width, float share, const float* mean,
           const float* inverse, const float* factor, float* level, float* slope, float* dgain,
           float* dshift) {
    const auto part = hn::Set(Floats(), share);
    overVectors(0, width, [&](std::size_t j, auto io) HWY_ATTR {
        const auto up = io.load(sum + j), along = io.load(dot + j);
        const auto scale = io.load(inverse + j);
        const auto steep = hn::Mul(part, io.load(factor + j));
        const auto tilt = hn::Mul(hn::Mul(steep, hn::Mul(scale, scale)), along);
        io.store(hn::Add(io.load(dshift + j), up), dshift + j);
        io.store(hn::MulAdd(scale, along, io.load(dgain + j)), dgain + j);
        io.store(hn::NegMulAdd(tilt, io.load(mean + j), hn::Mul(steep, up)), level + j);
        io.store(tilt, slope + j);
    });
}

void correct(In table, const TokenPlaces& places, In level, In slope, Out gradient,
             std::size_t first, std::size_t last) {
    const Floats d;
    const std::size_t lanes = hn::Lanes(d);
    overStrips(first, last, [&](std::size_t j, auto io, auto count) HWY_ATTR {
        for (std::size_t n = 0; n < places.tokens.size(); ++n) {
            FloatVector flat[count], steep[count];
            unrolled<count()>([&](auto i) HWY_ATTR { flat[i] = steep[i] = hn::Zero(d); });
            for (std::size_t k = places.first[n]; k < places.first[n + 1]; ++k) {
                const auto often = hn::Set(d, places.counts[k]);
                const float* const up = level.row(places.steps[k]) + j;
                const float* const along = slope.row(places.steps[k]) + j;
                unrolled<count()>([&](auto i) HWY_ATTR {
                    flat[i] = hn::MulAdd(often, io.load(up + i * lanes), flat[i]);
                    steep[i] = hn::MulAdd(often, io.load(along + i * lanes), steep[i]);
                });
            }
            const auto index = static_cast<std::size_t>(places.tokens[n]);
            const float* const row = table.row(index) + j;
            float* const down = gradient.row(index) + j;
            unrolled<count()>([&](auto i) HWY_ATTR {
                const auto taken = hn::MulAdd(steep[i], io.load(row + i * lanes), flat[i]);
                io.store(hn::Sub(io.load(down + i * lanes), taken), down + i * lanes);
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
void tokenMeans(std::span<const T> sum, std::span<const T> dot, T share, std::span<const T> mean,
                std::span<const T> inverse, std::span<const T> factor, std::span<T> level,
                std::span<T> slope, std::span<T> dgain, std::span<T> dshift) {
    if constexpr (std::is_same_v<T, float>) HWY_DYNAMIC_DISPATCH(means)
    (sum.data(), dot.data(), sum.size(), share, mean.data(), inverse.data(), factor.data(),
     level.data(), slope.data(), dgain.data(), dshift.data());
    else plain::tokenMeans<T>(sum, dot, share, mean, inverse, factor, level, slope, dgain, dshift);
}

template <class T>
void tokenCorrect(MatrixView<const T> table, const TokenPlaces& places, MatrixView<const T> level,
                  MatrixView<const T> slope, MatrixView<T> gradient) {
    if constexpr (std::is_same_v<T, float>)
        overColumns(places.steps.size(), table.cols, moveGrain / 2,
                    [&](std::size_t first, std::size_t last) {
                        HWY_DYNAMIC_DISPATCH(correct)
                        (table, places, level, slope, gradient, first, last);
                    });
    else
        plain::tokenCorrect<T>(table, places, level, slope, gradient);
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
