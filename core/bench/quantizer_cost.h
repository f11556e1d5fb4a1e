#pragma once
// What quantizing all recurrent weights costs a training step: once forward (Q of the latent
// weights after an update) and, for methods with a gradient of their own, once backward.

#include <string>
#include <vector>

#include "bench/workload.h"

namespace bitloom {

struct QuantizerCost {
    std::string method;
    int bits = 1;
    double forwardSeconds = 0;   ///< median
    double backwardSeconds = 0;  ///< median; 0 for straight-through methods

    [[nodiscard]] double seconds() const { return forwardSeconds + backwardSeconds; }
};

/// One row a method and bit-width of the registry, on the shapes of `workload` (weight_ih and
/// weight_hh of every layer, cut by gate) with random weights and second moments, on the thread
/// budget; medians of `repeats`.
std::vector<QuantizerCost> quantizerCosts(const Workload& workload, int repeats);

}  // namespace bitloom
