#include "experiment/study_values.h"

#include <algorithm>
#include <cmath>

#include "experiment/published.h"
#include "experiment/published_figures.h"
#include "experiment/report_page.h"

namespace bitloom {
namespace {

using Values = std::vector<StudyValue>;

std::optional<double> finite(double value) {
    return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

StudyValue valueOf(const StudyRun& run, const std::string& quantity) {
    StudyValue value;
    value.run = run.run->run.summary.name;
    value.key = run.key;
    value.quantity = quantity;
    return value;
}

/// A one-layer LSTM of the size the figures are of.
bool isPublishedSize(const Spec& spec, const char* dataset, int hidden) {
    const NetworkConfig& network = spec.network;
    return spec.dataset.name == dataset && network.cell == Cell::lstm && network.layers == 1 &&
           network.hidden == hidden;
}

void addResult(Values& values, const StudyRun& run) {
    const RunSummary& summary = run.run->run.summary;
    StudyValue value = valueOf(run, "test, " + metricLabel(summary.metric));
    if (summary.test) value.measured = finite(shown(summary.metric, *summary.test));
    if (const PublishedResult* row = findPublished(run.run->spec)) {
        if (row->value) value.published = shown(summary.metric, *row->value);
        value.source = "Table " + std::to_string(row->table);
    }
    if (summary.metric == "accuracy") value.unit = " %";
    values.push_back(std::move(value));
}

/// lambda_1 at each iteration of Figure 1 the run has a probe near; first and last without them.
/// Weight normalization is published in the form printed in the paper.
void addLambda(Values& values, const StudyRun& run) {
    const auto& rows = run.run->probes.bounds;
    if (rows.empty()) return;
    const std::string& norm = run.run->spec.network.normalization.method;
    const bool printed = norm == "weight";
    const auto add = [&](const BoundRow& row, std::optional<double> published) {
        if (row.layers.empty()) return;
        const LayerBound& bound = row.layers.front();
        StudyValue value = valueOf(run, printed         ? "λ₁, printed form"
                                        : bound.squared ? "λ₁, root of the squared form"
                                                        : "λ₁");
        value.at = "iteration " + std::to_string(row.step - 1);
        value.measured = finite(plainLambda(bound, printed ? bound.printed1 : bound.lambda1));
        value.published = published;
        if (published) value.source = "Figure 1";
        values.push_back(std::move(value));
    };
    const PublishedCurve* curve =
        isPublishedSize(run.run->spec, "ptb_char", 512)
            ? findPublishedLambda1(run.run->spec.network.quantizer.method, norm)
            : nullptr;
    if (!curve) {
        add(rows.front(), std::nullopt);
        if (rows.size() > 1) add(rows.back(), std::nullopt);
        return;
    }
    for (const auto& [iteration, published] : curve->points) {
        const BoundRow* nearest = nullptr;
        double least = 0;
        for (const BoundRow& row : rows) {
            const double distance = std::abs(static_cast<double>(row.step - 1) - iteration);
            if (nearest && distance >= least) continue;
            nearest = &row;
            least = distance;
        }
        // The curve moves fast at first: only a probe at about the same iteration compares.
        if (nearest && least <= std::max(1.0, 0.02 * iteration)) add(*nearest, published);
    }
}

double medianOf(std::vector<double> values) {
    std::erase_if(values, [](double value) { return !std::isfinite(value); });
    if (values.empty()) return std::nan("");
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

/// Medians over samples: the paper's curves are of single samples. The last step is of the first
/// probe, before any update; growth and the median over time steps of the first and the last one,
/// for the paper does not say at which iteration, and its medians are those of trained networks.
void addGradient(Values& values, const StudyRun& run, StudyQuantity quantity) {
    const auto& rows = run.run->gradients;
    const Spec& spec = run.run->spec;
    const bool sized =
        isPublishedSize(spec, "ptb_char", 512) || isPublishedSize(spec, "ptb_word", 300);
    const PublishedStateGradient* paper =
        sized ? findPublishedStateGradient(spec.dataset.name, spec.network.quantizer.method,
                                           spec.network.normalization.method)
              : nullptr;
    const auto add = [&](const GradientRow& row, const char* words, double measured,
                         double published) {
        StudyValue value = valueOf(run, words);
        value.at = "iteration " + std::to_string(row.step - 1);
        value.measured = finite(measured);
        if (published > 0) {
            value.published = published;
            value.source = "Figure " + std::to_string(paper->figure);
        }
        values.push_back(std::move(value));
    };
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const bool first = i == 0;
        const bool last = i + 1 == rows.size();
        if ((!first && !last) || rows[i].total.empty()) continue;
        const GradientProfile& profile = rows[i].total.front().hidden;
        if (profile.median.empty()) continue;
        if (quantity == StudyQuantity::gradientMedian)
            add(rows[i], "‖∂L/∂hₜ‖, median over t", medianOf(profile.median),
                last && rows[i].step > 1 && paper ? paper->median : 0);
        else if (quantity == StudyQuantity::gradientGrowth)
            add(rows[i], "growth a step back", profile.medianGrowth.rate,
                first && paper ? paper->growth : 0);
        else if (first)
            add(rows[i], "‖∂L/∂hₜ‖, last t", profile.median.back(), paper ? paper->lastStep : 0);
    }
}

void addLyapunov(Values& values, const StudyRun& run) {
    const auto& rows = run.run->probes.lyapunov;
    if (rows.empty()) return;
    for (std::size_t l = 0; l < rows.back().layers.size(); ++l) {
        const LayerLyapunov& layer = rows.back().layers[l];
        if (layer.exponents.empty()) continue;
        StudyValue value =
            valueOf(run, "largest Lyapunov exponent" + (rows.back().layers.size() > 1
                                                            ? ", layer " + std::to_string(l + 1)
                                                            : std::string()));
        value.at = "step " + std::to_string(rows.back().step);
        value.measured = finite(layer.exponents.front());
        values.push_back(std::move(value));
    }
}

void addTightness(Values& values, const StudyRun& run) {
    const auto& rows = run.run->probes.bounds;
    if (rows.empty()) return;
    StudyValue value = valueOf(run, "tightness, largest");
    value.at = "step " + std::to_string(rows.back().step);
    value.measured = finite(rows.back().tightnessMax);
    values.push_back(std::move(value));
}

void addStatistics(Values& values, const StudyRun& run) {
    const RunSummary& summary = run.run->run.summary;
    const PublishedResult* row = findPublished(run.run->spec);
    const auto add = [&](const char* words, const std::optional<double>& measured, bool paper) {
        if (!measured && !paper) return;
        StudyValue value = valueOf(run, words);
        if (measured) value.measured = finite(shown(summary.metric, *measured));
        if (paper && row) {
            if (row->value) value.published = shown(summary.metric, *row->value);
            value.source = "Table " + std::to_string(row->table);
        }
        if (summary.metric == "accuracy") value.unit = " %";
        values.push_back(std::move(value));
    };
    add("test, running statistics", summary.test, true);
    add("test, the batch's own", summary.testBatchStatistics, false);
    add("test, each step's average", summary.testPerStep, false);
    add("test, average of all steps", summary.testTrueAverage, false);
}

}  // namespace

Values studyValues(const Study& study, const std::vector<StudyRun>& runs) {
    Values values;
    for (const StudyQuantity quantity : study.quantities)
        for (const StudyRun& run : runs) {
            switch (quantity) {
                case StudyQuantity::result:
                    addResult(values, run);
                    break;
                case StudyQuantity::lambda1:
                    addLambda(values, run);
                    break;
                case StudyQuantity::gradientMedian:
                case StudyQuantity::gradientLastStep:
                case StudyQuantity::gradientGrowth:
                    addGradient(values, run, quantity);
                    break;
                case StudyQuantity::lyapunov:
                    addLyapunov(values, run);
                    break;
                case StudyQuantity::tightness:
                    addTightness(values, run);
                    break;
                case StudyQuantity::statistics:
                    addStatistics(values, run);
                    break;
                case StudyQuantity::layers:
                    break;  // a table of its own
            }
        }
    return values;
}

}  // namespace bitloom
