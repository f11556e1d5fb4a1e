#pragma once
// Batch normalization of a = w x with one number x: see norm/scalar_input.h.

#include "norm/batch.h"
#include "norm/gradient_sums.h"
#include "norm/scalar_input.h"

namespace bitloom {

template <class T>
class ScalarBatchNormalizer final : public ScalarInputNormalizer<T> {
public:
    /// `general` keeps the running and the average statistics; it must outlive this.
    ScalarBatchNormalizer(const NormalizerTensors<T>& tensors, T epsilon,
                          BatchNormalizer<T>& general)
        : m_tensors(tensors), m_epsilon(epsilon), m_general(general) {}

    void begin(std::span<const T> w, std::span<const T> x, std::span<const T> bias,
               std::size_t steps, std::size_t batch, Statistics statistics, bool keep,
               std::size_t members) override;
    void measure(const NormalizerStep& step) override;
    void recall(const NormalizerStep& step) override;
    [[nodiscard]] ScalarForm<T> formOf(const NormalizerStep& step, std::size_t rows) const override;
    void backward(const NormalizerStep& step, MatrixView<const T> dy) override;
    ScalarInputSums<T> sumsOf(const NormalizerStep& step, std::size_t rows,
                              kernels::GateSums<T>& sums) override;
    void takeSums(const NormalizerStep& step, std::size_t rows) override;
    void finishBackward(std::span<T> dw) override;

private:
    /// s, and of every step's x mean and variance.
    void center(std::span<const T> x, std::size_t steps);

    NormalizerTensors<T> m_tensors;
    T m_epsilon;
    BatchNormalizer<T>& m_general;
    std::size_t m_batch = 0;
    std::span<const T> m_w;      ///< [G*H]
    Buffer<T> m_base;            ///< shift + bias [G*H]
    Buffer<T> m_stretch;         ///< s [T*B]
    Buffer<T> m_mean, m_spread;  ///< of x, mean and variance of a batch [T]
    /// Of a step, by each member for itself: 1/sqrt(w^2 var x + eps) and A, or, with stored
    /// statistics, 1/sqrt(var + eps), A and the shift with the bias [G*H].
    MemberRows<T> m_inverse, m_factor, m_shift;
    MemberRows<T> m_meanOf, m_varianceOf;  ///< of a [G*H]
    MemberRows<T> m_step;                  ///< dL/dA of a step [G*H]
    GradientSums<T> m_gainSum, m_shiftSum, m_weightSum;
};

}  // namespace bitloom
