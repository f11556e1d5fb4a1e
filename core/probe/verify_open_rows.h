#pragma once
// Rows that alternating quantization leaves open.
//
// Alternating quantization (Xu et al. 2018) fits w ~ B a by least squares. Where the columns of the
// codes B depend on each other, a has a free direction: the fit is the same, but the code words
// chosen next are not, and a reference computed with another solver may have taken another of the
// equally good solutions, decided by the last bit of its rounding. Such rows are no test of an
// engine.

#include <span>

namespace bitloom {

/// Whether the greedy start of w with `bits` codes has dependent columns.
bool isOpenToAlternating(std::span<const double> w, int bits);

}  // namespace bitloom
