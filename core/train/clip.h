#pragma once
// Clipping by the global gradient norm, and of latent weights.
//
// The norm runs over the gradients of all parameters together. For a quantized weight that is the
// straight-through gradient dL/dQ(W), which is stored as the latent weight's gradient: one global
// norm "with everything else", as torch.nn.utils.clip_grad_norm_ over all parameters gives it in
// the published code.

#include "nn/parameters.h"

namespace bitloom {

/// sqrt of the sum of squares of every gradient. NaN or inf when one of them is.
template <class T>
double globalGradientNorm(const ParameterSet<T>& parameters);

/// Factor on all gradients: min(1, limit / (norm + 1e-6)), PyTorch's; 1 when limit is 0 (off).
double clipFactor(double norm, double limit);

/// Quantized latent weights to [-1, 1] (Courbariaux 2015).
template <class T>
void clipLatentWeights(ParameterSet<T>& parameters);

}  // namespace bitloom
