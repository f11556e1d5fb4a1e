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
    void measure(const NormalizerStep& step, MatrixView<const T> x,
                 kernels::GateInput<T>& in) override;
    void recall(const NormalizerStep& step, std::size_t rows, kernels::GateInput<T>& in) override;
    void backwardFromCell(const NormalizerStep& step, MatrixView<const T> dy,
                          const kernels::GateInput<T>& in, const kernels::GateSums<T>& sums,
                          const ScalarInputSums<T>& input, MatrixView<T> dx) override;
    void finishBackward() override;
    /// Running or average statistics of step t: mean and variance, [G*H] each.
    [[nodiscard]] std::pair<const T*, const T*> stored(std::size_t t, Statistics statistics) const;
    /// Takes the batch statistics of step t into the running and the collected ones, as
    /// `statistics` asks. variance [G*H] is biased, of `rows` rows.
    void keepBooks(std::size_t t, Statistics statistics, std::span<const T> mean,
                   std::span<const T> variance, std::size_t rows);
    [[nodiscard]] MatrixView<const T> inverseDeviation() const override { return m_inverse.view(); }
    [[nodiscard]] MatrixView<const T> means() const override { return m_means.view(); }
    [[nodiscard]] std::span<const T> gain() const override { return m_tensors.gain; }
    void beginAverage() override;
    void endAverage(bool intoRunning) override;
    [[nodiscard]] bool hasAverage() const override { return m_hasAverage; }

private:
    /// The batch's own mean, variance and inverse deviation for this member; no books yet.
    void gather(const NormalizerStep& step, MatrixView<const T> x);
    /// One member writes down what gather() found.
    void write(const NormalizerStep& step);
    /// What an LSTM's cell multiplies x by and adds, with in.bias.
    void fold(const NormalizerStep& step, std::span<const T> mean, std::span<const T> rstd,
              kernels::GateInput<T>& in);
    /// dx from dy and x with its mean or, without one, x^.
    void backwardThrough(const NormalizerStep& step, MatrixView<const T> dy, MatrixView<const T> x,
                         std::span<const T> mean, const ScalarInputSums<T>& input,
                         MatrixView<T> dx);
    [[nodiscard]] static bool isOwn(Statistics statistics) {
        return statistics == Statistics::train || statistics == Statistics::batch;
    }
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
    /// The statistics of the whole batch as a member works them out for itself, and what it makes
    /// of them [G*H].
    MemberRows<T> m_mean, m_variance, m_rstd, m_meanUp, m_meanDot, m_factor, m_offset;
    /// What members leave for the others to read, of this step and the one before (which others may
    /// still be reading): forward mean and squared deviations of their own rows, back the sums of
    /// dy and of dy x^ or dy (x - mean). [G*H]
    MemberRows<T> m_first[2], m_second[2];
    Matrix<T> m_inverse;                    ///< 1/sqrt(var + eps) [T, G*H]
    Matrix<T> m_means;                      ///< [T, G*H]
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
