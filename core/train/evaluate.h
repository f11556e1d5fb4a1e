#pragma once
// One pass over a split, state carried through the whole of it.

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "data/dataset.h"
#include "nn/network.h"
#include "train/observer.h"

namespace bitloom {

struct EvaluationOptions {
    std::size_t batch = 64;
    std::size_t window = 100;
    std::size_t trainingBatch = 0;     ///< of the passes over the training split; 0 = `batch`
    std::int64_t limit = 0;            ///< batches of the pass, 0 = all
    std::int64_t averageBatches = 20;  ///< training batches the true average is taken over
    bool perStep = false;              ///< batch norm: every kind of statistics (see evaluate())
    std::uint64_t seed = 1;
    std::function<bool()> interrupted;  ///< asked before each batch; may be empty
    /// Told before each batch of a pass: what it evaluates with, batches done and in all; may be
    /// empty.
    std::function<void(std::string_view, std::int64_t, std::int64_t)> progress;
};

/// Loss and value of one pass in one mode. `targets` counts what the mean runs over.
struct PassResult {
    double loss = 0;
    double value = 0;
    std::int64_t targets = 0;
    std::size_t steps = 0;  ///< of the longest batch
};

/// Nothing if it was interrupted.
std::optional<PassResult> evaluatePass(Network<float>& network, BatchSource& source, Mode mode,
                                       const std::string& metric, const EvaluationOptions& options);

/// The split with running statistics and, for batch normalization, with batch statistics too; for
/// batch_shared also with statistics averaged over all steps of some training batches. With
/// `perStep` all four kinds: also an average for each step of some training batches, and, for
/// batch_separate, one statistic for all steps, the mean of the running ones it has a step each. A
/// network configured for the true average gets its running statistics from here. Nothing if
/// interrupted.
std::optional<Evaluation> evaluate(Network<float>& network, const Dataset& dataset, Split split,
                                   const EvaluationOptions& options);

}  // namespace bitloom
