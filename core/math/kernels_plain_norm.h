#pragma once
// Plain twins of layer and batch normalization; contracts in math/kernels.h.

#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include "math/matrix.h"

namespace bitloom::plain {

template <class T>
void layerNormForward(MatrixView<const T> x, std::size_t groups, std::span<const T> gain,
                      std::span<const T> shift, T epsilon, MatrixView<T> xhat, MatrixView<T> rstd,
                      MatrixView<T> y) {
    const std::size_t H = x.cols / groups;
    for (std::size_t r = 0; r < x.rows; ++r)
        for (std::size_t group = 0; group < groups; ++group) {
            const std::size_t first = group * H, last = first + H;
            T mean = 0, variance = 0;
            for (std::size_t j = first; j < last; ++j) mean += x(r, j);
            mean /= static_cast<T>(H);
            for (std::size_t j = first; j < last; ++j)
                variance += (x(r, j) - mean) * (x(r, j) - mean);
            variance /= static_cast<T>(H);
            rstd(r, group) = T(1) / std::sqrt(variance + epsilon);
            for (std::size_t j = first; j < last; ++j) {
                xhat(r, j) = (x(r, j) - mean) * rstd(r, group);
                y(r, j) = gain[j] * xhat(r, j) + (shift.data() ? shift[j] : T(0));
            }
        }
}

template <class T>
void layerNormBackward(MatrixView<const T> dy, MatrixView<const T> xhat, MatrixView<const T> rstd,
                       std::size_t groups, std::span<const T> gain, MatrixView<T> dx,
                       std::span<T> dgain, std::span<T> dshift) {
    const std::size_t H = dy.cols / groups;
    for (std::size_t r = 0; r < dy.rows; ++r)
        for (std::size_t group = 0; group < groups; ++group) {
            const std::size_t first = group * H, last = first + H;
            T sum = 0, dot = 0;
            for (std::size_t j = first; j < last; ++j) {
                sum += gain[j] * dy(r, j);
                dot += gain[j] * dy(r, j) * xhat(r, j);
                dgain[j] += dy(r, j) * xhat(r, j);
                if (dshift.data()) dshift[j] += dy(r, j);
            }
            sum /= static_cast<T>(H);
            dot /= static_cast<T>(H);
            for (std::size_t j = first; j < last; ++j)
                dx(r, j) = rstd(r, group) * (gain[j] * dy(r, j) - sum - xhat(r, j) * dot);
        }
}

template <class T>
void batchNormForward(MatrixView<const T> x, std::span<const T> gain, std::span<const T> shift,
                      T epsilon, std::span<T> mean, std::span<T> variance, std::span<T> rstd,
                      MatrixView<T> xhat, MatrixView<T> y) {
    const T rows = static_cast<T>(x.rows);
    for (std::size_t j = 0; j < x.cols; ++j) {
        T sum = 0, squares = 0;
        for (std::size_t r = 0; r < x.rows; ++r) sum += x(r, j);
        mean[j] = sum / rows;
        for (std::size_t r = 0; r < x.rows; ++r)
            squares += (x(r, j) - mean[j]) * (x(r, j) - mean[j]);
        variance[j] = squares / rows;
        rstd[j] = T(1) / std::sqrt(variance[j] + epsilon);
        for (std::size_t r = 0; r < x.rows; ++r) {
            xhat(r, j) = (x(r, j) - mean[j]) * rstd[j];
            y(r, j) = gain[j] * xhat(r, j) + (shift.data() ? shift[j] : T(0));
        }
    }
}

template <class T>
void batchNormApply(MatrixView<const T> x, std::span<const T> mean, std::span<const T> variance,
                    std::span<const T> gain, std::span<const T> shift, T epsilon, MatrixView<T> y) {
    for (std::size_t j = 0; j < x.cols; ++j) {
        const T factor = gain[j] / std::sqrt(variance[j] + epsilon);
        for (std::size_t r = 0; r < x.rows; ++r)
            y(r, j) = factor * (x(r, j) - mean[j]) + (shift.data() ? shift[j] : T(0));
    }
}

template <class T>
void batchNormBackward(MatrixView<const T> dy, MatrixView<const T> xhat, std::span<const T> rstd,
                       std::span<const T> gain, MatrixView<T> dx, std::span<T> dgain,
                       std::span<T> dshift) {
    const T rows = static_cast<T>(dy.rows);
    for (std::size_t j = 0; j < dy.cols; ++j) {
        T sum = 0, dot = 0;
        for (std::size_t r = 0; r < dy.rows; ++r) {
            sum += dy(r, j);
            dot += dy(r, j) * xhat(r, j);
        }
        dgain[j] += dot;
        if (dshift.data()) dshift[j] += sum;
        for (std::size_t r = 0; r < dy.rows; ++r)
            dx(r, j) = gain[j] * rstd[j] * (dy(r, j) - sum / rows - xhat(r, j) * dot / rows);
    }
}

}  // namespace bitloom::plain
