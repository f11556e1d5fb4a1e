#include "nn/loss.h"

#include <algorithm>
#include <string>

#include "base/error.h"
#include "math/kernels.h"

namespace bitloom {

void collectTargets(Task task, const Batch& batch, int outputs,
                    std::vector<std::int32_t>& targets) {
    const bool sequence = task == Task::classification || task == Task::regression;
    const std::size_t count = sequence ? batch.size : batch.steps * batch.size;
    if (batch.targets.empty() || task == Task::regression) {
        targets.assign(count, -1);
        return;
    }
    if (batch.targets.size() != count)
        throw InputError({}, "targets",
                         "there are " + std::to_string(batch.targets.size()) + ", expected " +
                             std::to_string(count));
    targets = batch.targets;
    for (const std::int32_t target : targets)
        if (target < -1 || target >= outputs)
            throw InputError(
                {}, "targets",
                std::to_string(target) + " is not in -1 .. " + std::to_string(outputs - 1));
    if (sequence || batch.lengths.empty()) return;
    for (std::size_t b = 0; b < batch.size; ++b)
        for (std::size_t t = static_cast<std::size_t>(batch.lengths[b]); t < batch.steps; ++t)
            targets[t * batch.size + b] = -1;
}

template <class T>
BatchLoss<T>::BatchLoss(Task task, const Batch& batch, int outputs)
    : m_task(task), m_values(batch.values) {
    if (task == Task::regression) {
        if (!m_values.empty() && m_values.size() != batch.size)
            throw InputError({}, "values",
                             "there are " + std::to_string(m_values.size()) + ", expected " +
                                 std::to_string(batch.size));
        m_count = m_values.size();
        return;
    }
    collectTargets(task, batch, outputs, m_targets);
    m_count = static_cast<std::size_t>(
        std::count_if(m_targets.begin(), m_targets.end(), [](auto t) { return t >= 0; }));
}

template <class T>
LossResult BatchLoss<T>::sums(std::size_t first, MatrixView<const T> logits, MatrixView<T> gradient,
                              std::span<const T> bias) const {
    if (m_task == Task::regression) return squaredErrors(first, logits, gradient, bias);
    const T factor = T(1) / static_cast<T>(std::max<std::size_t>(m_count, 1));
    const CrossEntropySum sum = kernels::softmaxCrossEntropy<T>(
        logits, std::span(m_targets).subspan(first, logits.rows), factor, gradient, bias);
    LossResult result;
    result.nats = sum.nats;
    result.targets = sum.targets;
    result.correct = sum.correct;
    return result;
}

template <class T>
LossResult BatchLoss<T>::squaredErrors(std::size_t first, MatrixView<const T> outputs,
                                       MatrixView<T> gradient, std::span<const T> bias) const {
    LossResult result;
    const double share = 1.0 / static_cast<double>(std::max<std::size_t>(m_count, 1));
    for (std::size_t r = 0; r < outputs.rows; ++r) {
        const bool given = m_count > 0;
        const T output = bias.empty() ? outputs(r, 0) : outputs(r, 0) + bias[0];
        const double error =
            given ? static_cast<double>(output) - static_cast<double>(m_values[first + r]) : 0.0;
        for (std::size_t j = 0; gradient.data && j < gradient.cols; ++j)
            gradient(r, j) = j == 0 ? static_cast<T>(2 * error * share) : T(0);
        result.nats += error * error;
        result.targets += given ? 1 : 0;
    }
    return result;
}

template <class T>
LossResult BatchLoss<T>::mean(LossResult sums) const {
    sums.nats = sums.targets > 0 ? sums.nats / static_cast<double>(sums.targets) : 0.0;
    return sums;
}

template class BatchLoss<float>;
template class BatchLoss<double>;

}  // namespace bitloom
