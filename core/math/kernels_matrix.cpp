#include <cmath>

#include "math/kernels.h"
#include "math/kernels_parallel.h"
#include "math/kernels_plain.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "math/kernels_matrix.cpp"
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

/// Rows added up before they join the total: keeps the error of thousands of rows that of
/// sixty-four.
constexpr std::size_t rowBlock = 64;
/// Terms of a dot product added up in single precision before they join the total in double.
constexpr std::size_t sumBlock = 256;

void sumColumns(In x, float* out, bool accumulate, std::size_t first, std::size_t last) {
    const Floats d;
    const std::size_t lanes = hn::Lanes(d);
    overStrips(first, last, [&](std::size_t j, auto io, auto count) HWY_ATTR {
        FloatVector total[count];
        unrolled<count()>([&](auto k) HWY_ATTR {
            total[k] = accumulate ? io.load(out + j + k * lanes) : hn::Zero(d);
        });
        for (std::size_t top = 0; top < x.rows; top += rowBlock) {
            FloatVector sum[count];
            unrolled<count()>([&](auto k) HWY_ATTR { sum[k] = hn::Zero(d); });
            for (std::size_t r = top; r < std::min(x.rows, top + rowBlock); ++r) {
                const float* const row = x.row(r) + j;
                unrolled<count()>(
                    [&](auto k) HWY_ATTR { sum[k] = hn::Add(sum[k], io.load(row + k * lanes)); });
            }
            unrolled<count()>([&](auto k) HWY_ATTR { total[k] = hn::Add(total[k], sum[k]); });
        }
        unrolled<count()>([&](auto k) HWY_ATTR { io.store(total[k], out + j + k * lanes); });
    });
}

void productRows(In x, In table, Out y, std::size_t first, std::size_t last) {
    const Floats d;
    for (std::size_t r = first; r < last; ++r) {
        const float* const in = x.row(r);
        float* const out = y.row(r);
        overVectors(0, y.cols, [&](std::size_t j, auto io) HWY_ATTR {
            auto sum = hn::Zero(d);
            for (std::size_t k = 0; k < x.cols; ++k)
                sum = hn::MulAdd(hn::Set(d, in[k]), io.load(table.row(k) + j), sum);
            io.store(sum, out + j);
        });
    }
}

void gradientColumns(In x, In dy, Out out, std::size_t first, std::size_t last) {
    const Floats d;
    overStrips(first, last, [&](std::size_t j, auto io, auto count) HWY_ATTR {
        const std::size_t lanes = hn::Lanes(d);
        for (std::size_t k = 0; k < x.cols; ++k) {
            FloatVector sum[count];
            float* const to = out.row(k) + j;
            unrolled<count()>([&](auto v) HWY_ATTR { sum[v] = hn::Zero(d); });
            for (std::size_t r = 0; r < x.rows; ++r) {
                const auto factor = hn::Set(d, x(r, k));
                const float* const up = dy.row(r) + j;
                unrolled<count()>([&](auto v) HWY_ATTR {
                    sum[v] = hn::MulAdd(factor, io.load(up + v * lanes), sum[v]);
                });
            }
            unrolled<count()>([&](auto v) HWY_ATTR {
                io.store(hn::Add(io.load(to + v * lanes), sum[v]), to + v * lanes);
            });
        }
    });
}

void scatterColumns(In x, std::span<const std::int32_t> indices, Out table, std::size_t first,
                    std::size_t last) {
    for (std::size_t n = 0; n < x.rows; ++n) {
        if (indices[n] < 0) continue;
        const float* const from = x.row(n);
        float* const to = table.row(static_cast<std::size_t>(indices[n]));
        overVectors(first, last, [&](std::size_t j, auto io) HWY_ATTR {
            io.store(hn::Add(io.load(to + j), io.load(from + j)), to + j);
        });
    }
}

