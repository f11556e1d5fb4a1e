#include <algorithm>
#include <cmath>

#include "experiment/published_figures.h"
#include "experiment/science_parts.h"

// Charts of the state gradient and of what bounds and drives it.

namespace bitloom::science_parts {
namespace {

constexpr std::size_t k_buckets = 280;
constexpr std::size_t k_mostLayers = 3;  // charts a quantity; more layers than that are rare

/// Medians over samples of |dL/dh_t| with their quartiles, of one row's layer.
ChartSeries profileSeries(const Runs& runs, std::size_t i, const GradientRow& row,
                          const GradientProfile& profile) {
    Points points;
    for (std::size_t k = 0; k < profile.median.size() && k < row.times.size(); ++k)
        points.emplace_back(row.times[k] + 1, profile.median[k]);
    ChartSeries series = seriesFor(runs, i, points);
    for (std::size_t k = 0;
         k < std::min({profile.low.size(), profile.high.size(), row.times.size()}); ++k)
        series.band.push_back(
            {static_cast<double>(row.times[k] + 1), profile.low[k], profile.high[k]});
    return series;
}

/// Records of before the quartiles: the norm over the whole batch.
ChartSeries batchSeries(const Runs& runs, std::size_t i, const std::vector<double>& norms) {
    Points points;
    for (std::size_t t = 0; t < norms.size(); ++t)
        points.emplace_back(static_cast<double>(t + 1), norms[t]);
    return seriesFor(runs, i, points);
}

bool showsAnything(const ChartSeries& series) {
    return std::any_of(series.points.begin(), series.points.end(), [](const auto& point) {
        return std::isfinite(point.second) && point.second > 0;
    });
}

/// Of each run the first or the last row that has something to show.
void addProfiles(Chart& chart, const Runs& runs, std::size_t layer, bool first, bool lastLoss) {
    for (std::size_t i = 0; i < runs.size(); ++i) {
        const auto& rows = runs[i].gradients;
        for (std::size_t k = 0; k < rows.size(); ++k) {
            const GradientRow& row = rows[first ? k : rows.size() - 1 - k];
            const auto& layers = lastLoss ? row.last : row.total;
            ChartSeries series;
            if (layers.size() > layer) series = profileSeries(runs, i, row, layers[layer].hidden);
            if (series.points.empty() && !lastLoss && row.hidden.size() > layer)
                series = batchSeries(runs, i, row.hidden[layer]);
            if (!showsAnything(series)) {
                if (first) break;
                continue;
            }
            series.label += ", step " + std::to_string(row.step);
            chart.series.push_back(std::move(series));
            break;
        }
    }
}

/// BinaryConnect's last time step belongs to the start; the medians of the others are not those of
/// an untrained network, so they stand beside the last probe.
void addPublishedGradients(Chart& chart, const Runs& runs, bool start) {
    for (const ComparedRun& run : runs) {
        const NetworkConfig& network = run.spec.network;
        const bool size = run.spec.dataset.name == "ptb_char"   ? network.hidden == 512
                          : run.spec.dataset.name == "ptb_word" ? network.hidden == 300
                                                                : false;
        if (!size || network.cell != Cell::lstm || network.layers != 1) continue;
        const PublishedStateGradient* row = findPublishedStateGradient(
            run.spec.dataset.name, network.quantizer.method, network.normalization.method);
        const double value = !row ? 0 : start ? row->lastStep : row->median;
        if (value <= 0) continue;
        chart.references.push_back(
            {value, std::string("published ") + (start ? "last step " : "median ") +
                        fixed(1000 * value, 3) + "·10⁻³, " + run.run.summary.name});
    }
}

}  // namespace

std::size_t layersOf(const Runs& runs) {
    std::size_t most = 0;
    for (const ComparedRun& run : runs)
        most = std::max(most, static_cast<std::size_t>(run.spec.network.layers));
    return std::min(most, k_mostLayers);
}

std::string layerWords(const Runs& runs, std::size_t layer) {
    return layersOf(runs) > 1 ? ", layer " + std::to_string(layer + 1) : "";
}

ChartSeries seriesFor(const Runs& runs, std::size_t i, Points points) {
    ChartSeries series;
    series.label = runs[i].run.summary.name;
    series.style = static_cast<int>(i);
    series.points = thinned(points, k_buckets);
    return series;
}

Chart chartOf(const std::string& title, const std::string& x, const std::string& y,
              bool logarithmic) {
    Chart chart;
    chart.title = title;
    chart.xLabel = x;
    chart.yLabel = y;
    chart.logarithmic = logarithmic;
    return chart;
}

void addBounds(Chart& chart, const Runs& runs, std::size_t layer,
               const std::function<double(const LayerBound&)>& value) {
    for (std::size_t i = 0; i < runs.size(); ++i) {
        Points points;
        bool any = false;
        for (const BoundRow& row : runs[i].probes.bounds) {
            if (row.layers.size() <= layer) continue;
            const double y = value(row.layers[layer]);
            any = any || std::isfinite(y);
            points.emplace_back(static_cast<double>(row.step), y);
        }
        if (any) chart.series.push_back(seriesFor(runs, i, std::move(points)));
    }
}

void addGradients(std::vector<ScienceChart>& charts, const Runs& runs, std::size_t layer) {
    const std::string words = layerWords(runs, layer);
    const std::string x = "time step in the window";
    const std::string note =
        "Median over samples with quartiles shaded; backpropagation runs from right to left.";
    Chart start = chartOf("Gradient by time step at the start" + words, x, "‖∂L/∂hₜ‖", true);
    addProfiles(start, runs, layer, true, false);
    if (layer == 0) addPublishedGradients(start, runs, true);
    charts.push_back({start, note + " The first probe, before any update."});
    Chart end = chartOf("Gradient by time step" + words, x, "‖∂L/∂hₜ‖", true);
    addProfiles(end, runs, layer, false, false);
    if (layer == 0) addPublishedGradients(end, runs, false);
    charts.push_back({end, note + " The last probe of each run that holds a number."});
    Chart last = chartOf("Gradient of the last step's loss" + words, x, "‖∂L_T/∂hₜ‖", true);
    addProfiles(last, runs, layer, true, true);
    charts.push_back({last, note + " One loss at the end instead of one at every step."});
    Chart growth = chartOf("Growth a step back" + words, "step", "factor", true);
    for (std::size_t i = 0; i < runs.size(); ++i) {
        Points points;
        for (const GradientRow& row : runs[i].gradients)
            if (row.total.size() > layer)
                points.emplace_back(static_cast<double>(row.step),
                                    row.total[layer].hidden.growth.rate);
        if (!points.empty()) growth.series.push_back(seriesFor(runs, i, points));
    }
    growth.references.push_back({1, "1: neither grows nor fades"});
    charts.push_back({growth, "Slope of a line through the logarithm of the gradient's norm."});
}

void addTightness(std::vector<ScienceChart>& charts, const Runs& runs, std::size_t layer) {
    const std::string words = layerWords(runs, layer);
    Chart over = chartOf("Tightness over training" + words, "step", "gradient / bound", true);
    addBounds(over, runs, layer, [](const LayerBound& bound) { return bound.tightnessLargest; });
    over.references.push_back({1, "1: the bound itself"});
    charts.push_back(
        {over, "The largest ratio of gradient and bound over samples and time steps."});
    Chart by = chartOf("Tightness by time step" + words, "time step in the window",
                       "gradient / bound", true);
    for (std::size_t i = 0; i < runs.size(); ++i) {
        const auto& rows = runs[i].probes.bounds;
        if (rows.empty() || rows.back().layers.size() <= layer) continue;
        const LayerBound& bound = rows.back().layers[layer];
        Points points;
        for (std::size_t t = 0; t < bound.tightnessMedian.size(); ++t)
            points.emplace_back(static_cast<double>(t + 2), bound.tightnessMedian[t]);
        if (!points.empty()) by.series.push_back(seriesFor(runs, i, points));
    }
    by.references.push_back({1, "1: the bound itself"});
    charts.push_back({by, "Median over samples at the last probe."});
}

void addLyapunov(std::vector<ScienceChart>& charts, const Runs& runs, std::size_t layer) {
    const std::string words = layerWords(runs, layer);
    Chart over = chartOf("Largest Lyapunov exponent" + words, "step", "nats a step", false);
    Chart spectrum = chartOf("Lyapunov exponents" + words, "number", "nats a step", false);
    for (std::size_t i = 0; i < runs.size(); ++i) {
        Points points;
        const LayerLyapunov* last = nullptr;
        for (const LyapunovRow& row : runs[i].probes.lyapunov) {
            if (row.layers.size() <= layer || row.layers[layer].exponents.empty()) continue;
            last = &row.layers[layer];
            points.emplace_back(static_cast<double>(row.step), last->exponents.front());
        }
        if (!last) continue;
        ChartSeries series = seriesFor(runs, i, points);
        for (const LyapunovRow& row : runs[i].probes.lyapunov)
            if (row.layers.size() > layer && !row.layers[layer].low.empty())
                series.band.push_back({static_cast<double>(row.step), row.layers[layer].low.front(),
                                       row.layers[layer].high.front()});
        over.series.push_back(std::move(series));
        Points exponents;
        for (std::size_t k = 0; k < last->exponents.size(); ++k)
            exponents.emplace_back(static_cast<double>(k + 1), last->exponents[k]);
        spectrum.series.push_back(seriesFor(runs, i, exponents));
    }
    over.references.push_back({0, "0: above, gradients grow without limit"});
    spectrum.references.push_back({0, "0"});
    charts.push_back({over,
                      "Mean over trajectories, their range shaded. Positive: a small change of the "
                      "state grows exponentially with the time steps, and so do gradients."});
    charts.push_back({spectrum, "The largest few, at the last probe."});
}

}  // namespace bitloom::science_parts
