#pragma once
// Batch normalization of a unit over the batch, a time step at a time:
//     x^ = (x - mean) / sqrt(var + eps)        y = gain x^ + shift       (variance biased)
// batch_shared keeps one running mean and variance for all steps, batch_separate one a step up to
// max_steps (later steps use the last). running += momentum (batch - running), the variance
// unbiased, as torch.nn.BatchNorm1d. Sources: Ioffe & Szegedy 2015; Cooijmans et al. 2016; Hou et
// al. 2019.

#include <vector>

#include "norm/normalizer.h"

namespace bitloom {

template <class T>
class BatchNormalizer final : public Normalizer<T> {
public:
    BatchNormalizer(const NormalizerTensors<T>& tensors, const NormalizationConfig& config);

    [[nodiscard]] bool actsOnActivations() const override { return true; }
    [[nodiscard]] bool isPerSample() const override { return false; }
    void begin(std::size_t steps, std::size_t batch, bool keep) override;
    /// Statistics::average before any average was collected falls back to the running statistics.
    void forward(std::size_t t, MatrixView<const T> x, MatrixView<T> xhat, MatrixView<T> y,
                 Statistics statistics) override;
    void backward(std::size_t t, MatrixView<const T> dy, MatrixView<const T> xhat,
                  MatrixView<T> dx) override;
    [[nodiscard]] std::span<const T> scaleResidual() const override { return m_residual.span(); }
    [[nodiscard]] MatrixView<const T> inverseDeviation() const override { return m_inverse.view(); }
    [[nodiscard]] MatrixView<const T> means() const override { return m_means.view(); }
    [[nodiscard]] std::span<const T> gain() const override { return m_tensors.gain; }
    void beginAverage() override;
    void endAverage(bool intoRunning) override;
    [[nodiscard]] bool hasAverage() const override { return m_hasAverage; }

private:
    /// Adds the statistics of step t to the sums of `row` and of the step.
    void collect(std::size_t t, std::size_t row, const T* batchMean, double unbiased);
    void endStepAverage();

    NormalizerTensors<T> m_tensors;
    T m_epsilon;
    T m_momentum;
    bool m_movesRunning;  ///< false with trueAverage: endAverage() writes them instead
    bool m_keep = false;
    Matrix<T> m_inverse;  ///< 1/sqrt(var + eps) [T, G*H]
    Matrix<T> m_means;    ///< [T, G*H]
    Buffer<T> m_variance;
    Buffer<T> m_stepGain;  ///< the gain's gradient of one step [G*H]
    Buffer<T> m_residual;  ///< gain eps sum_t (sum_b dy x^) / (var_t + eps) [G*H]
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
