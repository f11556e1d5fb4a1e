#pragma once
// Layer normalization of a = w x with one number x: see norm/scalar_input.h.

#include "norm/gradient_sums.h"
#include "norm/scalar_input.h"

namespace bitloom {

template <class T>
class ScalarLayerNormalizer final : public ScalarInputNormalizer<T> {
public:
    ScalarLayerNormalizer(const NormalizerTensors<T>& tensors, T epsilon)
        : m_tensors(tensors), m_epsilon(epsilon) {}

    void begin(std::span<const T> w, std::span<const T> x, std::span<const T> bias,
               std::size_t steps, std::size_t batch, Statistics statistics, bool keep,
               std::size_t members) override;
    void measure(const NormalizerStep&) override {}
    void recall(const NormalizerStep&) override {}
    [[nodiscard]] ScalarForm<T> formOf(const NormalizerStep& step, std::size_t rows) const override;
    void backward(const NormalizerStep& step, MatrixView<const T> dy) override;
    ScalarInputSums<T> sumsOf(const NormalizerStep& step, std::size_t rows,
                              kernels::GateSums<T>& sums) override;
    void takeSums(const NormalizerStep& step, std::size_t rows) override;
    void finishBackward(std::span<T> dw) override;

private:
    [[nodiscard]] MatrixView<const T> stretchOf(const NormalizerStep& step, std::size_t rows) const;

    NormalizerTensors<T> m_tensors;
    T m_epsilon;
    std::size_t m_batch = 0;
    Buffer<T> m_centered;                       ///< w - mean w of its gate [G*H]
    Buffer<T> m_factor;                         ///< A [G*H]
    Buffer<T> m_base;                           ///< shift + bias [G*H]
    Matrix<T> m_stretch;                        ///< s [T*B, G]
    GradientSums<T> m_factorSum, m_shiftSum;    ///< dL/dA, dL/dshift
    GradientSums<T> m_varianceSum;              ///< dL/d(var w) [G]
    std::vector<Matrix<T>> m_stretchGradients;  ///< dL/ds of a step [R, G], a member
};

}  // namespace bitloom
