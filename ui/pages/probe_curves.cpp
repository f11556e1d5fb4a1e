#include "pages/probe_curves.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>

#include "charts/range.h"
#include "experiment/published.h"
#include "models/format.h"

namespace bitloom::ui {
namespace {

QString tr(const char* words) {
    return QCoreApplication::translate("ProbeCharts", words);
}

struct Words {
    QString title, axis, empty;
    bool log = false;
    bool steps = true;  ///< x is the training step, not the time step
};

Words wordsOf(ProbeKind kind) {
    switch (kind) {
        case ProbeKind::value:
            return {tr("Validation"), {}, tr("Validation appears here while the run trains.")};
        case ProbeKind::loss:
            return {tr("Training loss"), tr("loss (nats)"), tr("Training loss, step by step.")};
        case ProbeKind::profile:
            return {tr("|∂L/∂hₜ| of the summed loss"), QStringLiteral("|∂L/∂hₜ|"),
                    tr("How large gradients are at each time step."), true, false};
        case ProbeKind::lastStep:
            return {tr("|∂L/∂hₜ| of the last step's loss"), QStringLiteral("|∂L/∂hₜ|"),
                    tr("How far back the error of one time step reaches."), true, false};
        case ProbeKind::norms:
            return {tr("Largest spectral norm, what multiplies"), tr("‖W_hh‖₂"),
                    tr("Spectral norms of the matrices that multiply the state."), true};
        case ProbeKind::quantized:
            return {tr("Largest spectral norm, quantized"), tr("‖Q(W_hh)‖₂"),
                    tr("Spectral norms of the quantized matrices, beside their floor."), true};
        case ProbeKind::lambda:
            return {
                tr("λ₁ over training"), QStringLiteral("λ₁"),
                tr("The paper's bound on a step of the gradient, probe by probe; of batch norm's, "
                   "which is on squares, the root."),
                true};
        case ProbeKind::frozen:
            return {tr("λ₁ with the gains held at their start"), QStringLiteral("λ₁"),
                    tr("λ₁ without what the gains have learnt."), true};
        case ProbeKind::growth:
            return {tr("Growth of the last step's gradient"), tr("factor a step backwards"),
                    tr("How fast gradients grow or fade, probe by probe.")};
        case ProbeKind::lyapunov:
            return {tr("First Lyapunov exponent"), tr("exponent (nats a step)"),
                    tr("Above 0 gradients explode in the long run, below 0 they vanish.")};
        case ProbeKind::tightness:
            return {tr("Gradient over its bound, largest"), tr("gradient / bound"),
                    tr("How near gradients come to their bound: never above 1."), true};
        case ProbeKind::gains:
            return {tr("Largest gain"), tr("largest |g|"),
                    tr("The largest gain of the normalization, probe by probe.")};
    }
    return {};
}

/// The layer asked for, or the last there is.
int inLayer(int wanted, std::size_t count) {
    return std::clamp(wanted, 0, std::max(static_cast<int>(count) - 1, 0));
}

template <class Row>
auto layerIn(const Row& row, int layer) {
    return layerOf(&row, inLayer(layer, row.layers.size()));
}

double largestOf(const std::vector<double>& values) {
    double most = std::nan("");
    for (const double value : values) {
        if (std::isfinite(value) && !(value <= most)) most = value;
    }
    return most;
}

void point(ProbeCurve& curve, std::int64_t step, double value) {
    if (!std::isfinite(value)) return;
    curve.x.push_back(static_cast<double>(step));
    curve.y.push_back(value);
}

void evaluationCurve(ProbeCurve& curve, const ProbedRun& shown) {
    const std::string metric = shown.dataset   ? shown.dataset->metric
                               : shown.summary ? shown.summary->metric
                                               : std::string();
    const double factor = metricFactor(metric);
    for (const MetricRow& row : shown.evaluations) {
        if (row.kind != MetricRow::Kind::valid) continue;
        curve.x.push_back(static_cast<double>(row.step));
        curve.y.push_back(row.value * factor);
    }
    if (shown.dataset && shown.dataset->floor) {
        const double floor = *shown.dataset->floor * factor;
        curve.references.push_back(
            {floor, tr("floor %1").arg(formatNumber(floor, 3)), Qt::Horizontal, -1});
    }
}

void profileCurve(ProbeCurve& curve, const ProbedRun& shown, bool last, int layer, bool atStart) {
    const auto& rows = shown.history.gradients;
    if (rows.empty()) return;
    const GradientRow& row = atStart ? rows.front() : rows.back();
    const int place = inLayer(layer, row.hidden.size());
    const GradientProfile* found = profileOf(&row, place, last, false);
    if (found) {
        curve.y = found->batch;
    } else if (!last && static_cast<std::size_t>(place) < row.hidden.size()) {
        curve.y = row.hidden[static_cast<std::size_t>(place)];
    }
    for (std::size_t t = 0; t < curve.y.size(); ++t) curve.x.push_back(static_cast<double>(t + 1));
}

void normCurve(ProbeCurve& curve, const ProbedRun& shown, int layer, bool quantized) {
    double floor = std::nan("");
    for (const SpectrumRow& row : shown.history.spectra) {
        const MatrixSpectrum* matrix = matrixOf(layerIn(row, layer), "hh");
        if (!matrix) continue;
        point(curve, row.step, largestOf(quantized ? matrix->quantized : matrix->effective));
        const double now = largestOf(matrix->floor);
        if (std::isfinite(now)) floor = now;
    }
    if (quantized && std::isfinite(floor)) {
        curve.references.push_back(
            {floor, tr("floor %1").arg(formatNumber(floor, 3)), Qt::Horizontal, -1});
    }
}

}  // namespace

bool ProbedRun::add(const RunNews& news) {
    if (news.spec) spec = news.spec;
    if (news.dataset) dataset = news.dataset;
    if (news.summary) summary = news.summary;
    caughtUp = caughtUp || news.caughtUp;
    if (news.rows.restarted) {
        train.clear();
        evaluations.clear();
    }
    for (const MetricRow& row : news.rows.metrics) {
        if (row.kind == MetricRow::Kind::train) train.push_back(row);
        if (row.kind == MetricRow::Kind::valid || row.kind == MetricRow::Kind::test) {
            evaluations.push_back(row);
        }
    }
    return history.add(news.rows) || !news.empty();
}

QString probeTitle(ProbeKind kind) {
    return wordsOf(kind).title;
}

void setUpProbeChart(CurveChart& chart, ProbeKind kind) {
    const Words words = wordsOf(kind);
    chart.setTitle(words.title);
    chart.setXAxis({words.steps ? tr("training step") : tr("time step t"), {}, false, {}, {}});
    chart.setYAxis({words.axis, {}, words.log, {}, {}});
    chart.setEmptyText(words.empty);
}

ProbeCurve probeCurve(const ProbedRun& shown, ProbeKind kind, int layer, bool atStart) {
    ProbeCurve curve;
    const ProbeHistory& history = shown.history;
    switch (kind) {
        case ProbeKind::value:
            evaluationCurve(curve, shown);
            break;
        case ProbeKind::loss:
            for (const MetricRow& row : shown.train) {
                curve.x.push_back(static_cast<double>(row.step));
                curve.y.push_back(row.loss);
            }
            break;
        case ProbeKind::profile:
        case ProbeKind::lastStep:
            profileCurve(curve, shown, kind == ProbeKind::lastStep, layer, atStart);
            break;
        case ProbeKind::norms:
        case ProbeKind::quantized:
            normCurve(curve, shown, layer, kind == ProbeKind::quantized);
            break;
        case ProbeKind::lambda:
        case ProbeKind::frozen:
            for (const BoundRow& row : history.bounds) {
                const LayerBound* bound = layerIn(row, layer);
                if (!bound) continue;
                point(curve, row.step,
                      plainLambda(*bound,
                                  kind == ProbeKind::frozen ? bound->frozen1 : bound->lambda1));
            }
            if (!curve.x.empty()) {
                curve.references.push_back({1, QStringLiteral("1"), Qt::Horizontal, -1, false});
            }
            break;
        case ProbeKind::growth:
            for (const GradientRow& row : history.gradients) {
                const int place = inLayer(layer, row.hidden.size());
                const GradientProfile* found = profileOf(&row, place, true, false);
                if (!found) found = profileOf(&row, place, false, false);
                if (found) point(curve, row.step, found->growth.rate);
            }
            if (!curve.x.empty()) {
                curve.references.push_back({1, tr("keeps its size"), Qt::Horizontal, -1});
            }
            break;
        case ProbeKind::lyapunov:
            for (const LyapunovRow& row : history.lyapunov) {
                const LayerLyapunov* found = layerIn(row, layer);
                if (!found || found->exponents.empty() ||
                    !std::isfinite(found->exponents.front())) {
                    continue;
                }
                point(curve, row.step, found->exponents.front());
                curve.low.push_back(valueOf(found->low, 0));
                curve.high.push_back(valueOf(found->high, 0));
            }
            if (!curve.x.empty()) curve.references.push_back({0, {}, Qt::Horizontal, -1});
            break;
        case ProbeKind::tightness:
            for (const BoundRow& row : history.bounds) {
                const LayerBound* bound = layerIn(row, layer);
                if (!bound) continue;
                point(curve, row.step, bound->tightnessLargest);
                if (bound->violations > 0 && curve.error.isEmpty()) {
                    curve.error =
                        tr("program error: %1 > 1").arg(powerText(bound->tightnessLargest));
                }
            }
            if (!curve.x.empty()) {
                curve.references.push_back({1, tr("bound"), Qt::Horizontal, -1});
            }
            break;
        case ProbeKind::gains:
            for (const GainRow& row : history.gains) {
                const LayerGains* gains = layerIn(row, layer);
                if (!gains) continue;
                std::vector<double> largest;
                for (const GainGroup& group : gains->groups) largest.push_back(group.largest);
                point(curve, row.step, largestOf(largest));
            }
            break;
    }
    return curve;
}

void drawProbes(CurveChart& chart, ProbeKind kind, const std::vector<const ProbedRun*>& runs,
                int layer, bool atStart) {
    chart.clear();
    std::vector<ReferenceLine> lines;
    std::string metric;
    for (const ProbedRun* shown : runs) {
        if (metric.empty() && shown->dataset) metric = shown->dataset->metric;
    }
    for (const ProbedRun* shown : runs) {
        // Only runs of one metric stand on one axis.
        const bool other =
            kind == ProbeKind::value && shown->dataset && shown->dataset->metric != metric;
        if (other) continue;
        ProbeCurve curve = probeCurve(*shown, kind, layer, atStart);
        if (curve.x.empty()) continue;
        CurveStyle style{shown->run.name, shown->run.color};
        style.points =
            kind != ProbeKind::loss && kind != ProbeKind::profile && kind != ProbeKind::lastStep;
        const int id = chart.addSeries(style);
        if (!curve.low.empty()) chart.setBand(id, curve.x, curve.low, curve.high);
        const double end = curve.x.back();
        chart.setData(id, std::move(curve.x), std::move(curve.y));
        if (!curve.error.isEmpty()) chart.addCross(id, end, curve.error);
        const bool broken = shown->summary && shown->summary->status == RunStatus::diverged;
        if (broken && (kind == ProbeKind::loss || kind == ProbeKind::value)) {
            chart.addCross(id, static_cast<double>(shown->summary->step), tr("diverged"));
        }
        for (const ReferenceLine& line : curve.references) {
            const bool known =
                std::any_of(lines.begin(), lines.end(), [&](const ReferenceLine& before) {
                    return std::abs(before.at - line.at) <= 1e-9 * std::abs(line.at);
                });
            if (!known) lines.push_back(line);
        }
    }
    chart.setReferences(lines);
    if (kind == ProbeKind::value && !metric.empty()) {
        chart.setYAxis(
            {formatMetricName(metric), formatMetricUnit(metric), metric == "perplexity", {}, {}});
    }
}

}  // namespace bitloom::ui
