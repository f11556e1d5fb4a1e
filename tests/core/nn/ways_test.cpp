// The same window on several ways: one thread or a team, training in tiles or with whole logits,
// fp32 or bf16 products, the own norms of scalar and one-hot inputs or the general ones, gates kept
// or worked out again.

#include <gtest/gtest.h>

#include <cmath>
#include <map>
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
    std::size_t steps = 6, batch = 21;
};

NetworkConfig base(Cell cell, const char* norm) {
    NetworkConfig c;
    c.cell = cell;
    c.hidden = 24;
    c.vocabulary = 30;
    c.outputs = 30;
    c.quantizer.method = "binary_connect";
    c.quantizer.bits = 1;
    c.normalization.method = norm;
    c.normalization.maxSteps = 5;
    return c;
}

std::vector<Case> cases() {
    std::vector<Case> all;
    for (const Cell cell : {Cell::lstm, Cell::gru})
        for (const char* norm : {"none", "weight", "layer", "batch_shared", "batch_separate"}) {
            const std::string prefix = (cell == Cell::lstm ? "lstm_" : "gru_") + std::string(norm);
            NetworkConfig c = base(cell, norm);
            c.layers = 2;
            c.dropout = {0.1, 0.2, 0.1};
            all.push_back({prefix + "_two_layers", c});
            all.push_back({prefix + "_characters", base(cell, norm)});
            c = base(cell, norm);
            c.vocabulary = c.outputs = 11000;  // a decoder whose gradient is summed at the end
            c.embedding = 20;
            all.push_back({prefix + "_many_words", c, 3, 17});
            // Blocks of steps end inside the window, inputs of a few steps are multiplied at once.
            c = base(cell, norm);
            c.layers = 2;
            c.embedding = 20;
            all.push_back({prefix + "_blocks", c, 7, 200});
            all.push_back({prefix + "_wide_batch", c, 5, 300});
            c = base(cell, norm);
            c.vocabulary = 0;
            c.features = 1;
            c.outputs = 10;
            c.task = Task::classification;
            c.init.learnableState = true;
            c.init.stateNoise = 0.1;
            all.push_back({prefix + "_pixels", c, 9, 40});
        }
    // Several tiles a thread with a decoder that is not packed.
    NetworkConfig c = base(Cell::lstm, "layer");
    c.vocabulary = c.outputs = 11000;
    c.embedding = 20;
    all.push_back({"long_text", c, 6, 140});
    c.embedding = c.hidden;
    c.tied = true;
    all.push_back({"long_text_tied", c, 6, 140});
    return all;
}

Batch makeBatch(const Case& c) {
    Batch batch;
    batch.steps = c.steps;
    batch.size = c.batch;
    batch.features = static_cast<std::size_t>(c.config.features);
    Rng rng(17);
    const std::size_t rows = batch.steps * batch.size;
    const auto below = [&](int n) {
        return static_cast<std::int32_t>(rng.below(static_cast<std::uint32_t>(n)));
    };
    for (std::size_t i = 0; i < rows; ++i)
        if (c.config.features)
            batch.frames.push_back(rng.uniform());
        else
            batch.tokens.push_back(below(c.config.vocabulary));
    const bool sequence = c.config.task == Task::classification;
    for (std::size_t i = 0; i < (sequence ? batch.size : rows); ++i)
        batch.targets.push_back(below(c.config.outputs));
    return batch;
}

/// What a training step leaves: gradients, running statistics, loss.
using Outcome = std::map<std::string, std::vector<double>>;

