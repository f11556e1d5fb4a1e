#pragma once
// Ternary weight network.
//
//     Q(W) = a (1[W > t] - 1[W < -t])      t = 0.7 mean |W|      a = mean of |W| where |W| > t
//
// W is one block [rows, cols] (a gate, a row or the matrix); its values become -a, 0 and a. The
// factor 0.7 is the option `threshold`. It approximates the t that minimizes |W - a b|^2 when
// weights are about uniform or normal; given t, the scale a is the exact minimum. The gradient of
// Q(W) goes to W unchanged (straight-through).
//
// Degenerate input: all-zero weights and weights that are all below the threshold give zeros.
//
// Li, Zhang, Liu: Ternary Weight Networks, 2016, arXiv:1605.04711. No deviation: the scale is taken
// a block, which in a recurrent layer is a gate matrix as in Hou et al., NeurIPS 2019.

#include "quant/quantizer.h"

namespace bitloom {

template <class T>
class Twn final : public Quantizer<T> {
public:
    /// @param factor of the mean magnitude that gives the threshold, > 0.
    explicit Twn(double factor) : m_factor(factor) {}

    void quantize(const QuantizerBlock<T>& block, MatrixView<T> out) const override;
    [[nodiscard]] StorageCost cost() const override;

private:
    double m_factor;
};

}  // namespace bitloom
