#pragma once
// BinaryConnect, deterministic: Q(W) = sign(W), sign(0) = +1.
// Elementwise, so granularity changes nothing. Straight-through gradient.
//
// Courbariaux, Bengio, David: BinaryConnect, NeurIPS 2015. Deviation: the original also clips the
// latent weights to [-1, 1] after each update; here that is an option of the training, not of the
// quantizer.

#include "quant/quantizer.h"

namespace bitloom {

template <class T>
class BinaryConnect final : public Quantizer<T> {
public:
    void quantize(const QuantizerBlock<T>& block, MatrixView<T> out) const override;
    [[nodiscard]] StorageCost cost() const override;
};

}  // namespace bitloom
