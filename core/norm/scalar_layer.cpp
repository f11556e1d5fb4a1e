#include "norm/scalar_layer.h"
#include "math/kernels_norm.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "math/threads.h"

namespace bitloom {

template <class T>
void ScalarLayerNormalizer<T>::begin(std::span<const T> w, std::span<const T> x,
                                     std::span<const T> bias, std::size_t steps, std::size_t batch,
                                     Statistics, bool keep, std::size_t members) {
    const std::size_t groups = m_tensors.gates, size = w.size() / groups;
    m_batch = batch;
    m_base.resize(w.size());
    std::copy(m_tensors.shift.begin(), m_tensors.shift.end(), m_base.begin());
    if (!bias.empty()) kernels::axpy<T>(T(1), bias, m_base.span());
    m_centered.resize(w.size());
    m_factor.resize(w.size());
    m_stretch.resize(steps * batch, groups);
    std::vector<T> variances(groups);
    for (std::size_t g = 0; g < groups; ++g) {
        T mean = 0, squares = 0;
        for (std::size_t j = g * size; j < (g + 1) * size; ++j) mean += w[j];
        mean /= static_cast<T>(size);
        for (std::size_t j = g * size; j < (g + 1) * size; ++j) {
            m_centered[j] = w[j] - mean;
            m_factor[j] = m_tensors.gain[j] * m_centered[j];
            squares += m_centered[j] * m_centered[j];
        }
        variances[g] = squares / static_cast<T>(size);
    }
    parallelFor(x.size(), 4096, [&](std::size_t first, std::size_t last) {
        for (std::size_t i = first; i < last; ++i)
            for (std::size_t g = 0; g < groups; ++g)
                m_stretch(i, g) = x[i] / std::sqrt(x[i] * x[i] * variances[g] + m_epsilon);
    });
    if (!keep) return;
    m_factorSum.begin(members, w.size());
    m_shiftSum.begin(members, w.size());
    m_varianceSum.begin(members, groups);
    m_stretchGradients.resize(members);
}

template <class T>
MatrixView<const T> ScalarLayerNormalizer<T>::stretchOf(const NormalizerStep& step,
                                                        std::size_t rows) const {
    return m_stretch.view().rowRange(step.t * m_batch + step.firstRow, rows);
}

template <class T>
ScalarForm<T> ScalarLayerNormalizer<T>::formOf(const NormalizerStep& step, std::size_t rows) const {
    return {stretchOf(step, rows), m_factor.span(), m_base.span()};
}

template <class T>
void ScalarLayerNormalizer<T>::backward(const NormalizerStep& step, MatrixView<const T> dy) {
    const MatrixView<const T> stretch = stretchOf(step, dy.rows);
    Matrix<T>& gradient = m_stretchGradients[step.member];
    gradient.resize(dy.rows, m_tensors.gates);
    kernels::stretchRowBackward<T>(dy, stretch, std::as_const(m_factor).span(),
                                   m_factorSum.of(step.member), m_shiftSum.of(step.member),
                                   gradient.view());
    takeSums(step, dy.rows);
}

template <class T>
ScalarInputSums<T> ScalarLayerNormalizer<T>::sumsOf(const NormalizerStep& step, std::size_t rows,
                                                    kernels::GateSums<T>& sums) {
    Matrix<T>& gradient = m_stretchGradients[step.member];
    gradient.resize(rows, m_tensors.gates);
    sums.stretched = gradient.view();
    return {stretchOf(step, rows), m_factorSum.of(step.member)};
}

template <class T>
void ScalarLayerNormalizer<T>::takeSums(const NormalizerStep& step, std::size_t rows) {
    const MatrixView<const T> stretch = stretchOf(step, rows);
    const Matrix<T>& gradient = m_stretchGradients[step.member];
    // ds/d(var w) = -s^3 / 2.
    const std::span<T> variance = m_varianceSum.of(step.member);
    for (std::size_t r = 0; r < rows; ++r)
        for (std::size_t g = 0; g < variance.size(); ++g) {
            const T s = stretch(r, g);
            variance[g] -= gradient(r, g) * s * s * s / 2;
        }
}

template <class T>
void ScalarLayerNormalizer<T>::finishBackward(std::span<T> dw) {
    const std::size_t groups = m_tensors.gates, size = dw.size() / groups;
    std::vector<T> factor(dw.size()), variance(groups);
    m_factorSum.addTo(factor);
    m_varianceSum.addTo(variance);
    m_shiftSum.addTo(m_tensors.shiftGradient);
    for (std::size_t g = 0; g < groups; ++g) {
        T mean = 0;
        for (std::size_t j = g * size; j < (g + 1) * size; ++j)
            mean += m_tensors.gain[j] * factor[j] / static_cast<T>(size);
        for (std::size_t j = g * size; j < (g + 1) * size; ++j) {
            m_tensors.gainGradient[j] += factor[j] * m_centered[j];
            dw[j] = m_tensors.gain[j] * factor[j] - mean +
                    2 * variance[g] * m_centered[j] / static_cast<T>(size);
        }
    }
}

template class ScalarLayerNormalizer<float>;
template class ScalarLayerNormalizer<double>;

}  // namespace bitloom
