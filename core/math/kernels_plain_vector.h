#pragma once
// Plain twins of the loss, the optimizers, and the vector, matrix and quantizer kernels; contracts
// in math/kernels.h.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "base/error.h"
#include "math/kernels.h"
#include "math/kernels_plain_cells.h"
#include "math/matrix.h"

namespace bitloom::plain {

/// Throws InputError if an index is >= limit (or, without negatives allowed below -1, under -1).
inline void checkIndices(std::span<const std::int32_t> indices, std::size_t limit, const char* what,
                         std::int32_t lowest) {
    for (const std::int32_t index : indices)
        if (index < lowest || (index >= 0 && static_cast<std::size_t>(index) >= limit))
            throw InputError(std::string(what) + " " + std::to_string(index) + " is outside 0 .. " +
                             std::to_string(limit) + " - 1");
}

template <class T>
CrossEntropySum softmaxCrossEntropy(MatrixView<const T> logits,
                                    std::span<const std::int32_t> targets, T factor,
                                    MatrixView<T> gradient, std::span<const T> bias) {
    checkIndices(targets.first(logits.rows), logits.cols, "target", -1);
    CrossEntropySum result;
    for (std::size_t r = 0; r < logits.rows; ++r) {
        if (targets[r] < 0) {
            if (gradient.data) std::fill_n(gradient.row(r), gradient.cols, T(0));
            continue;
        }
        const auto target = static_cast<std::size_t>(targets[r]);
        const auto logit = [&](std::size_t j) {
            return bias.empty() ? logits(r, j) : logits(r, j) + bias[j];
        };
        std::size_t best = 0;
        for (std::size_t j = 1; j < logits.cols; ++j)
            if (logit(j) > logit(best)) best = j;
        const T largest = logit(best), wanted = logit(target);
        double sum = 0;
        for (std::size_t j = 0; j < logits.cols; ++j)
            sum += static_cast<double>(std::exp(logit(j) - largest));
        result.nats += std::log(sum) - static_cast<double>(wanted - largest);
        result.correct += best == target;
        ++result.targets;
        if (!gradient.data) continue;
        for (std::size_t j = 0; j < logits.cols; ++j)
            gradient(r, j) = factor * (std::exp(logit(j) - largest) / static_cast<T>(sum) -
                                       (j == target ? T(1) : T(0)));
    }
    return result;
}

template <class T>
void adamUpdate(std::span<T> parameter, std::span<const T> gradient, std::span<T> m, std::span<T> v,
                const AdamStep& step) {
    const double t = static_cast<double>(step.step);
    const T rate = static_cast<T>(step.learningRate / (1.0 - std::pow(step.beta1, t)));
    const T root = static_cast<T>(std::sqrt(1.0 - std::pow(step.beta2, t)));
    const T keep = static_cast<T>(step.beta2), add1 = static_cast<T>(1.0 - step.beta1),
            add2 = static_cast<T>(1.0 - step.beta2), epsilon = static_cast<T>(step.epsilon);
    for (std::size_t i = 0; i < parameter.size(); ++i) {
        const T g = gradient[i] * static_cast<T>(step.gradientScale);
        m[i] += add1 * (g - m[i]);
        v[i] = keep * v[i] + add2 * g * g;
        parameter[i] -= rate * m[i] / (std::sqrt(v[i]) / root + epsilon);
    }
}

template <class T>
void sgdUpdate(std::span<T> parameter, std::span<const T> gradient, std::span<T> buffer,
               double learningRate, double momentum, double gradientScale) {
    for (std::size_t i = 0; i < parameter.size(); ++i) {
        T direction = gradient[i] * static_cast<T>(gradientScale);
        if (buffer.data()) direction = buffer[i] = static_cast<T>(momentum) * buffer[i] + direction;
        parameter[i] -= static_cast<T>(learningRate) * direction;
    }
}

template <class T>
void updateSecondMoment(std::span<T> v, std::span<const T> gradient, double beta2,
                        double gradientScale) {
    for (std::size_t i = 0; i < v.size(); ++i) {
        const T g = gradient[i] * static_cast<T>(gradientScale);
        v[i] = static_cast<T>(beta2) * v[i] + static_cast<T>(1.0 - beta2) * g * g;
    }
}

template <class T>
void clip(std::span<T> x, T low, T high) {
    for (T& value : x) value = value > high ? high : value < low ? low : value;
}

template <class T>
void scale(std::span<T> x, T factor) {
    for (T& value : x) value *= factor;
}

template <class T>
void axpy(T alpha, std::span<const T> x, std::span<T> y) {
    for (std::size_t i = 0; i < y.size(); ++i) y[i] += alpha * x[i];
}

template <class T>
void multiply(std::span<const T> x, std::span<const T> mask, std::span<T> y) {
    for (std::size_t i = 0; i < y.size(); ++i) y[i] = x[i] * mask[i];
}

template <class T>
double sumOfSquares(std::span<const T> x) {
    double sum = 0;
    for (const T value : x) sum += static_cast<double>(value) * static_cast<double>(value);
    return sum;
}

template <class T>
void sigmoid(std::span<const T> x, std::span<T> y) {
    for (std::size_t i = 0; i < y.size(); ++i) y[i] = logistic(x[i]);
}

template <class T>
void tanh(std::span<const T> x, std::span<T> y) {
    for (std::size_t i = 0; i < y.size(); ++i) y[i] = std::tanh(x[i]);
}

template <class T>
void exp(std::span<const T> x, std::span<T> y) {
    for (std::size_t i = 0; i < y.size(); ++i) y[i] = std::exp(x[i]);
}

template <class T>
void columnSums(MatrixView<const T> x, std::span<T> out, bool accumulate) {
    for (std::size_t j = 0; j < x.cols; ++j) {
        T sum = 0;
        for (std::size_t r = 0; r < x.rows; ++r) sum += x(r, j);
        out[j] = accumulate ? out[j] + sum : sum;
    }
}

template <class T>
void gatherRows(MatrixView<const T> table, std::span<const std::int32_t> indices,
                MatrixView<T> out) {
    checkIndices(indices, table.rows, "row", INT32_MIN);
    for (std::size_t n = 0; n < out.rows; ++n)
        for (std::size_t j = 0; j < out.cols; ++j)
            out(n, j) = indices[n] < 0 ? T(0) : table(static_cast<std::size_t>(indices[n]), j);
}

template <class T>
void scatterAddRows(MatrixView<const T> x, std::span<const std::int32_t> indices,
                    MatrixView<T> table) {
    checkIndices(indices, table.rows, "row", INT32_MIN);
    for (std::size_t n = 0; n < x.rows; ++n)
        for (std::size_t j = 0; j < x.cols; ++j)
            if (indices[n] >= 0) table(static_cast<std::size_t>(indices[n]), j) += x(n, j);
}

template <class T>
void narrowProduct(MatrixView<const T> x, MatrixView<const T> table, MatrixView<T> y) {
    for (std::size_t r = 0; r < y.rows; ++r)
        for (std::size_t j = 0; j < y.cols; ++j) {
            T sum = 0;
            for (std::size_t k = 0; k < x.cols; ++k) sum += x(r, k) * table(k, j);
            y(r, j) = sum;
        }
}

template <class T>
void narrowGradient(MatrixView<const T> x, MatrixView<const T> dy, MatrixView<T> out) {
    for (std::size_t k = 0; k < x.cols; ++k)
        for (std::size_t j = 0; j < dy.cols; ++j)
            for (std::size_t r = 0; r < x.rows; ++r) out(k, j) += x(r, k) * dy(r, j);
}

template <class T>
void transpose(MatrixView<const T> x, MatrixView<T> out, bool accumulate) {
    for (std::size_t r = 0; r < x.rows; ++r)
        for (std::size_t j = 0; j < x.cols; ++j)
            out(j, r) = accumulate ? out(j, r) + x(r, j) : x(r, j);
}

template <class T>
void rowDots(MatrixView<const T> a, MatrixView<const T> b, std::span<T> out) {
    for (std::size_t r = 0; r < a.rows; ++r) {
        T sum = 0;
        for (std::size_t j = 0; j < a.cols; ++j) sum += a(r, j) * b(r, j);
        out[r] = sum;
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
    for (std::size_t r = 0; r < y.rows; ++r)
        for (std::size_t j = 0; j < y.cols; ++j)
            y(r, j) = alpha[r] * a(r, j) + (b.data ? beta[r] * b(r, j) : T(0));
}

template <class T>
double absoluteSum(MatrixView<const T> w) {
    double sum = 0;
    for (std::size_t r = 0; r < w.rows; ++r)
        for (std::size_t j = 0; j < w.cols; ++j) sum += static_cast<double>(std::abs(w(r, j)));
    return sum;
}

template <class T>
T absoluteMax(MatrixView<const T> w) {
    T largest = 0;
    for (std::size_t r = 0; r < w.rows; ++r)
        for (std::size_t j = 0; j < w.cols; ++j)
            if (std::abs(w(r, j)) > largest) largest = std::abs(w(r, j));
    return largest;
}

template <class T>
ThresholdSums thresholdSums(MatrixView<const T> w, T threshold) {
    ThresholdSums sums;
    for (std::size_t r = 0; r < w.rows; ++r)
        for (std::size_t j = 0; j < w.cols; ++j)
            if (std::abs(w(r, j)) > threshold) {
                sums.absolute += static_cast<double>(std::abs(w(r, j)));
                ++sums.count;
            }
    return sums;
}

template <class T>
std::pair<double, double> weightedAbsoluteSums(MatrixView<const T> w, MatrixView<const T> v) {
    double weighted = 0, weights = 0;
    for (std::size_t r = 0; r < w.rows; ++r)
        for (std::size_t j = 0; j < w.cols; ++j) {
            const double d = static_cast<double>(std::sqrt(v(r, j)) + T(1e-8));
            weighted += d * static_cast<double>(std::abs(w(r, j)));
            weights += d;
        }
    return {weighted, weights};
}

template <class T>
void signs(MatrixView<const T> w, T factor, MatrixView<T> out) {
    for (std::size_t r = 0; r < w.rows; ++r)
        for (std::size_t j = 0; j < w.cols; ++j) out(r, j) = w(r, j) >= T(0) ? factor : -factor;
}

template <class T>
void ternarize(MatrixView<const T> w, T threshold, T positive, T negative, MatrixView<T> out) {
    for (std::size_t r = 0; r < w.rows; ++r)
        for (std::size_t j = 0; j < w.cols; ++j)
            out(r, j) = w(r, j) > threshold ? positive : w(r, j) < -threshold ? -negative : T(0);
}

}  // namespace bitloom::plain
