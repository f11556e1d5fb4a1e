#pragma once
// Starting from another run's weights: what best.safetensors or checkpoint.safetensors holds goes
// into a network that may be quantized and normalized differently.
//
// Matrices, biases and states that both have must have the same shape. What normalization and
// quantizer bring along may be new and then starts as always (layer and batch gains at their
// constant, trained scales at 1), except weight-norm gains, which start at the norms of the rows
// that came over. What the new network has no use for is left out. The optimizer starts afresh.
//
// Loss-aware quantizers need the curvature v the weights were trained with; it comes over where the
// file holds it (checkpoints of Adam runs, best weights of loss-aware ones) and is 1 otherwise.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "nn/network.h"

namespace bitloom {

struct WarmStart {
    std::int64_t step = 0;             ///< updates the weights had
    std::vector<std::string> carried;  ///< tensors that came over
    std::vector<std::string> fresh;    ///< tensors the file does not have
    std::vector<std::string> left;     ///< tensors the network does not have
    bool secondMoments = false;        ///< v came over (loss-aware quantizers only)
};

/// Loads `path` into the network; `moments` must be empty, receives the second moments and must
/// outlive the network's use of them. Throws InputError naming file and tensor, with the field
/// `start.run`, if the file is damaged or its shapes are not the network's.
/// @param seed of gains that are drawn (normalization.gain_start independent)
WarmStart warmStart(const std::filesystem::path& path, Network<float>& network, std::uint64_t seed,
                    ParameterSet<float>& moments);

}  // namespace bitloom
