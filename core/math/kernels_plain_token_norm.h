#pragma once
// Plain twins of batch normalization of a table's rows; contracts in math/kernels_norm.h.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

#include "math/kernels_norm.h"
#include "math/matrix.h"

namespace bitloom::plain {

/// Element j of the table's row `index`; a negative one is a row of zeros.
template <class T>
T tokenValue(MatrixView<const T> table, std::int32_t index, std::size_t j) {
    return index < 0 ? T(0) : table(static_cast<std::size_t>(index), j);
}

template <class T>
void tokenMoments(MatrixView<const T> table, std::span<const std::int32_t> rows, std::span<T> mean,
                  std::span<T> variance) {
    const T share = T(1) / static_cast<T>(rows.size());
    for (std::size_t j = 0; j < table.cols; ++j) {
        mean[j] = variance[j] = 0;
        for (const std::int32_t row : rows) mean[j] += share * tokenValue(table, row, j);
        for (const std::int32_t row : rows) {
            const T off = tokenValue(table, row, j) - mean[j];
            variance[j] += share * off * off;
        }
    }
}

template <class T>
void tokenNormalize(MatrixView<const T> table, std::span<const std::int32_t> rows,
                    std::span<const T> mean, std::span<const T> factor, std::span<const T> shift,
                    MatrixView<T> y) {
    for (std::size_t r = 0; r < y.rows; ++r)
        for (std::size_t j = 0; j < y.cols; ++j)
            y(r, j) = factor[j] * (tokenValue(table, rows[r], j) - mean[j]) + shift[j];
}

template <class T>
void tokenSums(MatrixView<const T> dy, MatrixView<const T> table,
               std::span<const std::int32_t> rows, std::span<const T> mean,
               std::span<const T> factor, std::span<T> sum, std::span<T> dot,
               MatrixView<T> gradient) {
    for (std::size_t j = 0; j < dy.cols; ++j) {
        sum[j] = dot[j] = 0;
        for (std::size_t r = 0; r < dy.rows; ++r) {
            sum[j] += dy(r, j);
            dot[j] += dy(r, j) * (tokenValue(table, rows[r], j) - mean[j]);
            if (rows[r] >= 0)
                gradient(static_cast<std::size_t>(rows[r]), j) += factor[j] * dy(r, j);
        }
    }
}

template <class T>
void tokenCorrect(const kernels::TokenWindow<T>& window,
                  std::span<const kernels::TokenWindowSums<T>> members, std::span<T> dgain,
                  std::span<T> dshift) {
    const auto [level, slope, gradient] = members[0];
    for (std::size_t t = 0; t < level.rows; ++t)
        for (std::size_t j = 0; j < level.cols; ++j) {
            T sum = 0, dot = 0;
            for (const kernels::TokenWindowSums<T>& member : members) {
                sum += member.sum(t, j);
                dot += member.dot(t, j);
            }
            const T inverse = window.inverse(t, j);
            const T steep = window.share * window.gain[j] * inverse;
            dshift[j] += sum;
            dgain[j] += inverse * dot;
            slope(t, j) = steep * inverse * inverse * dot;
            level(t, j) = steep * sum - slope(t, j) * window.mean(t, j);
        }
    const kernels::TokenPlaces& places = window.places;
    for (std::size_t v = 0; v < gradient.rows; ++v)
        for (std::size_t j = 0; j < gradient.cols; ++j) {
            for (std::size_t m = 1; m < members.size(); ++m)
                gradient(v, j) += members[m].gradient(v, j);
            for (std::size_t k = places.first[v]; k < places.first[v + 1]; ++k)
                gradient(v, j) -=
                    level(places.steps[k], j) + slope(places.steps[k], j) * window.table(v, j);
        }
}

}  // namespace bitloom::plain
