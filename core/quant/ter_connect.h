#pragma once
// TerConnect: Q(W) = 1[W > t] - 1[W < -t], t = 0.7 mean |W| over the block (the factor is the
// option `threshold`). Ternary weight networks without their scale. Straight-through gradient.
//
// Hou, Zhu, Kwok, Gao, Qin, Liu: Normalization Helps Training of Quantized LSTM, NeurIPS 2019. Not
// Lin's stochastic TernaryConnect (quant/stochastic.h).

#include "quant/quantizer.h"

namespace bitloom {

template <class T>
class TerConnect final : public Quantizer<T> {
public:
    /// @param factor of the mean magnitude, > 0.
    explicit TerConnect(double factor) : m_factor(factor) {}

    void quantize(const QuantizerBlock<T>& block, MatrixView<T> out) const override;
    [[nodiscard]] StorageCost cost() const override;

private:
    double m_factor;
};

}  // namespace bitloom
