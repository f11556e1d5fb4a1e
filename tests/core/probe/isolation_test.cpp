// Training is the same to the bit with and without probes.

#include <gtest/gtest.h>

#include "core/probe/support.h"
#include "data/registry.h"
#include "math/threads.h"
#include "probe/prober.h"
#include "train/trainer.h"

namespace bitloom {
namespace {

class Silent : public TrainingObserver {
public:
    void onStep(const StepReport&) override {}
    void onValidation(std::int64_t, int, const Evaluation&, bool) override {}
    void onTest(std::int64_t, const Evaluation&) override {}
    void onSample(std::int64_t, const std::string&) override {}
    void onProbe(const ProbeMoment& moment) override {
        ++probes;
        rows = prober->probe(moment.network, moment.batch, moment.start, moment.step);
    }
    void onEvent(std::int64_t, const std::string&, const std::string&) override {}
    Control control() override { return {}; }

    Prober<float>* prober = nullptr;
    ProbeRows rows;
    int probes = 0;
};

/// Weights and running statistics.
std::vector<float> numbersOf(Network<float>& network) {
    std::vector<float> all;
    for (ParameterSet<float>* set : {&network.parameters(), &network.statistics()})
        for (const Parameter<float>& p : *set)
            all.insert(all.end(), p.value.begin(), p.value.end());
    return all;
}

struct Case {
    const char* name;
    const char* dataset;
    Cell cell;
    const char* norm;
    const char* quantizer;
    int embedding = 0;
};

TEST(Isolation, ProbesLeaveTrainingAsItIs) {
    setThreads(1);
    const Case cases[] = {
        {"plain", "grammar", Cell::lstm, "none", ""},
        {"weight", "grammar", Cell::gru, "weight", "lat_exact"},
        {"layer", "grammar", Cell::lstm, "layer", "binary_connect_stochastic"},
        {"shared", "grammar", Cell::lstm, "batch_shared", "ttq"},
        {"separate", "grammar", Cell::gru, "batch_separate", "twn"},
        {"pixels", "glyphs", Cell::lstm, "batch_shared", "binary_connect"},
        {"embedding", "grammar", Cell::lstm, "layer", "binary_connect", 6},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        DatasetConfig data;
        data.name = c.dataset;
        data.size = c.dataset == std::string("grammar") ? 4000 : 60;
        const std::shared_ptr<const Dataset> dataset = openDataset(data);
        NetworkConfig config;
        config.cell = c.cell;
        config.layers = 2;
        config.hidden = 12;
        config.vocabulary = dataset->info().vocabulary;
        config.features = dataset->info().features;
        config.embedding = c.embedding;
        config.outputs = dataset->info().outputs;
        config.task = dataset->info().task;
        config.normalization.method = c.norm;
        config.normalization.maxSteps = 6;
        // Started at 1, batch norm over black pixels makes gradients grow past float.
        config.normalization.gain = 0.1;
        config.quantizer = quantizerNamed(c.quantizer);
        config.dropout = {0.1, 0.1, 0.1};
        config.init.learnableState = true;
        config.init.stateNoise = 0.1;
        TrainingConfig training;
        training.batch = 4;
        training.window = 10;
        training.steps = 7;
        training.threads = 1;
        if (c.embedding) training.optimizer = "sgd";
        training.sampleLength = 0;
        training.evaluationLimit = 2;
        const auto train = [&](int every) {
            Network<float> network(config, 1);
            Prober<float> prober(config, 1, {});
            Silent observer;
            observer.prober = &prober;
            TrainerOptions options;
            options.probeEvery = every;
            Trainer trainer(network, dataset, training, options, observer);
            trainer.run();
            EXPECT_EQ(observer.probes, every > 0 ? 4 : 0);
            std::vector<float> all = numbersOf(network);
            all.push_back(static_cast<float>(trainer.state().lossSum));
            return all;
        };
        EXPECT_EQ(train(0), train(2));
    }
}

/// Looks at the last step's probe.
class Looking final : public Silent {
public:
    void onStep(const StepReport& report) override { reported = report.step; }
    void onProbe(const ProbeMoment& moment) override {
        EXPECT_EQ(reported, moment.step) << "a step's numbers do not wait for its probe";
        found = numbersOf(moment.network);
        hasState = !moment.start.h.empty();
    }

    std::int64_t reported = 0;
    std::vector<float> found;
    bool hasState = false;
};

TEST(Isolation, AProbeSeesWhatTheStepFound) {
    setThreads(1);
    DatasetConfig data;
    data.name = "grammar";
    data.size = 4000;
    const std::shared_ptr<const Dataset> dataset = openDataset(data);
    NetworkConfig config;
    config.hidden = 10;
    config.vocabulary = config.outputs = dataset->info().vocabulary;
    config.normalization.method = "batch_shared";
    TrainingConfig training;
    training.batch = 4;
    training.window = 10;
    training.threads = 1;
    training.sampleLength = 0;
    training.evaluationLimit = 2;
    for (const int steps : {1, 3}) {
        Network<float> network(config, 1), same(config, 1);
        Looking looking, other;
        TrainerOptions options;
        options.probeEvery = steps;
        training.steps = steps;
        Trainer(network, dataset, training, options, looking).run();
        training.steps = steps - 1;
        Trainer(same, dataset, training, {}, other).run();
        EXPECT_EQ(looking.found, numbersOf(same));
        EXPECT_EQ(looking.hasState, steps > 1);
    }
}

TEST(Isolation, TheProbedGradientIsTheOneTrainingUses) {
    setThreads(1);
    DatasetConfig data;
    data.name = "grammar";
    data.size = 4000;
    const auto dataset = openDataset(data);
    NetworkConfig config;
    config.hidden = 10;
    config.vocabulary = config.outputs = dataset->info().vocabulary;
    config.normalization.method = "batch_shared";
    Network<double> network(config, 1), same(config, 1);
    const auto source = dataset->source(Split::train, {4, 10, 1});
    Batch batch;
    ASSERT_TRUE(source->next(batch));
    const ProbeRows rows = Prober<double>(config, 1, {}).probe(network, batch, {}, 1);
    RecurrentState<double> state;
    same.forward(batch, Mode::train, state);
    same.backward();
    // In double: training goes shorter ways than probing (nn/recurrent_layer.h), to other
    // roundings.
    for (std::size_t t = 0; t < 10; ++t) {
        EXPECT_NEAR(rows.gradients.hidden[0][t], same.hiddenGradientNorms()[0][t],
                    1e-10 * same.hiddenGradientNorms()[0][t]);
        EXPECT_NEAR(rows.gradients.cell[0][t], same.cellGradientNorms()[0][t],
                    1e-10 * same.cellGradientNorms()[0][t]);
    }
}

}  // namespace
}  // namespace bitloom