void dotRows(In a, In b, float* out, std::size_t first, std::size_t last) {
    for (std::size_t r = first; r < last; ++r) {
        double total = 0;
        for (std::size_t at = 0; at < a.cols; at += sumBlock) {
            auto sum = hn::Zero(Floats());
            overVectors(at, std::min(a.cols, at + sumBlock), [&](std::size_t j, auto io) HWY_ATTR {
                sum = hn::MulAdd(io.load(a.row(r) + j), io.load(b.row(r) + j), sum);
            });
            total += static_cast<double>(sumOf(sum));
        }
        out[r] = static_cast<float>(total);
    }
}

void combineRange(const float* alpha, In a, const float* beta, In b, Out y, std::size_t first,
                  std::size_t last) {
    const Floats d;
    for (std::size_t r = first; r < last; ++r) {
        const auto left = hn::Set(d, alpha[r]), right = hn::Set(d, beta ? beta[r] : 0.0f);
        overVectors(0, y.cols, [&](std::size_t j, auto io) HWY_ATTR {
            auto v = hn::Mul(left, io.load(a.row(r) + j));
            if (b.data) v = hn::MulAdd(right, io.load(b.row(r) + j), v);
            io.store(v, y.row(r) + j);
        });
    }
}

#if HWY_TARGET != HWY_SCALAR
constexpr std::size_t side = 4;

/// Four numbers of each of `blocks` rows, every fourth from `row` on, side by side.
template <std::size_t blocks>
HWY_INLINE auto everyFourth(const float* row, std::size_t stride) {
    const hn::FixedTag<float, side * blocks> d;
    if constexpr (blocks == 1)
        return hn::LoadU(d, row);
    else
        return hn::Combine(d, everyFourth<blocks / 2>(row + side * (blocks / 2) * stride, stride),
                           everyFourth<blocks / 2>(row, stride));
}

/// Four columns of 4 * blocks rows to four rows of `to`, added to them if it `accumulates`.
/// Interleaving stays within 128 bits of a vector: block b takes the square of rows 4b .. 4b + 3.
template <bool accumulates, std::size_t blocks>
HWY_INLINE void transposeSquares(const float* from, std::size_t stride, float* to,
                                 std::size_t toStride) {
    const hn::FixedTag<float, side * blocks> d;
    const hn::RepartitionToWide<decltype(d)> pairs;
    const auto a = everyFourth<blocks>(from, stride);
    const auto b = everyFourth<blocks>(from + stride, stride);
    const auto c = everyFourth<blocks>(from + 2 * stride, stride);
    const auto e = everyFourth<blocks>(from + 3 * stride, stride);
    const auto lowAb = hn::BitCast(pairs, hn::InterleaveLower(d, a, b));
    const auto lowCe = hn::BitCast(pairs, hn::InterleaveLower(d, c, e));
    const auto highAb = hn::BitCast(pairs, hn::InterleaveUpper(d, a, b));
    const auto highCe = hn::BitCast(pairs, hn::InterleaveUpper(d, c, e));
    const auto put = [&](std::size_t row, auto v) HWY_ATTR {
        float* const at = to + row * toStride;
        const auto numbers = hn::BitCast(d, v);
        hn::StoreU(accumulates ? hn::Add(hn::LoadU(d, at), numbers) : numbers, d, at);
    };
    put(0, hn::InterleaveLower(pairs, lowAb, lowCe));
    put(1, hn::InterleaveUpper(pairs, lowAb, lowCe));
    put(2, hn::InterleaveLower(pairs, highAb, highCe));
    put(3, hn::InterleaveUpper(pairs, highAb, highCe));
}
#endif

