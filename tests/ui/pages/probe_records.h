#pragma once
// Small probe records for the tests of pages.

#include <cmath>
#include <filesystem>
#include <fstream>

#include "base/files.h"
#include "experiment/probe_writer.h"

namespace bitloom::ui::testing {

inline GradientProfile profile(double rate, int length) {
    GradientProfile made;
    for (int t = 0; t < length; ++t) {
        made.batch.push_back(1e-3 * std::pow(rate, length - 1 - t));
    }
    made.low = made.median = made.high = made.batch;
    made.samples = {made.batch, made.batch};
    made.growth = {rate, std::log(1e-3), 0, length - 1, length, 0};
    made.medianGrowth = made.growth;
    return made;
}

/// Every kind of row at `step`, for an LSTM of `layers` layers; exponents are log(rate).
inline void writeProbes(const std::filesystem::path& run, std::int64_t step, double rate,
                        int layers = 1) {
    constexpr int length = 20;
    std::filesystem::create_directories(run / "probes");
    const auto append = [&](const char* name, const std::string& line) {
        std::ofstream(run / "probes" / name, std::ios::app) << line << '\n';
    };
    GradientRow gradients;
    BoundRow bounds;
    SpectrumRow spectra;
    LyapunovRow lyapunov;
    GainRow gains;
    WeightRow weights;
    gradients.step = bounds.step = spectra.step = lyapunov.step = gains.step = weights.step = step;
    gradients.samples = {0, 1};
    for (int t = 0; t < length; ++t) gradients.times.push_back(t);
    lyapunov.samples = 2;
    lyapunov.steps = length;
    for (int layer = 0; layer < layers; ++layer) {
        const LayerGradients both{profile(rate, length), profile(rate, length)};
        gradients.total.push_back(both);
        gradients.last.push_back(both);
        gradients.hidden.push_back(both.hidden.batch);
        gradients.cell.push_back(both.cell.batch);
        LayerBound bound;
        bound.form = "plain";
        bound.lambda1 = 10 * rate;
        bound.lambda2 = 9 * rate;
        bound.printed1 = bound.printed2 = std::nan("");
        bound.frozen1 = 5 * rate;
        bound.parts = {1, 2, 3, 4};
        bound.tightness.assign(length - 1, 0.1);
        bound.tightnessMedian = bound.tightness;
        bound.tightnessLargest = 0.1;
        bounds.layers.push_back(bound);
        LayerSpectra norms;
        for (const char* side : {"ih", "hh"}) {
            norms.matrices.push_back(
                {side, {1, 1, 1, 1}, {22, 22, 22, 22}, {22, 21, 20, 19}, {11, 11, 11, 11}, {}});
        }
        spectra.layers.push_back(norms);
        const double first = std::log(rate);
        LayerLyapunov exponents;
        exponents.exponents = {first, first - 1};
        exponents.low = {first - 0.01, first - 1.1};
        exponents.high = {first + 0.01, first - 0.9};
        exponents.runningSteps = {10, 20};
        exponents.running = exponents.runningLow = exponents.runningHigh = {first, first};
        lyapunov.layers.push_back(exponents);
        LayerGains gain;
        MatrixWeights matrix;
        for (const char* gate : {"i", "f", "g", "o"}) {
            gain.groups.push_back({"hh", gate, {0, 1, 2, 3, 4, 5, 6}, {1, 1, 2, 3, 4, 5, 9}, 6});
            matrix.gates.push_back({gate, 1, 0, 0.1, 0.9, 0.95, 2});
        }
        gains.layers.push_back(gain);
        matrix.name = "rnn.weight_hh_l" + std::to_string(layer);
        matrix.quantized = true;
        matrix.latent = {-0.1, 0.1, {1, 2, 1}};
        matrix.levels = {-1, 1};
        matrix.counts = {2, 2};
        weights.matrices.push_back(matrix);
        weights.saturation.push_back({{{"i", 0.1, 0.2}, {"f", 0, 0}, {"g", 0, 0}, {"o", 0, 0}}});
    }
    bounds.tightnessMax = 0.1;
    append("state_gradients.jsonl", probeLine(gradients));
    append("bounds.jsonl", probeLine(bounds));
    append("spectra.jsonl", probeLine(spectra));
    append("lyapunov.jsonl", probeLine(lyapunov));
    append("gains.jsonl", probeLine(gains));
    append("weights.jsonl", probeLine(weights));
}

}  // namespace bitloom::ui::testing
