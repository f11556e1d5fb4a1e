#pragma once
// Weight normalization of the quantized matrix, row by row:
//     W_j = g_j Q_j / (|Q_j| + 1e-8)
// Q [G*H, in], g [G*H]. Source: Salimans & Kingma 2016, as used by Hou et al. 2019 (after the
// quantization, so the scale of Q cancels). A row of zeros stays zero and passes no gradient to
// |Q_j|.

#include "norm/normalizer.h"

namespace bitloom {

template <class T>
class WeightNormalizer final : public Normalizer<T> {
public:
    explicit WeightNormalizer(const NormalizerTensors<T>& tensors) : m_tensors(tensors) {}

    [[nodiscard]] bool actsOnWeights() const override { return true; }
    void normalizeWeight(MatrixView<const T> quantized, MatrixView<T> effective) const override;
    void weightBackward(MatrixView<const T> quantized, MatrixView<T> gradient) override;

private:
    NormalizerTensors<T> m_tensors;
};

}  // namespace bitloom
