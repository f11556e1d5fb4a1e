#pragma once
// Text drawn from a language model, one symbol at a time.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "data/dataset.h"
#include "nn/network.h"

namespace bitloom {

struct SampleOptions {
    std::vector<std::int32_t> prompt;  ///< tokens read first; empty: the first symbol of validation
    int length = 200;                  ///< symbols drawn after the prompt
    double temperature = 1;            ///< logits are divided by it; 0 takes the likeliest
    std::uint64_t seed = 1;
    std::uint64_t stream = 0;  ///< which sample of this seed: the step, for example
};

/// Index drawn from softmax(logits / temperature) with u in [0, 1). Logits that are not finite are
/// never drawn; if none is finite the answer is 0.
std::int32_t drawToken(std::span<const float> logits, double temperature, double u);

/// Calls onSymbol with the text of each drawn symbol; a false from it ends the sample. Throws
/// InputError if the dataset is no language model or temperature or length are out of range.
void sample(Network<float>& network, const Dataset& dataset, const SampleOptions& options,
            const std::function<bool(std::string_view)>& onSymbol);

/// The whole sample as one text.
std::string sampleText(Network<float>& network, const Dataset& dataset,
                       const SampleOptions& options);

}  // namespace bitloom
