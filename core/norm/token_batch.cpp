#include "norm/token_batch.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/error.h"
#include "math/kernels.h"
#include "math/kernels_norm.h"
#include "math/threads.h"

namespace bitloom {

namespace {

constexpr std::size_t columnGrain = 64;

/// The distinct tokens of a step that are not negative, and how often each comes.
template <class T>
struct Distinct {
    std::vector<std::int32_t> rows;
    std::vector<T> counts;

    explicit Distinct(std::span<const std::int32_t> tokens) {
        std::vector<std::int32_t> sorted(tokens.begin(), tokens.end());
        std::sort(sorted.begin(), sorted.end());
        for (const std::int32_t token : sorted) {
            if (token < 0) continue;
            if (rows.empty() || rows.back() != token) {
                rows.push_back(token);
                counts.push_back(T(0));
            }
            counts.back() += T(1);
        }
    }
};

}  // namespace

template <class T>
void TokenBatchNormalizer<T>::begin(MatrixView<const T> table, std::span<const std::int32_t> tokens,
                                    std::size_t steps, std::size_t batch, Statistics statistics,
                                    bool keep, std::size_t members) {
    const auto beyond = std::find_if(tokens.begin(), tokens.end(), [&](std::int32_t token) {
        return token >= static_cast<std::int32_t>(table.rows);
    });
    if (beyond != tokens.end())
        throw InputError("token " + std::to_string(*beyond) + " is not one of " +
                         std::to_string(table.rows));
    m_batch = batch;
    m_table = table;
    m_tokens = tokens;
    for (Matrix<T>* m : {&m_mean, &m_inverse, &m_factor}) m->resize(steps, table.cols);
    if (statistics != Statistics::train && statistics != Statistics::batch)
        useStored(steps, statistics);
    else
        useOwn(steps, statistics);
    if (!keep) return;
    for (std::vector<Matrix<T>>* sums : {&m_sums, &m_dots}) {
        sums->resize(members);
        for (Matrix<T>& m : *sums) m.resize(steps, table.cols);
    }
}

template <class T>
void TokenBatchNormalizer<T>::useStored(std::size_t steps, Statistics statistics) {
    for (std::size_t t = 0; t < steps; ++t) {
        const auto [mean, variance] = m_general.stored(t, statistics);
        std::copy_n(mean, m_mean.cols(), m_mean.row(t));
        for (std::size_t j = 0; j < m_factor.cols(); ++j)
            m_factor(t, j) = m_tensors.gain[j] / std::sqrt(variance[j] + m_epsilon);
    }
}

template <class T>
void TokenBatchNormalizer<T>::useOwn(std::size_t steps, Statistics statistics) {
    const std::size_t width = m_table.cols;
    Matrix<T> variances(steps, width);
    parallelFor(steps, 1, [&](std::size_t first, std::size_t last) {
        for (std::size_t t = first; t < last; ++t) {
            const std::span<T> variance{variances.row(t), width};
            kernels::tokenMoments<T>(m_table, m_tokens.subspan(t * m_batch, m_batch),
                                     {m_mean.row(t), width}, variance);
            T* const inverse = m_inverse.row(t);
            T* const factor = m_factor.row(t);
            for (std::size_t j = 0; j < width; ++j) {
                inverse[j] = T(1) / std::sqrt(variance[j] + m_epsilon);
                factor[j] = m_tensors.gain[j] * inverse[j];
            }
        }
    });
    for (std::size_t t = 0; t < steps; ++t)
        m_general.keepBooks(t, statistics, {m_mean.row(t), width}, {variances.row(t), width},
                            m_batch);
}

template <class T>
void TokenBatchNormalizer<T>::forward(const NormalizerStep& step, MatrixView<T> y) const {
    kernels::tokenNormalize<T>(m_table, tokensOf(step, y.rows), {m_mean.row(step.t), y.cols},
                               {m_factor.row(step.t), y.cols}, m_tensors.shift, y);
}

template <class T>
std::span<const T> TokenBatchNormalizer<T>::formOf(std::size_t t, std::span<T> shift) const {
    const std::span<const T> factor{m_factor.row(t), m_factor.cols()};
    const T* const mean = m_mean.row(t);
    for (std::size_t j = 0; j < shift.size(); ++j)
        shift[j] = m_tensors.shift[j] - factor[j] * mean[j];
    return factor;
}

template <class T>
void TokenBatchNormalizer<T>::backward(const NormalizerStep& step, MatrixView<const T> dy,
                                       MatrixView<T> gradient) {
    kernels::tokenSums<T>(dy, m_table, tokensOf(step, dy.rows), {m_mean.row(step.t), dy.cols},
                          {m_factor.row(step.t), dy.cols},
                          {m_sums[step.member].row(step.t), dy.cols},
                          {m_dots[step.member].row(step.t), dy.cols}, gradient);
}

template <class T>
void TokenBatchNormalizer<T>::finishBackward(MatrixView<T> gradient) {
    const std::size_t steps = m_mean.rows(), width = m_mean.cols();
    std::vector<Distinct<T>> distinct;
    for (std::size_t t = 0; t < steps; ++t)
        distinct.emplace_back(m_tokens.subspan(t * m_batch, m_batch));
    const T share = T(1) / static_cast<T>(m_batch);
    Matrix<T>& sums = m_sums.front();
    Matrix<T>& dots = m_dots.front();
    parallelFor(width, columnGrain, [&](std::size_t first, std::size_t last) {
        for (std::size_t t = 0; t < steps; ++t) {
            const T* const inverse = m_inverse.row(t);
            const T* const factor = m_factor.row(t);
            T* const sum = sums.row(t);
            T* const dot = dots.row(t);
            for (std::size_t m = 1; m < m_sums.size(); ++m) {
                const T* const otherSum = m_sums[m].row(t);
                const T* const otherDot = m_dots[m].row(t);
                for (std::size_t j = first; j < last; ++j) {
                    sum[j] += otherSum[j];
                    dot[j] += otherDot[j];
                }
            }
            for (std::size_t j = first; j < last; ++j) {
                m_tensors.shiftGradient[j] += sum[j];
                m_tensors.gainGradient[j] += inverse[j] * dot[j];
                sum[j] *= share * factor[j];
                dot[j] *= share * factor[j] * inverse[j] * inverse[j];
            }
            kernels::tokenCorrect<T>(m_table, distinct[t].rows, distinct[t].counts,
                                     {m_mean.row(t), width}, {sum, width}, {dot, width}, first,
                                     last, gradient);
        }
    });
}

template class TokenBatchNormalizer<float>;
template class TokenBatchNormalizer<double>;

}  // namespace bitloom
