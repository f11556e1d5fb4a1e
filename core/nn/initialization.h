#pragma once
// How parameters start.
//   uniform               recurrent weights and biases U(+-1/sqrt H), encoder and decoder
//                         U(+-decoderBound), decoder bias 0 (PyTorch's cells; Hou et al. 2019)
//   orthogonal_identity   weight_hh: gates i, f, o (r, z) orthogonal, g (n) the identity; biases 0
//                         (Cooijmans et al. 2016, pixel sequences)
// forgetBias, if not 0, replaces the forget gate's bias. Norm gains start at `gain` (or U(0,1)),
// shifts at 0, weight-norm gains at the latent rows' norms (or those of an independent draw: the
// paper's code), trained scales at 1, learnable states at 0.

#include <cstdint>

#include "nn/config.h"
#include "nn/parameters.h"

namespace bitloom {

/// Fills every parameter of a network as `config` says; each tensor draws from a stream of its own
/// name, so adding a tensor does not change the others. Float and double start equal but for
/// rounding.
template <class T>
void initializeParameters(const NetworkConfig& config, std::uint64_t seed,
                          ParameterSet<T>& parameters);

}  // namespace bitloom