/// Columns first .. last - 1 of x, in tiles whose lines of both matrices stay in the first-level
/// cache.
template <bool accumulates>
void transposedColumns(In x, Out out, std::size_t first, std::size_t last) {
    constexpr std::size_t high = 64, across = 16;
    for (std::size_t top = 0; top < x.rows; top += high)
        for (std::size_t left = first; left < last; left += across) {
            const std::size_t bottom = std::min(x.rows, top + high);
            const std::size_t right = std::min(last, left + across);
            std::size_t whole = top, wide = left;  // the squares end here
#if HWY_TARGET != HWY_SCALAR
            constexpr std::size_t blocks = hn::MaxLanes(Floats()) / side;
            whole += (bottom - top) / side * side;
            wide += (right - left) / side * side;
            for (std::size_t j = left; j < wide; j += side) {
                std::size_t r = top;
                for (; r + blocks * side <= bottom; r += blocks * side)
                    transposeSquares<accumulates, blocks>(x.row(r) + j, x.stride, out.row(j) + r,
                                                          out.stride);
                for (; r < whole; r += side)
                    transposeSquares<accumulates, 1>(x.row(r) + j, x.stride, out.row(j) + r,
                                                     out.stride);
            }
#endif
            for (std::size_t j = left; j < right; ++j)
                for (std::size_t r = j < wide ? whole : top; r < bottom; ++r)
                    out(j, r) = accumulates ? out(j, r) + x(r, j) : x(r, j);
        }
}

void transposeColumns(In x, Out out, bool accumulate, std::size_t first, std::size_t last) {
    if (accumulate)
        transposedColumns<true>(x, out, first, last);
    else
        transposedColumns<false>(x, out, first, last);
}

}  // namespace
}  // namespace bitloom::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace bitloom {

HWY_EXPORT(sumColumns);
HWY_EXPORT(productRows);
HWY_EXPORT(gradientColumns);
HWY_EXPORT(scatterColumns);
HWY_EXPORT(dotRows);
HWY_EXPORT(combineRange);
HWY_EXPORT(transposeColumns);

