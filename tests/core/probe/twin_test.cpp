// Gradients, bounds, tightness and Jacobians against the plain network of naive_network.h, in
// double, to 1e-9.

#include <gtest/gtest.h>

#include <Eigen/SVD>
#include <algorithm>
#include <cmath>
#include <memory>

#include "naive_network.h"
#include "nn/layer_trace.h"
#include "probe/prober.h"
#include "probe/state_gradients.h"
#include "probe/state_jacobian.h"
#include "support.h"

namespace bitloom {
namespace {

using Nudge = NaiveNetwork::Nudge;

struct Case {
    Cell cell;
    std::string norm;
    std::string quantizer;
    int layers;
    bool normalizeCell;
};

std::vector<Case> cases() {
    std::vector<Case> all;
    for (const Cell cell : {Cell::lstm, Cell::gru})
        for (const char* norm : {"none", "weight", "layer", "batch_shared", "batch_separate"}) {
            all.push_back({cell, norm, "binary_connect", 2, false});
            all.push_back({cell, norm, "", 1, false});
            if (cell == Cell::lstm && std::string(norm) != "none" && std::string(norm) != "weight")
                all.push_back({cell, norm, "bwn", 1, true});
        }
    return all;
}

class TwinTest : public testing::TestWithParam<Case> {
protected:
    static constexpr std::size_t steps = 5, size = 4;

    void SetUp() override {
        const Case& c = GetParam();
        m_config = smallNetwork(c.cell, c.norm, c.quantizer, c.layers);
        m_config.normalization.cell = c.normalizeCell;
        m_network = std::make_unique<Network<double>>(m_config, 3);
        shake(*m_network, 7);
        m_naive = std::make_unique<NaiveNetwork>(*m_network);
        m_batch = randomBatch(steps, size, m_config.vocabulary, 11);
    }
    void forward() {
        RecurrentState<double> state;
        const LossResult loss = m_network->forward(m_batch, Mode::probe, state);
        EXPECT_NEAR(loss.nats, m_naive->loss(m_batch, false).real(), 1e-12);
    }
    std::size_t layers() const { return static_cast<std::size_t>(m_config.layers); }
    std::size_t hidden() const { return static_cast<std::size_t>(m_config.hidden); }
    bool lstm() const { return m_config.cell == Cell::lstm; }

    double norm(Nudge nudge, bool lastOnly) {
        double squares = 0;
        for (nudge.unit = 0; nudge.unit < hidden(); ++nudge.unit) {
            const double d = m_naive->derivative(m_batch, lastOnly, nudge);
            squares += d * d;
        }
        return std::sqrt(squares);
    }
    /// Spectral norms of the gates of layer l, by a full decomposition.
    std::vector<double> gateNorms(std::size_t l) {
        const auto& w = m_naive->weight("rnn.weight_hh_l" + std::to_string(l));
        std::vector<double> norms;
        for (std::size_t g = 0; g * hidden() < w.size(); ++g) {
            Eigen::MatrixXd m(hidden(), hidden());
            for (std::size_t i = 0; i < hidden(); ++i)
                for (std::size_t j = 0; j < hidden(); ++j)
                    m(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) =
                        w[g * hidden() + i][j];
            norms.push_back(Eigen::JacobiSVD<Eigen::MatrixXd>(m).singularValues()(0));
        }
        return norms;
    }
    void expectNear(double is, double should) {
        EXPECT_NEAR(is, should, 1e-9 * std::max(1e-3, std::abs(should)));
    }

