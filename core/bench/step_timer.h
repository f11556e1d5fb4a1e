#pragma once
// Times training steps: forward, backward, global-norm clipping and update, on random operands.

#include <cstdint>
#include <optional>

#include "bench/workload.h"
#include "math/bfloat16.h"

namespace bitloom {

struct StepCost {
    double seconds = 0;                       ///< median of the steps after the warm-up
    std::optional<std::int64_t> memoryBytes;  ///< peak growth of resident memory by the training
};

/// Trains a fresh network of `config` for 0.3 s, at least one step, to warm up and `steps` more on
/// the thread budget.
StepCost timeSteps(const Workload& workload, const NetworkConfig& config, int steps,
                   Precision precision);

}  // namespace bitloom
