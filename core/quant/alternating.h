#pragma once
// Alternating multi-bit quantization, row by row whatever the block: Q(w) = B a with B in {-1,
// +1}^(n x m). From greedy codes repeat (2 cycles; option `iterations`): a = the least-squares
// solution of B a = w, then each weight takes the nearest of the 2^m sums. Rows are worked in
// double.
//
// The nearest code is found by binary search over the sorted sums; halfway, and among equal sums,
// the lower code number wins. Where B'B is singular (zero or constant rows, fewer weights than
// bits) a is the least-squares solution of least norm. All-zero rows give zeros, rows with NaN or
// inf give NaN. Straight-through gradient.
//
// Xu, Yao, Lin, Ou, Cao, Wang, Zha: Alternating Multi-bit Quantization for Recurrent Neural
// Networks, ICLR 2018. Deviation: none in the method; decoding by residual signs, as some codes do,
// is wrong for m > 2.

#include "quant/quantizer.h"

namespace bitloom {

template <class T>
class Alternating final : public Quantizer<T> {
public:
    /// @param bits m, 1 to 8.
    Alternating(int bits, int cycles) : m_bits(bits), m_cycles(cycles) {}

    void quantize(const QuantizerBlock<T>& block, MatrixView<T> out) const override;
    [[nodiscard]] StorageCost cost() const override;

private:
    int m_bits;
    int m_cycles;
};

}  // namespace bitloom
