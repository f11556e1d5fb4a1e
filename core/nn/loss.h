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

/// The loss of a batch, computed a few rows of logits at a time.
template <class T>
class BatchLoss {
public:
    /// Reads the batch's targets or values; throws as collectTargets. `batch` must outlive this.
    BatchLoss(Task task, const Batch& batch, int outputs);

    /// Sums over rows first .. first + logits.rows - 1: nats (or squared errors) are not divided
    /// yet. gradient = that of the batch's mean loss, all of it written; empty: not wanted; may
    /// alias logits. A bias [outputs] is still to be added to them. Several threads at once, for
    /// different rows.
    [[nodiscard]] LossResult sums(std::size_t first, MatrixView<const T> logits,
                                  MatrixView<T> gradient, std::span<const T> bias = {}) const;
    /// The mean loss of the sums of all rows. 0 without targets.
    [[nodiscard]] LossResult mean(LossResult sums) const;

private:
    [[nodiscard]] LossResult squaredErrors(std::size_t first, MatrixView<const T> outputs,
                                           MatrixView<T> gradient, std::span<const T> bias) const;

    Task m_task;
    const std::vector<float>& m_values;
    std::vector<std::int32_t> m_targets;
    std::size_t m_count = 0;  ///< rows with a target or value
};

}  // namespace bitloom
