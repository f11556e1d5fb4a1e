#pragma once
// Symmetric uniform quantization, m >= 2 bits: Q(W) = s round(W / s), s = max |W| / (2^(m-1) - 1),
// halves to even; levels 0, +-s .. +-max |W|. All-zero blocks give zeros. Straight-through
// gradient.
//
// Textbook (for instance Jacob et al.: Quantization and Training of Neural Networks for Efficient
// Integer-Arithmetic-Only Inference, CVPR 2018, without zero point).

#include "quant/quantizer.h"

namespace bitloom {

template <class T>
class Uniform final : public Quantizer<T> {
public:
    /// @param bits m, 2 to 8.
    explicit Uniform(int bits) : m_bits(bits) {}

    void quantize(const QuantizerBlock<T>& block, MatrixView<T> out) const override;
    [[nodiscard]] StorageCost cost() const override;

private:
    int m_bits;
};

}  // namespace bitloom
