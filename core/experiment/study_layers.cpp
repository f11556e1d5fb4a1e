#include "experiment/study_layers.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "experiment/report_page.h"

namespace bitloom {
namespace {

constexpr double k_nan = std::numeric_limits<double>::quiet_NaN();

/// The layer's entry of a row, or nullptr.
template <class Layer>
const Layer* layerAt(const std::vector<Layer>& layers, std::size_t layer) {
    return layer < layers.size() ? &layers[layer] : nullptr;
}

/// The first row, or the last one.
template <class Row>
const Row* rowAt(const std::vector<Row>& rows, bool first) {
    if (rows.empty()) return nullptr;
    return first ? &rows.front() : &rows.back();
}

double growthOf(const std::vector<LayerGradients>& layers, std::size_t layer) {
    const LayerGradients* found = layerAt(layers, layer);
    if (!found || found->hidden.median.empty()) return k_nan;
    return found->hidden.medianGrowth.rate;
}

LayerMoment momentOf(const ComparedRun& run, std::size_t layer, bool first) {
    LayerMoment moment{0, k_nan, k_nan, k_nan, k_nan, k_nan};
    if (const GradientRow* row = rowAt(run.gradients, first)) {
        moment.step = row->step;
        moment.growth = growthOf(row->total, layer);
        moment.lastGrowth = growthOf(row->last, layer);
    }
    if (const BoundRow* row = rowAt(run.probes.bounds, first)) {
        moment.step = row->step;
        if (const LayerBound* bound = layerAt(row->layers, layer)) {
            moment.lambda1 = plainLambda(*bound, bound->lambda1);
            moment.tightness = bound->tightnessLargest;
        }
    }
    if (const LyapunovRow* row = rowAt(run.probes.lyapunov, first)) {
        moment.step = row->step;
        const LayerLyapunov* found = layerAt(row->layers, layer);
        if (found && !found->exponents.empty()) moment.exponent = found->exponents.front();
    }
    return moment;
}

std::string cell(double value) {
    return std::isfinite(value) ? "<td>" + shortNumber(value) + "</td>" : "<td class=\"m\">–</td>";
}

std::string cells(const LayerMoment& moment) {
    return cell(moment.growth) + cell(moment.lastGrowth) + cell(moment.lambda1) +
           cell(moment.tightness) + cell(moment.exponent);
}

}  // namespace

std::vector<LayerFigures> layerFigures(const std::vector<StudyRun>& runs) {
    std::vector<LayerFigures> rows;
    for (const StudyRun& each : runs) {
        const ComparedRun& run = *each.run;
        if (run.gradients.empty() && run.probes.bounds.empty()) continue;
        for (int layer = 0; layer < run.spec.network.layers; ++layer) {
            LayerFigures row;
            row.run = run.run.summary.name;
            row.key = each.key;
            row.layer = layer + 1;
            row.layers = run.spec.network.layers;
            row.start = momentOf(run, static_cast<std::size_t>(layer), true);
            row.end = momentOf(run, static_cast<std::size_t>(layer), false);
            row.untrained = row.start.step <= 1 && run.spec.start.run.empty();
            rows.push_back(std::move(row));
        }
    }
    return rows;
}

std::string firstProbeWords(const std::vector<LayerFigures>& rows) {
    const bool untrained = std::all_of(rows.begin(), rows.end(),
                                       [](const LayerFigures& row) { return row.untrained; });
    return untrained ? "before training" : "at the first probe";
}

std::string layerTableHtml(const std::vector<LayerFigures>& rows) {
    if (rows.empty()) return {};
    std::string start = firstProbeWords(rows);
    start.front() = start.front() == 'b' ? 'B' : 'A';
    const std::string columns =
        "<th>Growth a step back</th><th>of the last loss</th><th>Bound λ₁</th><th>Tightness</th>"
        "<th>First exponent</th>";
    std::string html =
        "<h2 class=\"part\">A layer at a time</h2><div class=\"card scroll\"><table><thead>"
        "<tr><th class=\"l\" rowspan=\"2\">Run</th><th rowspan=\"2\">Layer</th>"
        "<th class=\"c\" colspan=\"5\">" +
        start +
        "</th>"
        "<th class=\"c\" colspan=\"6\">At the last probe</th></tr>"
        "<tr>" +
        columns + "<th>Step</th>" + columns + "</tr></thead><tbody>\n";
    for (const LayerFigures& row : rows) {
        // A network's layers stand together under its name.
        html += std::string("<tr>") +
                (row.layer == 1 ? "<td class=\"l n\" rowspan=\"" + std::to_string(row.layers) +
                                      "\">" + escaped(row.run) + "</td>"
                                : std::string()) +
                "<td>" + std::to_string(row.layer) + "</td>" + cells(row.start) + "<td>" +
                std::to_string(row.end.step) + "</td>" + cells(row.end) + "</tr>\n";
    }
    return html +
           "</tbody></table></div>\n<p class=\"m\">Layer 1 reads the input. Growth: factor by "
           "which the norm of ∂L/∂hₜ changes a step backwards, a line through its logarithm, "
           "median over samples. Tightness: gradient over bound, the largest. First exponent: "
           "the largest Lyapunov exponent of the layer's state Jacobian, nats a step. λ₁ of an "
           "LSTM with "
           "batch norm, whose bound is on squares, is its root.</p>\n";
}

}  // namespace bitloom
