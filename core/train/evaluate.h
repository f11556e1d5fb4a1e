#pragma once
// One pass over a split, state carried through the whole of it.

#include <cstdint>
#include <functional>
#include <optional>

#include "data/dataset.h"
#include "nn/network.h"
#include "train/observer.h"

namespace bitloom {

struct EvaluationOptions {
    std::size_t batch = 64;
    std::size_t window = 100;
    std::int64_t limit = 0;            ///< batches of the pass, 0 = all
    std::int64_t averageBatches = 20;  ///< training batches the true average is taken over
    bool perStep = false;              ///< batch_shared: also with statistics a time step
    std::uint64_t seed = 1;
    std::function<bool()> interrupted;  ///< asked before each batch; may be empty
};

/// Loss and value of one pass in one mode. `targets` counts what the mean runs over.
struct PassResult {
    double loss = 0;
    double value = 0;
    std::int64_t targets = 0;
};

/// Nothing if it was interrupted.
std::optional<PassResult> evaluatePass(Network<float>& network, BatchSource& source, Mode mode,
                                       const std::string& metric, const EvaluationOptions& options);

/// The split with running statistics and, for batch normalization, with batch statistics too; for
/// batch_shared also with statistics averaged over all steps of some training batches. A network
/// configured for the true average gets its running statistics from here. Nothing if interrupted.
std::optional<Evaluation> evaluate(Network<float>& network, const Dataset& dataset, Split split,
                                   const EvaluationOptions& options);

}  // namespace bitloom
