#pragma once
// Batches of whole sequences (classification, labelling, regression). Training draws them in a
// permutation that is a function of (seed, pass) and drops the short last batch, which holds others
// each pass; evaluation takes them in order and includes it. A set smaller than the batch is one
// batch.

#include <functional>
#include <memory>
#include <span>

#include "data/dataset.h"

namespace bitloom {

/// Fills `batch` with the sequences of these numbers; `batch.size` is set already.
using FillSequences = std::function<void(std::span<const std::uint32_t> sequences, Batch& batch)>;

/// Batches of `count` sequences. Throws InputError naming `name` if there are none or batch is 0.
std::unique_ptr<BatchSource> makeSequenceSource(std::uint32_t count, Split split,
                                                const BatchConfig& config, FillSequences fill,
                                                const std::string& name);

}  // namespace bitloom
