#pragma once
// Loss-aware quantization to m bits: Q(W) = a b, minimizing sum D (W - a b)^2 over the scale a and
// levels b, with the curvature D = sqrt(v) + 1e-8 and n = 2^(m-1) - 1.
//
//   laq_linear   b in {0, +-1/n, +-2/n .. +-1}
//   laq_log      b in {0, +-2^-(n-1) .. +-1/2, +-1}
//
// From a = sum D|W| / sum D alternate b = nearest level of W/a and a = sum D b W / sum D b^2, at
// most 10 times (option `iterations`) or until a moves by at most 1e-6; then b once more. Halfway
// between two levels: to even multiples (linear), to the smaller (log). At m = 2 both are ternary.
// All-zero blocks give zeros. Straight-through gradient.
//
// Hou, Kwok: Loss-aware Weight Quantization of Deep Networks, ICLR 2018. No deviation.

#include "quant/quantizer.h"

namespace bitloom {

enum class LaqLevels { linear, logarithmic };

template <class T>
class Laq final : public Quantizer<T> {
public:
    /// @param bits m, 2 to 8.
    Laq(LaqLevels levels, int bits, int iterations)
        : m_levels(levels), m_bits(bits), m_iterations(iterations) {}

    void quantize(const QuantizerBlock<T>& block, MatrixView<T> out) const override;
    [[nodiscard]] bool usesSecondMoment() const override { return true; }
    [[nodiscard]] StorageCost cost() const override;

private:
    LaqLevels m_levels;
    int m_bits;
    int m_iterations;
};

}  // namespace bitloom
