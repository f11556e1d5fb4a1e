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
using kernels::TokenPlaces;
using Window = kernels::TokenWindow<float>;
using Members = std::span<const kernels::TokenWindowSums<float>>;

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

/// Rows r .. r + count - 1 of sums().
template <std::size_t count>
HWY_INLINE void addRows(In dy, In table, Indices rows, const float* mean, const float* factor,
                        float* sum, float* dot, Out gradient, std::size_t r, std::size_t first,
                        std::size_t last) {
    const float *up[count], *number[count];
    float* down[count];
    unrolled<count>([&](auto k) HWY_ATTR {
        const std::int32_t index = rows[r + k];
        up[k] = dy.row(r + k);
        number[k] = rowOf(table, index);
        down[k] = index < 0 ? nullptr : gradient.row(static_cast<std::size_t>(index));
    });
    overVectors(first, last, [&](std::size_t j, auto io) HWY_ATTR {
        const auto zero = hn::Zero(Floats());
        const auto center = io.load(mean + j), slope = io.load(factor + j);
        auto all = r == 0 ? zero : io.load(sum + j), along = r == 0 ? zero : io.load(dot + j);
        unrolled<count>([&](auto k) HWY_ATTR {
            const auto v = io.load(up[k] + j);
            all = hn::Add(all, v);
            along = hn::MulAdd(v, hn::Sub(loadOrZero(number[k], j, io), center), along);
            if (down[k]) io.store(hn::MulAdd(slope, v, io.load(down[k] + j)), down[k] + j);
        });
        io.store(all, sum + j);
        io.store(along, dot + j);
    });
}

/// Four rows side by side add to sums in memory: by strips, tables that are larger than the cache
/// were read too slowly (measured at 32 x 2048: 25 us for 18).
void sums(In dy, In table, Indices rows, const float* mean, const float* factor, float* sum,
          float* dot, Out gradient) {
    overBlocks(dy.cols, [&](std::size_t first, std::size_t last) HWY_ATTR {
        std::size_t r = 0;
        for (; r + 4 <= dy.rows; r += 4)
            addRows<4>(dy, table, rows, mean, factor, sum, dot, gradient, r, first, last);
        for (; r < dy.rows; ++r)
            addRows<1>(dy, table, rows, mean, factor, sum, dot, gradient, r, first, last);
    });
}

/// Level and slope of `count` vectors of columns j .., in place of the first member's sums.
template <std::size_t count, class Io>
HWY_INLINE void makeCorrections(const Window& window, Members members, std::size_t j, Io io,
                                float* dgain, float* dshift) {
    const Floats d;
    const std::size_t lanes = hn::Lanes(d);
    const auto share = hn::Set(d, window.share);
    FloatVector part[count], gain[count], shift[count];
    unrolled<count>([&](auto i) HWY_ATTR {
        const std::size_t at = j + i * lanes;
        part[i] = hn::Mul(share, io.load(window.gain.data() + at));
        gain[i] = io.load(dgain + at);
        shift[i] = io.load(dshift + at);
    });
    for (std::size_t t = 0; t < window.mean.rows; ++t)
        unrolled<count>([&](auto i) HWY_ATTR {
            const std::size_t at = j + i * lanes;
            float* const level = members[0].sum.row(t) + at;
            float* const slope = members[0].dot.row(t) + at;
            auto sum = io.load(level), dot = io.load(slope);
            for (std::size_t m = 1; m < members.size(); ++m) {
                sum = hn::Add(sum, io.load(members[m].sum.row(t) + at));
                dot = hn::Add(dot, io.load(members[m].dot.row(t) + at));
            }
            const auto inverse = io.load(window.inverse.row(t) + at);
            const auto steep = hn::Mul(part[i], inverse);
            const auto tilt = hn::Mul(hn::Mul(steep, hn::Mul(inverse, inverse)), dot);
            shift[i] = hn::Add(shift[i], sum);
            gain[i] = hn::MulAdd(inverse, dot, gain[i]);
            const auto center = io.load(window.mean.row(t) + at);
            io.store(hn::NegMulAdd(tilt, center, hn::Mul(steep, sum)), level);
            io.store(tilt, slope);
        });
    unrolled<count>([&](auto i) HWY_ATTR {
        io.store(gain[i], dgain + j + i * lanes);
        io.store(shift[i], dshift + j + i * lanes);
    });
}

void correct(const Window& window, Members members, float* dgain, float* dshift) {
    const Floats d;
    const std::size_t lanes = hn::Lanes(d);
    const TokenPlaces& places = window.places;
    const Out level = members[0].sum, slope = members[0].dot, gradient = members[0].gradient;
    overStrips(0, gradient.cols, [&](std::size_t j, auto io, auto count) HWY_ATTR {
        makeCorrections<count()>(window, members, j, io, dgain, dshift);
        for (std::size_t v = 0; v < gradient.rows; ++v) {
            const bool stands = places.first[v] < places.first[v + 1];
            if (!stands && members.size() == 1) continue;
            FloatVector flat[count], steep[count];
            unrolled<count()>([&](auto i) HWY_ATTR { flat[i] = steep[i] = hn::Zero(d); });
            for (std::size_t k = places.first[v]; k < places.first[v + 1]; ++k) {
                const float* const up = level.row(places.steps[k]) + j;
                const float* const along = slope.row(places.steps[k]) + j;
                unrolled<count()>([&](auto i) HWY_ATTR {
                    flat[i] = hn::Add(flat[i], io.load(up + i * lanes));
                    steep[i] = hn::Add(steep[i], io.load(along + i * lanes));
                });
            }
            const float* const row = window.table.row(v) + j;
            unrolled<count()>([&](auto i) HWY_ATTR {
                float* const down = gradient.row(v) + j + i * lanes;
                auto total = io.load(down);
                for (std::size_t m = 1; m < members.size(); ++m)
                    total = hn::Add(total, io.load(members[m].gradient.row(v) + j + i * lanes));
                if (stands) {
                    const auto taken = hn::MulAdd(steep[i], io.load(row + i * lanes), flat[i]);
                    total = hn::Sub(total, taken);
                }
                io.store(total, down);
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
void tokenCorrect(const TokenWindow<T>& window, std::span<const TokenWindowSums<T>> members,
                  std::span<T> dgain, std::span<T> dshift) {
    if constexpr (std::is_same_v<T, float>) HWY_DYNAMIC_DISPATCH(correct)
    (window, members, dgain.data(), dshift.data());
    else plain::tokenCorrect<T>(window, members, dgain, dshift);
}

template decltype(tokenMoments<float>) tokenMoments<float>;
template decltype(tokenMoments<double>) tokenMoments<double>;
template decltype(tokenNormalize<float>) tokenNormalize<float>;
template decltype(tokenNormalize<double>) tokenNormalize<double>;
template decltype(tokenSums<float>) tokenSums<float>;
template decltype(tokenSums<double>) tokenSums<double>;
template decltype(tokenCorrect<float>) tokenCorrect<float>;
template decltype(tokenCorrect<double>) tokenCorrect<double>;

}  // namespace kernels
}  // namespace bitloom
#endif  // HWY_ONCE
