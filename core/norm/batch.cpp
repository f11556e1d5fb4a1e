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
    for (MemberRows<T>* rows : {&m_mean, &m_variance, &m_rstd, &m_meanUp, &m_meanDot, &m_factor,
                                &m_offset, &m_first[0], &m_first[1], &m_second[0], &m_second[1]})
        rows->begin(members, width);
    if (!keep) return;
    for (std::vector<Matrix<T>>* kept : {&m_means, &m_inverse}) {
        kept->resize(members);
        for (Matrix<T>& rows : *kept) rows.resize(steps, width);
    }
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
    const std::span<T> factor = m_factor.of(step.member);
    const bool all = y.data != nullptr;
    for (std::size_t j = 0; j < factor.size(); ++j)
        factor[j] = (all ? m_tensors.gain[j] : T(1)) / std::sqrt(variance[j] + m_epsilon);
    kernels::batchNormApply<T>(x, {mean, factor.size()}, factor,
                               all ? m_tensors.shift : std::span<const T>{}, all ? y : xhat);
}

template <class T>
std::span<T> BatchNormalizer<T>::meanOf(const NormalizerStep& step) {
    return m_keep ? rowOf(m_means, step) : m_mean.of(step.member);
}

template <class T>
std::span<T> BatchNormalizer<T>::rstdOf(const NormalizerStep& step) {
    return m_keep ? rowOf(m_inverse, step) : m_rstd.of(step.member);
}

template <class T>
void BatchNormalizer<T>::leaveMoments(const NormalizerStep& step, MatrixView<const T> x) {
    const std::size_t m = step.member, here = step.t % 2;
    kernels::columnMoments<T>(x, m_first[here].of(m), m_second[here].of(m));
    if (step.team) step.team->arrive(m);
}

template <class T>
void BatchNormalizer<T>::takeMoments(const NormalizerStep& step,
                                     const kernels::FoldedNorm<T>& folded) {
    const std::size_t m = step.member, here = step.t % 2;
    if (step.team) step.team->await(m);
    const std::span<T> mean = meanOf(step), variance = m_variance.of(m);
    kernels::mergeMoments<T>(m_first[here].all(), m_second[here].all(), m_rows, m_epsilon, mean,
                             variance, rstdOf(step), folded);
    keepBooksOf(step, m_rows.size(), mean, variance, batch());
}

template <class T>
void BatchNormalizer<T>::forward(const NormalizerStep& step, MatrixView<const T> x,
                                 MatrixView<T> xhat, MatrixView<T> y) {
    if (!isOwn(step.statistics)) {
        applyStored(step, x, xhat, y);
        return;
    }
    leaveMoments(step, x);
    takeMoments(step, {});
    kernels::normalizeColumns<T>(x, meanOf(step), rstdOf(step), m_tensors.gain, m_tensors.shift,
                                 xhat, y);
}

template <class T>
kernels::FoldedNorm<T> BatchNormalizer<T>::foldInto(const NormalizerStep& step,
                                                    kernels::GateInput<T>& in) {
    const kernels::FoldedNorm<T> folded{m_tensors.gain, in.bias, m_factor.of(step.member),
                                        m_offset.of(step.member)};
    in.gainB = folded.factor;
    in.bias = folded.offset;
    return folded;
}

template <class T>
void BatchNormalizer<T>::startMeasure(const NormalizerStep& step, MatrixView<const T> x) {
    if (isOwn(step.statistics)) leaveMoments(step, x);
}

template <class T>
void BatchNormalizer<T>::completeMeasure(const NormalizerStep& step, MatrixView<const T>,
                                         kernels::GateInput<T>& in) {
    const kernels::FoldedNorm<T> folded = foldInto(step, in);
    if (isOwn(step.statistics)) {
        takeMoments(step, folded);
        return;
    }
    const auto [mean, variance] = stored(step.t, step.statistics);
    const std::size_t width = m_tensors.gain.size();
    const std::span<T> rstd = m_rstd.of(step.member);
    kernels::inverseDeviations<T>({variance, width}, m_epsilon, rstd);
    kernels::foldColumns<T>({mean, width}, rstd, folded);
}

