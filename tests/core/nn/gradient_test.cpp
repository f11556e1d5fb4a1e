// Numeric gradients in double: every cell, normalization and task, central differences against
// backward(). Straight-through quantizers have no numeric gradient; the reference vectors cover
// them.

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "math/rng.h"
#include "math/threads.h"
#include "nn/network.h"

namespace bitloom {
namespace {

struct Case {
    std::string name;
    NetworkConfig config;
};

NetworkConfig base(Cell cell, const std::string& norm) {
    NetworkConfig c;
    c.cell = cell;
    c.hidden = 5;
    c.vocabulary = 6;
    c.outputs = 6;
    c.normalization.method = norm;
    c.normalization.maxSteps = 3;
    c.init.decoderBound = 1;
    return c;
}

std::vector<Case> cases() {
    std::vector<Case> all;
    for (const Cell cell : {Cell::lstm, Cell::gru}) {
        const std::string prefix = cell == Cell::lstm ? "lstm_" : "gru_";
        for (const char* norm : {"none", "weight", "layer", "batch_shared", "batch_separate"}) {
            NetworkConfig c = base(cell, norm);
            all.push_back({prefix + norm, c});
            c.layers = 2;
            c.embedding = 4;
            c.dropout = {0.3, 0.2, 0.25};
            c.init.learnableState = true;
            c.init.stateNoise = 0.1;
            all.push_back({prefix + norm + "_two_layers_embedding_dropout_state", c});
            c = base(cell, norm);
            c.dropout.input = 0.3;
            all.push_back({prefix + norm + "_one_hot_dropout", c});
            c = base(cell, norm);
            c.vocabulary = 0;
            c.features = 3;
            c.outputs = 4;
            c.task = Task::classification;
            c.dropout.input = 0.2;
            all.push_back({prefix + norm + "_classification", c});
            c.outputs = 1;
            c.task = Task::regression;
            c.dropout = {0, 0, 0.3};
            all.push_back({prefix + norm + "_regression", c});
        }
        // Wide inputs go through packed products, one number through its own norms.
        for (const char* norm : {"none", "layer", "batch_shared"}) {
            NetworkConfig c = base(cell, norm);
            c.embedding = 9;
            all.push_back({prefix + norm + "_wide", c});
            c = base(cell, norm);
            c.vocabulary = 0;
            c.features = 1;
            c.outputs = 4;
            c.task = Task::classification;
            all.push_back({prefix + norm + "_pixels", c});
            c.layers = 2;
            all.push_back({prefix + norm + "_pixels_two_layers", c});
        }
        NetworkConfig c = base(cell, "none");
        c.embedding = 5;
        c.tied = true;
        all.push_back({prefix + "tied", c});
        c = base(cell, "layer");
        c.outputs = 3;
        c.task = Task::labelling;
        all.push_back({prefix + "labelling", c});
    }
    for (const char* norm : {"layer", "batch_shared", "batch_separate"}) {
        NetworkConfig c = base(Cell::lstm, norm);
        c.normalization.cell = true;
        all.push_back({std::string("lstm_normalized_cell_") + norm, c});
    }
    return all;
}

Batch makeBatch(const NetworkConfig& c) {
    Batch batch;
    batch.steps = 4;
    batch.size = 9;  // two threads take four and five rows
    batch.features = static_cast<std::size_t>(c.features);
    Rng rng(11);
    const std::size_t rows = batch.steps * batch.size;
    if (c.features > 0)
        for (std::size_t i = 0; i < rows * batch.features; ++i)
            batch.frames.push_back(rng.uniform() * 2 - 1);
    else
        for (std::size_t i = 0; i < rows; ++i)
            batch.tokens.push_back(static_cast<std::int32_t>(rng.below(6)));
    const bool sequence = c.task == Task::classification || c.task == Task::regression;
    // Images are of one length: no gradient from above in all steps but the last.
    if (sequence && c.features > 1) batch.lengths = {4, 2, 3, 4, 4, 1, 2, 4, 3};
    if (c.task == Task::regression) batch.lengths[5] = 3;  // none in the first step
    if (c.task == Task::regression) {
        batch.values = {0.5F, -1.0F, 0.25F, 0, 1, 2, -0.5F, 0.75F, -2};
        return batch;
    }
    for (std::size_t i = 0; i < (sequence ? batch.size : rows); ++i)
        batch.targets.push_back(
            static_cast<std::int32_t>(rng.below(static_cast<std::uint32_t>(c.outputs))));
    if (c.task == Task::labelling) batch.targets[2] = batch.targets[7] = -1;
    return batch;
}

double lossOf(Network<double>& network, const Batch& batch) {
    network.weightsChanged();
    RecurrentState<double> state;
    return network.forward(batch, Mode::train, state).nats;
}

TEST(Gradient, EqualsCentralDifferences) {
    const int former = threads();
    setThreads(2);
    for (const Case& c : cases()) {
        SCOPED_TRACE(c.name);
        Network<double> network(c.config, 3);
        network.setStep(7);
        Rng rng(5);
        for (Parameter<double>& p : network.parameters())  // away from symmetric starts
            for (double& v : p.value) v += 0.3 * (rng.uniformDouble() - 0.5);
        const Batch batch = makeBatch(c.config);
        // Twice: the second time meets what the first has left.
        for (int pass = 0; pass < 2; ++pass) {
            lossOf(network, batch);
            network.backward();
        }
        for (Parameter<double>& p : network.parameters()) {
            const Buffer<double> analytic = p.gradient;
            double difference = 0, size = 0;
            for (std::size_t i = 0; i < p.value.size(); ++i) {
                const double kept = p.value[i];
                constexpr double h = 1e-6;
                p.value[i] = kept + h;
                const double above = lossOf(network, batch);
                p.value[i] = kept - h;
                const double below = lossOf(network, batch);
                p.value[i] = kept;
                const double numeric = (above - below) / (2 * h);
                difference += (numeric - analytic[i]) * (numeric - analytic[i]);
                size += numeric * numeric;
            }
            EXPECT_LT(std::sqrt(difference), 2e-6 * std::sqrt(size) + 1e-7) << p.name;
        }
    }
    setThreads(former);
}

}  // namespace
}  // namespace bitloom
