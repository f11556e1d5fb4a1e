#pragma once
// Rows that alternating quantization leaves open.
//
// Alternating quantization (Xu et al. 2018) fits w ~ B a by least squares, cycle by cycle. Where
// the columns of the codes B depend on each other, a has more than one solution, and the code words
// chosen next depend on which one is taken. The reference takes torch.linalg.lstsq's, that is
// LAPACK's gelsy: a QR decomposition with pivoting, cut off at the first diagonal element that is
// 0, and the shortest solution of what is left. LAPACK lets the caller fix columns in front, out of
// the pivoting, by an array that PyTorch leaves uninitialized: in full rank that changes nothing,
// but a dependent pair fixed in front cuts everything behind it off, and the answer differs from
// call to call. Last bits decide besides which of two code words of equal value is the nearer one.

#include <cstdint>
#include <span>
#include <vector>

namespace bitloom {

/// What is left to chance in one row.
struct RowChance {
    std::vector<unsigned> fixed;  ///< a cycle: bit k = column k is fixed in front; missing = none
    std::uint64_t lastBits = 0;   ///< seed of the last bits that decide ties; 0 = as computed
};

struct RowFit {
    std::vector<double> values;
    bool open = false;  ///< some cycle had dependent codes
};

/// Alternating quantization of one row of at most 8 bits a weight, with chance as given.
RowFit fitAlternating(std::span<const double> w, int bits, int cycles, const RowChance& chance);

/// Every different result that chance may give, the undisturbed one first; one if the row is not
/// open. (Up to 4 bits and 2 cycles all choices of fixed columns are tried, beyond that a sample.)
std::vector<std::vector<double>> possibleRows(std::span<const double> w, int bits, int cycles);

}  // namespace bitloom
