// Lyapunov exponents against known answers.

#include "probe/lyapunov.h"

#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>
#include <Eigen/QR>
#include <cmath>
#include <numbers>

#include "nn/layer_trace.h"
#include "probe/lyapunov_probe.h"
#include "probe/prober.h"
#include "support.h"

namespace bitloom {
namespace {

/// Rows of tangents times J^T.
void multiply(const Eigen::MatrixXd& j, MatrixView<double> tangents) {
    for (std::size_t r = 0; r < tangents.rows; ++r) {
        Eigen::Map<Eigen::VectorXd> row(tangents.row(r), static_cast<Eigen::Index>(tangents.cols));
        row = (j * row).eval();
    }
}

TEST(Lyapunov, OfALinearRecurrenceAreTheLogsOfItsEigenvalues) {
    Eigen::MatrixXd basis(4, 4);
    basis << 1, 0.3, -0.2, 0.5, 0, 1, 0.4, -0.1, 0.2, 0, 1, 0.3, -0.3, 0.1, 0, 1;
    const Eigen::Vector4d eigenvalues(1.5, -0.9, 0.4, 0.05);
    const Eigen::MatrixXd a = basis * eigenvalues.asDiagonal() * basis.inverse();
    LyapunovOptions options;
    options.exponents = 9;  // more than there are
    options.trajectories = 2;
    options.stateSize = 4;
    options.warmup = 50;
    LyapunovEstimator<double> estimator(options);
    for (int t = 0; t < 250; ++t)
        estimator.step([&](MatrixView<double> tangents) { multiply(a, tangents); });
    const LayerLyapunov is = estimator.result();
    ASSERT_EQ(is.exponents.size(), 4u);
    EXPECT_EQ(estimator.steps(), 200u);
    for (Eigen::Index i = 0; i < 4; ++i) {
        const auto at = static_cast<std::size_t>(i);
        EXPECT_NEAR(is.exponents[at], std::log(std::abs(eigenvalues(i))), 1e-9);
        EXPECT_NEAR(is.low[at], is.high[at], 1e-9);
    }
    EXPECT_EQ(is.runningSteps.back(), 200);
    EXPECT_NEAR(is.running.front(), std::log(1.5), 1e-9);
}

TEST(Lyapunov, OfALogisticMapIsLogTwo) {
    LyapunovOptions options;
    options.exponents = 1;
    options.warmup = 100;
    LyapunovEstimator<double> estimator(options);
    double x = 0.31;
    for (int t = 0; t < 200000; ++t) {
        const double slope = 4 - 8 * x;
        x = 4 * x * (1 - x);
        estimator.step([&](MatrixView<double> tangents) { tangents(0, 0) *= slope; });
    }
    EXPECT_NEAR(estimator.result().exponents[0], std::numbers::ln2, 0.01 * std::numbers::ln2);
}

/// Exponents of a small network from Jacobians by central differences of its own forward pass, a
/// layer with its input given: the network runs one step from a given state.
std::vector<double> byDifferences(const NetworkConfig& config, Network<double>& network,
                                  const Batch& batch, std::size_t warmup) {
    const auto hidden = static_cast<std::size_t>(config.hidden);
    const bool lstm = config.cell == Cell::lstm;
    const std::size_t n = hidden * (lstm ? 2 : 1);
    const auto stepFrom = [&](const Eigen::VectorXd& state, std::size_t t) {
        RecurrentState<double> now;
        now.h.emplace_back(1, hidden);
        if (lstm) now.c.emplace_back(1, hidden);
        for (std::size_t j = 0; j < n; ++j)
            (j < hidden ? now.h[0](0, j) : now.c[0](0, j - hidden)) =
                state(static_cast<Eigen::Index>(j));
        Batch one;
        one.steps = one.size = 1;
        one.tokens = {batch.tokens[t]};
        one.targets = {batch.targets[t]};
        network.forward(one, Mode::probe, now);
        Eigen::VectorXd next(static_cast<Eigen::Index>(n));
        for (std::size_t j = 0; j < n; ++j)
            next(static_cast<Eigen::Index>(j)) =
                j < hidden ? now.h[0](0, j) : now.c[0](0, j - hidden);
        return next;
    };
    const auto size = static_cast<Eigen::Index>(n);
    Eigen::VectorXd state = Eigen::VectorXd::Zero(size);
    Eigen::MatrixXd q = Eigen::MatrixXd::Identity(size, size);
    Eigen::VectorXd sums = Eigen::VectorXd::Zero(size);
    for (std::size_t t = 0; t < batch.steps; ++t) {
        Eigen::MatrixXd jacobian(size, size);
        for (Eigen::Index j = 0; j < size; ++j) {
            constexpr double e = 1e-6;
            Eigen::VectorXd up = state, down = state;
            up(j) += e;
            down(j) -= e;
            jacobian.col(j) = (stepFrom(up, t) - stepFrom(down, t)) / (2 * e);
        }
        state = stepFrom(state, t);
        const Eigen::HouseholderQR<Eigen::MatrixXd> qr(jacobian * q);
        q = qr.householderQ();
        if (t >= warmup) sums += qr.matrixQR().diagonal().cwiseAbs().array().log().matrix();
    }
    std::vector<double> result;
    for (Eigen::Index i = 0; i < size; ++i)
        result.push_back(sums(i) / static_cast<double>(batch.steps - warmup));
    return result;
}

TEST(Lyapunov, OfSmallNetworksAgreeWithFiniteDifferences) {
    for (const Cell cell : {Cell::lstm, Cell::gru})
        for (const char* norm : {"none", "weight", "layer"})
            for (const char* quantizer : {"", "binary_connect"}) {
                const NetworkConfig config = smallNetwork(cell, norm, quantizer, 1, 4);
                Network<double> network(config, 2);
                shake(network, 5);
                const Batch batch = randomBatch(800, 1, config.vocabulary, 3);
                constexpr std::size_t warmup = 300;
                const auto should = byDifferences(config, network, batch, warmup);
                RecurrentState<double> state;
                network.forward(batch, Mode::probe, state);
                LyapunovProbeOptions options;
                options.exponents = 100;
                options.samples = {0};
                options.warmup = warmup;
                LyapunovProbe<double> probe(options);
                probe.follow(network);
                const LyapunovRow is = probe.row(0);
                EXPECT_EQ(is.steps, 500);
                ASSERT_EQ(is.layers[0].exponents.size(), should.size());
                for (std::size_t i = 0; i < 3; ++i)
                    EXPECT_NEAR(is.layers[0].exponents[i], should[i],
                                0.01 * std::abs(should[i]) + 1e-4)
                        << (cell == Cell::lstm ? "lstm " : "gru ") << norm << quantizer << i;
            }
}

TEST(Lyapunov, TheSignAgreesWithTheGradientsGrowth) {
    for (const char* norm : {"none", "weight", "layer", "batch_shared"})
        for (const char* quantizer : {"", "binary_connect"}) {
            NetworkConfig config = smallNetwork(Cell::lstm, norm, quantizer, 1, 64);
            if (norm == std::string("weight")) config.normalization.gainStart = "latent";
            Network<double> network(config, 1);
            const Batch batch = randomBatch(60, 8, config.vocabulary, 1);
            ProberOptions options;
            const ProbeRows rows = Prober<double>(config, 1, options).probe(network, batch, {}, 1);
            const double exponent = rows.lyapunov->layers[0].exponents[0];
            const double growth = rows.gradients.last[0].hidden.growth.rate;
            // Within a few hundredths of 0 a window of 60 steps, and with batch norm the constant
            // statistics, leave the sign open.
            if (std::abs(exponent) > 0.05) {
                EXPECT_EQ(exponent > 0, growth > 1)
                    << norm << " " << quantizer << " " << exponent << " " << growth;
            }
            if (norm == std::string("none")) {
                EXPECT_EQ(exponent > 0, quantizer == std::string("binary_connect"));
            }
        }
}

TEST(Lyapunov, WindowsContinueEachOther) {
    const NetworkConfig config = smallNetwork(Cell::gru, "layer", "");
    Network<float> network(config, 1);
    const Batch whole = randomBatch(40, 3, config.vocabulary, 1);
    LyapunovProbeOptions options;
    options.exponents = 3;
    options.samples = {0, 2};
    options.warmup = 10;
    LyapunovProbe<float> once(options), twice(options);
    RecurrentState<float> state;
    network.forward(whole, Mode::probe, state);
    once.follow(network);
    state = {};
    for (std::size_t part = 0; part < 2; ++part) {
        Batch half = whole;
        half.steps = 20;
        const auto first = static_cast<std::ptrdiff_t>(part * 60);
        half.tokens.assign(whole.tokens.begin() + first, whole.tokens.begin() + first + 60);
        half.targets.assign(whole.targets.begin() + first, whole.targets.begin() + first + 60);
        network.forward(half, Mode::probe, state);
        twice.follow(network);
    }
    const LyapunovRow a = once.row(0), b = twice.row(0);
    EXPECT_EQ(a.steps, 30);
    EXPECT_EQ(b.steps, 30);
    for (std::size_t i = 0; i < 3; ++i)
        EXPECT_NEAR(a.layers[0].exponents[i], b.layers[0].exponents[i], 1e-4);
}

}  // namespace
}  // namespace bitloom
