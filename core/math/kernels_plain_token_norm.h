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
void tokenForm(std::span<const T> mean, std::span<const T> variance, std::span<const T> gain,
               std::span<const T> base, T epsilon, std::span<T> inverse, std::span<T> factor,
               std::span<T> offset) {
    for (std::size_t j = 0; j < mean.size(); ++j) {
        inverse[j] = T(1) / std::sqrt(variance[j] + epsilon);
        factor[j] = gain[j] * inverse[j];
        offset[j] = base[j] - factor[j] * mean[j];
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
void tokenMeans(std::span<const T> sum, std::span<const T> dot, T share, std::span<const T> mean,
                std::span<const T> inverse, std::span<const T> factor, std::span<T> level,
                std::span<T> slope, std::span<T> dgain, std::span<T> dshift) {
    for (std::size_t j = 0; j < sum.size(); ++j) {
        dshift[j] += sum[j];
        dgain[j] += inverse[j] * dot[j];
        slope[j] = share * factor[j] * inverse[j] * inverse[j] * dot[j];
        level[j] = share * factor[j] * sum[j] - slope[j] * mean[j];
    }
}

template <class T>
void tokenCorrect(MatrixView<const T> table, const kernels::TokenPlaces& places,
                  MatrixView<const T> level, MatrixView<const T> slope, MatrixView<T> gradient) {
    for (std::size_t n = 0; n < places.tokens.size(); ++n) {
        const auto row = static_cast<std::size_t>(places.tokens[n]);
        for (std::size_t k = places.first[n]; k < places.first[n + 1]; ++k)
            for (std::size_t j = 0; j < table.cols; ++j)
                gradient(row, j) -=
                    static_cast<T>(places.counts[k]) *
                    (level(places.steps[k], j) + slope(places.steps[k], j) * table(row, j));
    }
}

}  // namespace bitloom::plain
