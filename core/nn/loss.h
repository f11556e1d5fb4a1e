#pragma once
// The losses, by task (data/batch.h): cross-entropy in nats a target (language model, labelling:
// every step with a target; classification: a sequence), or mean squared error (regression).

#include <cstdint>
#include <vector>

#include "data/batch.h"
#include "math/matrix.h"
#include "nn/network.h"

namespace bitloom {

/// Targets of a batch in the order of the logits' rows, -1 where there is none: beyond a sequence's
/// length, or not given. Throws InputError for a target outside [-1, outputs) or a wrong count.
void collectTargets(Task task, const Batch& batch, int outputs, std::vector<std::int32_t>& targets);

/// Mean cross-entropy of logits [N, V]; dLogits [N, V] = its gradient, unless empty.
template <class T>
LossResult crossEntropy(MatrixView<const T> logits, const std::vector<std::int32_t>& targets,
                        MatrixView<T> dLogits);

/// Mean of (y - value)^2 over y [B, 1]; dOutputs = its gradient, unless empty. No values: no loss.
template <class T>
LossResult meanSquaredError(MatrixView<const T> outputs, const std::vector<float>& values,
                            MatrixView<T> dOutputs);

}  // namespace bitloom
