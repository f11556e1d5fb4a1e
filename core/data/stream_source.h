#pragma once
// Batches of contiguous streams from one split of a text (truncated BPTT).
//
// N symbols make N-1 steps (input i, target i+1). B streams take L = floor((N-1)/B) steps each,
// stream b the steps b*L .. (b+1)*L-1; the fewer than B steps left over at the end are not used.
// A batch is the next `window` steps of every stream. Training drops the short last window, so
// every batch has the same shape; evaluation includes it. Evaluation takes fewer streams than asked
// when the split is short: as many as still are a window long, at least one. Every batch after the
// first of a pass carries the state over.

#include <memory>

#include "data/dataset.h"
#include "data/symbols.h"

namespace bitloom {

/// Batches over symbols[begin, end). Throws InputError naming `name` if training cannot fill one
/// batch (fewer than batch*window+1 symbols), if a split has fewer than two symbols, or if batch or
/// window is 0.
std::unique_ptr<BatchSource> makeStreamSource(std::shared_ptr<const Symbols> symbols,
                                              std::size_t begin, std::size_t end, Split split,
                                              const BatchConfig& config, const std::string& name);

/// "train", "valid" or "test".
const char* splitName(Split split);

}  // namespace bitloom