    NetworkConfig m_config;
    std::unique_ptr<Network<double>> m_network;
    std::unique_ptr<NaiveNetwork> m_naive;
    Batch m_batch;
};

TEST_P(TwinTest, StateGradientsOfTheWholeAndOfTheLastLoss) {
    for (const bool lastOnly : {false, true}) {
        forward();
        StateGradients<double> is(m_config.layers, size, true);
        m_network->backward({&is, lastOnly});
        for (std::size_t l = 0; l < layers(); ++l)
            for (std::size_t t = 0; t < steps; ++t)
                for (std::size_t b = 0; b < size; ++b) {
                    const StateGradientNorms& norms = is.norms()[l];
                    expectNear(norms.hidden(t, b),
                               norm({Nudge::Kind::hidden, l, t, b, 0}, lastOnly));
                    if (t + 1 < steps)
                        expectNear(norms.flow(t, b),
                                   norm({Nudge::Kind::recurrent, l, t, b, 0}, lastOnly));
                    if (lstm())
                        expectNear(norms.cell(t, b),
                                   norm({Nudge::Kind::cell, l, t, b, 0}, lastOnly));
                }
    }
}

/// The bound and its tightness, written down again from methods.md.
TEST_P(TwinTest, BoundsAndTightness) {
    if (m_config.normalization.cell) GTEST_SKIP() << "methods.md states no form for it";
    ProberOptions options;
    options.spectralTolerance = 1e-13;
    Prober<double> prober(m_config, 3, options);
    const ProbeRows rows = prober.probe(*m_network, m_batch, {}, 1);
    ASSERT_TRUE(rows.bounds);
    m_naive->loss(m_batch, false);
    const std::string& method = m_config.normalization.method;
    const bool batch = method.starts_with("batch_");
    for (std::size_t l = 0; l < layers(); ++l) {
        const std::vector<double> w = gateNorms(l);
        const LayerBound& is = rows.bounds->layers[l];
        const Parameter<double>* gain =
            m_network->parameters().find("rnn.norm_hh_l" + std::to_string(l) + ".weight");
        const auto ratio = [&](std::size_t t, std::size_t b, std::size_t gate) {
            if (method == "none" || method == "weight") return 1.0;
            double largest = 0;
            for (std::size_t j = gate * hidden(); j < (gate + 1) * hidden(); ++j)
                largest = std::max(
                    largest, std::abs(gain->value[j]) * (batch ? m_naive->inverse[l][t][0][j]
                                                               : m_naive->inverse[l][t][b][gate]));
            return largest;
        };
        const auto flow = [&](std::size_t t, std::size_t b) {
            return norm({Nudge::Kind::recurrent, l, t, b, 0}, false);
        };
        const auto dh = [&](std::size_t t, std::size_t b) {
            return norm({Nudge::Kind::hidden, l, t, b, 0}, false);
        };
        const auto dc = [&](std::size_t t, std::size_t b) {
            return lstm() && t < steps ? norm({Nudge::Kind::cell, l, t, b, 0}, false) : 0.0;
        };
        const auto overBatch = [&](auto f, std::size_t t) {
            double squares = 0;
            for (std::size_t b = 0; b < size; ++b) squares += f(t, b) * f(t, b);
            return std::sqrt(squares);
        };
        std::vector<double> lambda1(batch ? 1 : size, 0), lambda2(lambda1);
        for (std::size_t t = 1; t < steps; ++t) {
            double tightest = 0;
            for (std::size_t b = 0; b < lambda1.size(); ++b) {
                double l1 = 0, l2 = 0;
                if (lstm()) {
                    double c1 = 0;
                    for (std::size_t u = 0; u < steps; ++u)
                        for (std::size_t s = 0; s < size; ++s)
                            if (batch || s == b)
                                for (const auto& c : m_naive->cells[l][u][s])
                                    c1 = std::max(c1, std::abs(c.real()));
                    double k[4];
                    for (std::size_t g = 0; g < 4; ++g) k[g] = ratio(t, b, g) * w[g];
                    if (batch) {
                        l2 = k[0] * k[0] / 2 + c1 * c1 / 2 * k[1] * k[1] + 8 * k[2] * k[2];
                        l1 = l2 + k[3] * k[3] / 4;
                    } else {
                        l2 = k[0] / 4 + c1 * k[1] / 4 + k[2];
                        l1 = l2 + k[3] / 4;
                    }
                } else {
                    // The engine's own gates; the naive twin checks the states they make.
                    RecurrentState<double> state;
                    m_network->forward(m_batch, Mode::probe, state);
                    const LayerTrace<double> trace = m_network->trace(static_cast<int>(l));
                    double z = 0, rest = 0, difference = 0, m = 0;
                    for (std::size_t s = 0; s < size; ++s)
                        for (std::size_t j = 0; (batch || s == b) && j < hidden(); ++j) {
                            const double* gates = trace.at(trace.gates, t).row(s);
                            const double before = m_naive->hidden[l][t - 1][s][j].real();
                            z = std::max(z, gates[hidden() + j]);
                            rest = std::max(rest, 1 - gates[hidden() + j]);
                            difference =
                                std::max(difference, std::abs(before - gates[2 * hidden() + j]));
                            m = std::max(m, std::abs(trace.at(trace.inner, t)(s, j)));
                        }
                    l1 = z + difference * ratio(t, b, 1) * w[1] / 4 +
                         rest * (ratio(t, b, 2) * w[2] + m * ratio(t, b, 0) * w[0] / 4);
                }
                lambda1[b] = std::max(lambda1[b], l1);
                lambda2[b] = std::max(lambda2[b], l2);
                const double left = batch ? overBatch(flow, t - 1) : flow(t - 1, b);
                const double h = batch ? overBatch(dh, t) : dh(t, b);
                const double c = t + 1 == steps ? 0 : batch ? overBatch(dc, t + 1) : dc(t + 1, b);
                const double right =
                    is.squared ? std::sqrt(l1 * h * h + l2 * c * c) : l1 * h + l2 * c;
                tightest = std::max(tightest, left / right);
            }
            expectNear(is.tightness[t - 1], tightest);
            EXPECT_LE(tightest, 1);
        }
        double mean = 0;
        for (const double v : lambda1) mean += v / static_cast<double>(lambda1.size());
        expectNear(is.lambda1, mean);
        expectNear(is.lambda1Largest, *std::max_element(lambda1.begin(), lambda1.end()));
        if (lstm())
            expectNear(is.lambda2Largest, *std::max_element(lambda2.begin(), lambda2.end()));
    }
}

TEST_P(TwinTest, StateJacobians) {
    forward();
    const std::size_t n = hidden() * (lstm() ? 2 : 1);
    const bool batch = m_config.normalization.method.starts_with("batch_");
    for (const BatchNormJacobian kind : {BatchNormJacobian::constant, BatchNormJacobian::whole})
        for (std::size_t l = 0; l < layers(); ++l) {
            StateJacobian<double> jacobian(m_network->trace(static_cast<int>(l)), {0, 1, 2, 3},
                                           kind);
            ASSERT_EQ(jacobian.stateSize(), n);
            for (std::size_t t = 1; t < steps; ++t) {
                // A nudge of one number of one sample's state, and one of all at once.
                Matrix<double> tangents(2 * size, n);
                Rng rng(t, 5);
                tangents.fill(0);
                tangents(2, t % n) = 1;
                for (std::size_t b = 0; b < size; ++b)
                    for (std::size_t j = 0; j < n; ++j) tangents(size + b, j) = rng.normal();
                const Matrix<double> before = tangents;
                jacobian.apply(t, tangents.view());
                for (std::size_t k = 0; k < 2; ++k) {
                    NaiveNetwork::Rows h = m_naive->hidden[l][t - 1], c = m_naive->cells[l][t - 1];
                    for (std::size_t b = 0; b < size; ++b)
                        for (std::size_t j = 0; j < n; ++j)
                            (j < hidden() ? h[b][j] : c[b][j - hidden()]) += NaiveNetwork::Number(
                                0, NaiveNetwork::nudgeSize * before(k * size + b, j));
                    m_naive->step(l, m_naive->inputs[l][t], h, c,
                                  batch && kind == BatchNormJacobian::constant);
                    for (std::size_t b = 0; b < size; ++b)
                        for (std::size_t j = 0; j < n; ++j)
                            expectNear(tangents(k * size + b, j),
                                       (j < hidden() ? h[b][j] : c[b][j - hidden()]).imag() /
                                           NaiveNetwork::nudgeSize);
                }
            }
        }
}

INSTANTIATE_TEST_SUITE_P(AllCells, TwinTest, testing::ValuesIn(cases()), [](const auto& one) {
    const Case& c = one.param;
    return std::string(c.cell == Cell::lstm ? "lstm_" : "gru_") + c.norm + "_" +
           (c.quantizer.empty() ? "full" : c.quantizer) + (c.normalizeCell ? "_cell" : "");
});

}  // namespace
}  // namespace bitloom
