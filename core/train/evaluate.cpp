#include "train/evaluate.h"

#include "train/metric.h"

namespace bitloom {
namespace {

/// Fills the network's true average from the start of a training pass; parameters and running
/// statistics stay as they are. False if interrupted.
bool collectAverage(Network<float>& network, const Dataset& dataset,
                    const EvaluationOptions& options) {
    const auto source = dataset.source(Split::train, {options.batch, options.window, options.seed});
    RecurrentState<float> state;
    Batch batch;
    network.beginStatisticsAverage();
    bool whole = true;
    for (std::int64_t i = 0; i < options.averageBatches && source->next(batch); ++i) {
        if (options.interrupted && options.interrupted()) {
            whole = false;
            break;
        }
        if (batch.startsStreams) state = {};
        network.forward(batch, Mode::evaluate_batch_statistics, state);
    }
    network.endStatisticsAverage();
    return whole;
}

}  // namespace

std::optional<PassResult> evaluatePass(Network<float>& network, BatchSource& source, Mode mode,
                                       const std::string& metric,
                                       const EvaluationOptions& options) {
    source.seek(0, 0);
    RecurrentState<float> state;
    Batch batch;
    double total = 0;
    std::int64_t targets = 0;
    std::int64_t correct = 0;
    for (std::int64_t i = 0; (options.limit == 0 || i < options.limit) && source.next(batch); ++i) {
        if (options.interrupted && options.interrupted()) return std::nullopt;
        if (batch.startsStreams) state = {};
        // One sequence has no statistics of its own: the small rest of a split is left out.
        if (mode == Mode::evaluate_batch_statistics && batch.size < 2) continue;
        const LossResult result = network.forward(batch, mode, state);
        total += result.nats * static_cast<double>(result.targets);
        targets += result.targets;
        correct += result.correct;
    }
    PassResult pass;
    pass.targets = targets;
    pass.loss = targets > 0 ? total / static_cast<double>(targets) : 0;
    pass.value = metricValue(metric, pass.loss, correct, targets);
    return pass;
}

std::optional<Evaluation> evaluate(Network<float>& network, const Dataset& dataset, Split split,
                                   const EvaluationOptions& options) {
    const std::string& metric = dataset.info().metric;
    const NormalizationConfig& normalization = network.config().normalization;
    const auto source = dataset.source(split, {options.batch, options.window, options.seed});
    const auto pass = [&](Mode mode) {
        return evaluatePass(network, *source, mode, metric, options);
    };
    const bool batchNorm = normalization.method.starts_with("batch_");
    // Configured so, the network's running statistics are the average and move nowhere else.
    if (batchNorm && normalization.trueAverage && !collectAverage(network, dataset, options))
        return std::nullopt;
    const std::optional<PassResult> running = pass(Mode::evaluate);
    if (!running) return std::nullopt;
    Evaluation result;
    result.loss = running->loss;
    result.value = running->value;
    if (!batchNorm) return result;
    const std::optional<PassResult> batches = pass(Mode::evaluate_batch_statistics);
    if (!batches) return std::nullopt;
    if (batches->targets > 0) result.batchStatistics = batches->value;
    if (normalization.method != "batch_shared") return result;
    if (normalization.trueAverage)
        result.trueAverage = running->value;
    else if (!collectAverage(network, dataset, options))
        return std::nullopt;
    if (!result.trueAverage) {
        const std::optional<PassResult> average = pass(Mode::evaluate_true_average);
        if (!average) return std::nullopt;
        result.trueAverage = average->value;
    }
    if (!options.perStep) return result;
    const std::optional<PassResult> steps = pass(Mode::evaluate_step_average);
    if (!steps) return std::nullopt;
    result.perStep = steps->value;
    return result;
}

}  // namespace bitloom
