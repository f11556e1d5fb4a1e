#pragma once
// Loss-aware binarization: Q(W) = a sign(W), a = sum D|W| / sum D with the curvature
// D = sqrt(v) + 1e-8, v the second moment of the gradients: the minimum of sum D (W - a b)^2.
// Without a second moment D is constant and the result is BWN's. Straight-through gradient.
//
// Hou, Yao, Kwok: Loss-aware Binarization of Deep Networks, ICLR 2017. Deviation: v is kept under
// any optimizer; in the authors' code only Adam has one, so that LAB under SGD is BWN.

#include "quant/quantizer.h"

namespace bitloom {

template <class T>
class Lab final : public Quantizer<T> {
public:
    void quantize(const QuantizerBlock<T>& block, MatrixView<T> out) const override;
    [[nodiscard]] bool usesSecondMoment() const override { return true; }
    [[nodiscard]] StorageCost cost() const override;
};

}  // namespace bitloom
