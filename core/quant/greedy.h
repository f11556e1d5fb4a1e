#pragma once
// Greedy multi-bit binarization, row by row whatever the block: Q(w) = sum_k a_k b_k, k = 1 .. m,
// from the residual r = w: a_k = mean |r|, b_k = sign r, r -= a_k b_k. Rows are worked in double.
// All-zero rows give zeros. Straight-through gradient.
//
// Guo, Yao, Zhao, Chen: Network Sketching, CVPR 2017 (direct approximation). No deviation; m = 1 is
// BWN a row.

#include <span>

#include "quant/quantizer.h"

namespace bitloom {

/// One row: residual holds w on entry and w - Q(w) on exit; codes[i] = the sum of 2^k over the k
/// with b_k > 0; scales[k] = a_k for k < scales.size().
void greedyCodes(std::span<double> residual, std::span<double> codes, std::span<double> scales);

template <class T>
class Greedy final : public Quantizer<T> {
public:
    /// @param bits m, 1 to 8.
    explicit Greedy(int bits) : m_bits(bits) {}

    void quantize(const QuantizerBlock<T>& block, MatrixView<T> out) const override;
    [[nodiscard]] StorageCost cost() const override;

private:
    int m_bits;
};

}  // namespace bitloom
