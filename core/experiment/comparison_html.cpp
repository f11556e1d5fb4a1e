#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "base/error.h"
#include "experiment/catalog.h"
#include "experiment/chart_svg.h"
#include "experiment/comparison.h"
#include "experiment/published.h"
#include "experiment/report_page.h"
#include "experiment/science_charts.h"

namespace bitloom {
namespace {

constexpr std::size_t k_buckets = 280;  // about two pixels a stretch

std::string cell(const std::optional<double>& value, const std::string& metric) {
    if (!value || !std::isfinite(*value)) return "<td class=\"m\">–</td>";
    return "<td>" + shortNumber(shown(metric, *value)) + (metric == "accuracy" ? " %" : "") +
           "</td>";
}

std::string bytes(std::int64_t count) {
    return shortNumber(static_cast<double>(count) / 1024) + " KB";
}

std::string duration(double seconds) {
    if (!std::isfinite(seconds) || seconds < 0 || seconds > 1e9) return "–";
    const auto whole = static_cast<long>(seconds);
    if (whole < 60) return shortNumber(seconds < 10 ? seconds : static_cast<double>(whole)) + " s";
    if (whole < 3600)
        return std::to_string(whole / 60) + " min " + std::to_string(whole % 60) + " s";
    return std::to_string(whole / 3600) + " h " + std::to_string(whole / 60 % 60) + " min";
}

/// Index of the run with the best value of those of its dataset and metric.
bool isBest(const std::vector<ComparedRun>& runs, const ComparedRun& run) {
    const auto& own = run.run.summary;
    if (!own.best || runs.size() < 2) return false;
    for (const ComparedRun& other : runs) {
        const auto& theirs = other.run.summary;
        if (&other == &run || !theirs.best || theirs.metric != own.metric ||
            other.run.dataset != run.run.dataset)
            continue;
        if (higherIsBetter(own.metric) ? *theirs.best > *own.best : *theirs.best < *own.best)
            return false;
    }
    return true;
}

std::string tableHtml(const std::vector<ComparedRun>& runs) {
    std::string html =
        "<div class=\"card scroll\"><table><thead><tr><th class=\"l\"></th><th class=\"l\">Run</th>"
        "<th class=\"l\">Dataset</th><th class=\"l\">Network</th><th class=\"l\">Quantizer</th>"
        "<th>Bits</th><th class=\"l\">Normalization</th><th>Best</th><th>Last</th><th>Test</th>"
        "<th>Test, batch statistics</th><th>Published</th><th>Paper size</th><th>Packed</th>"
        "<th>Whole model</th><th>Tokens/s</th><th>Time</th><th class=\"l\">Status</th></tr></thead>"
        "<tbody>\n";
    for (std::size_t i = 0; i < runs.size(); ++i) {
        const LibraryRun& run = runs[i].run;
        const RunSummary& summary = run.summary;
        const PublishedResult* published = findPublished(runs[i].spec);
        const std::string status = toString(summary.status);
        html += "<tr><td class=\"l\">" + lineSampleSvg(static_cast<int>(i)) + "</td>";
        html += "<td class=\"l n\">" + escaped(summary.name) + "</td>";
        html += "<td class=\"l\">" + escaped(labelOf(datasetEntries(), run.dataset)) + "</td>";
        html += "<td class=\"l\">" + escaped(labelOf(cellEntries(), run.cell)) + " " +
                std::to_string(run.layers) + " × " + std::to_string(run.hidden) + "</td>";
        html += "<td class=\"l\">" + escaped(labelOf(quantizerEntries(), run.quantizer)) + "</td>";
        html += "<td>" + std::to_string(run.bits) + "</td>";
        html += "<td class=\"l\">" + escaped(labelOf(normalizationEntries(), run.normalization)) +
                "</td>";
        std::string best = cell(summary.best, summary.metric);
        if (isBest(runs, runs[i])) best.replace(0, 3, "<td class=\"best\"");
        html += best + cell(summary.last, summary.metric) + cell(summary.test, summary.metric);
        html += cell(summary.testBatchStatistics, summary.metric);
        html += cell(published ? published->value : std::nullopt, summary.metric);
        html += "<td>" + shortNumber(static_cast<double>(summary.size.paperKb)) + " KB</td>";
        html += "<td>" + bytes(summary.size.recurrentBytes) + "</td>";
        html += "<td>" + bytes(summary.size.modelBytes) + "</td>";
        html += "<td>" + shortNumber(std::round(summary.tokensPerSecond)) + "</td>";
        html += "<td>" + duration(summary.seconds) + "</td>";
        html += "<td class=\"l status-" + status + "\" title=\"" + escaped(summary.message) +
                "\">" + status + "</td></tr>\n";
    }
    return html + "</tbody></table></div>\n";
}

/// The note at a line's end, empty for a run that did not break.
std::string crossOf(const ComparedRun& run) {
    const RunSummary& summary = run.run.summary;
    if (summary.status != RunStatus::diverged && summary.status != RunStatus::failed) return {};
    return toString(summary.status) + " at step " + std::to_string(summary.step);
}

template <class Value>
ChartSeries seriesOf(const ComparedRun& run, std::size_t index, MetricRow::Kind kind, Value value) {
    ChartSeries series;
    series.label = run.run.summary.name;
    series.style = static_cast<int>(index);
    for (const MetricRow& row : run.metrics)
        if (row.kind == kind) series.points.emplace_back(static_cast<double>(row.step), value(row));
    series.points = thinned(series.points, k_buckets);
    series.cross = crossOf(run);
    series.crossAt = static_cast<double>(run.run.summary.step);
    return series;
}

/// Values that span decades read better on a logarithmic axis.
bool spansDecades(const Chart& chart) {
    double least = std::numeric_limits<double>::infinity();
    double most = 0;
    for (const ChartSeries& series : chart.series)
        for (const auto& [x, y] : series.points) {
            if (!std::isfinite(y)) continue;
            if (y <= 0) return false;
            least = std::min(least, y);
            most = std::max(most, y);
        }
    return most > 30 * least;
}

/// Floors of the datasets and published values; one line each, however many runs share it.
std::vector<ChartReference> referencesOf(const std::vector<ComparedRun>& runs,
                                         const std::string& metric) {
    std::vector<ChartReference> references;
    std::set<std::string> seen;
    const auto add = [&](double value, const std::string& label) {
        if (seen.insert(label).second) references.push_back({shown(metric, value), label});
    };
    for (const ComparedRun& run : runs) {
        if (run.run.summary.metric != metric) continue;
        try {
            const DatasetInfo info = describeDataset(run.spec.dataset);
            if (info.floor)
                add(*info.floor, (info.floorLabel.empty() ? "floor" : info.floorLabel) + " " +
                                     shortNumber(shown(metric, *info.floor)));
        } catch (const InputError&) {
            continue;  // the data is gone; the curves are still here
        }
    }
    for (const ComparedRun& run : runs) {
        const PublishedResult* published = findPublished(run.spec);
        if (published && published->value && run.run.summary.metric == metric &&
            published->metric() == metric && references.size() < 4)
            add(*published->value,
                "published " + shortNumber(shown(metric, *published->value)) + ", " +
                    labelOf(quantizerEntries(), std::string(published->quantizer)) + " + " +
                    std::string(published->normalization));
    }
    return references;
}

Chart validationChart(const std::vector<ComparedRun>& runs, const std::string& metric) {
    Chart chart;
    chart.title = "Validation, " + metricLabel(metric);
    chart.xLabel = "step";
    chart.yLabel = metricLabel(metric) + (metric == "accuracy" ? ", %" : "");
    for (std::size_t i = 0; i < runs.size(); ++i)
        if (runs[i].run.summary.metric == metric)
            chart.series.push_back(
                seriesOf(runs[i], i, MetricRow::Kind::valid,
                         [&](const MetricRow& row) { return shown(metric, row.value); }));
    // One validation a run is a number of the table, no curve.
    if (std::all_of(chart.series.begin(), chart.series.end(),
                    [](const ChartSeries& series) { return series.points.size() < 2; }))
        return {};
    chart.references = referencesOf(runs, metric);
    chart.logarithmic = metric != "accuracy" && spansDecades(chart);
    return chart;
}

Chart trainingChart(const std::vector<ComparedRun>& runs) {
    Chart chart;
    chart.title = "Training loss";
    chart.xLabel = "step";
    chart.yLabel = "loss, nats";
    for (std::size_t i = 0; i < runs.size(); ++i)
        chart.series.push_back(seriesOf(runs[i], i, MetricRow::Kind::train,
                                        [](const MetricRow& row) { return row.loss; }));
    chart.logarithmic = spansDecades(chart);
    return chart;
}

Chart gradientNormChart(const std::vector<ComparedRun>& runs) {
    Chart chart;
    chart.title = "Gradient norm";
    chart.xLabel = "step";
    chart.yLabel = "global norm before clipping";
    chart.logarithmic = true;
    for (std::size_t i = 0; i < runs.size(); ++i)
        chart.series.push_back(seriesOf(runs[i], i, MetricRow::Kind::train,
                                        [](const MetricRow& row) { return row.gradientNorm; }));
    return chart;
}

std::string sizeChart(const std::vector<ComparedRun>& runs) {
    std::vector<SizeBar> bars;
    for (std::size_t i = 0; i < runs.size(); ++i) {
        const ModelSize& size = runs[i].run.summary.size;
        const auto kb = [](std::int64_t count) { return static_cast<double>(count) / 1024; };
        bars.push_back({runs[i].run.summary.name,
                        static_cast<int>(i),
                        static_cast<double>(size.paperKb),
                        {{"weights", kb(size.parts.weights)},
                         {"scales", kb(size.parts.scales)},
                         {"norm", kb(size.parts.norm)},
                         {"statistics", kb(size.parts.statistics)},
                         {"biases", kb(size.parts.bias)}}});
    }
    return sizeBarsSvg(bars);
}

}  // namespace

std::string comparisonBody(const std::vector<ComparedRun>& runs) {
    std::string html = tableHtml(runs);
    html += "<div class=\"grid\">\n";
    std::vector<std::string> metrics;
    for (const ComparedRun& run : runs)
        if (std::find(metrics.begin(), metrics.end(), run.run.summary.metric) == metrics.end())
            metrics.push_back(run.run.summary.metric);
    for (const std::string& metric : metrics) html += card(validationChart(runs, metric));
    html += card(trainingChart(runs));
    html += card(gradientNormChart(runs));
    html += card("Model size, recurrent layers", sizeChart(runs),
                 "Above: the paper's formula, scales not counted. Below: bytes of the packed form, "
                 "in order weights, scales, norm parameters, statistics, biases.");
    html += "</div>\n";
    return html + scienceBody(runs);
}

std::string comparisonHtml(const std::vector<ComparedRun>& runs) {
    return reportPage(
        "Bitloom comparison",
        "Comparison of " + std::to_string(runs.size()) + (runs.size() == 1 ? " run" : " runs"),
        comparisonBody(runs));
}

}  // namespace bitloom