namespace kernels {

template <class T>
void columnSums(MatrixView<const T> x, std::span<T> out, bool accumulate) {
    if constexpr (std::is_same_v<T, float>) {
        overColumns(x.rows, x.cols, moveGrain, [&](std::size_t first, std::size_t last) {
            HWY_DYNAMIC_DISPATCH(sumColumns)(x, out.data(), accumulate, first, last);
        });
    } else {
        plain::columnSums<T>(x, out, accumulate);
    }
}

template <class T>
void gatherRows(MatrixView<const T> table, std::span<const std::int32_t> indices,
                MatrixView<T> out) {
    plain::checkIndices(indices.first(out.rows), table.rows, "row", INT32_MIN);
    overRows(out.rows, out.cols, moveGrain, [&](std::size_t first, std::size_t last) {
        for (std::size_t n = first; n < last; ++n)
            if (indices[n] < 0)
                std::fill_n(out.row(n), out.cols, T(0));
            else
                std::copy_n(table.row(static_cast<std::size_t>(indices[n])), out.cols, out.row(n));
    });
}

template <class T>
void scatterAddRows(MatrixView<const T> x, std::span<const std::int32_t> indices,
                    MatrixView<T> table) {
    if constexpr (std::is_same_v<T, float>) {
        plain::checkIndices(indices.first(x.rows), table.rows, "row", INT32_MIN);
        // By columns: two rows may go to the same place.
        overColumns(x.rows, x.cols, moveGrain, [&](std::size_t first, std::size_t last) {
            HWY_DYNAMIC_DISPATCH(scatterColumns)(x, indices, table, first, last);
        });
    } else {
        plain::scatterAddRows<T>(x, indices, table);
    }
}

template <class T>
void narrowProduct(MatrixView<const T> x, MatrixView<const T> table, MatrixView<T> y) {
    if constexpr (std::is_same_v<T, float>) {
        overRows(y.rows, y.cols, moveGrain, [&](std::size_t first, std::size_t last) {
            HWY_DYNAMIC_DISPATCH(productRows)(x, table, y, first, last);
        });
    } else {
        plain::narrowProduct<T>(x, table, y);
    }
}

template <class T>
void narrowGradient(MatrixView<const T> x, MatrixView<const T> dy, MatrixView<T> out) {
    if constexpr (std::is_same_v<T, float>) {
        overColumns(dy.rows, dy.cols, moveGrain, [&](std::size_t first, std::size_t last) {
            HWY_DYNAMIC_DISPATCH(gradientColumns)(x, dy, out, first, last);
        });
    } else {
        plain::narrowGradient<T>(x, dy, out);
    }
}

template <class T>
void transpose(MatrixView<const T> x, MatrixView<T> out, bool accumulate) {
    if constexpr (!std::is_same_v<T, float>) {
        plain::transpose<T>(x, out, accumulate);
    } else if (x.rows <= x.cols) {
        overRows(out.rows, out.cols, moveGrain, [&](std::size_t first, std::size_t last) {
            HWY_DYNAMIC_DISPATCH(transposeColumns)(x, out, accumulate, first, last);
        });
    } else {
        // Taller than wide: by rows of x. Those of a weight are read by the thread that has
        // updated them.
        overColumns(out.rows, out.cols, moveGrain, [&](std::size_t first, std::size_t last) {
            HWY_DYNAMIC_DISPATCH(transposeColumns)
            (x.rowRange(first, last - first), out.columnRange(first, last - first), accumulate, 0,
             out.rows);
        });
    }
}

template <class T>
void rowDots(MatrixView<const T> a, MatrixView<const T> b, std::span<T> out) {
    if constexpr (std::is_same_v<T, float>) {
        overRows(a.rows, a.cols, moveGrain, [&](std::size_t first, std::size_t last) {
            HWY_DYNAMIC_DISPATCH(dotRows)(a, b, out.data(), first, last);
        });
    } else {
        plain::rowDots<T>(a, b, out);
    }
}

template <class T>
void rowNorms(MatrixView<const T> x, std::span<T> out) {
    rowDots<T>(x, x, out);
    for (std::size_t r = 0; r < x.rows; ++r) out[r] = std::sqrt(out[r]);
}

template <class T>
void combineRows(std::span<const T> alpha, MatrixView<const T> a, std::span<const T> beta,
                 MatrixView<const T> b, MatrixView<T> y) {
    if constexpr (std::is_same_v<T, float>) {
        overRows(y.rows, y.cols, moveGrain, [&](std::size_t first, std::size_t last) {
            HWY_DYNAMIC_DISPATCH(combineRange)
            (alpha.data(), a, b.data ? beta.data() : nullptr, b, y, first, last);
        });
    } else {
        plain::combineRows<T>(alpha, a, beta, b, y);
    }
}

template decltype(columnSums<float>) columnSums<float>;
template decltype(columnSums<double>) columnSums<double>;
template decltype(gatherRows<float>) gatherRows<float>;
template decltype(gatherRows<double>) gatherRows<double>;
template decltype(scatterAddRows<float>) scatterAddRows<float>;
template decltype(scatterAddRows<double>) scatterAddRows<double>;
template decltype(narrowProduct<float>) narrowProduct<float>;
template decltype(narrowProduct<double>) narrowProduct<double>;
template decltype(narrowGradient<float>) narrowGradient<float>;
template decltype(narrowGradient<double>) narrowGradient<double>;
template decltype(transpose<float>) transpose<float>;
template decltype(transpose<double>) transpose<double>;
template decltype(rowDots<float>) rowDots<float>;
template decltype(rowDots<double>) rowDots<double>;
template decltype(rowNorms<float>) rowNorms<float>;
template decltype(rowNorms<double>) rowNorms<double>;
template decltype(combineRows<float>) combineRows<float>;
template decltype(combineRows<double>) combineRows<double>;

}  // namespace kernels
}  // namespace bitloom
#endif  // HWY_ONCE
