#include "pages/inspect_spectra.h"

#include <QGridLayout>
#include <QPushButton>
#include <algorithm>
#include <cmath>

#include "charts/curve_chart.h"
#include "charts/range.h"
#include "models/format.h"
#include "models/probe_words.h"
#include "models/published_lines.h"
#include "pages/chart_panel.h"

namespace bitloom::ui {
namespace {

/// Which matrix of a gate: what multiplies, Q(W), or W.
std::vector<double> MatrixSpectrum::*kindOf(int index) {
    switch (index) {
        case 1:
            return &MatrixSpectrum::quantized;
        case 2:
            return &MatrixSpectrum::latent;
        default:
            return &MatrixSpectrum::effective;
    }
}

void addCurve(CurveChart& chart, const QString& name, int run, std::vector<double> x,
              std::vector<double> y, bool dashed = false) {
    if (x.empty() || std::none_of(y.begin(), y.end(), [](double v) { return std::isfinite(v); })) {
        return;
    }
    CurveStyle style{name, run};
    style.points = !dashed;
    style.dashed = dashed;
    chart.setData(chart.addSeries(style), std::move(x), std::move(y));
}

}  // namespace

InspectSpectra::InspectSpectra(const Theme& theme, QWidget* parent)
    : InspectTab(parent),
      m_norms(new CurveChart(theme, this)),
      m_lambda(new CurveChart(theme, this)),
      m_exponents(new CurveChart(theme, this)),
      m_convergence(new CurveChart(theme, this)),
      m_spectrum(new CurveChart(theme, this)),
      m_whole(new QPushButton(tr("Whole spectrum"), this)) {
    m_norms->setObjectName(QStringLiteral("inspectNorms"));
    m_lambda->setObjectName(QStringLiteral("inspectLambda"));
    m_exponents->setObjectName(QStringLiteral("inspectLyapunov"));
    m_convergence->setObjectName(QStringLiteral("inspectConvergence"));
    m_spectrum->setObjectName(QStringLiteral("inspectSpectrum"));
    m_whole->setObjectName(QStringLiteral("wholeSpectrum"));
    setRole(m_whole, ButtonRole::normal);
    m_whole->setToolTip(
        tr("Measures every exponent at the last checkpoint, in a process of its own"));
    m_normsPanel = new ChartPanel(m_norms, tr("Spectral norms"), this);
    m_lambdaPanel = new ChartPanel(m_lambda, tr("λ₁ and λ₂ over training"), this);
    m_exponentsPanel = new ChartPanel(m_exponents, tr("Lyapunov exponents over training"), this);
    m_convergencePanel = new ChartPanel(m_convergence, tr("Convergence"), this);
    m_convergencePanel->addChart(m_spectrum);
    m_convergence->setTitle(tr("Convergence of the first exponent"));
    m_spectrum->setTitle(tr("Lyapunov spectrum"));

    m_kind = m_normsPanel->addSwitch(tr("Which weights"));
    m_kind->setObjectName(QStringLiteral("whichWeights"));
    m_kind->addSegment(tr("Effective"), {},
                       tr("What multiplies: after quantizing and weight norm"));
    m_kind->addSegment(tr("Quantized"), {}, tr("Q(W)"));
    m_kind->addSegment(tr("Latent"), {}, tr("W, the full-precision weights that are updated"));
    m_side = m_normsPanel->addSwitch(tr("Which matrix"));
    m_side->setObjectName(QStringLiteral("whichMatrix"));
    m_side->addSegment(QStringLiteral("W_hh"), QStringLiteral("hh"), tr("From state to state"));
    m_side->addSegment(QStringLiteral("W_ih"), QStringLiteral("ih"), tr("From the input"));
    m_detail = m_convergencePanel->addSwitch(tr("Which detail"));
    m_detail->setObjectName(QStringLiteral("whichDetail"));
    m_detail->addSegment(tr("Convergence"), {}, tr("The first exponent by steps followed"));
    m_detail->addSegment(tr("Spectrum"), {}, tr("All exponents measured at this step"));
    m_convergencePanel->addToHead(m_whole);
    for (Segmented* choice : {m_kind, m_side}) {
        connect(choice, &Segmented::currentChanged, this, &InspectSpectra::redraw);
    }
    connect(m_detail, &Segmented::currentChanged, this, [this](int chosen) {
        m_convergencePanel->showChart(chosen == 0 ? m_convergence : m_spectrum);
    });
    connect(m_whole, &QPushButton::clicked, this, [this] {
        m_detail->setCurrentIndex(1);
        Q_EMIT probeRequested(true);
    });

    m_lambdaPanel->setWordLines(2);
    m_normsPanel->setWordLines(2);
    m_exponentsPanel->setWordLines(4);
    auto* grid = new QGridLayout(this);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setSpacing(spacing::gap);
    grid->addWidget(m_normsPanel, 0, 0);
    grid->addWidget(m_lambdaPanel, 0, 1);
    grid->addWidget(m_exponentsPanel, 1, 0);
    grid->addWidget(m_convergencePanel, 1, 1);
    for (int i = 0; i < 2; ++i) {
        grid->setColumnStretch(i, 1);
        grid->setRowStretch(i, 1);
    }
    for (CurveChart* chart : {m_norms, m_lambda, m_exponents}) {
        chart->setXAxis({tr("training step"), {}, false, {}, {}});
        connect(chart, &CurveChart::clicked, this, &InspectTab::stepChosen);
    }
    for (Chart* chart : charts()) {
        chart->setKeyVisible(true);
        connect(chart, &Chart::said, this, &InspectTab::said);
    }
    m_exponents->setKeyVisible(false);
    m_spectrum->setKeyVisible(false);
    m_norms->setYAxis({tr("‖W‖₂"), {}, true, {}, {}});
    m_norms->setEmptyText(
        tr("The largest singular value of each gate's matrix, probe by probe, "
           "beside the floor no ±1 matrix goes below."));
    m_lambda->setYAxis({QStringLiteral("λ"), {}, true, {}, {}});
    m_lambda->setEmptyText(tr("The paper's bound on the growth of gradients, probe by probe."));
    m_exponents->setYAxis({tr("exponent"), tr("nats a step"), false, {}, {}});
    m_exponents->setEmptyText(
        tr("How fast near states part (above 0) or meet (below 0), probe by probe."));
    m_convergence->setXAxis({tr("time steps followed"), {}, false, 0.0, {}});
    m_convergence->setYAxis({tr("first exponent"), tr("nats a step"), false, {}, {}});
    m_convergence->setEmptyText(tr("The first exponent settles as more time steps are followed."));
    m_spectrum->setXAxis({tr("exponent"), tr("number"), false, {}, {}});
    m_spectrum->setYAxis({tr("exponent"), tr("nats a step"), false, {}, {}});
    m_spectrum->setEmptyText(tr("All exponents, the largest first."));
}

std::vector<Chart*> InspectSpectra::charts() const {
    return {m_norms, m_lambda, m_exponents, m_convergence, m_spectrum};
}

QString InspectSpectra::exponentWords() const {
    return m_exponentsPanel->words();
}

void InspectSpectra::setWholeSpectrum(const LyapunovRow& row) {
    m_wholeRow = row;
    redraw();
}

void InspectSpectra::setMeasuring(bool measuring) {
    m_whole->setEnabled(!measuring);
    m_whole->setText(measuring ? tr("Measuring…") : tr("Whole spectrum"));
}

void InspectSpectra::show(const InspectView& view) {
    m_view = view;
    drawNorms(view);
    drawLambda(view);
    drawExponents(view);
    drawConvergence(view);
    drawSpectrum(view);
}

void InspectSpectra::redraw() {
    if (m_view.history) show(InspectView(m_view));
}

void InspectSpectra::drawNorms(const InspectView& view) {
    m_norms->clear();
    const auto kind = kindOf(m_kind->currentIndex());
    const std::string side = m_side->currentData().toString().toStdString();
    std::vector<double> x;
    for (const SpectrumRow& row : view.history->spectra) {
        if (matrixOf(layerOf(&row, view.layer), side)) x.push_back(static_cast<double>(row.step));
    }
    double floor = std::nan("");
    for (const std::size_t gate : view.gates()) {
        std::vector<double> y, frozen;
        for (const SpectrumRow& row : view.history->spectra) {
            const MatrixSpectrum* matrix = matrixOf(layerOf(&row, view.layer), side);
            if (!matrix) continue;
            y.push_back(valueOf(matrix->*kind, gate));
            frozen.push_back(valueOf(matrix->frozen, gate));
            floor = valueOf(matrix->floor, gate);
        }
        addCurve(*m_norms, view.gateName(gate), static_cast<int>(gate), x, std::move(y));
        if (view.gate >= 0 && m_kind->currentIndex() == 0) {
            addCurve(*m_norms, tr("%1, gains as at the start").arg(view.gateName(gate)),
                     static_cast<int>(gate), x, std::move(frozen), true);
        }
    }
    std::vector<ReferenceLine> lines;
    // Weight norm scales what is quantized: the floor is not one of its product.
    const bool scaled = view.spec && view.spec->network.normalization.method == "weight";
    const bool level = std::isfinite(floor) &&
                       (m_kind->currentIndex() == 1 || (m_kind->currentIndex() == 0 && !scaled));
    if (level) {
        lines.push_back({floor, tr("floor %1").arg(formatNumber(floor, 3)), Qt::Horizontal, -1});
    }
    m_norms->setReferences(lines);
    if (!x.empty()) m_norms->addEvent(static_cast<double>(view.step), {});

    QString words;
    const SpectrumRow* now = ProbeHistory::at(view.history->spectra, view.step);
    if (const MatrixSpectrum* matrix = matrixOf(layerOf(now, view.layer), side)) {
        const auto largest = [&](const std::vector<double>& values) {
            double most = std::nan("");
            for (const std::size_t gate : view.gates()) {
                const double value = valueOf(values, gate);
                if (std::isfinite(value) && !(value <= most)) most = value;
            }
            return most;
        };
        words = tr("Step %1: latent %2, quantized %3, effective %4 at most.")
                    .arg(now->step)
                    .arg(formatNumber(largest(matrix->latent), 3),
                         formatNumber(largest(matrix->quantized), 3),
                         formatNumber(largest(matrix->effective), 3));
        const double lowest = largest(matrix->floor);
        if (std::isfinite(lowest)) {
            words +=
                QLatin1Char(' ') + tr("Whatever the weights are, quantized ones of these levels "
                                      "cannot go below %1.")
                                       .arg(formatNumber(lowest, 3));
        }
    }
    m_normsPanel->setWords(words);
}

void InspectSpectra::drawLambda(const InspectView& view) {
    m_lambda->clear();
    struct Curve {
        QString name;
        double LayerBound::*member;
        int run;
        bool dashed;
    };
    const Curve curves[] = {{QStringLiteral("λ₁"), &LayerBound::lambda1, 0, false},
                            {QStringLiteral("λ₂"), &LayerBound::lambda2, 1, false},
                            {tr("λ₁, largest sample"), &LayerBound::lambda1Largest, 0, true},
                            {tr("λ₁ as printed"), &LayerBound::printed1, 2, false},
                            {tr("λ₁, gains as at the start"), &LayerBound::frozen1, 3, false}};
    std::vector<double> x;
    for (const BoundRow& row : view.history->bounds) {
        if (layerOf(&row, view.layer)) x.push_back(static_cast<double>(row.step));
    }
    for (const Curve& curve : curves) {
        std::vector<double> y;
        for (const BoundRow& row : view.history->bounds) {
            if (const LayerBound* bound = layerOf(&row, view.layer)) {
                y.push_back(bound->*curve.member);
            }
        }
        addCurve(*m_lambda, curve.name, curve.run, x, std::move(y), curve.dashed);
    }
    const PublishedCurve* paper =
        view.spec && view.layer == 0 && !x.empty() ? publishedLambdaOf(*view.spec) : nullptr;
    if (paper) {
        std::vector<double> steps, values;
        for (const auto& [iteration, value] : paper->points) {
            if (iteration > std::max(x.back(), 98.0)) continue;
            steps.push_back(iteration + 1);
            values.push_back(value);
        }
        addCurve(*m_lambda, tr("λ₁ in the paper"), 5, std::move(steps), std::move(values), true);
    }
    // The share of one gate, if one is chosen.
    if (view.gate >= 0) {
        std::vector<double> y;
        for (const BoundRow& row : view.history->bounds) {
            if (const LayerBound* bound = layerOf(&row, view.layer)) {
                y.push_back(valueOf(bound->parts, static_cast<std::size_t>(view.gate)));
            }
        }
        addCurve(*m_lambda, tr("share of gate %1").arg(view.gateName(view.gates().front())), 4, x,
                 std::move(y));
    }
    if (!x.empty()) {
        m_lambda->setReferences({{1, QStringLiteral("1"), Qt::Horizontal, -1, false}});
        m_lambda->addEvent(static_cast<double>(view.step), {});
    }
    const BoundRow* now = ProbeHistory::at(view.history->bounds, view.step);
    QString words;
    if (const LayerBound* bound = layerOf(now, view.layer)) {
        words = tr("Step %1: λ₁ = %2").arg(now->step).arg(powerText(bound->lambda1));
        if (std::isfinite(bound->lambda2)) {
            words += tr(", λ₂ = %1").arg(powerText(bound->lambda2));
        }
        words += bound->squared ? tr("; this form bounds squared norms over the minibatch.")
                                : QStringLiteral(".");
        if (std::isfinite(bound->frozen1)) {
            words +=
                QLatin1Char(' ') +
                tr("With the gains held at their start λ₁ would be %1: they make it %2 times as "
                   "large.")
                    .arg(formatNumber(bound->frozen1, 3),
                         formatNumber(bound->lambda1 / bound->frozen1, 3));
        }
    }
    m_lambdaPanel->setWords(words);
}

void InspectSpectra::drawExponents(const InspectView& view) {
    m_exponents->clear();
    std::size_t count = 0;
    for (const LyapunovRow& row : view.history->lyapunov) {
        if (const LayerLyapunov* layer = layerOf(&row, view.layer)) {
            count = std::max(count, layer->exponents.size());
        }
    }
    for (std::size_t index = 0; index < count; ++index) {
        std::vector<double> x, y, low, high;
        for (const LyapunovRow& row : view.history->lyapunov) {
            const LayerLyapunov* layer = layerOf(&row, view.layer);
            if (!layer || index >= layer->exponents.size()) continue;
            x.push_back(static_cast<double>(row.step));
            y.push_back(layer->exponents[index]);
            low.push_back(valueOf(layer->low, index));
            high.push_back(valueOf(layer->high, index));
        }
        CurveStyle style{tr("exponent %1").arg(index + 1), index == 0 ? 0 : 2};
        style.points = index == 0;
        style.faint = index > 0;
        const int id = m_exponents->addSeries(style);
        if (index == 0) m_exponents->setBand(id, x, low, high);
        m_exponents->setData(id, std::move(x), std::move(y));
    }
    if (count > 0) {
        m_exponents->setReferences({{0, QStringLiteral("0"), Qt::Horizontal, -1, true}});
        m_exponents->addEvent(static_cast<double>(view.step), {});
    }
    const LyapunovRow* now = ProbeHistory::at(view.history->lyapunov, view.step);
    const LayerLyapunov* layer = layerOf(now, view.layer);
    m_exponentsPanel->setTitle(count > 0
                                   ? tr("Lyapunov exponents over training, first %1").arg(count)
                                   : tr("Lyapunov exponents over training"));
    if (!layer) {
        m_exponentsPanel->setWords({});
        return;
    }
    QString words = lyapunovWords(*layer);
    const GradientRow* gradients = ProbeHistory::at(view.history->gradients, now->step);
    if (const GradientProfile* last = profileOf(gradients, view.layer, true, false)) {
        words += QLatin1Char(' ') + agreementWords(*layer, last->growth);
    }
    m_exponentsPanel->setWords(words.trimmed());
}

void InspectSpectra::drawConvergence(const InspectView& view) {
    m_convergence->clear();
    const LyapunovRow* now = ProbeHistory::at(view.history->lyapunov, view.step);
    const LayerLyapunov* layer = layerOf(now, view.layer);
    if (!layer || layer->running.empty()) return;
    std::vector<double> x;
    for (const int steps : layer->runningSteps) x.push_back(steps);
    CurveStyle style{tr("step %1, mean over %2 samples").arg(now->step).arg(now->samples), 0};
    style.points = true;
    const int id = m_convergence->addSeries(style);
    m_convergence->setBand(id, x, layer->runningLow, layer->runningHigh);
    m_convergence->setData(id, std::move(x), layer->running);
    m_convergence->setReferences({{0, {}, Qt::Horizontal, -1, false}});
}

void InspectSpectra::drawSpectrum(const InspectView& view) {
    m_spectrum->clear();
    const LyapunovRow* live = ProbeHistory::at(view.history->lyapunov, view.step);
    const auto add = [&](const LyapunovRow& row, const QString& name, int run) {
        const LayerLyapunov* layer = layerOf(&row, view.layer);
        if (!layer || layer->exponents.empty()) return;
        std::vector<double> x;
        for (std::size_t i = 0; i < layer->exponents.size(); ++i) {
            x.push_back(static_cast<double>(i + 1));
        }
        CurveStyle style{name, run};
        style.points = true;
        const int id = m_spectrum->addSeries(style);
        m_spectrum->setBand(id, x, layer->low, layer->high);
        m_spectrum->setData(id, std::move(x), layer->exponents);
        m_spectrum->setReferences({{0, {}, Qt::Horizontal, -1, true}});
    };
    if (live) add(*live, tr("step %1").arg(live->step), 0);
    if (!m_wholeRow.layers.empty()) {
        add(m_wholeRow, tr("whole spectrum, step %1").arg(m_wholeRow.step), 1);
    }
    m_spectrum->setKeyVisible(!m_wholeRow.layers.empty());
}

}  // namespace bitloom::ui
