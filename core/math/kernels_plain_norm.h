#pragma once
// Plain twins of layer and batch normalization; contracts in math/kernels.h.

#include <cmath>
#include <cstddef>
#include <span>

#include "math/kernels_norm.h"
#include "math/matrix.h"

namespace bitloom::plain {

template <class T>
void layerNormMoments(MatrixView<const T> x, std::size_t groups, T epsilon, MatrixView<T> mean,
                      MatrixView<T> rstd) {
    const std::size_t H = x.cols / groups;
    for (std::size_t r = 0; r < x.rows; ++r)
        for (std::size_t group = 0; group < groups; ++group) {
            const T* const number = x.row(r) + group * H;
            T sum = 0, squares = 0;
            for (std::size_t j = 0; j < H; ++j) sum += number[j];
            mean(r, group) = sum / static_cast<T>(H);
            for (std::size_t j = 0; j < H; ++j) {
                const T off = number[j] - mean(r, group);
                squares += off * off;
            }
            rstd(r, group) = T(1) / std::sqrt(squares / static_cast<T>(H) + epsilon);
        }
}

template <class T>
void layerNormForward(MatrixView<const T> x, std::size_t groups, std::span<const T> gain,
                      std::span<const T> shift, T epsilon, MatrixView<T> xhat, MatrixView<T> rstd,
                      MatrixView<T> y) {
    const std::size_t H = x.cols / groups;
    Matrix<T> mean(x.rows, groups);
    layerNormMoments<T>(x, groups, epsilon, mean.view(), rstd);
    for (std::size_t r = 0; r < x.rows; ++r)
        for (std::size_t group = 0; group < groups; ++group) {
            for (std::size_t j = group * H; j < (group + 1) * H; ++j) {
                xhat(r, j) = (x(r, j) - mean(r, group)) * rstd(r, group);
                if (y.data) y(r, j) = gain[j] * xhat(r, j) + (shift.data() ? shift[j] : T(0));
            }
        }
}

template <class T>
void layerNormBackwardFromSums(MatrixView<const T> dy, MatrixView<const T> x,
                               MatrixView<const T> mean, MatrixView<const T> rstd,
                               MatrixView<const T> up, MatrixView<const T> dot,
                               MatrixView<const T> stretch, std::span<const T> gain,
                               MatrixView<T> dx, std::span<T> dgain, std::span<T> dshift,
                               std::span<T> dstretch) {
    const std::size_t groups = mean.cols, H = dy.cols / groups;
    for (std::size_t r = 0; r < dy.rows; ++r)
        for (std::size_t j = 0; j < dy.cols; ++j) {
            const std::size_t group = j / H;
            const T v = dy(r, j), normal = (x(r, j) - mean(r, group)) * rstd(r, group);
            dgain[j] += v * normal;
            dshift[j] += v;
            if (dstretch.data()) dstretch[j] += v * stretch(r, group);
            const T rest = (up(r, group) + normal * dot(r, group)) / static_cast<T>(H);
            dx(r, j) = rstd(r, group) * (gain[j] * v - rest);
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
void columnMoments(MatrixView<const T> x, std::span<T> mean, std::span<T> squares) {
    for (std::size_t j = 0; j < x.cols; ++j) {
        T sum = 0;
        for (std::size_t r = 0; r < x.rows; ++r) sum += x(r, j);
        mean[j] = sum / static_cast<T>(x.rows);
        squares[j] = 0;
        for (std::size_t r = 0; r < x.rows; ++r)
            squares[j] += (x(r, j) - mean[j]) * (x(r, j) - mean[j]);
    }
}

template <class T>
void inverseDeviations(std::span<const T> variance, T epsilon, std::span<T> inverse) {
    for (std::size_t j = 0; j < variance.size(); ++j)
        inverse[j] = T(1) / std::sqrt(variance[j] + epsilon);
}

template <class T>
void foldColumns(std::span<const T> mean, std::span<const T> rstd,
                 const kernels::FoldedNorm<T>& folded) {
    for (std::size_t j = 0; j < mean.size(); ++j) {
        folded.factor[j] = folded.gain[j] * rstd[j];
        folded.offset[j] = folded.shift[j] - folded.factor[j] * mean[j];
    }
}

template <class T>
void mergeMoments(MatrixView<const T> means, MatrixView<const T> squares,
                  std::span<const std::size_t> rows, T epsilon, std::span<T> mean,
                  std::span<T> variance, std::span<T> rstd, const kernels::FoldedNorm<T>& folded) {
    T count = 0;
    for (const std::size_t n : rows) count += static_cast<T>(n);
    for (std::size_t j = 0; j < means.cols; ++j) {
        mean[j] = variance[j] = 0;
        for (std::size_t p = 0; p < rows.size(); ++p)
            mean[j] += static_cast<T>(rows[p]) / count * means(p, j);
        for (std::size_t p = 0; p < rows.size(); ++p) {
            const T off = means(p, j) - mean[j];
            variance[j] += squares(p, j) + static_cast<T>(rows[p]) * off * off;
        }
        variance[j] /= count;
        rstd[j] = T(1) / std::sqrt(variance[j] + epsilon);
    }
    if (!folded.factor.empty()) plain::foldColumns<T>(mean, rstd, folded);
}

template <class T>
void normalizeColumns(MatrixView<const T> x, std::span<const T> mean, std::span<const T> rstd,
                      std::span<const T> gain, std::span<const T> shift, MatrixView<T> xhat,
                      MatrixView<T> y) {
    for (std::size_t r = 0; r < x.rows; ++r)
        for (std::size_t j = 0; j < x.cols; ++j) {
            xhat(r, j) = (x(r, j) - mean[j]) * rstd[j];
            if (y.data) y(r, j) = gain[j] * xhat(r, j) + (shift.data() ? shift[j] : T(0));
        }
}

template <class T>
void batchNormApply(MatrixView<const T> x, std::span<const T> mean, std::span<const T> factor,
                    std::span<const T> shift, MatrixView<T> y) {
    for (std::size_t r = 0; r < x.rows; ++r)
        for (std::size_t j = 0; j < x.cols; ++j)
            y(r, j) = factor[j] * (x(r, j) - mean[j]) + (shift.data() ? shift[j] : T(0));
}

template <class T>
void normalizedSums(MatrixView<const T> dy, MatrixView<const T> x, std::span<const T> mean,
                    MatrixView<const T> stretch, std::span<T> sum, std::span<T> dot,
                    std::span<T> stretched) {
    for (std::size_t j = 0; j < dy.cols; ++j) {
        sum[j] = dot[j] = 0;
        if (stretched.data()) stretched[j] = 0;
        for (std::size_t r = 0; r < dy.rows; ++r) {
            sum[j] += dy(r, j);
            dot[j] += dy(r, j) * (mean.data() ? x(r, j) - mean[j] : x(r, j));
            if (stretched.data()) stretched[j] += dy(r, j) * stretch(r, 0);
        }
    }
}

template <class T>
void mergeSums(MatrixView<const T> sums, MatrixView<const T> dots, bool centered, std::size_t own,
               T share, std::span<const T> gain, std::span<const T> rstd, std::span<T> meanUp,
               std::span<T> meanDot, std::span<T> factor, std::span<T> dgain, std::span<T> dshift) {
    for (std::size_t j = 0; j < sums.cols; ++j) {
        T sum = 0, dot = 0;
        for (std::size_t p = 0; p < sums.rows; ++p) {
            sum += sums(p, j);
            dot += dots(p, j);
        }
        const T scale = centered ? rstd[j] : T(1);
        meanUp[j] = sum * share;
        meanDot[j] = dot * share * scale * scale;
        factor[j] = gain[j] * rstd[j];
        dgain[j] += scale * dots(own, j);
        dshift[j] += sums(own, j);
    }
}

template <class T>
void moveStatistics(std::span<const T> mean, std::span<const T> variance, T momentum, T unbiased,
                    std::span<T> runningMean, std::span<T> runningVariance) {
    for (std::size_t j = 0; j < mean.size(); ++j) {
        runningMean[j] = momentum * mean[j] + (T(1) - momentum) * runningMean[j];
        runningVariance[j] =
            momentum * unbiased * variance[j] + (T(1) - momentum) * runningVariance[j];
    }
}

template <class T>
void normalizeColumnsBackward(MatrixView<const T> dy, MatrixView<const T> x,
                              std::span<const T> mean, std::span<const T> meanUp,
                              std::span<const T> meanDot, std::span<const T> factor,
                              MatrixView<T> dx) {
    for (std::size_t r = 0; r < dy.rows; ++r)
        for (std::size_t j = 0; j < dy.cols; ++j) {
            const T off = mean.data() ? x(r, j) - mean[j] : x(r, j);
            dx(r, j) = factor[j] * (dy(r, j) - meanUp[j] - off * meanDot[j]);
        }
}

template <class T>
void stretchRow(MatrixView<const T> s, std::span<const T> factor, std::span<const T> shift,
                MatrixView<T> y) {
    const std::size_t H = y.cols / s.cols;
    for (std::size_t r = 0; r < y.rows; ++r)
        for (std::size_t j = 0; j < y.cols; ++j) y(r, j) = factor[j] * s(r, j / H) + shift[j];
}

template <class T>
void stretchRowBackward(MatrixView<const T> dy, MatrixView<const T> s, std::span<const T> factor,
                        std::span<T> dFactor, std::span<T> dShift, MatrixView<T> ds) {
    const std::size_t H = dy.cols / s.cols;
    for (std::size_t r = 0; r < dy.rows; ++r)
        for (std::size_t g = 0; g < s.cols; ++g) {
            T sum = 0;
            for (std::size_t j = g * H; j < (g + 1) * H; ++j) {
                dFactor[j] += dy(r, j) * s(r, g);
                dShift[j] += dy(r, j);
                if (ds.data) sum += dy(r, j) * factor[j];
            }
            if (ds.data) ds(r, g) = sum;
        }
}

template <class T>
void stretchFactors(std::span<const T> w, std::span<const T> gain, T variance, T epsilon,
                    std::span<T> inverse, std::span<T> factor) {
    for (std::size_t j = 0; j < w.size(); ++j) {
        inverse[j] = T(1) / std::sqrt(w[j] * w[j] * variance + epsilon);
        factor[j] = gain[j] * w[j] * inverse[j];
    }
}

template <class T>
void stretchFactorBackward(std::span<const T> dFactor, std::span<const T> w,
                           std::span<const T> inverse, std::span<T> dGain, std::span<T> dWeight) {
    for (std::size_t j = 0; j < w.size(); ++j) {
        dGain[j] += dFactor[j] * inverse[j] * w[j];
        dWeight[j] += dFactor[j] * inverse[j] * inverse[j] * inverse[j];
    }
}

}  // namespace bitloom::plain
