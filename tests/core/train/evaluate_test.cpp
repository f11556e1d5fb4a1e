#include "train/evaluate.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "data/dataset.h"

namespace bitloom {
namespace {

std::shared_ptr<const Dataset> glyphs() {
    DatasetConfig config;
    config.name = "glyphs";
    config.size = 60;
    return openDataset(config);
}

NetworkConfig networkFor(const DatasetInfo& info, const char* method, int maxSteps) {
    NetworkConfig config;
    config.hidden = 5;
    config.features = info.features;
    config.outputs = info.outputs;
    config.task = info.task;
    config.normalization.method = method;
    config.normalization.maxSteps = maxSteps;
    return config;
}

/// Moves the running statistics away from where they start.
void train(Network<float>& network, const Dataset& data) {
    const auto source = data.source(Split::train, {10, 100, 1});
    RecurrentState<float> state;
    Batch batch;
    for (int i = 0; i < 3 && source->next(batch); ++i) {
        state = {};
        network.forward(batch, Mode::train, state);
    }
}

std::vector<std::vector<float>> statisticsOf(Network<float>& network) {
    std::vector<std::vector<float>> all;
    for (const Parameter<float>& kept : network.statistics())
        all.emplace_back(kept.value.begin(), kept.value.end());
    return all;
}

EvaluationOptions everyKind() {
    EvaluationOptions options;
    options.batch = 10;
    options.averageBatches = 2;
    options.perStep = true;
    return options;
}

TEST(Evaluate, EveryKindOfStatisticsOfSeparateBatchNorm) {
    const auto data = glyphs();
    // More rows than the images have steps: those never reached do not count.
    for (const int extra : {0, 7}) {
        const auto source = data->source(Split::test, {10, 100, 1});
        Batch first;
        ASSERT_TRUE(source->next(first));
        const int steps = static_cast<int>(first.steps);
        Network<float> network(networkFor(data->info(), "batch_separate", steps + extra), 1);
        train(network, *data);
        const auto before = statisticsOf(network);
        const auto result = evaluate(network, *data, Split::test, everyKind());
        ASSERT_TRUE(result && result->batchStatistics && result->perStep && result->trueAverage);
        EXPECT_EQ(statisticsOf(network), before) << "the network keeps its own statistics";

        // By hand: the mean over the steps in every row.
        for (Parameter<float>& kept : network.statistics()) {
            const MatrixView<float> rows = kept.view();
            for (std::size_t j = 0; j < rows.cols; ++j) {
                double sum = 0;
                for (int t = 0; t < steps; ++t)
                    sum += static_cast<double>(rows(static_cast<std::size_t>(t), j));
                for (std::size_t t = 0; t < rows.rows; ++t)
                    rows(t, j) = static_cast<float>(sum / steps);
            }
        }
        const auto again = evaluatePass(network, *source, Mode::evaluate, "accuracy", everyKind());
        ASSERT_TRUE(again);
        EXPECT_EQ(again->steps, first.steps);
        EXPECT_DOUBLE_EQ(*result->trueAverage, again->value);
    }
}

TEST(Evaluate, AveragesAStepComeFromTrainingBatches) {
    const auto data = glyphs();
    Network<float> network(networkFor(data->info(), "batch_separate", 100), 1);
    train(network, *data);
    const auto result = evaluate(network, *data, Split::test, everyKind());
    ASSERT_TRUE(result && result->perStep);
    const auto source = data->source(Split::train, {10, 100, 1});
    network.beginStatisticsAverage();
    Batch batch;
    for (int i = 0; i < 2 && source->next(batch); ++i) {
        RecurrentState<float> state;
        network.forward(batch, Mode::evaluate_batch_statistics, state);
    }
    network.endStatisticsAverage();
    const auto test = data->source(Split::test, {10, 100, 1});
    const auto pass =
        evaluatePass(network, *test, Mode::evaluate_step_average, "accuracy", everyKind());
    ASSERT_TRUE(pass);
    EXPECT_DOUBLE_EQ(*result->perStep, pass->value);
}

TEST(Evaluate, TellsEveryPassAndItsBatches) {
    const auto data = glyphs();
    for (const char* method : {"batch_separate", "batch_shared"}) {
        Network<float> network(networkFor(data->info(), method, 100), 1);
        train(network, *data);
        EvaluationOptions options = everyKind();
        options.limit = 1;
        std::vector<std::string> kinds;
        options.progress = [&](std::string_view kind, std::int64_t done, std::int64_t all) {
            EXPECT_LT(done, all);
            if (done == 0) kinds.emplace_back(kind);
        };
        ASSERT_TRUE(evaluate(network, *data, Split::test, options));
        EXPECT_EQ(kinds.size(), 5u) << "four kinds, and the training batches of the averages";
    }
}

TEST(Evaluate, AnInterruptionLeavesTheStatisticsAlone) {
    const auto data = glyphs();
    Network<float> network(networkFor(data->info(), "batch_separate", 100), 1);
    train(network, *data);
    const auto before = statisticsOf(network);
    int interrupted = 0;
    for (int patience = 0; patience < 12; ++patience) {
        EvaluationOptions options = everyKind();
        int asked = 0;
        options.interrupted = [&] { return asked++ >= patience; };
        const auto result = evaluate(network, *data, Split::test, options);
        EXPECT_EQ(result.has_value(), asked <= patience) << "only what was interrupted has none";
        EXPECT_EQ(statisticsOf(network), before);
        interrupted += result ? 0 : 1;
    }
    EXPECT_GT(interrupted, 5);
}

}  // namespace
}  // namespace bitloom
