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
LossResult crossEntropy(MatrixView<const T> logits, const std::vector<std::int32_t>& targets,
                        MatrixView<T> dLogits) {
    const auto count = std::count_if(targets.begin(), targets.end(), [](auto t) { return t >= 0; });
    const T factor = T(1) / static_cast<T>(std::max<std::ptrdiff_t>(count, 1));
    const CrossEntropySum sum = kernels::softmaxCrossEntropy<T>(logits, targets, factor, dLogits);
    LossResult result;
    result.targets = sum.targets;
    result.correct = sum.correct;
    result.nats = sum.targets > 0 ? sum.nats / static_cast<double>(sum.targets) : 0.0;
    return result;
}

template <class T>
LossResult meanSquaredError(MatrixView<const T> outputs, const std::vector<float>& values,
                            MatrixView<T> dOutputs) {
    LossResult result;
    if (values.empty()) return result;
    if (values.size() != outputs.rows)
        throw InputError({}, "values",
                         "there are " + std::to_string(values.size()) + ", expected " +
                             std::to_string(outputs.rows));
    const double share = 1.0 / static_cast<double>(values.size());
    for (std::size_t b = 0; b < values.size(); ++b) {
        const double error = static_cast<double>(outputs(b, 0)) - static_cast<double>(values[b]);
        result.nats += error * error * share;
        if (dOutputs.data) dOutputs(b, 0) = static_cast<T>(2 * error * share);
    }
    result.targets = static_cast<std::int64_t>(values.size());
    return result;
}

template LossResult crossEntropy(MatrixView<const float>, const std::vector<std::int32_t>&,
                                 MatrixView<float>);
template LossResult crossEntropy(MatrixView<const double>, const std::vector<std::int32_t>&,
                                 MatrixView<double>);
template LossResult meanSquaredError(MatrixView<const float>, const std::vector<float>&,
                                     MatrixView<float>);
template LossResult meanSquaredError(MatrixView<const double>, const std::vector<float>&,
                                     MatrixView<double>);

}  // namespace bitloom
