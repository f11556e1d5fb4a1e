#pragma once
// Trained ternary quantization: Q(w) = Wp where w > t, -Wn where w < -t, else 0; t = 0.05 max |W|
// over the block (the factor is the option `threshold`). Wp and Wn are trained, start at 1.
//
// Gradients: dL/dw = Wp g, g, Wn g in the positive, zero and negative zone; dL/dWp = sum of g over
// the positives, dL/dWn = -sum of g over the negatives.
//
// Zhu, Han, Mao, Dally: Trained Ternary Quantization, ICLR 2017.

#include "quant/quantizer.h"

namespace bitloom {

template <class T>
class Ttq final : public Quantizer<T> {
public:
    /// @param factor of the largest magnitude, in (0, 1).
    explicit Ttq(double factor) : m_factor(factor) {}

    void quantize(const QuantizerBlock<T>& block, MatrixView<T> out) const override;
    void backward(const QuantizerBlock<T>& block, MatrixView<T> gradient,
                  std::array<T, 2>& scaleGradient) const override;
    [[nodiscard]] bool hasTrainedScales() const override { return true; }
    [[nodiscard]] bool hasOwnGradient() const override { return true; }
    [[nodiscard]] StorageCost cost() const override;

private:
    double m_factor;
};

}  // namespace bitloom
