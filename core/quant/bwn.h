#pragma once
// Binary weight network: Q(W) = a sign(W), a = mean |W| over the block, which minimizes
// |W - a b|^2 over b in {-1, +1}. An all-zero block gives zeros. Straight-through gradient.
//
// Rastegari, Ordonez, Redmon, Farhadi: XNOR-Net, ECCV 2016. Deviation: the original differentiates
// through sign and scale; recurrent networks use the straight-through gradient (Hou 2017, 2019).

#include "quant/quantizer.h"

namespace bitloom {

template <class T>
class Bwn final : public Quantizer<T> {
public:
    void quantize(const QuantizerBlock<T>& block, MatrixView<T> out) const override;
    [[nodiscard]] StorageCost cost() const override;
};

}  // namespace bitloom
