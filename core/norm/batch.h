#pragma once
// Batch normalization of a unit over the batch, a time step at a time:
//     x^ = (x - mean) / sqrt(var + eps)        y = gain x^ + shift       (variance biased)
// batch_shared keeps one running mean and variance for all steps, batch_separate one a step up to
// max_steps (later steps use the last). running += momentum (batch - running), the variance
// unbiased, as torch.nn.BatchNorm1d. Sources: Ioffe & Szegedy 2015; Cooijmans et al. 2016; Hou et
// al. 2019.

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

#include "math/kernels_norm.h"
#include "norm/gradient_sums.h"
#include "norm/normalizer.h"

namespace bitloom {

template <class T>
class BatchNormalizer final : public Normalizer<T> {
public:
    BatchNormalizer(const NormalizerTensors<T>& tensors, const NormalizationConfig& config);

    [[nodiscard]] bool actsOnActivations() const override { return true; }
    [[nodiscard]] bool isPerSample() const override { return false; }
    void begin(std::size_t steps, std::size_t batch, bool keep, std::size_t members) override;
    /// Statistics::average before any average was collected falls back to the running statistics.
    void forward(const NormalizerStep& step, MatrixView<const T> x, MatrixView<T> xhat,
                 MatrixView<T> y) override;
    void backward(const NormalizerStep& step, MatrixView<const T> dy, MatrixView<const T> xhat,
                  MatrixView<T> dx) override;
    void startMeasure(const NormalizerStep& step, MatrixView<const T> x) override;
    void completeMeasure(const NormalizerStep& step, MatrixView<const T> x,
                         kernels::GateInput<T>& in) override;
    void recall(const NormalizerStep& step, std::size_t rows, kernels::GateInput<T>& in) override;
    void startBackward(const NormalizerStep& step, MatrixView<const T> dy,
                       const kernels::GateInput<T>& in, const kernels::GateSums<T>& sums,
                       const ScalarInputSums<T>& input, MatrixView<T> dx) override;
    void completeBackward(const NormalizerStep& step, MatrixView<const T> dy,
                          const kernels::GateInput<T>& in, MatrixView<T> dx) override;
    void finishBackward() override;
    /// Running or average statistics of step t: mean and variance, [G*H] each.
    [[nodiscard]] std::pair<const T*, const T*> stored(std::size_t t, Statistics statistics) const;
    /// Takes the batch statistics of a step into the running and the collected ones, as
    /// step.statistics asks: mean, variance, biased, of `rows` rows [G*H], which every member of a
    /// team has worked out for itself. Each takes its part.
    void keepBooksOf(const NormalizerStep& step, std::size_t members, std::span<const T> mean,
                     std::span<const T> variance, std::size_t rows);
    /// Whether keepBooksOf() would do anything.
    [[nodiscard]] bool keepsBooks(Statistics statistics) const {
        return m_collects || (statistics == Statistics::train && m_movesRunning);
    }
    [[nodiscard]] MatrixView<const T> inverseDeviation() const override {
        return m_inverse.empty() ? MatrixView<const T>{} : m_inverse.front().view();
    }
    [[nodiscard]] MatrixView<const T> means() const override {
        return m_means.empty() ? MatrixView<const T>{} : m_means.front().view();
    }
    [[nodiscard]] std::span<const T> gain() const override { return m_tensors.gain; }
    void beginAverage() override;
    void endAverage(bool intoRunning) override;
    [[nodiscard]] bool hasAverage() const override { return m_hasAverage; }

private:
    /// keepBooksOf() for the units from `first` on: all, or while nothing is collected some.
    void keepBooks(std::size_t t, Statistics statistics, std::span<const T> mean,
                   std::span<const T> variance, std::size_t rows, std::size_t first = 0);
    /// The batch's own statistics: the member's moments for the others, and with theirs all that
    /// it needs, and `folded` unless it is empty.
    void leaveMoments(const NormalizerStep& step, MatrixView<const T> x);
    void takeMoments(const NormalizerStep& step, const kernels::FoldedNorm<T>& folded);
    /// Has an LSTM's cell that reads x [R, 4H] multiply by a factor and add an offset, to be
    /// written.
    kernels::FoldedNorm<T> foldInto(const NormalizerStep& step, kernels::GateInput<T>& in);
    /// The batch's own mean and inverse deviation as the member has them [G*H].
    std::span<T> meanOf(const NormalizerStep& step);
    std::span<T> rstdOf(const NormalizerStep& step);
    std::span<T> rowOf(std::vector<Matrix<T>>& kept, const NormalizerStep& step) {
        Matrix<T>& rows = kept[step.member];
        return {rows.row(step.t), rows.cols()};
    }
    /// From dy and x with its mean or, without one, x^: the member's sums for the others, and with
    /// theirs dx.
    void leaveSums(const NormalizerStep& step, MatrixView<const T> dy, MatrixView<const T> x,
                   std::span<const T> mean, const ScalarInputSums<T>& input);
    void takeSums(const NormalizerStep& step, MatrixView<const T> dy, MatrixView<const T> x,
                  std::span<const T> mean, MatrixView<T> dx);
    [[nodiscard]] std::size_t batch() const {
        return std::accumulate(m_rows.begin(), m_rows.end(), std::size_t{0});
    }
    void applyStored(const NormalizerStep& step, MatrixView<const T> x, MatrixView<T> xhat,
                     MatrixView<T> y);
    /// Adds the statistics of step t to the sums of `row` and of the step.
    void collect(std::size_t t, std::size_t row, std::span<const T> mean,
                 std::span<const T> variance, double unbiased);
    [[nodiscard]] std::size_t rowOf(std::size_t t) const {
        return std::min(t, m_tensors.runningMean.rows - 1);
    }
    void endStepAverage();

    NormalizerTensors<T> m_tensors;
    T m_epsilon;
    T m_momentum;
    bool m_movesRunning;  ///< false with trueAverage: endAverage() writes them instead
    bool m_keep = false;
    std::vector<std::size_t> m_rows;  ///< of the batch, a member
    /// What a member works out for itself [G*H]; mean and rstd where nothing goes back.
    MemberRows<T> m_mean, m_variance, m_rstd, m_meanUp, m_meanDot, m_factor, m_offset;
    /// What members leave for the others to read, of this step and the one before (which others may
    /// still be reading): forward mean and squared deviations of their own rows, back the sums of
    /// dy and of dy x^ or dy (x - mean). [G*H]
    MemberRows<T> m_first[2], m_second[2];
    /// Kept for the way back, by each member for itself: means, 1/sqrt(var + eps) [T, G*H].
    std::vector<Matrix<T>> m_means, m_inverse;
    GradientSums<T> m_gainSum, m_shiftSum;  ///< a row a member
    bool m_collects = false;
    bool m_hasAverage = false;
    Matrix<double> m_meanSum;  ///< [rows of running, G*H]
    Matrix<double> m_varianceSum;
    Buffer<double> m_count;          ///< steps seen [rows of running]
    std::vector<double> m_stepSums;  ///< mean, then variance of a step [T, 2, G*H]
    std::vector<double> m_stepCount;
    Matrix<T> m_stepMean;  ///< averages a step [T, G*H]
    Matrix<T> m_stepVariance;
    Matrix<T> m_averageMean;
    Matrix<T> m_averageVariance;
};

}  // namespace bitloom
