#pragma once
// Stochastic quantizers, elementwise, straight-through gradient:
//
//   binary_connect_stochastic   +1 with p = clip((w + 1)/2, 0, 1), else -1              mean w in
//   [-1, 1] ternary_connect             sign(w) Bernoulli(min(|w|, 1)) mean w in [-1, 1] sbn +W0
//   with p = clip((w/W0 + 1)/2, 0, 1), else -W0         mean w in [-W0, W0] stn W0 sign(w)
//   Bernoulli(min(|w|/W0, 1))                     mean w in [-W0, W0]
//
// W0 = sqrt(6/(in + 4H))/2 is the block's fixedScale; W0 = 0 gives zeros. One draw a weight, row by
// row, at evaluation too.
//
// Courbariaux, Bengio, David: BinaryConnect, NeurIPS 2015; Lin, Courbariaux, Memisevic, Bengio:
// Neural Networks with Few Multiplications, ICLR 2016; Ardakani, Ji, Smithson, Meyer, Gross:
// Learning Recurrent Binary/Ternary Weights, ICLR 2019. No deviation.

#include "quant/quantizer.h"

namespace bitloom {

/// The magnitude of a drawn value: 1, or the block's fixedScale.
enum class DrawScale { one, fixed };

template <class T>
class StochasticBinary final : public Quantizer<T> {
public:
    explicit StochasticBinary(DrawScale scale) : m_scale(scale) {}

    void quantize(const QuantizerBlock<T>& block, MatrixView<T> out) const override;
    [[nodiscard]] bool isStochastic() const override { return true; }
    [[nodiscard]] StorageCost cost() const override;

private:
    DrawScale m_scale;
};

template <class T>
class StochasticTernary final : public Quantizer<T> {
public:
    explicit StochasticTernary(DrawScale scale) : m_scale(scale) {}

    void quantize(const QuantizerBlock<T>& block, MatrixView<T> out) const override;
    [[nodiscard]] bool isStochastic() const override { return true; }
    [[nodiscard]] StorageCost cost() const override;

private:
    DrawScale m_scale;
};

}  // namespace bitloom
