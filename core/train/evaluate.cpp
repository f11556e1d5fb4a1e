#include "train/evaluate.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "train/metric.h"

namespace bitloom {
namespace {

/// What a pass evaluates with, in words.
std::string_view wordsOf(Mode mode) {
    switch (mode) {
        case Mode::evaluate_batch_statistics:
            return "batch statistics";
        case Mode::evaluate_true_average:
            return "one average over all steps";
        case Mode::evaluate_step_average:
            return "an average for each step";
        default:
            return "running statistics";
    }
}

/// Fills the network's true average from the start of a training pass; parameters and running
/// statistics stay as they are. False if interrupted.
bool collectAverage(Network<float>& network, const Dataset& dataset,
                    const EvaluationOptions& options) {
    // A batch for evaluation may be one sequence, or more than the training split has.
    const std::size_t size = options.trainingBatch > 0 ? options.trainingBatch : options.batch;
    const auto source = dataset.source(Split::train, {size, options.window, options.seed});
    RecurrentState<float> state;
    Batch batch;
    network.beginStatisticsAverage();
    bool whole = true;
    for (std::int64_t i = 0; i < options.averageBatches && source->next(batch); ++i) {
        if (options.interrupted && options.interrupted()) {
            whole = false;
            break;
        }
        if (options.progress)
            options.progress("training batches", i,
                             std::min(options.averageBatches, source->batchesPerPass()));
        if (batch.startsStreams) state = {};
        network.forward(batch, Mode::evaluate_batch_statistics, state);
    }
    network.endStatisticsAverage();
    return whole;
}

/// Puts one statistic for all steps in the place of those a step, the mean over the first `steps`
/// of them, and the old ones back in the end.
class OneForAllSteps {
public:
    OneForAllSteps(Network<float>& network, std::size_t steps) : m_network(network) {
        for (Parameter<float>& kept : network.statistics()) {
            m_before.emplace_back(kept.value.begin(), kept.value.end());
            const MatrixView<float> rows = kept.view();
            const std::size_t used = std::min(rows.rows, steps);
            for (std::size_t j = 0; j < rows.cols && used > 0; ++j) {
                double sum = 0;
                for (std::size_t t = 0; t < used; ++t) sum += static_cast<double>(rows(t, j));
                const auto mean = static_cast<float>(sum / static_cast<double>(used));
                for (std::size_t t = 0; t < rows.rows; ++t) rows(t, j) = mean;
            }
        }
    }
    ~OneForAllSteps() {
        auto before = m_before.begin();
        for (Parameter<float>& kept : m_network.statistics()) {
            std::copy(before->begin(), before->end(), kept.value.begin());
            ++before;
        }
    }
    OneForAllSteps(const OneForAllSteps&) = delete;
    OneForAllSteps& operator=(const OneForAllSteps&) = delete;

private:
    Network<float>& m_network;
    std::vector<std::vector<float>> m_before;
};

}  // namespace

std::optional<PassResult> evaluatePass(Network<float>& network, BatchSource& source, Mode mode,
                                       const std::string& metric,
                                       const EvaluationOptions& options) {
    source.seek(0, 0);
    RecurrentState<float> state;
    Batch batch;
    PassResult pass;
    const std::int64_t batches = options.limit > 0
                                     ? std::min(options.limit, source.batchesPerPass())
                                     : source.batchesPerPass();
    double total = 0;
    std::int64_t targets = 0;
    std::int64_t correct = 0;
    for (std::int64_t i = 0; (options.limit == 0 || i < options.limit) && source.next(batch); ++i) {
        if (options.interrupted && options.interrupted()) return std::nullopt;
        if (options.progress) options.progress(wordsOf(mode), i, batches);
        if (batch.startsStreams) state = {};
        pass.steps = std::max(pass.steps, batch.steps);
        // One sequence has no statistics of its own: the small rest of a split is left out.
        if (mode == Mode::evaluate_batch_statistics && batch.size < 2) continue;
        const LossResult result = network.forward(batch, mode, state);
        total += result.nats * static_cast<double>(result.targets);
        targets += result.targets;
        correct += result.correct;
    }
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
    if (normalization.method == "batch_separate") {
        if (!options.perStep) return result;
        if (!collectAverage(network, dataset, options)) return std::nullopt;
        const std::optional<PassResult> averages = pass(Mode::evaluate_step_average);
        if (!averages) return std::nullopt;
        result.perStep = averages->value;
        const OneForAllSteps guard(network, running->steps);
        const std::optional<PassResult> one = pass(Mode::evaluate);
        if (!one) return std::nullopt;
        result.trueAverage = one->value;
        return result;
    }
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