template <class T>
void BatchNormalizer<T>::recall(const NormalizerStep& step, std::size_t,
                                kernels::GateInput<T>& in) {
    kernels::foldColumns<T>(meanOf(step), rstdOf(step), foldInto(step, in));
}

template <class T>
void BatchNormalizer<T>::keepBooksOf(const NormalizerStep& step, std::size_t members,
                                     std::span<const T> mean, std::span<const T> variance,
                                     std::size_t rows) {
    // What is collected grows as it goes: that is one member's.
    if (m_collects) {
        if (step.member == 0) keepBooks(step.t, step.statistics, mean, variance, rows);
        return;
    }
    const auto [first, last] = columnsOf<T>(step.member, members, mean.size());
    keepBooks(step.t, step.statistics, mean.subspan(first, last - first),
              variance.subspan(first, last - first), rows, first);
}

template <class T>
void BatchNormalizer<T>::keepBooks(std::size_t t, Statistics statistics, std::span<const T> mean,
                                   std::span<const T> variance, std::size_t rows,
                                   std::size_t first) {
    // A batch of one has no unbiased variance; networks refuse it in training.
    const double count = static_cast<double>(std::max<std::size_t>(rows, 2));
    const double unbiased = count / (count - 1);
    const std::size_t row = rowOf(t);
    if (m_collects) collect(t, row, mean, variance, unbiased);
    if (statistics != Statistics::train || !m_movesRunning) return;
    const std::span<T> runningMean{m_tensors.runningMean.row(row) + first, mean.size()};
    const std::span<T> runningVariance{m_tensors.runningVariance.row(row) + first, mean.size()};
    kernels::moveStatistics<T>(mean, variance, m_momentum, static_cast<T>(unbiased), runningMean,
                               runningVariance);
}

template <class T>
void BatchNormalizer<T>::leaveSums(const NormalizerStep& step, MatrixView<const T> dy,
                                   MatrixView<const T> x, std::span<const T> mean,
                                   const ScalarInputSums<T>& input) {
    const std::size_t m = step.member;
    kernels::normalizedSums<T>(dy, x, mean, input.stretch, m_first[step.t % 2].of(m),
                               m_second[step.t % 2].of(m), input.stretched);
    if (step.team) step.team->arrive(m);
}

template <class T>
void BatchNormalizer<T>::takeSums(const NormalizerStep& step, MatrixView<const T> dy,
                                  MatrixView<const T> x, std::span<const T> mean,
                                  MatrixView<T> dx) {
    const std::size_t m = step.member;
    if (step.team) step.team->await(m);
    const std::span<T> meanUp = m_meanUp.of(m), meanDot = m_meanDot.of(m), factor = m_factor.of(m);
    kernels::mergeSums<T>(m_first[step.t % 2].all(), m_second[step.t % 2].all(), !mean.empty(), m,
                          T(1) / static_cast<T>(batch()), m_tensors.gain, rowOf(m_inverse, step),
                          meanUp, meanDot, factor, m_gainSum.of(m), m_shiftSum.of(m));
    kernels::normalizeColumnsBackward<T>(dy, x, mean, meanUp, meanDot, factor, dx);
}

template <class T>
void BatchNormalizer<T>::backward(const NormalizerStep& step, MatrixView<const T> dy,
                                  MatrixView<const T> xhat, MatrixView<T> dx) {
    leaveSums(step, dy, xhat, {}, {});
    takeSums(step, dy, xhat, {}, dx);
}

template <class T>
void BatchNormalizer<T>::startBackward(const NormalizerStep& step, MatrixView<const T> dy,
                                       const kernels::GateInput<T>& in, const kernels::GateSums<T>&,
                                       const ScalarInputSums<T>& input, MatrixView<T>) {
    leaveSums(step, dy, in.b, rowOf(m_means, step), input);
}

template <class T>
void BatchNormalizer<T>::completeBackward(const NormalizerStep& step, MatrixView<const T> dy,
                                          const kernels::GateInput<T>& in, MatrixView<T> dx) {
    takeSums(step, dy, in.b, rowOf(m_means, step), dx);
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
