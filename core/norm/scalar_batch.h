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

    void begin(std::span<const T> w, std::span<const T> x, std::size_t steps, std::size_t batch,
               Statistics statistics, bool keep, std::size_t members) override;
    [[nodiscard]] ScalarForm<T> formOf(const NormalizerStep& step, std::size_t rows) const override;
    void backward(const NormalizerStep& step, MatrixView<const T> dy) override;
    ScalarInputSums<T> sumsOf(const NormalizerStep& step, std::size_t rows,
                              kernels::GateSums<T>& sums) override;
    void takeSums(const NormalizerStep& step, std::size_t rows) override;
    void finishBackward(std::span<T> dw) override;

private:
    void useStored(std::size_t steps, Statistics statistics);
    void useOwn(std::span<const T> x, std::size_t steps, Statistics statistics);

    NormalizerTensors<T> m_tensors;
    T m_epsilon;
    BatchNormalizer<T>& m_general;
    std::size_t m_batch = 0;
    std::span<const T> m_w;  ///< [G*H]
    Buffer<T> m_stretch;     ///< s [T*B]
    Matrix<T> m_inverse;     ///< 1/sqrt(w^2 var x + eps) [T, G*H]
    Matrix<T> m_factor;      ///< A [T, G*H]
    Matrix<T> m_shift;       ///< [T, G*H] with stored statistics, else [1, G*H]
    MemberRows<T> m_step;    ///< dL/dA of a step [G*H]
    GradientSums<T> m_gainSum, m_shiftSum, m_weightSum;
};

}  // namespace bitloom
