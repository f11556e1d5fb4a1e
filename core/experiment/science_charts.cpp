#include "experiment/science_charts.h"

#include <algorithm>
#include <cmath>

#include "experiment/published.h"
#include "experiment/published_figures.h"
#include "experiment/report_page.h"
#include "experiment/science_parts.h"

namespace bitloom {
namespace {

using namespace science_parts;

constexpr double k_quiet = 1e-3;  // of the largest variance: hardly any

/// The paper's network at the paper's size.
bool isOfFigure1(const Spec& spec) {
    const NetworkConfig& network = spec.network;
    return spec.dataset.name == "ptb_char" && network.cell == Cell::lstm && network.layers == 1 &&
           network.hidden == 512;
}

/// Figure 1's curve of a run as far as the run went. Iterations count updates made, steps the one
/// to be made.
void addPublishedLambda(Chart& chart, const Runs& runs, bool printedForm) {
    for (std::size_t i = 0; i < runs.size(); ++i) {
        const Spec& spec = runs[i].spec;
        const std::string& norm = spec.network.normalization.method;
        if (!isOfFigure1(spec) || (norm == "weight") != printedForm) continue;
        const PublishedCurve* curve = findPublishedLambda1(spec.network.quantizer.method, norm);
        if (!curve || runs[i].probes.bounds.empty()) continue;
        const auto last = static_cast<double>(runs[i].probes.bounds.back().step);
        Points points;
        for (const auto& [iteration, value] : curve->points)
            if (iteration <= std::max(last, 98.0)) points.emplace_back(iteration + 1, value);
        ChartSeries series = seriesFor(runs, i, points);
        series.label = "published, " + series.label;
        series.published = true;
        chart.series.push_back(std::move(series));
    }
}

void addLambdas(std::vector<ScienceChart>& charts, const Runs& runs, std::size_t layer) {
    Chart lambda = chartOf("Bound λ₁ over training" + layerWords(runs, layer), "step", "λ₁", true);
    addBounds(lambda, runs, layer,
              [](const LayerBound& bound) { return plainLambda(bound, bound.lambda1); });
    if (layer == 0) addPublishedLambda(lambda, runs, false);
    lambda.references.push_back({1, "1"});
    const auto rings = [](const Chart& chart) {
        const bool any = std::any_of(chart.series.begin(), chart.series.end(),
                                     [](const ChartSeries& series) { return series.published; });
        return std::string(any ? " Rings: read off the paper's Figure 1." : "");
    };
    charts.push_back({lambda,
                      "What a step back keeps of ‖∂L/∂hₜ‖ at most, mean over samples; an LSTM's "
                      "bound adds λ₂ ‖∂L/∂cₜ₊₁‖. With batch norm, whose bound on an LSTM is on "
                      "squares, its root." +
                          rings(lambda)});
    Chart printed = chartOf("λ₁ as the paper prints it" + layerWords(runs, layer), "step",
                            "λ₁ with g_max ‖D⁻¹W‖", true);
    addBounds(printed, runs, layer, [](const LayerBound& bound) {
        return bound.form == "weight" ? bound.printed1 : k_nan;
    });
    if (layer == 0 && !printed.series.empty()) addPublishedLambda(printed, runs, true);
    charts.push_back({printed, "Weight normalization only." + rings(printed)});
    Chart frozen =
        chartOf("λ₁ with gains held at their start" + layerWords(runs, layer), "step", "λ₁", true);
    addBounds(frozen, runs, layer,
              [](const LayerBound& bound) { return plainLambda(bound, bound.frozen1); });
    charts.push_back({frozen, "The difference to λ₁ itself is what the gains' training adds."});
}

void addSpectra(std::vector<ScienceChart>& charts, const Runs& runs, std::size_t layer) {
    Chart chart = chartOf("Spectral norm of W_hh, largest gate" + layerWords(runs, layer), "step",
                          "‖W‖₂ of what multiplies", true);
    double floor = 0;
    for (std::size_t i = 0; i < runs.size(); ++i) {
        Points points;
        for (const SpectrumRow& row : runs[i].probes.spectra) {
            if (row.layers.size() <= layer) continue;
            for (const MatrixSpectrum& matrix : row.layers[layer].matrices) {
                if (matrix.side != "hh" || matrix.effective.empty()) continue;
                points.emplace_back(
                    static_cast<double>(row.step),
                    *std::max_element(matrix.effective.begin(), matrix.effective.end()));
            }
        }
        if (points.empty()) continue;
        chart.series.push_back(seriesFor(runs, i, points));
        if (runs[i].spec.network.quantizer.method == "binary_connect")
            floor = std::sqrt(static_cast<double>(runs[i].spec.network.hidden));
    }
    if (floor > 0)
        chart.references.push_back(
            {floor, "floor of any matrix of signs, √d = " + shortNumber(floor)});
    charts.push_back({chart, "After quantizing and weight normalization."});
}

/// Side hh of a layer over all its gates: the middle of the medians, the outermost 5% and 95%.
struct GainSummary {
    double low = k_nan, median = k_nan, high = k_nan, largest = k_nan;
};

GainSummary summaryOf(const LayerGains& layer, bool ratio) {
    GainSummary summary;
    std::vector<double> medians;
    for (const GainGroup& group : layer.groups) {
        const std::vector<double>& q = ratio ? group.ratio : group.gain;
        if (group.side != "hh" || q.size() != 7) continue;
        medians.push_back(q[3]);
        summary.low = std::fmin(summary.low, q[1]);
        summary.high = std::fmax(summary.high, q[5]);
        summary.largest = std::fmax(summary.largest, ratio ? q[6] : group.largest);
    }
    if (medians.empty()) return summary;
    std::sort(medians.begin(), medians.end());
    summary.median = medians[medians.size() / 2];
    return summary;
}

void addGains(std::vector<ScienceChart>& charts, const Runs& runs, std::size_t layer) {
    const std::string words = layerWords(runs, layer);
    Chart gains = chartOf("Gains of W_hh" + words, "step", "g", false);
    Chart largest = chartOf("Largest gain of W_hh" + words, "step", "g_max", false);
    Chart ratios = chartOf("Gain over scale, W_hh" + words, "step", "g/σ, g/‖W‖", true);
    for (std::size_t i = 0; i < runs.size(); ++i) {
        Points median;
        Points most;
        Points ratio;
        std::vector<ChartBand> band;
        std::vector<ChartBand> ratioBand;
        for (const GainRow& row : runs[i].probes.gains) {
            if (row.layers.size() <= layer) continue;
            const auto step = static_cast<double>(row.step);
            const GainSummary g = summaryOf(row.layers[layer], false);
            const GainSummary r = summaryOf(row.layers[layer], true);
            median.emplace_back(step, g.median);
            most.emplace_back(step, g.largest);
            ratio.emplace_back(step, r.median);
            band.push_back({step, g.low, g.high});
            ratioBand.push_back({step, r.low, r.high});
        }
        if (median.empty()) continue;
        gains.series.push_back(seriesFor(runs, i, median));
        gains.series.back().band = std::move(band);
        largest.series.push_back(seriesFor(runs, i, most));
        ratios.series.push_back(seriesFor(runs, i, ratio));
        ratios.series.back().band = std::move(ratioBand);
    }
    charts.push_back({gains, "Median of the gates, 5% to 95% shaded."});
    charts.push_back({largest, "Over all gates; it enters λ₁ as the paper prints it."});
    charts.push_back({ratios,
                      "What a unit's product is multiplied by: g over the standard deviation "
                      "(layer, batch) or over the row's norm (weight)."});
}

/// Variance of the inputs' products over time steps, the batch's own against the running ones.
void addStatistics(std::vector<ScienceChart>& charts, const Runs& runs) {
    for (std::size_t i = 0; i < runs.size(); ++i) {
        if (runs[i].probes.statistics.empty()) continue;
        const StatisticsRow& row = runs[i].probes.statistics.back();
        if (row.layers.empty()) continue;
        for (const SideStatistics& side : row.layers.front().sides) {
            if (side.side == "c") continue;
            Chart chart = chartOf(
                "Variance over time steps, W_" + side.side + ": " + runs[i].run.summary.name,
                "time step", "variance over the batch", true);
            Points batch;
            ChartSeries own;
            for (std::size_t k = 0; k < side.variance.median.size() && k < row.times.size(); ++k) {
                const double t = row.times[k] + 1;
                batch.emplace_back(t, side.variance.median[k]);
                own.band.push_back({t, side.variance.low[k], side.variance.high[k]});
            }
            std::vector<ChartBand> band = std::move(own.band);
            own = seriesFor(runs, i, batch);
            own.band = std::move(band);
            own.label = "of the batch";
            Points running;
            const std::vector<double>& kept = side.runningVariance.median;
            for (std::size_t k = 0; k < row.times.size() && !kept.empty(); ++k)
                running.emplace_back(row.times[k] + 1, kept[std::min(k, kept.size() - 1)]);
            ChartSeries remembered = seriesFor(runs, i, running);
            remembered.style = static_cast<int>(i) + 1;
            remembered.label = "running";
            chart.series = {std::move(own), std::move(remembered)};
            if (runs[i].spec.sequenceSteps > 0) chart.spans = quietSteps(row);
            charts.push_back(
                {chart, "Step " + std::to_string(row.step) +
                            ". Median over units with 5% to 95% shaded, of the batch; the "
                            "other line is what evaluation with running statistics divides "
                            "by. Grey: steps whose input hardly varies over the batch."});
        }
    }
}

}  // namespace

std::vector<ChartSpan> quietSteps(const StatisticsRow& row) {
    std::vector<ChartSpan> spans;
    if (row.layers.empty()) return spans;
    for (const SideStatistics& side : row.layers.front().sides) {
        if (side.side != "ih") continue;
        const std::vector<double>& variance = side.variance.median;
        double most = 0;
        for (const double value : variance) most = std::max(most, value);
        for (std::size_t k = 0; k < variance.size() && k < row.times.size(); ++k) {
            if (!(variance[k] < k_quiet * most)) continue;
            const double from = row.times[k] + 1;
            const double to = k + 1 < row.times.size() ? row.times[k + 1] + 1 : from + 1;
            if (!spans.empty() && spans.back().to == from)
                spans.back().to = to;
            else
                spans.push_back({from, to, "black border"});
        }
    }
    return spans;
}

std::vector<ScienceChart> scienceCharts(const Runs& runs) {
    std::vector<ScienceChart> charts;
    for (std::size_t layer = 0; layer < layersOf(runs); ++layer) {
        addLambdas(charts, runs, layer);
        addGradients(charts, runs, layer);
        addTightness(charts, runs, layer);
        addLyapunov(charts, runs, layer);
        addSpectra(charts, runs, layer);
        addGains(charts, runs, layer);
    }
    addStatistics(charts, runs);
    std::erase_if(charts, [](const ScienceChart& one) { return one.chart.series.empty(); });
    return charts;
}

std::vector<ValueBar> statisticsBars(const Runs& runs) {
    std::vector<ValueBar> bars;
    for (std::size_t i = 0; i < runs.size(); ++i) {
        const RunSummary& summary = runs[i].run.summary;
        if (!summary.test || !summary.testBatchStatistics) continue;
        ValueBar bar{summary.name, static_cast<int>(i), {}};
        const auto add = [&](const char* name, const std::optional<double>& value) {
            if (value && std::isfinite(*value))
                bar.values.emplace_back(name, shown(summary.metric, *value));
        };
        add("running statistics", summary.test);
        add("the batch's own", summary.testBatchStatistics);
        add("each step's average", summary.testPerStep);
        add("average of all steps", summary.testTrueAverage);
        if (const PublishedResult* row = findPublished(runs[i].spec)) add("published", row->value);
        bars.push_back(std::move(bar));
    }
    return bars;
}

std::string scienceBody(const Runs& runs) {
    std::string cards;
    for (const ScienceChart& one : scienceCharts(runs)) cards += card(one.chart, one.note);
    const std::vector<ValueBar> bars = statisticsBars(runs);
    const bool accuracy = std::any_of(runs.begin(), runs.end(), [](const ComparedRun& run) {
        return run.run.summary.metric == "accuracy";
    });
    cards += card("Test result by kind of statistics",
                  valueBarsSvg(bars, accuracy ? 100 : 0, accuracy ? " %" : ""),
                  "Batch normalization evaluated with its running statistics, with those of the "
                  "test batch itself, with training batches' averages step by step, and with their "
                  "average over all steps.");
    if (cards.empty()) return {};
    return "<h2 class=\"part\">What the probes measured</h2>\n<div class=\"grid\">\n" + cards +
           "</div>\n";
}

}  // namespace bitloom
