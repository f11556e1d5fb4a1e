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

#include "math/matrix.h"
#include "math/rng.h"
#include "nn/config.h"
#include "nn/parameters.h"

namespace bitloom {

/// Fills every parameter of a network as `config` says; each tensor draws from a stream of its own
/// name, so adding a tensor does not change the others. Float and double start equal but for
/// rounding.
template <class T>
void initializeParameters(const NetworkConfig& config, std::uint64_t seed,
                          ParameterSet<T>& parameters);

/// The weight-norm gain `gain` (rnn.gain_ih_l0) from the rows of its matrix as they are now, or
/// from an independent draw if the configuration says so.
template <class T>
void initializeWeightGain(const NetworkConfig& config, std::uint64_t seed,
                          const ParameterSet<T>& parameters, Parameter<T>& gain);

/// A random orthogonal n x n matrix into `out`: Gram-Schmidt, twice for accuracy, on normal rows.
template <class T>
void fillOrthogonal(MatrixView<T> out, Rng& rng);

}  // namespace bitloom
