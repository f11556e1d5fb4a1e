#pragma once
// Layer normalization, a gate at a time over its H units, per sample and time step:
//     x^ = (x - mean) / sqrt(var + eps)        y = gain x^ + shift       (variance biased)
// Source: Ba, Kiros & Hinton 2016; separately for W_ih x and W_hh h as in Hou et al. 2019.

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
    void finishBackward() override;
    [[nodiscard]] MatrixView<const T> inverseDeviation() const override { return m_inverse.view(); }
    [[nodiscard]] std::span<const T> gain() const override { return m_tensors.gain; }

private:
    NormalizerTensors<T> m_tensors;
    T m_epsilon;
    bool m_keep = false;
    std::size_t m_batch = 0;
    Matrix<T> m_inverse;                    ///< 1/sqrt(var + eps) [T*B, G]
    GradientSums<T> m_gainSum, m_shiftSum;  ///< a row a member
};

}  // namespace bitloom
