#include "norm/scalar_batch.h"
#include "math/kernels_norm.h"

#include <algorithm>
#include <utility>

#include "math/threads.h"

namespace bitloom {

template <class T>
void ScalarBatchNormalizer<T>::begin(std::span<const T> w, std::span<const T> x,
                                     std::span<const T> bias, std::size_t steps, std::size_t batch,
                                     Statistics statistics, bool keep, std::size_t members) {
    m_batch = batch;
    m_w = w;
    m_base.resize(w.size());
    std::copy(m_tensors.shift.begin(), m_tensors.shift.end(), m_base.begin());
    if (!bias.empty()) kernels::axpy<T>(T(1), bias, m_base.span());
    for (MemberRows<T>* rows : {&m_inverse, &m_factor, &m_shift, &m_meanOf, &m_varianceOf})
        rows->begin(members, w.size());
    m_stretch.resize(x.size());
    if (isOwn(statistics))
        center(x, steps);
    else
        std::copy(x.begin(), x.end(), m_stretch.begin());
    if (!keep) return;
    for (GradientSums<T>* sum : {&m_gainSum, &m_shiftSum, &m_weightSum})
        sum->begin(members, w.size());
    m_step.begin(members, w.size());
}

template <class T>
void ScalarBatchNormalizer<T>::center(std::span<const T> x, std::size_t steps) {
    m_mean.resize(steps);
    m_spread.resize(steps);
    const double rows = static_cast<double>(m_batch);
    parallelFor(steps, 16, [&](std::size_t first, std::size_t last) {
        for (std::size_t t = first; t < last; ++t) {
            const T* const row = x.data() + t * m_batch;
            double mean = 0, squares = 0;
            for (std::size_t b = 0; b < m_batch; ++b) mean += static_cast<double>(row[b]);
            mean /= rows;
            for (std::size_t b = 0; b < m_batch; ++b) {
                const double off = static_cast<double>(row[b]) - mean;
                m_stretch[t * m_batch + b] = static_cast<T>(off);
                squares += off * off;
            }
            m_mean[t] = static_cast<T>(mean);
            m_spread[t] = static_cast<T>(squares / rows);
        }
    });
}

template <class T>
void ScalarBatchNormalizer<T>::measure(const NormalizerStep& step) {
    recall(step);
    if (!isOwn(step.statistics) || !m_general.keepsBooks(step.statistics)) return;
    const std::size_t members = m_factor.all().rows;
    const std::span<T> mean = m_meanOf.of(step.member), variance = m_varianceOf.of(step.member);
    for (std::size_t j = 0; j < mean.size(); ++j) {
        mean[j] = m_mean[step.t] * m_w[j];
        variance[j] = m_spread[step.t] * m_w[j] * m_w[j];
    }
    m_general.keepBooksOf(step, members, mean, variance, m_batch);
}

template <class T>
void ScalarBatchNormalizer<T>::recall(const NormalizerStep& step) {
    const std::span<T> inverse = m_inverse.of(step.member), factor = m_factor.of(step.member);
    if (isOwn(step.statistics)) {
        kernels::stretchFactors<T>(m_w, m_tensors.gain, m_spread[step.t], m_epsilon, inverse,
                                   factor);
        return;
    }
    const auto [mean, variance] = m_general.stored(step.t, step.statistics);
    const std::span<T> shift = m_shift.of(step.member);
    kernels::inverseDeviations<T>({variance, inverse.size()}, m_epsilon, inverse);
    for (std::size_t j = 0; j < factor.size(); ++j) {
        factor[j] = m_tensors.gain[j] * inverse[j];
        shift[j] = m_base[j] - factor[j] * mean[j];
        factor[j] *= m_w[j];
    }
}

template <class T>
ScalarForm<T> ScalarBatchNormalizer<T>::formOf(const NormalizerStep& step, std::size_t rows) const {
    const T* const s = m_stretch.data() + step.t * m_batch + step.firstRow;
    return {{s, rows, 1},
            m_factor.of(step.member),
            isOwn(step.statistics) ? m_base.span() : m_shift.of(step.member)};
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
    kernels::stretchFactorBackward<T>(m_step.of(step.member), m_w, m_inverse.of(step.member),
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
