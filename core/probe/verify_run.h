#pragma once
// One recomputation of a reference case: quantization, training pass, loss, gradients, clip and one
// Adam step, running statistics, evaluation pass, each compared with the file's.

#include <filesystem>

#include "math/rng.h"
#include "probe/verify.h"
#include "probe/verify_case.h"
#include "probe/verify_choice.h"

namespace bitloom {

/// @param file named in errors
/// @param weights quantized weights to take instead of the engine's own, may be null: the weights
/// of a network without a quantizer, whose gradients are the same (straight-through).
/// @param disturbance moves every number within its last place as a float; null = none
/// @param leastGradient share of the whole gradient's norm that a tensor's counts as at least
/// Throws InputError for a tensor of the file that is missing, misshapen or of no use.
template <class T>
VerifyResult runCase(const std::filesystem::path& file, const VerifyCase& reference,
                     const VerifyWeights* weights = nullptr, Rng* disturbance = nullptr,
                     double leastGradient = 0);

}  // namespace bitloom
