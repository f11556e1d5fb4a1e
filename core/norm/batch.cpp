#include "norm/batch.h"

#include <algorithm>

#include "math/kernels.h"

namespace bitloom {

template <class T>
BatchNormalizer<T>::BatchNormalizer(const NormalizerTensors<T>& tensors,
                                    const NormalizationConfig& config)
    : m_tensors(tensors),
      m_epsilon(static_cast<T>(config.epsilon)),
      m_momentum(static_cast<T>(config.momentum)),
      m_movesRunning(!config.trueAverage) {}

template <class T>
void BatchNormalizer<T>::begin(std::size_t steps, std::size_t, bool keep) {
    m_keep = keep;
    m_inverse.resize(keep ? steps : 1, m_tensors.gain.size());
    m_means.resize(m_inverse.rows(), m_inverse.cols());
    m_variance.resize(m_tensors.gain.size());
    if (!keep) return;
    m_stepGain.resize(m_tensors.gain.size());
    m_residual.resize(m_tensors.gain.size());
    m_residual.fill(T(0));
}

template <class T>
void BatchNormalizer<T>::forward(std::size_t t, MatrixView<const T> x, MatrixView<T> xhat,
                                 MatrixView<T> y, Statistics statistics) {
    const std::size_t width = m_tensors.gain.size();
    const std::size_t row = std::min(t, m_tensors.runningMean.rows - 1);
    if (statistics == Statistics::running || statistics == Statistics::average) {
        const bool average = statistics == Statistics::average && m_hasAverage;
        const T* mean = average ? m_averageMean.row(row) : m_tensors.runningMean.row(row);
        const T* variance =
            average ? m_averageVariance.row(row) : m_tensors.runningVariance.row(row);
        kernels::batchNormApply<T>(x, {mean, width}, {variance, width}, m_tensors.gain,
                                   m_tensors.shift, m_epsilon, y);
        return;
    }
    if (statistics == Statistics::per_step && m_hasAverage) {
        const std::size_t step = std::min(t, m_stepMean.rows() - 1);
        kernels::batchNormApply<T>(x, {m_stepMean.row(step), width},
                                   {m_stepVariance.row(step), width}, m_tensors.gain,
                                   m_tensors.shift, m_epsilon, y);
        return;
    }
    T* batchMean = m_means.row(m_keep ? t : 0);
    kernels::batchNormForward<T>(x, m_tensors.gain, m_tensors.shift, m_epsilon, {batchMean, width},
                                 m_variance.span(), {m_inverse.row(m_keep ? t : 0), width}, xhat,
                                 y);
    // A batch of one has no unbiased variance; networks refuse it in training.
    const double rows = static_cast<double>(std::max<std::size_t>(x.rows, 2));
    const double unbiased = rows / (rows - 1);
    if (m_collects) collect(t, row, batchMean, unbiased);
    if (statistics == Statistics::train && m_movesRunning) {
        T* mean = m_tensors.runningMean.row(row);
        T* variance = m_tensors.runningVariance.row(row);
        const T keep = T(1) - m_momentum;
        const T share = m_momentum * static_cast<T>(unbiased);
        for (std::size_t j = 0; j < width; ++j) {
            mean[j] = keep * mean[j] + m_momentum * batchMean[j];
            variance[j] = keep * variance[j] + share * m_variance[j];
        }
    }
}

template <class T>
void BatchNormalizer<T>::backward(std::size_t t, MatrixView<const T> dy, MatrixView<const T> xhat,
                                  MatrixView<T> dx) {
    const T* inverse = m_inverse.row(t);
    m_stepGain.fill(T(0));
    kernels::batchNormBackward<T>(dy, xhat, {inverse, m_inverse.cols()}, m_tensors.gain, dx,
                                  m_stepGain.span(), m_tensors.shiftGradient);
    for (std::size_t j = 0; j < m_stepGain.size(); ++j) {
        m_tensors.gainGradient[j] += m_stepGain[j];
        // sum_b da_b x^_b = gain / s (sum dy x^)(1 - mean x^^2), and 1 - mean x^^2 = eps / s^2.
        m_residual[j] += m_tensors.gain[j] * m_epsilon * m_stepGain[j] * inverse[j] * inverse[j];
    }
}

template <class T>
void BatchNormalizer<T>::beginAverage() {
    const std::size_t rows = m_tensors.runningMean.rows;
    const std::size_t width = m_tensors.runningMean.cols;
    m_meanSum.resize(rows, width);
    m_varianceSum.resize(rows, width);
    m_count.resize(rows);
    m_meanSum.fill(0);
    m_varianceSum.fill(0);
    m_count.fill(0);
    m_stepSums.clear();
    m_stepCount.clear();
    m_collects = true;
}

template <class T>
void BatchNormalizer<T>::collect(std::size_t t, std::size_t row, const T* batchMean,
                                 double unbiased) {
    const std::size_t width = m_variance.size();
    if (m_stepCount.size() <= t) {
        m_stepCount.resize(t + 1, 0);
        m_stepSums.resize((t + 1) * 2 * width, 0);
    }
    m_stepCount[t] += 1;
    double* stepMean = m_stepSums.data() + 2 * t * width;
    double* stepVariance = stepMean + width;
    m_count[row] += 1;
    double* mean = m_meanSum.row(row);
    double* variance = m_varianceSum.row(row);
    for (std::size_t j = 0; j < m_variance.size(); ++j) {
        mean[j] += static_cast<double>(batchMean[j]);
        variance[j] += unbiased * static_cast<double>(m_variance[j]);
        stepMean[j] += static_cast<double>(batchMean[j]);
        stepVariance[j] += unbiased * static_cast<double>(m_variance[j]);
    }
}

template <class T>
void BatchNormalizer<T>::endAverage(bool intoRunning) {
    if (!m_collects) return;
    m_collects = false;
    const std::size_t rows = m_meanSum.rows();
    const std::size_t width = m_meanSum.cols();
    m_averageMean.resize(rows, width);
    m_averageVariance.resize(rows, width);
    for (std::size_t r = 0; r < rows; ++r) {
        for (std::size_t j = 0; j < width; ++j) {
            // Steps never reached keep what the running statistics hold.
            const bool seen = m_count[r] > 0;
            m_averageMean(r, j) =
                seen ? static_cast<T>(m_meanSum(r, j) / m_count[r]) : m_tensors.runningMean(r, j);
            m_averageVariance(r, j) = seen ? static_cast<T>(m_varianceSum(r, j) / m_count[r])
                                           : m_tensors.runningVariance(r, j);
            if (intoRunning) {
                m_tensors.runningMean(r, j) = m_averageMean(r, j);
                m_tensors.runningVariance(r, j) = m_averageVariance(r, j);
            }
        }
    }
    endStepAverage();
    m_hasAverage = true;
}

template <class T>
void BatchNormalizer<T>::endStepAverage() {
    const std::size_t width = m_tensors.gain.size();
    // Nothing seen: one row, which is what the running statistics hold.
    const std::size_t steps = std::max<std::size_t>(1, m_stepCount.size());
    m_stepMean.resize(steps, width);
    m_stepVariance.resize(steps, width);
    for (std::size_t t = 0; t < steps; ++t)
        for (std::size_t j = 0; j < width; ++j) {
            const double* sums = m_stepSums.data() + 2 * t * width;
            const bool seen = t < m_stepCount.size() && m_stepCount[t] > 0;
            m_stepMean(t, j) =
                seen ? static_cast<T>(sums[j] / m_stepCount[t]) : m_tensors.runningMean(0, j);
            m_stepVariance(t, j) = seen ? static_cast<T>(sums[width + j] / m_stepCount[t])
                                        : m_tensors.runningVariance(0, j);
        }
}

template class BatchNormalizer<float>;
template class BatchNormalizer<double>;

}  // namespace bitloom
