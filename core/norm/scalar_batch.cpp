#include "norm/scalar_batch.h"
#include "math/kernels_norm.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "math/threads.h"

namespace bitloom {

template <class T>
void ScalarBatchNormalizer<T>::begin(std::span<const T> w, std::span<const T> x, std::size_t steps,
                                     std::size_t batch, Statistics statistics, bool keep,
                                     std::size_t members) {
    m_batch = batch;
    m_w = w;
    m_stretch.resize(x.size());
    m_factor.resize(steps, w.size());
    if (statistics != Statistics::train && statistics != Statistics::batch) {
        std::copy(x.begin(), x.end(), m_stretch.begin());
        useStored(steps, statistics);
    } else {
        useOwn(x, steps, statistics);
    }
    if (!keep) return;
    for (GradientSums<T>* sum : {&m_gainSum, &m_shiftSum, &m_weightSum})
        sum->begin(members, w.size());
    m_step.begin(members, w.size());
}

template <class T>
void ScalarBatchNormalizer<T>::useStored(std::size_t steps, Statistics statistics) {
    m_shift.resize(steps, m_w.size());
    for (std::size_t t = 0; t < steps; ++t) {
        const auto [mean, variance] = m_general.stored(t, statistics);
        for (std::size_t j = 0; j < m_w.size(); ++j) {
            const T factor = m_tensors.gain[j] / std::sqrt(variance[j] + m_epsilon);
            m_factor(t, j) = factor * m_w[j];
            m_shift(t, j) = m_tensors.shift[j] - factor * mean[j];
        }
    }
}

template <class T>
void ScalarBatchNormalizer<T>::useOwn(std::span<const T> x, std::size_t steps,
                                      Statistics statistics) {
    std::vector<double> means(steps), variances(steps);
    m_inverse.resize(steps, m_w.size());
    m_shift.resize(1, m_w.size());
    std::copy(m_tensors.shift.begin(), m_tensors.shift.end(), m_shift.data());
    parallelFor(steps, 16, [&](std::size_t first, std::size_t last) {
        for (std::size_t t = first; t < last; ++t) {
            const T* const row = x.data() + t * m_batch;
            double mean = 0, squares = 0;
            for (std::size_t b = 0; b < m_batch; ++b) mean += static_cast<double>(row[b]);
            mean /= static_cast<double>(m_batch);
            for (std::size_t b = 0; b < m_batch; ++b) {
                const double off = static_cast<double>(row[b]) - mean;
                m_stretch[t * m_batch + b] = static_cast<T>(off);
                squares += off * off;
            }
            means[t] = mean;
            variances[t] = squares / static_cast<double>(m_batch);
            const T variance = static_cast<T>(variances[t]);
            for (std::size_t j = 0; j < m_w.size(); ++j) {
                const T w = m_w[j];
                m_inverse(t, j) = T(1) / std::sqrt(w * w * variance + m_epsilon);
                m_factor(t, j) = m_tensors.gain[j] * w * m_inverse(t, j);
            }
        }
    });
    std::vector<T> mean(m_w.size()), variance(m_w.size());
    for (std::size_t t = 0; t < steps; ++t) {
        for (std::size_t j = 0; j < m_w.size(); ++j) {
            mean[j] = static_cast<T>(means[t]) * m_w[j];
            variance[j] = static_cast<T>(variances[t]) * m_w[j] * m_w[j];
        }
        m_general.keepBooks(t, statistics, mean, variance, m_batch);
    }
}

template <class T>
ScalarForm<T> ScalarBatchNormalizer<T>::formOf(const NormalizerStep& step, std::size_t rows) const {
    const T* const s = m_stretch.data() + step.t * m_batch + step.firstRow;
    const T* const shift = m_shift.row(m_shift.rows() == 1 ? 0 : step.t);
    const std::size_t width = m_factor.cols();
    return {{s, rows, 1}, {m_factor.row(step.t), width}, {shift, width}};
}

template <class T>
void ScalarBatchNormalizer<T>::backward(const NormalizerStep& step, MatrixView<const T> dy) {
    const T* const s = m_stretch.data() + step.t * m_batch + step.firstRow;
    const std::span<T> dA = m_step.of(step.member);
    std::ranges::fill(dA, T(0));
    kernels::stretchRowBackward<T>(dy, {s, dy.rows, 1}, {}, dA, m_shiftSum.of(step.member), {});
    takeSums(step, dy.rows);
}

template <class T>
ScalarInputSums<T> ScalarBatchNormalizer<T>::sumsOf(const NormalizerStep& step, std::size_t rows,
                                                    kernels::GateSums<T>&) {
    const T* const s = m_stretch.data() + step.t * m_batch + step.firstRow;
    return {{s, rows, 1}, m_step.of(step.member)};
}

template <class T>
void ScalarBatchNormalizer<T>::takeSums(const NormalizerStep& step, std::size_t) {
    kernels::stretchFactorBackward<T>(m_step.of(step.member), m_w,
                                      {m_inverse.row(step.t), m_w.size()},
                                      m_gainSum.of(step.member), m_weightSum.of(step.member));
}

template <class T>
void ScalarBatchNormalizer<T>::finishBackward(std::span<T> dw) {
    m_gainSum.addTo(m_tensors.gainGradient);
    m_shiftSum.addTo(m_tensors.shiftGradient);
    std::fill(dw.begin(), dw.end(), T(0));
    m_weightSum.addTo(dw);
    for (std::size_t j = 0; j < dw.size(); ++j) dw[j] *= m_tensors.gain[j] * m_epsilon;
}

template class ScalarBatchNormalizer<float>;
template class ScalarBatchNormalizer<double>;

}  // namespace bitloom
