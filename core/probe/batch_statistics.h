#pragma once
// Batch normalization's statistics by time step: the batch's mean and variance (unbiased, as the
// running ones are kept) of one side's pre-activations, next to the running mean and variance that
// evaluation divides by. On pixel sequences they differ by orders of magnitude from step to step,
// which is why one running pair for all steps fails there.

#include <string>
#include <vector>

#include "math/matrix.h"
#include "nn/layer_trace.h"
#include "probe/rows.h"

namespace bitloom {

/// @param running [1 | max_steps, G*H]; steps beyond the last row use it, as evaluation does.
/// @param epsilon what the normalizer adds to the variance.
template <class T>
SideStatistics sideStatistics(const NormalizerTrace<T>& trace, std::size_t batch, double epsilon,
                              const std::string& side, const std::vector<int>& times,
                              MatrixView<const T> runningMean, MatrixView<const T> runningVariance);

}  // namespace bitloom
