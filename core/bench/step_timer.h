#pragma once
// Times training steps: forward, backward, global-norm clipping and update, on random operands.

#include <cstdint>
#include <optional>
#include <vector>

#include "bench/median.h"
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

/// What a network costs beside others.
struct TurnCost {
    double seconds = 0;  ///< median of the turns
    Quartiles ratio;     ///< of the turns' times to those of the first network in the same round
};

/// Trains fresh networks of `configs` together: `rounds` times each has a turn, in random order, of
/// one step that brings its numbers into the caches and then of at least 10 ms, one step at least,
/// whose median counts. What a machine does beside for longer than a round hits all alike.
std::vector<TurnCost> timeInTurns(const Workload& workload,
                                  const std::vector<NetworkConfig>& configs, int rounds,
                                  Precision precision);

}  // namespace bitloom
