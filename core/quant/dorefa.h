#pragma once
// DoReFa weights, m bits: with x = tanh w / (2 M) + 1/2 in [0, 1], M = max |tanh W| over the block,
//
//     Q(w) = 2 round((2^m - 1) x) / (2^m - 1) - 1          m = 1: BWN, a sign(W), a = mean |W|
//
// Gradient, m >= 2: straight through the rounding, exact through tanh and M:
//     dL/dw = g (1 - tanh^2 w) / M, and at the largest magnitude (shared evenly among equals)
//     also - sign(w) (1 - M^2) sum(g tanh W) / M^2.        m = 1: straight-through, as BWN.
// All-zero blocks give zeros and pass the gradient unchanged.
//
// Zhou, Wu, Ni, Zhou, Wen, Zou: DoReFa-Net, 2016, arXiv:1606.06160. Deviation: the levels are not
// zero, so an all-zero block is the one place where Q leaves them.

#include "quant/quantizer.h"

namespace bitloom {

template <class T>
class Dorefa final : public Quantizer<T> {
public:
    /// @param bits m, 1 to 8.
    explicit Dorefa(int bits) : m_bits(bits) {}

    void quantize(const QuantizerBlock<T>& block, MatrixView<T> out) const override;
    void backward(const QuantizerBlock<T>& block, MatrixView<T> gradient,
                  std::array<T, 2>& scaleGradient) const override;
    [[nodiscard]] bool hasOwnGradient() const override { return m_bits > 1; }
    [[nodiscard]] StorageCost cost() const override;

private:
    int m_bits;
};

}  // namespace bitloom
