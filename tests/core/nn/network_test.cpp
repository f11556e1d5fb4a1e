// What holds for every network: windows join, evaluation equals training where nothing is random,
// impossible configurations and batches are refused.

#include "nn/network.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <string>

#include "base/error.h"
#include "math/rng.h"

namespace bitloom {
namespace {

NetworkConfig base(Cell cell = Cell::lstm, const std::string& norm = "none") {
    NetworkConfig c;
    c.cell = cell;
    c.hidden = 6;
    c.vocabulary = 7;
    c.outputs = 7;
    c.normalization.method = norm;
    c.quantizer.method = "twn";
    c.quantizer.bits = 2;
    return c;
}

Batch tokens(std::size_t steps, std::size_t size, std::uint64_t seed) {
    Batch batch;
    batch.steps = steps;
    batch.size = size;
    Rng rng(seed);
    for (std::size_t i = 0; i < steps * size; ++i) {
        batch.tokens.push_back(static_cast<std::int32_t>(rng.below(7)));
        batch.targets.push_back(static_cast<std::int32_t>(rng.below(7)));
    }
    return batch;
}

Batch part(const Batch& whole, std::size_t first, std::size_t steps) {
    Batch batch = whole;
    const auto from = static_cast<std::ptrdiff_t>(first * whole.size);
    const auto to = from + static_cast<std::ptrdiff_t>(steps * whole.size);
    batch.steps = steps;
    batch.tokens.assign(whole.tokens.begin() + from, whole.tokens.begin() + to);
    batch.targets.assign(whole.targets.begin() + from, whole.targets.begin() + to);
    return batch;
}

TEST(Network, CarriedStateJoinsWindows) {
    for (const Cell cell : {Cell::lstm, Cell::gru}) {
        for (const char* norm : {"none", "weight", "layer", "batch_shared"}) {
            SCOPED_TRACE(norm);
            NetworkConfig config = base(cell, norm);
            config.layers = 2;
            Network<double> network(config, 1);
            const Batch whole = tokens(9, 3, 2);
            RecurrentState<double> once, twice;
            const double full = network.forward(whole, Mode::evaluate, once).nats;
            const double first = network.forward(part(whole, 0, 4), Mode::evaluate, twice).nats;
            const double second = network.forward(part(whole, 4, 5), Mode::evaluate, twice).nats;
            EXPECT_NEAR(full, (4 * first + 5 * second) / 9, 1e-12);
            for (std::size_t l = 0; l < 2; ++l)
                for (std::size_t i = 0; i < once.h[l].size(); ++i)
                    EXPECT_NEAR(once.h[l].data()[i], twice.h[l].data()[i], 1e-12);
        }
    }
}

/// The gradients of a network that has seen `batches` one after the other.
std::vector<std::vector<double>> gradientsAfter(const NetworkConfig& config,
                                                std::initializer_list<Batch> batches) {
    Network<double> network(config, 1);
    RecurrentState<double> state;
    for (const Batch& batch : batches) {
        state = {};
        network.forward(batch, Mode::train, state);
        network.backward();
    }
    std::vector<std::vector<double>> all;
    for (const Parameter<double>& p : network.parameters())
        all.emplace_back(p.gradient.begin(), p.gradient.end());
    return all;
}

TEST(Network, GradientsHoldNothingOfTheBatchBefore) {
    for (const bool tied : {false, true})
        for (const char* quantizer : {"", "twn", "dorefa"})
            for (const Cell cell : {Cell::lstm, Cell::gru})
                for (const int embedding : {0, 6}) {
                    if (tied && embedding == 0) continue;
                    NetworkConfig config = base(cell);
                    config.embedding = embedding;
                    config.tied = tied;
                    config.quantizer.method = quantizer;
                    config.quantizer.encoder = embedding > 0;
                    config.quantizer.decoder = tied;
                    Batch low = tokens(5, 4, 3), high = tokens(4, 3, 4);
                    for (auto& token : low.tokens) token %= 3;
                    for (auto& token : high.tokens) token = 3 + token % 4;
                    EXPECT_EQ(gradientsAfter(config, {low, high}), gradientsAfter(config, {high}))
                        << quantizer << (tied ? " tied" : "") << ", embedding " << embedding;
                }
}

TEST(Network, NamesTheRowsOfAnEmbeddingThatHaveAGradient) {
    NetworkConfig config = base();
    config.embedding = 6;
    Network<double> network(config, 1);
    Batch batch = tokens(2, 2, 3);
    batch.tokens = {5, 2, 5, 0};
    RecurrentState<double> state;
    network.forward(batch, Mode::train, state);
    network.backward();
    for (const Parameter<double>& p : network.parameters()) {
        if (p.name != "encoder.weight") {
            EXPECT_TRUE(p.gradientRows.empty()) << p.name;
            continue;
        }
        EXPECT_EQ(p.gradientRows, (std::vector<std::int32_t>{0, 2, 5}));
        for (std::size_t r = 0; r < p.rows(); ++r) {
            const bool named = r == 0 || r == 2 || r == 5;
            EXPECT_EQ(p.gradient[r * p.cols()] != 0, named) << r;
        }
    }
}

TEST(Network, EvaluationEqualsTrainingWithoutRandomness) {
    for (const char* norm : {"none", "weight", "layer", "batch_shared", "batch_separate"}) {
        SCOPED_TRACE(norm);
        NetworkConfig config = base(Cell::lstm, norm);
        config.dropout = {};
        Network<float> network(config, 1);
        const Batch batch = tokens(5, 4, 3);
        RecurrentState<float> a, b;
        const double trained = network.forward(batch, Mode::train, a).nats;
        const bool own = std::string(norm).rfind("batch", 0) == 0;
        const Mode mode = own ? Mode::evaluate_batch_statistics : Mode::evaluate;
        EXPECT_NEAR(trained, network.forward(batch, mode, b).nats, 1e-6);
    }
}

TEST(Network, DropoutFollowsTheStepAndStaysOutOfEvaluation) {
    NetworkConfig config = base();
    config.dropout = {0.4, 0, 0.4};
    Network<double> network(config, 1);
    const Batch batch = tokens(5, 4, 3);
    const auto loss = [&](std::uint64_t step, Mode mode) {
        RecurrentState<double> state;
        network.setStep(step);
        return network.forward(batch, mode, state).nats;
    };
    EXPECT_EQ(loss(1, Mode::train), loss(1, Mode::train));
    EXPECT_NE(loss(1, Mode::train), loss(2, Mode::train));
    EXPECT_EQ(loss(1, Mode::evaluate), loss(2, Mode::evaluate));
}

TEST(Network, TrueAverageIsTheMeanOverSteps) {
    Network<double> network(base(Cell::lstm, "batch_shared"), 1);
    const Batch batch = tokens(6, 4, 3);
    RecurrentState<double> state;
    EXPECT_THROW(network.forward(batch, Mode::evaluate_true_average, state), InputError);
    EXPECT_THROW(network.forward(batch, Mode::evaluate_step_average, state), InputError);
    network.beginStatisticsAverage();
    state = {};
    network.forward(batch, Mode::evaluate_batch_statistics, state);
    network.endStatisticsAverage();
    state = {};
    const double averaged = network.forward(batch, Mode::evaluate_true_average, state).nats;
    state = {};
    const double running = network.forward(batch, Mode::evaluate, state).nats;
    EXPECT_TRUE(std::isfinite(averaged));
    EXPECT_NE(averaged, running);
    for (const Parameter<double>& p : network.statistics()) {  // collecting moves nothing
        const bool mean = p.name.ends_with("mean");
        for (const double v : p.value) EXPECT_EQ(v, mean ? 0.0 : 1.0);
    }
}

TEST(Network, OrthogonalStart) {
    NetworkConfig config = base();
    config.init.recurrent = "orthogonal_identity";
    config.init.forgetBias = 1;
    Network<double> network(config, 1);
    const MatrixView<double> w = network.parameters().at("rnn.weight_hh_l0").view();
    for (std::size_t g = 0; g < 4; ++g)
        for (std::size_t i = 0; i < 6; ++i)
            for (std::size_t j = 0; j < 6; ++j) {
                double dot = 0;
                for (std::size_t k = 0; k < 6; ++k) dot += w(g * 6 + i, k) * w(g * 6 + j, k);
                EXPECT_NEAR(dot, i == j ? 1 : 0, 1e-12);
                if (g == 2) {
                    EXPECT_EQ(w(12 + i, j), i == j ? 1 : 0);
                }
            }
    const auto& bias = network.parameters().at("rnn.bias_ih_l0").value;
    for (std::size_t i = 0; i < 24; ++i) EXPECT_EQ(bias[i], i / 6 == 1 ? 1.0 : 0.0);
}

TEST(Network, RefusesImpossibleConfigurations) {
    const struct {
        const char* field;
        std::function<void(NetworkConfig&)> change;
    } cases[] = {
        {"model.tied", [](auto& c) { c.embedding = 4, c.tied = true; }},
        {"model.tied", [](auto& c) { c.tied = true; }},
        {"normalization.cell", [](auto& c) { c.normalization.cell = true; }},
        {"normalization.cell",
         [](auto& c) { c.normalization.cell = true, c.normalization.method = "weight"; }},
        {"normalization.cell",
         [](auto& c) {
             c.cell = Cell::gru, c.normalization.cell = true, c.normalization.method = "layer";
         }},
        {"normalization.method", [](auto& c) { c.normalization.method = "group"; }},
        {"model.embedding",
         [](auto& c) {
             c.vocabulary = 0, c.features = 2, c.embedding = 3, c.task = Task::labelling;
         }},
        {"model.features", [](auto& c) { c.vocabulary = 0, c.features = 2; }},
        {"model.hidden", [](auto& c) { c.hidden = 0; }},
        {"model.hidden", [](auto& c) { c.hidden = 2000000000; }},
        {"model.layers", [](auto& c) { c.layers = -1; }},
        {"model.outputs", [](auto& c) { c.outputs = 3; }},
        {"model.dropout.output", [](auto& c) { c.dropout.output = 1; }},
        {"model.dropout.between", [](auto& c) { c.dropout.between = 0.5; }},
        {"quantizer", [](auto& c) { c.quantizer.bits = 5; }},
        {"quantizer.tensors", [](auto& c) { c.quantizer.encoder = true; }},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.field);
        NetworkConfig config = base();
        c.change(config);
        try {
            Network<float> network(config, 1);
            ADD_FAILURE() << "accepted";
        } catch (const InputError& error) {
            EXPECT_EQ(error.field(), c.field) << error.what();
        }
    }
}

TEST(Network, RefusesBatchesThatDoNotFit) {
    Network<float> network(base(Cell::lstm, "batch_shared"), 1);
    RecurrentState<float> state;
    Batch batch = tokens(3, 1, 1);
    EXPECT_THROW(network.forward(batch, Mode::train, state), InputError);
    EXPECT_NO_THROW(network.forward(batch, Mode::evaluate, state));
    EXPECT_THROW(network.forward(tokens(3, 2, 1), Mode::evaluate, state), InputError);
    state = {};
    batch = tokens(3, 2, 1);
    batch.tokens[2] = 7;
    EXPECT_THROW(network.forward(batch, Mode::evaluate, state), InputError);
    batch = tokens(3, 2, 1);
    batch.targets[0] = 9;
    EXPECT_THROW(network.forward(batch, Mode::evaluate, state), InputError);
    batch = tokens(3, 2, 1);
    batch.tokens.pop_back();
    EXPECT_THROW(network.forward(batch, Mode::evaluate, state), InputError);
    EXPECT_THROW(network.backward(), WorkError);
}

}  // namespace
}  // namespace bitloom
