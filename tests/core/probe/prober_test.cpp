// The prober over every cell, normalization and quantizer.

#include "probe/prober.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "probe/bounds.h"
#include "quant/registry.h"
#include "support.h"

namespace bitloom {
namespace {

constexpr const char* k_norms[] = {"none", "weight", "layer", "batch_shared", "batch_separate"};

template <class T>
void expectWithinBounds(const NetworkConfig& config, std::uint64_t seed) {
    Network<T> network(config, seed);
    shake(network, seed);
    RecurrentState<T> start;
    Rng rng(seed, 9);
    const std::size_t batch = 2 + rng.below(5);
    const std::size_t steps = 3 + rng.below(12);
    // From a state of its own, as in the middle of training.
    RecurrentState<T> carried;
    network.forward(randomBatch(3, batch, config.vocabulary, seed + 1), Mode::probe, carried);
    ProberOptions options;
    options.config.samples = 2;
    const ProbeRows rows = Prober<T>(config, seed, options)
                               .probe(network, randomBatch(steps, batch, config.vocabulary, seed),
                                      seed % 2 ? carried : start, 1);
    ASSERT_TRUE(rows.bounds);
    EXPECT_LE(rows.bounds->tightnessMax, 1);
    EXPECT_GT(rows.bounds->tightnessMax, 0);
    for (const LayerBound& layer : rows.bounds->layers) {
        EXPECT_EQ(layer.violations, 0);
        EXPECT_EQ(layer.tightness.size(), steps - 1);
        for (const double t : layer.tightness) EXPECT_LE(t, 1);
        double sum = layer.carry;
        for (const double part : layer.parts) sum += part;
        EXPECT_NEAR(sum, layer.lambda1, 1e-6 * layer.lambda1);
    }
}

TEST(Prober, NoGradientExceedsItsBound) {
    std::uint64_t seed = 1;
    for (const Cell cell : {Cell::lstm, Cell::gru})
        for (const char* norm : k_norms) {
            std::vector<std::pair<std::string, int>> quantizers{{"", 1}};
            for (const QuantizerMethod& method : quantizerMethods())
                quantizers.emplace_back(method.name, method.bits.back());
            for (const auto& [quantizer, bits] : quantizers)
                for (const int layers : {1, 2}) {
                    NetworkConfig config =
                        smallNetwork(cell, norm, quantizer, layers, 3 + static_cast<int>(seed % 9));
                    config.quantizer.bits = bits;
                    const bool affine = config.normalization.method != "none" &&
                                        config.normalization.method != "weight";
                    config.normalization.cell = cell == Cell::lstm && affine && seed % 3 == 0;
                    if (quantizer == "sbn" || quantizer == "stn") {
                        if (norm != std::string("batch_separate") || cell == Cell::gru) continue;
                        config.normalization.cell = true;
                    }
                    if (layers == 2) config.dropout.between = 0.2;
                    ++seed;
                    SCOPED_TRACE(std::string(cell == Cell::lstm ? "lstm " : "gru ") + norm + " " +
                                 quantizer + " seed " + std::to_string(seed));
                    expectWithinBounds<float>(config, seed);
                    expectWithinBounds<double>(config, seed);
                }
        }
}

TEST(Prober, MeasuresWhatIsAskedAndApplies) {
    const Batch batch = randomBatch(7, 4, 5, 1);
    for (const char* norm : k_norms) {
        const NetworkConfig config = smallNetwork(Cell::lstm, norm, "twn", 2);
        Network<float> network(config, 1);
        ProberOptions options;
        const ProbeRows all = Prober<float>(config, 1, options).probe(network, batch, {}, 42);
        const bool batchNorm = std::string(norm).starts_with("batch_");
        EXPECT_EQ(all.gradients.step, 42);
        EXPECT_EQ(all.gradients.hidden.size(), 2u);
        EXPECT_EQ(all.gradients.total[1].hidden.samples.size(), 4u);
        EXPECT_EQ(all.gradients.last[1].cell.median.size(), 7u);
        ASSERT_TRUE(all.spectra && all.lyapunov && all.weights && all.bounds);
        EXPECT_EQ(all.gains.has_value(), norm != std::string("none"));
        EXPECT_EQ(all.statistics.has_value(), batchNorm);
        EXPECT_EQ(all.lyapunov->statistics, batchNorm ? "constant" : "none");
        EXPECT_EQ(all.lyapunov->layers[1].exponents.size(), 8u);
        EXPECT_EQ(all.spectra->layers[0].matrices.size(), 2u);
        for (const MatrixSpectrum& m : all.spectra->layers[0].matrices)
            for (std::size_t g = 0; g < 4; ++g) EXPECT_GE(m.quantized[g], m.floor[g] * 0.999);
        EXPECT_EQ(all.weights->matrices.size(), 4u);
        EXPECT_EQ(all.weights->saturation[0].gates.size(), 4u);
        const LayerBound& bound = all.bounds->layers[0];
        if (norm != std::string("none")) {
            EXPECT_NEAR(bound.frozen1, bound.lambda1, 1e-3 * bound.lambda1)
                << norm << ": nothing moved yet";
        }
        EXPECT_EQ(std::isnan(bound.printed1), norm != std::string("weight"));
        if (batchNorm) {
            const SideStatistics& hh = all.statistics->layers[0].sides[1];
            EXPECT_EQ(hh.side, "hh");
            EXPECT_EQ(hh.mean.median.size(), 7u);
            EXPECT_EQ(hh.runningVariance.median.size(),
                      norm == std::string("batch_shared") ? 1u : 7u);
            EXPECT_EQ(hh.runningVariance.median[0], 1) << "probing moves no statistics";
        }
        options.config.groups = {};
        const ProbeRows few = Prober<float>(config, 1, options).probe(network, batch, {}, 1);
        EXPECT_FALSE(few.bounds || few.spectra || few.lyapunov || few.gains || few.statistics ||
                     few.weights);
        EXPECT_TRUE(few.gradients.last.empty());
        EXPECT_EQ(few.gradients.hidden.size(), 2u);
    }
}

TEST(Prober, SeesFlippedSigns) {
    const NetworkConfig config = smallNetwork(Cell::gru, "none", "binary_connect");
    Network<float> network(config, 1);
    Prober<float> prober(config, 1, {});
    const Batch batch = randomBatch(3, 2, 5, 1);
    EXPECT_TRUE(
        std::isnan(prober.probe(network, batch, {}, 1).weights->matrices[1].gates[0].flipRate));
    Parameter<float>& w = network.parameters().at("rnn.weight_hh_l0");
    for (std::size_t i = 0; i < 6; ++i) w.value[i] = -w.value[i];
    network.weightsChanged();
    const auto gates = prober.probe(network, batch, {}, 2).weights->matrices[1].gates;
    EXPECT_NEAR(gates[0].flipRate, 1.0 / 6, 1e-12);
    EXPECT_EQ(gates[1].flipRate, 0);
}

TEST(Prober, BatchStatisticsAreThoseOfTheProducts) {
    const NetworkConfig config = smallNetwork(Cell::lstm, "batch_shared", "");
    Network<double> network(config, 1);
    const Batch batch = randomBatch(4, 6, 5, 2);
    const ProbeRows rows = Prober<double>(config, 1, {}).probe(network, batch, {}, 1);
    RecurrentState<double> state;
    network.forward(batch, Mode::probe, state);
    const MatrixView<const double> h = network.hiddenStates(0);
    const auto& w = network.parameters().at("rnn.weight_hh_l0");
    const SideStatistics& hh = rows.statistics->layers[0].sides[1];
    const auto unit = static_cast<std::size_t>(hh.units[1]);
    constexpr std::size_t t = 2;
    double sum = 0, squares = 0;
    for (std::size_t b = 0; b < 6; ++b) {
        double a = 0;
        for (std::size_t j = 0; j < 6; ++j) a += w.view()(unit, j) * h((t - 1) * 6 + b, j);
        sum += a;
        squares += a * a;
    }
    EXPECT_NEAR(hh.unitMean[1][t], sum / 6, 1e-12);
    EXPECT_NEAR(hh.unitVariance[1][t], (squares - sum * sum / 6) / 5, 1e-12);
}

TEST(Prober, SurvivesGradientsBeyondFloat) {
    NetworkConfig config = smallNetwork(Cell::lstm, "none", "binary_connect", 1, 96);
    Network<float> network(config, 1);
    const Batch batch = randomBatch(320, 3, 5, 1);
    const ProbeRows rows = Prober<float>(config, 1, {}).probe(network, batch, {}, 1);
    EXPECT_FALSE(std::isfinite(rows.gradients.hidden[0].front())) << "or the test shows nothing";
    const LayerBound& bound = rows.bounds->layers[0];
    EXPECT_EQ(bound.violations, 0);
    EXPECT_EQ(bound.compared + bound.leftOut, 319 * 3);
    EXPECT_GT(bound.leftOut, 0) << "they are not among those that hold";
    EXPECT_GT(bound.compared, 0);
    EXPECT_EQ(rows.bounds->tightnessMax, bound.tightnessLargest);
    // Below this 320 steps do not leave the range of a float.
    EXPECT_GT(rows.gradients.total[0].hidden.growth.rate, 1.3);
    EXPECT_GT(rows.gradients.total[0].hidden.growth.ignored, 0);
    EXPECT_GT(rows.lyapunov->layers[0].exponents[0], 0);
    Network<float> broken(config, 1);
    broken.parameters().at("rnn.weight_hh_l0").value[5] = std::nanf("");
    broken.weightsChanged();
    EXPECT_NO_THROW(Prober<float>(config, 1, {}).probe(broken, batch, {}, 1));
}

/// Two samples, three steps: flow over 2 |dL/dh|.
TEST(Prober, TightnessCountsWhatItCompared) {
    const auto measured = [](double hidden, double flow, double otherFlow) {
        LayerCoefficients bound;
        StateGradientNorms norms;
        for (Matrix<double>* m : {&bound.lambda1, &bound.lambda2, &norms.hidden, &norms.flow})
            m->resize(3, 2);
        for (std::size_t t = 0; t < 3; ++t)
            for (std::size_t b = 0; b < 2; ++b) {
                bound.lambda1(t, b) = 2;
                bound.lambda2(t, b) = 0;
                norms.hidden(t, b) = hidden;
                norms.flow(t, b) = b == 0 ? flow : otherFlow;
            }
        LayerBound row;
        measureTightness(bound, norms, row);
        return row;
    };
    const double inf = std::numeric_limits<double>::infinity();
    const LayerBound none = measured(inf, inf, inf);
    EXPECT_TRUE(std::isnan(none.tightnessLargest)) << "no bound was tested";
    EXPECT_EQ(none.compared, 0);
    EXPECT_EQ(none.leftOut, 4);
    const LayerBound zero = measured(0, 0, 0);
    EXPECT_EQ(zero.tightnessLargest, 0);
    EXPECT_EQ(zero.leftOut, 0);
    const LayerBound half = measured(4, 2, inf);
    EXPECT_EQ(half.tightnessLargest, 0.25);
    EXPECT_EQ(half.compared, 2);
    EXPECT_EQ(half.leftOut, 2);
    EXPECT_TRUE(std::isnan(measured(1e-35, 1e-36, 0).tightnessLargest)) << "too small to tell";
}

}  // namespace
}  // namespace bitloom
