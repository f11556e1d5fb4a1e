// Recomputation in segments changes no bit: losses, states, gradients, their norms a step and
// running statistics are those of a pass that keeps the whole window.

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "math/rng.h"
#include "math/threads.h"
#include "nn/layer_trace.h"
#include "nn/network.h"

namespace bitloom {
namespace {

constexpr std::size_t k_steps = 11;

struct Case {
    std::string name;
    NetworkConfig config;
    std::size_t batch = 13;
};

NetworkConfig base(Cell cell, const std::string& norm, int layers) {
    NetworkConfig c;
    c.cell = cell;
    c.layers = layers;
    c.hidden = 20;
    c.vocabulary = c.outputs = 17;
    c.quantizer.method = "binary_connect";
    c.quantizer.bits = 1;
    c.normalization.method = norm;
    c.normalization.maxSteps = 5;
    return c;
}

void readFrames(NetworkConfig& c, int features) {
    c.vocabulary = 0;
    c.features = features;
    c.outputs = 10;
    c.task = Task::classification;
}

/// Every way a layer reads its input, under every cell and normalization.
std::vector<Case> cases() {
    std::vector<Case> all;
    for (const Cell cell : {Cell::lstm, Cell::gru})
        for (const char* norm : {"none", "weight", "layer", "batch_shared", "batch_separate"}) {
            const std::string prefix = (cell == Cell::lstm ? "lstm_" : "gru_") + std::string(norm);
            for (int layers = 1; layers <= 3; ++layers)
                all.push_back(
                    {prefix + "_" + std::to_string(layers) + "_layers", base(cell, norm, layers)});
            NetworkConfig c = base(cell, norm, 2);
            c.dropout = {0.2, 0.3, 0.2};
            all.push_back({prefix + "_dropout", c});
            c.embedding = 12;
            all.push_back({prefix + "_embedding", c});
            c = base(cell, norm, 1);
            readFrames(c, 1);
            c.init.learnableState = true;
            c.init.stateNoise = 0.1;
            all.push_back({prefix + "_pixels", c});
            readFrames(c, 5);
            all.push_back({prefix + "_narrow", c});
            readFrames(c, 12);
            all.push_back({prefix + "_wide", c});
            if (cell == Cell::gru || std::string(norm) == "none" || std::string(norm) == "weight")
                continue;
            c = base(cell, norm, 2);
            c.normalization.cell = true;
            all.push_back({prefix + "_with_cell", c});
        }
    // Sums longer than products take at once, blocks of steps that end inside segments.
    for (const Cell cell : {Cell::lstm, Cell::gru})
        for (const std::size_t batch : {2u, 90u}) {
            NetworkConfig c = base(cell, cell == Cell::lstm ? "none" : "batch_shared", 1);
            c.hidden = 140;
            c.embedding = 520;
            all.push_back({std::string(cell == Cell::lstm ? "lstm" : "gru") + "_long_sums_" +
                               std::to_string(batch),
                           c, batch});
        }
    return all;
}

Batch makeBatch(const Case& c, std::uint64_t seed) {
    const NetworkConfig& config = c.config;

    Batch batch;
    batch.steps = k_steps;
    batch.size = c.batch;
    batch.features = static_cast<std::size_t>(config.features);
    Rng rng(seed);
    const auto below = [&](int n) {
        return static_cast<std::int32_t>(rng.below(static_cast<std::uint32_t>(n)));
    };
    const std::size_t rows = k_steps * c.batch;
    if (config.features > 0)
        for (std::size_t i = 0; i < rows * batch.features; ++i)
            batch.frames.push_back(rng.uniform());
    else
        for (std::size_t i = 0; i < rows; ++i) batch.tokens.push_back(below(config.vocabulary));
    const bool sequence = config.task == Task::classification;
    for (std::size_t i = 0; i < (sequence ? c.batch : rows); ++i)
        batch.targets.push_back(below(config.outputs));
    return batch;
}

template <class T>
using Outcome = std::map<std::string, std::vector<T>>;

/// Two windows, the second from the first's state, and all they leave.
template <class T>
Outcome<T> train(const Case& c, std::size_t recompute, Precision precision, int budget) {
    const NetworkConfig& config = c.config;
    setThreads(budget);
    Network<T> network(config, 3);
    network.setPrecision(precision);
    network.setRecompute(recompute);
    RecurrentState<T> state;
    Outcome<T> outcome;
    for (int window = 0; window < 2; ++window) {
        const std::string at = " of window " + std::to_string(window);
        network.setStep(static_cast<std::uint64_t>(window));
        const Batch batch = makeBatch(c, static_cast<std::uint64_t>(window) + 9);
        outcome["loss" + at] = {static_cast<T>(network.forward(batch, Mode::train, state).nats)};
        for (std::size_t l = 0; l < state.h.size(); ++l) {
            outcome["h" + std::to_string(l) + at] = {state.h[l].span().begin(),
                                                     state.h[l].span().end()};
            if (config.cell == Cell::lstm)
                outcome["c" + std::to_string(l) + at] = {state.c[l].span().begin(),
                                                         state.c[l].span().end()};
        }
        network.backward();
        for (const auto* norms : {&network.hiddenGradientNorms(), &network.cellGradientNorms()})
            for (const std::vector<double>& layer : *norms)
                outcome["norms" + at].insert(outcome["norms" + at].end(), layer.begin(),
                                             layer.end());
        for (const Parameter<T>& p : network.parameters())
            outcome[p.name + at].assign(p.gradient.begin(), p.gradient.end());
    }
    for (const Parameter<T>& p : network.statistics())
        outcome[p.name].assign(p.value.begin(), p.value.end());
    return outcome;
}

template <class T>
void compare(const Outcome<T>& got, const Outcome<T>& expected) {
    ASSERT_EQ(got.size(), expected.size());
    for (const auto& [name, values] : expected) EXPECT_EQ(got.at(name), values) << name;
}

class Recompute : public testing::TestWithParam<Case> {
protected:
    void TearDown() override { setThreads(1); }
};

TEST_P(Recompute, ChangesNoBit) {
    const Case& c = GetParam();
    const Outcome<float> expected = train<float>(c, 0, Precision::fp32, 1);
    for (const std::size_t segment : {1u, 2u, 4u, 5u, 10u, 11u, 100u}) {
        SCOPED_TRACE("segments of " + std::to_string(segment));
        compare(train<float>(c, segment, Precision::fp32, 1), expected);
    }
}

/// Members of a team meet between the directions, so that no exchange of batch norm's is
/// overwritten.
TEST_P(Recompute, ChangesNoBitOfATeam) {
    const Case& c = GetParam();
    const Outcome<float> expected = train<float>(c, 0, Precision::fp32, 2);
    for (const std::size_t segment : {2u, 5u})
        compare(train<float>(c, segment, Precision::fp32, 2), expected);
}

TEST_P(Recompute, ChangesNoBitOfRoundedProducts) {
    const Case& c = GetParam();
    const Outcome<float> expected = train<float>(c, 0, Precision::bf16, 1);
    for (const std::size_t segment : {1u, 4u})
        compare(train<float>(c, segment, Precision::bf16, 1), expected);
}

TEST_P(Recompute, ChangesNoBitOfDoubles) {
    const Case& c = GetParam();
    compare(train<double>(c, 3, Precision::fp32, 1), train<double>(c, 0, Precision::fp32, 1));
}

INSTANTIATE_TEST_SUITE_P(All, Recompute, testing::ValuesIn(cases()),
                         [](const auto& test) { return test.param.name; });

TEST(RecomputePasses, LeaveProbesTheWholeWindow) {
    NetworkConfig config = base(Cell::lstm, "batch_shared", 2);
    Network<float> network(config, 3);
    network.setRecompute(2);
    RecurrentState<float> state;
    const Case whole{"", config};
    const Batch batch = makeBatch(whole, 9);
    network.forward(batch, Mode::train, state);
    EXPECT_EQ(network.cellStates(0).data, nullptr);
    EXPECT_EQ(network.hiddenStates(0).rows, k_steps * whole.batch);
    network.backward();
    network.forward(batch, Mode::probe, state);
    EXPECT_EQ(network.trace(1).gates.rows, k_steps * whole.batch);
    EXPECT_EQ(network.trace(1).cells.rows, (k_steps + 1) * whole.batch);
    network.backward();
    network.forward(batch, Mode::evaluate, state);
    EXPECT_EQ(network.cellStates(0).data, nullptr);
}

}  // namespace
}  // namespace bitloom