template <class T>
Outcome trainOnce(const Case& c, Mode mode, Precision precision, int budget) {
    setThreads(budget);
    Network<T> network(c.config, 3);
    network.setPrecision(precision);
    network.setStep(4);
    const Batch batch = makeBatch(c);
    RecurrentState<T> state;
    Outcome outcome;
    for (int round = 0; round < 2; ++round)
        outcome["loss"] = {network.forward(batch, mode, state).nats};
    network.backward();
    for (const Parameter<T>& p : network.parameters())
        outcome[p.name].assign(p.gradient.begin(), p.gradient.end());
    for (const Parameter<T>& p : network.statistics())
        outcome[p.name].assign(p.value.begin(), p.value.end());
    for (std::size_t l = 0; l < state.h.size(); ++l) {
        auto& out = outcome["h" + std::to_string(l)];
        out.assign(state.h[l].span().begin(), state.h[l].span().end());
    }
    return outcome;
}

/// Largest |a - b| / |b| of the tensors, 2-norms; and where.
std::pair<double, std::string> difference(const Outcome& a, const Outcome& b) {
    std::pair<double, std::string> worst{0, "nothing"};
    for (const auto& [name, right] : b) {
        const std::vector<double>& left = a.at(name);
        double off = 0, size = 0;
        for (std::size_t i = 0; i < right.size(); ++i) {
            off += (left[i] - right[i]) * (left[i] - right[i]);
            size += right[i] * right[i];
        }
        const double relative = std::sqrt(off) / (std::sqrt(size) + 1e-9);
        if (!(relative <= worst.first)) worst = {relative, name};
    }
    return worst;
}

class Ways : public testing::Test {
protected:
    ~Ways() override { setThreads(m_former); }

private:
    int m_former = threads();
};

TEST_F(Ways, AllLeadToTheSameStep) {
    for (const Case& c : cases()) {
        SCOPED_TRACE(c.name);
        const Outcome alone = trainOnce<double>(c, Mode::train, Precision::fp32, 1);
        for (const int budget : {2, 3}) {
            const auto [off, where] =
                difference(trainOnce<double>(c, Mode::train, Precision::fp32, budget), alone);
            EXPECT_LT(off, 1e-10) << where << ", " << budget << " threads in double";
        }
        for (const int budget : {1, 2}) {
            const auto [off, where] =
                difference(trainOnce<float>(c, Mode::train, Precision::fp32, budget), alone);
            // Batch norm divides by small deviations of few rows.
            EXPECT_LT(off, 2e-3) << where << ", " << budget << " threads in float";
        }
    }
}

TEST_F(Ways, ProbingLeavesTheGradientsOfTraining) {
    for (Case c : cases()) {
        SCOPED_TRACE(c.name);
        Outcome trained = trainOnce<double>(c, Mode::train, Precision::fp32, 2);
        Outcome probed = trainOnce<double>(c, Mode::probe, Precision::fp32, 2);
        for (auto* outcome : {&trained, &probed})  // probing lets running statistics stay
            std::erase_if(*outcome, [](const auto& item) {
                return item.first.find("running") != std::string::npos;
            });
        const auto [off, where] = difference(probed, trained);
        // The gradient of a pixel's weight under batch norm is what cancellation leaves: eps.
        EXPECT_LT(off, c.config.features == 1 ? 1e-6 : 1e-10) << where;
    }
}

TEST_F(Ways, RoundedProductsStayNear) {
    for (Case c : cases()) {
        SCOPED_TRACE(c.name);
        // +-1 weights without normalization make gradients grow, and every difference with them.
        if (c.config.normalization.method == "none") c.config.quantizer = {};
        const Outcome exact = trainOnce<float>(c, Mode::train, Precision::fp32, 2);
        const Outcome rounded = trainOnce<float>(c, Mode::train, Precision::bf16, 2);
        const auto [off, where] = difference(rounded, exact);
        EXPECT_LT(off, 0.15) << where;
        EXPECT_GT(off, 1e-5) << "nothing was rounded";
        const double loss = exact.at("loss")[0];
        EXPECT_NEAR(rounded.at("loss")[0], loss, 0.01 * loss);
    }
}

TEST(Precision, DoubleHasNoBFloat16) {
    NetworkConfig config = base(Cell::lstm, "none");
    Network<double> network(config, 1);
    EXPECT_ANY_THROW(network.setPrecision(Precision::bf16));
}

}  // namespace
}  // namespace bitloom
