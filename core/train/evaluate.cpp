#include "train/evaluate.h"

#include "train/metric.h"

namespace bitloom {
namespace {

/// Fills the network's true average from the start of a training pass; parameters and running
/// statistics stay as they are.
void collectAverage(Network<float>& network, const Dataset& dataset,
                    const EvaluationOptions& options) {
    const auto source = dataset.source(Split::train, {options.batch, options.window, options.seed});
    RecurrentState<float> state;
    Batch batch;
    network.beginStatisticsAverage();
    for (std::int64_t i = 0; i < options.averageBatches && source->next(batch); ++i) {
        if (batch.startsStreams) state = {};
        network.forward(batch, Mode::evaluate_batch_statistics, state);
    }
    network.endStatisticsAverage();
}

}  // namespace

PassResult evaluatePass(Network<float>& network, BatchSource& source, Mode mode,
                        const std::string& metric, std::int64_t limit) {
    source.seek(0, 0);
    RecurrentState<float> state;
    Batch batch;
    double total = 0;
    std::int64_t targets = 0;
    std::int64_t correct = 0;
    for (std::int64_t i = 0; (limit == 0 || i < limit) && source.next(batch); ++i) {
        if (batch.startsStreams) state = {};
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

Evaluation evaluate(Network<float>& network, const Dataset& dataset, Split split,
                    const EvaluationOptions& options) {
    const std::string& metric = dataset.info().metric;
    const NormalizationConfig& normalization = network.config().normalization;
    const auto source = dataset.source(split, {options.batch, options.window, options.seed});
    const auto pass = [&](Mode mode) {
        return evaluatePass(network, *source, mode, metric, options.limit);
    };
    const PassResult running = pass(Mode::evaluate);
    Evaluation result{running.loss, running.value, std::nullopt, std::nullopt};
    if (!normalization.method.starts_with("batch_")) return result;
    result.batchStatistics = pass(Mode::evaluate_batch_statistics).value;
    if (normalization.method != "batch_shared") return result;
    collectAverage(network, dataset, options);
    const PassResult average = pass(Mode::evaluate_true_average);
    result.trueAverage = average.value;
    if (normalization.trueAverage) {
        result.loss = average.loss;
        result.value = average.value;
    }
    return result;
}

}  // namespace bitloom
