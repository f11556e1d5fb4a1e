#include "norm/batch.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "math/kernels.h"
#include "math/kernels_norm.h"

namespace bitloom {

template <class T>
BatchNormalizer<T>::BatchNormalizer(const NormalizerTensors<T>& tensors,
                                    const NormalizationConfig& config)
    : m_tensors(tensors),
      m_epsilon(static_cast<T>(config.epsilon)),
      m_momentum(static_cast<T>(config.momentum)),
      m_movesRunning(!config.trueAverage) {}

template <class T>
void BatchNormalizer<T>::begin(std::size_t steps, std::size_t batch, bool keep,
                               std::size_t members) {
    const std::size_t width = m_tensors.gain.size();
    m_keep = keep;
    m_rows.resize(members);
    for (std::size_t m = 0; m < members; ++m)
        m_rows[m] = Team::shareStart(m + 1, members, batch) - Team::shareStart(m, members, batch);
    m_desks.resize(members);
    for (Desk& d : m_desks)
        for (Buffer<T>* buffer :
             {&d.mean, &d.variance, &d.inverse, &d.meanUp, &d.meanDot, &d.factor})
            buffer->resize(width);
    for (Matrix<T>* m : {&m_first[0], &m_first[1], &m_second[0], &m_second[1]})
        m->resize(members, width);
    if (!keep) return;
    m_inverse.resize(steps, width);
    m_means.resize(steps, width);
    m_gainSum.begin(members, width);
    m_shiftSum.begin(members, width);
}

template <class T>
std::pair<const T*, const T*> BatchNormalizer<T>::stored(std::size_t t,
                                                         Statistics statistics) const {
    const std::size_t row = rowOf(t);
    if (statistics == Statistics::per_step && m_hasAverage) {
        const std::size_t step = std::min(t, m_stepMean.rows() - 1);
        return {m_stepMean.row(step), m_stepVariance.row(step)};
    }
    if (statistics == Statistics::average && m_hasAverage)
        return {m_averageMean.row(row), m_averageVariance.row(row)};
    return {m_tensors.runningMean.row(row), m_tensors.runningVariance.row(row)};
}

template <class T>
void BatchNormalizer<T>::applyStored(const NormalizerStep& step, MatrixView<const T> x,
                                     MatrixView<T> xhat, MatrixView<T> y) {
    const auto [mean, variance] = stored(step.t, step.statistics);
    Buffer<T>& factor = m_desks[step.member].factor;
    const bool all = y.data != nullptr;
    for (std::size_t j = 0; j < factor.size(); ++j)
        factor[j] = (all ? m_tensors.gain[j] : T(1)) / std::sqrt(variance[j] + m_epsilon);
    kernels::batchNormApply<T>(x, {mean, factor.size()}, factor.span(),
                               all ? m_tensors.shift : std::span<const T>{}, all ? y : xhat);
}

template <class T>
void BatchNormalizer<T>::gather(const NormalizerStep& step, MatrixView<const T> x) {
    const std::size_t width = m_tensors.gain.size();
    Matrix<T>& means = m_first[step.t % 2];
    Matrix<T>& squares = m_second[step.t % 2];
    kernels::columnMoments<T>(x, {means.row(step.member), width},
                              {squares.row(step.member), width});
    if (step.team) step.team->meet();
    Desk& desk = m_desks[step.member];
    kernels::mergeMoments<T>(std::as_const(means).view(), std::as_const(squares).view(), m_rows,
                             m_epsilon, desk.mean.span(), desk.variance.span(),
                             desk.inverse.span());
}

template <class T>
void BatchNormalizer<T>::write(const NormalizerStep& step) {
    if (step.member != 0) return;
    const Desk& desk = m_desks[0];
    if (m_keep) {
        std::copy_n(desk.inverse.data(), desk.inverse.size(), m_inverse.row(step.t));
        std::copy_n(desk.mean.data(), desk.mean.size(), m_means.row(step.t));
    }
    keepBooks(step.t, step.statistics, desk.mean.span(), desk.variance.span(), batch());
}

template <class T>
void BatchNormalizer<T>::forward(const NormalizerStep& step, MatrixView<const T> x,
                                 MatrixView<T> xhat, MatrixView<T> y) {
    if (!isOwn(step.statistics)) {
        applyStored(step, x, xhat, y);
        return;
    }
    gather(step, x);
    const Desk& desk = m_desks[step.member];
    kernels::normalizeColumns<T>(x, desk.mean.span(), desk.inverse.span(), m_tensors.gain,
                                 m_tensors.shift, xhat, y);
    write(step);
}

template <class T>
void BatchNormalizer<T>::measure(const NormalizerStep& step, MatrixView<const T> x,
                                 kernels::GateInput<T>& in) {
    Desk& desk = m_desks[step.member];
    if (isOwn(step.statistics)) {
        gather(step, x);
        write(step);
        kernels::multiply<T>(m_tensors.gain, std::as_const(desk.inverse).span(),
                             desk.factor.span());
    } else {
        const auto [mean, variance] = stored(step.t, step.statistics);
        std::copy_n(mean, desk.mean.size(), desk.mean.data());
        for (std::size_t j = 0; j < desk.factor.size(); ++j)
            desk.factor[j] = m_tensors.gain[j] / std::sqrt(variance[j] + m_epsilon);
    }
    in.columnMean = std::as_const(desk.mean).span();
    in.gainB = std::as_const(desk.factor).span();
}

template <class T>
void BatchNormalizer<T>::recall(const NormalizerStep& step, std::size_t,
                                kernels::GateInput<T>& in) {
    const std::size_t width = m_tensors.gain.size();
    Desk& desk = m_desks[step.member];
    kernels::multiply<T>(m_tensors.gain, {m_inverse.row(step.t), width}, desk.factor.span());
    in.columnMean = {m_means.row(step.t), width};
    in.gainB = std::as_const(desk.factor).span();
}

template <class T>
void BatchNormalizer<T>::keepBooks(std::size_t t, Statistics statistics, std::span<const T> mean,
                                   std::span<const T> variance, std::size_t rows) {
    // A batch of one has no unbiased variance; networks refuse it in training.
    const double count = static_cast<double>(std::max<std::size_t>(rows, 2));
    const double unbiased = count / (count - 1);
    const std::size_t row = rowOf(t);
    if (m_collects) collect(t, row, mean, variance, unbiased);
    if (statistics != Statistics::train || !m_movesRunning) return;
    const std::span<T> runningMean{m_tensors.runningMean.row(row), mean.size()};
    const std::span<T> runningVariance{m_tensors.runningVariance.row(row), mean.size()};
    kernels::moveStatistics<T>(mean, variance, m_momentum, static_cast<T>(unbiased), runningMean,
                               runningVariance);
}

template <class T>
void BatchNormalizer<T>::backwardThrough(const NormalizerStep& step, MatrixView<const T> dy,
                                         MatrixView<const T> x, std::span<const T> mean,
                                         const ScalarInputSums<T>& input, MatrixView<T> dx) {
    const std::size_t width = m_tensors.gain.size();
    Matrix<T>& sums = m_first[step.t % 2];
    Matrix<T>& dots = m_second[step.t % 2];
    kernels::normalizedSums<T>(dy, x, mean, input.stretch, {sums.row(step.member), width},
                               {dots.row(step.member), width}, input.stretched);
    if (step.team) step.team->meet();
    Desk& desk = m_desks[step.member];
    const std::span<const T> inverse{m_inverse.row(step.t), width};
    kernels::mergeSums<T>(std::as_const(sums).view(), std::as_const(dots).view(), !mean.empty(),
                          step.member, T(1) / static_cast<T>(batch()), m_tensors.gain, inverse,
                          desk.meanUp.span(), desk.meanDot.span(), desk.factor.span(),
                          m_gainSum.of(step.member), m_shiftSum.of(step.member));
    kernels::normalizeColumnsBackward<T>(dy, x, mean, std::as_const(desk.meanUp).span(),
                                         std::as_const(desk.meanDot).span(),
                                         std::as_const(desk.factor).span(), dx);
}

template <class T>
void BatchNormalizer<T>::backward(const NormalizerStep& step, MatrixView<const T> dy,
                                  MatrixView<const T> xhat, MatrixView<T> dx) {
    backwardThrough(step, dy, xhat, {}, {}, dx);
}

template <class T>
void BatchNormalizer<T>::backwardFromCell(const NormalizerStep& step, MatrixView<const T> dy,
                                          const kernels::GateInput<T>& in,
                                          const kernels::GateSums<T>&,
                                          const ScalarInputSums<T>& input, MatrixView<T> dx) {
    backwardThrough(step, dy, in.b, in.columnMean, input, dx);
}

template <class T>
void BatchNormalizer<T>::finishBackward() {
    m_gainSum.addTo(m_tensors.gainGradient);
    m_shiftSum.addTo(m_tensors.shiftGradient);
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
void BatchNormalizer<T>::collect(std::size_t t, std::size_t row, std::span<const T> mean,
                                 std::span<const T> variance, double unbiased) {
    const std::size_t width = mean.size();
    if (m_stepCount.size() <= t) {
        m_stepCount.resize(t + 1, 0);
        m_stepSums.resize((t + 1) * 2 * width, 0);
    }
    m_stepCount[t] += 1;
    double* const stepMeans = m_stepSums.data() + 2 * t * width;
    double* const stepVariances = stepMeans + width;
    m_count[row] += 1;
    double* const means = m_meanSum.row(row);
    double* const variances = m_varianceSum.row(row);
    for (std::size_t j = 0; j < width; ++j) {
        means[j] += static_cast<double>(mean[j]);
        variances[j] += unbiased * static_cast<double>(variance[j]);
        stepMeans[j] += static_cast<double>(mean[j]);
        stepVariances[j] += unbiased * static_cast<double>(variance[j]);
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
