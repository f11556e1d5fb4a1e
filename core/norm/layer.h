#pragma once
// Layer normalization, a gate at a time over its H units, per sample and time step:
//     x^ = (x - mean) / sqrt(var + eps)        y = gain x^ + shift       (variance biased)
// Source: Ba, Kiros & Hinton 2016; separately for W_ih x and W_hh h as in Hou et al. 2019.

#include <vector>

#include "norm/gradient_sums.h"
#include "norm/normalizer.h"

namespace bitloom {

template <class T>
class LayerNormalizer final : public Normalizer<T> {
public:
    LayerNormalizer(const NormalizerTensors<T>& tensors, T epsilon)
        : m_tensors(tensors), m_epsilon(epsilon) {}

    [[nodiscard]] bool actsOnActivations() const override { return true; }
    void begin(std::size_t steps, std::size_t batch, bool keep, std::size_t members) override;
    void forward(const NormalizerStep& step, MatrixView<const T> x, MatrixView<T> xhat,
                 MatrixView<T> y) override;
    void backward(const NormalizerStep& step, MatrixView<const T> dy, MatrixView<const T> xhat,
                  MatrixView<T> dx) override;
    void completeMeasure(const NormalizerStep& step, MatrixView<const T> x,
                         kernels::GateInput<T>& in) override;
    void recall(const NormalizerStep& step, std::size_t rows, kernels::GateInput<T>& in) override;
    kernels::GateSums<T> sumsOf(const NormalizerStep& step, std::size_t rows) override;
    void startBackward(const NormalizerStep& step, MatrixView<const T> dy,
                       const kernels::GateInput<T>& in, const kernels::GateSums<T>& sums,
                       const ScalarInputSums<T>& input, MatrixView<T> dx) override;
    void finishBackward() override;
    [[nodiscard]] MatrixView<const T> inverseDeviation() const override { return m_inverse.view(); }
    [[nodiscard]] std::span<const T> gain() const override { return m_tensors.gain; }

private:
    /// Of a step in buffers of all steps, or of one where nothing goes back.
    MatrixView<T> at(Matrix<T>& buffer, const NormalizerStep& step, std::size_t rows) {
        return buffer.view().rowRange((m_keep ? step.t : 0) * m_batch + step.firstRow, rows);
    }

    NormalizerTensors<T> m_tensors;
    T m_epsilon;
    bool m_keep = false;
    std::size_t m_batch = 0;
    Matrix<T> m_mean;                       ///< of completeMeasure() [T*B, G]
    Matrix<T> m_inverse;                    ///< 1/sqrt(var + eps) [T*B, G]
    std::vector<Matrix<T>> m_up, m_dot;     ///< sumsOf() a step [R, G], a member
    GradientSums<T> m_gainSum, m_shiftSum;  ///< a row a member
};

}  // namespace bitloom
