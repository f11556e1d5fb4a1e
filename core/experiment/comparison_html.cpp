#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "base/error.h"
#include "experiment/catalog.h"
#include "experiment/chart_svg.h"
#include "experiment/comparison.h"
#include "experiment/published.h"

namespace bitloom {
namespace {

constexpr std::size_t k_buckets = 280;  // about two pixels a stretch

constexpr const char* k_style = R"(
:root{color-scheme:light dark;--page:#f6f7f9;--raised:#fff;--hairline:#e3e6ea;--text:#1b1f24;--muted:#67707b;
--accent:#2f6fdb;--bad:#b3261e;--good:#1b7f4b;--run-1:#1f5fbf;--run-2:#c4500a;--run-3:#00805f;--run-4:#a8327e;
--run-5:#5b6470;--run-6:#8a6d00;--run-7:#2a8fb8;--run-8:#7a4bc2;--run-9:#a33030;--run-10:#3f7d20;
--run-11:#b0567a;--run-12:#4a4f9c}
@media(prefers-color-scheme:dark){:root{--page:#14171b;--raised:#1c2026;--hairline:#2c323a;--text:#e6e9ed;
--muted:#97a1ad;--accent:#6ea4ff;--bad:#ff8a80;--good:#6fd3a0;--run-1:#6ea4ff;--run-2:#ff9a57;--run-3:#4fd1a8;
--run-4:#f08cc8;--run-5:#b4bcc6;--run-6:#e3c54a;--run-7:#74cdf0;--run-8:#b99bf5;--run-9:#f08a8a;
--run-10:#9ad36a;--run-11:#f2a3bf;--run-12:#a3a8f0}}
*{box-sizing:border-box}body{margin:0;background:var(--page);color:var(--text);
font:13px/1.5 system-ui,"Segoe UI","Noto Sans",sans-serif}
main{max-width:1240px;margin:0 auto;padding:32px 24px 48px}h1{font-size:18px;font-weight:600;margin:0 0 4px}
h2{font-size:13px;font-weight:600;margin:0 0 8px}.lead{color:var(--muted);margin:0 0 24px}
.card{background:var(--raised);border:1px solid var(--hairline);border-radius:8px;padding:16px}
.scroll{overflow-x:auto;margin-bottom:24px}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{text-align:right;padding:8px 12px;white-space:nowrap;border-bottom:1px solid var(--hairline)}
th{font-size:11px;font-weight:500;color:var(--muted)}tr:last-child td{border-bottom:0}
th.l,td.l{text-align:left}td.n{white-space:normal;min-width:180px;font-weight:500}td.best{color:var(--good);font-weight:600}
.status-diverged,.status-failed,.status-lost{color:var(--bad)}.m{color:var(--muted)}
.grid{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,480px),1fr));gap:24px}
svg{display:block;width:100%;height:auto}svg.sample{width:28px;height:10px;display:inline-block}
.tick,.label,.note,.name{font-size:11px;fill:var(--muted);font-variant-numeric:tabular-nums}
.name{fill:var(--text);font-size:12px}.grid svg text{font-family:inherit}
line.grid{stroke:var(--hairline);stroke-width:1}line.axis{stroke:var(--muted);stroke-width:1;opacity:.5}
line.reference{stroke:var(--muted);stroke-width:1;stroke-dasharray:4 4}
.line{fill:none;stroke:currentColor;stroke-width:1.4;stroke-linejoin:round}.dot{fill:currentColor}
.cross{stroke:currentColor;stroke-width:1.8;fill:none}
.paper{fill:currentColor;opacity:.35}.part{fill:currentColor}.part-scales{opacity:.8}.part-norm{opacity:.65}
.part-statistics{opacity:.45}.part-biases{opacity:.55}
.run-1{color:var(--run-1)}.run-2{color:var(--run-2)}.run-3{color:var(--run-3)}.run-4{color:var(--run-4)}
.run-5{color:var(--run-5)}.run-6{color:var(--run-6)}.run-7{color:var(--run-7)}.run-8{color:var(--run-8)}
.run-9{color:var(--run-9)}.run-10{color:var(--run-10)}.run-11{color:var(--run-11)}.run-12{color:var(--run-12)}
footer{color:var(--muted);font-size:11px;margin-top:24px}
@media print{body{background:#fff}.card{break-inside:avoid}}
)";

std::string metricLabel(const std::string& metric) {
    if (metric == "bits_per_character") return "bits per character";
    if (metric == "mean_squared_error") return "mean squared error";
    return metric.empty() ? "value" : metric;
}

bool higherIsBetter(const std::string& metric) {
    return metric == "accuracy";
}

/// Accuracy is read in percent, everything else as it is.
double shown(const std::string& metric, double value) {
    return metric == "accuracy" ? 100 * value : value;
}

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

std::string labelOf(const std::vector<Entry>& table, const std::string& name) {
    const Entry* entry = findEntry(table, name);
    return entry ? entry->label : name;
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

/// The last profile of each run's top layer that holds a finite number.
Chart stateGradientChart(const std::vector<ComparedRun>& runs) {
    Chart chart;
    chart.title = "Gradient by time step";
    chart.xLabel = "time step in the window";
    chart.yLabel = "‖∂L/∂hₜ‖";
    chart.logarithmic = true;
    for (std::size_t i = 0; i < runs.size(); ++i) {
        ChartSeries series;
        series.style = static_cast<int>(i);
        for (auto row = runs[i].gradients.rbegin(); row != runs[i].gradients.rend(); ++row) {
            if (row->hidden.empty()) continue;
            const std::vector<double>& profile = row->hidden.back();
            if (std::none_of(profile.begin(), profile.end(),
                             [](double value) { return std::isfinite(value) && value > 0; }))
                continue;
            series.label = runs[i].run.summary.name + ", step " + std::to_string(row->step);
            for (std::size_t t = 0; t < profile.size(); ++t)
                series.points.emplace_back(static_cast<double>(t + 1), profile[t]);
            break;
        }
        if (!series.points.empty()) chart.series.push_back(std::move(series));
    }
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

std::string card(const std::string& title, const std::string& svg, const std::string& note = "") {
    if (svg.empty()) return {};
    return "<section class=\"card\"><h2>" + escaped(title) + "</h2>\n" + svg +
           (note.empty() ? "" : "<div class=\"m\">" + escaped(note) + "</div>") + "</section>\n";
}

std::string card(const Chart& chart, const std::string& note = "") {
    return card(chart.title, chartSvg(chart), note);
}

}  // namespace

std::string comparisonHtml(const std::vector<ComparedRun>& runs) {
    std::string html =
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
        "content=\"width=device-width,initial-scale=1\"><title>Bitloom comparison</title><style>";
    html += k_style;
    html += "</style></head><body><main><h1>Comparison of " + std::to_string(runs.size()) +
            (runs.size() == 1 ? " run" : " runs") + "</h1>\n<p class=\"lead\">Bitloom " +
            BITLOOM_VERSION + ", " + utcNow() + ". Lines differ in colour and in dash.</p>\n";
    html += tableHtml(runs);
    html += "<div class=\"grid\">\n";
    std::vector<std::string> metrics;
    for (const ComparedRun& run : runs)
        if (std::find(metrics.begin(), metrics.end(), run.run.summary.metric) == metrics.end())
            metrics.push_back(run.run.summary.metric);
    for (const std::string& metric : metrics) html += card(validationChart(runs, metric));
    html += card(trainingChart(runs));
    html += card(gradientNormChart(runs));
    html += card(stateGradientChart(runs),
                 "Top layer, 2-norm over the batch, last profile of each run; backpropagation runs "
                 "from right to left.");
    html += card("Model size, recurrent layers", sizeChart(runs),
                 "Above: the paper's formula, scales not counted. Below: bytes of the packed form, "
                 "in order weights, scales, norm parameters, statistics, biases.");
    html +=
        "</div>\n<footer>Best and last are validation values; published values are test results "
        "of Hou, Zhu, Kwok, Gao, Qin, Liu: Normalization Helps Training of Quantized LSTM, "
        "NeurIPS 2019.</footer></main></body></html>\n";
    return html;
}

}  // namespace bitloom
