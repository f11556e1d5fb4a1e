#include "pages/inspect_gradients.h"

#include <QGridLayout>
#include <algorithm>
#include <cmath>

#include "charts/curve_chart.h"
#include "charts/distribution_chart.h"
#include "charts/heat_map_chart.h"
#include "charts/profile_chart.h"
#include "charts/range.h"
#include "models/format.h"
#include "models/probe_words.h"
#include "models/published_lines.h"
#include "pages/chart_panel.h"

namespace bitloom::ui {
namespace {

constexpr int batchColor = 0;
constexpr int medianColor = 1;
constexpr int fitColor = 3;
constexpr int paperColor = 5;
constexpr int sampleColor = 2;

/// The fitted line at the time steps it was fitted to.
void drawFit(CurveChart& chart, const GrowthFit& fit, std::size_t length, const QString& name,
             int color) {
    if (!std::isfinite(fit.rate) || fit.points < 3 || length == 0) return;
    std::vector<double> x, y;
    for (int t = fit.from; t <= fit.to; ++t) {
        x.push_back(t + 1);
        y.push_back(
            std::exp(fit.intercept + std::log(fit.rate) * (static_cast<double>(length) - 1 - t)));
    }
    CurveStyle style{name, color};
    style.dashed = true;
    chart.setData(chart.addSeries(style), std::move(x), std::move(y));
}

std::vector<double> places(const std::vector<int>& times) {
    std::vector<double> x;
    for (const int t : times) x.push_back(t + 1);
    return x;
}

}  // namespace

InspectGradients::InspectGradients(const Theme& theme, QWidget* parent)
    : InspectTab(parent),
      m_profile(new ProfileChart(theme, this)),
      m_map(new HeatMapChart(theme, this)),
      m_tightness(new CurveChart(theme, this)),
      m_growth(new CurveChart(theme, this)),
      m_tightnessOver(new DistributionChart(theme, this)) {
    m_profile->setObjectName(QStringLiteral("inspectProfile"));
    m_map->setObjectName(QStringLiteral("inspectMap"));
    m_tightness->setObjectName(QStringLiteral("inspectTightness"));
    m_growth->setObjectName(QStringLiteral("inspectGrowth"));
    m_tightnessOver->setObjectName(QStringLiteral("inspectTightnessOver"));
    m_profilePanel = new ChartPanel(m_profile, tr("Gradient by time step"), this);
    m_mapPanel = new ChartPanel(m_map, tr("Time step × training step"), this);
    m_tightnessPanel = new ChartPanel(m_tightness, tr("Gradient against its bound"), this);
    m_trainingPanel = new ChartPanel(m_growth, tr("Growth over training"), this);
    m_trainingPanel->addChart(m_tightnessOver);
    m_growth->setTitle(tr("Growth over training"));
    m_tightnessOver->setTitle(tr("Tightness over training"));

    m_loss = m_profilePanel->addSwitch(tr("Which loss"));
    m_loss->setObjectName(QStringLiteral("whichLoss"));
    m_loss->addSegment(tr("Summed loss"), {}, tr("The loss of all time steps"));
    m_loss->addSegment(tr("Last step"), {},
                       tr("The loss of the last time step alone: how far one error reaches back"));
    m_state = m_profilePanel->addSwitch(tr("Which state"));
    m_state->setObjectName(QStringLiteral("whichState"));
    m_state->addSegment(QStringLiteral("h"), {}, tr("Gradient of the hidden state"));
    m_state->addSegment(QStringLiteral("c"), {}, tr("Gradient of the cell state"));
    m_over = m_trainingPanel->addSwitch(tr("What over training"));
    m_over->setObjectName(QStringLiteral("overTraining"));
    m_over->addSegment(tr("Growth"), {}, tr("Factor a time step backwards, fitted"));
    m_over->addSegment(tr("Tightness"), {},
                       tr("Gradient over its bound, quantiles over time steps"));
    for (Segmented* choice : {m_loss, m_state}) {
        connect(choice, &Segmented::currentChanged, this, &InspectGradients::redraw);
    }
    connect(m_over, &Segmented::currentChanged, this, [this](int chosen) {
        m_trainingPanel->showChart(chosen == 0 ? m_growth : m_tightnessOver);
    });

    m_profilePanel->setWordLines(2);
    m_tightnessPanel->setWordLines(3);
    auto* grid = new QGridLayout(this);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setSpacing(spacing::gap);
    grid->addWidget(m_profilePanel, 0, 0);
    grid->addWidget(m_mapPanel, 0, 1);
    grid->addWidget(m_tightnessPanel, 1, 0);
    grid->addWidget(m_trainingPanel, 1, 1);
    grid->setColumnStretch(0, 6);
    grid->setColumnStretch(1, 5);
    grid->setRowStretch(0, 5);
    grid->setRowStretch(1, 4);

    m_profile->setKeyVisible(true);
    m_tightness->setKeyVisible(true);
    m_map->setXAxis({tr("training step"), {}, false, {}, {}});
    m_map->setYAxis({tr("time step t"), {}, false, {}, {}});
    m_map->setEmptyText(
        tr("Every probe adds a column here: dark where gradients are small, yellow where large."));
    m_tightness->setXAxis({tr("time step t"), {}, false, 1.0, {}});
    m_tightness->setYAxis({tr("gradient / bound"), {}, true, {}, {}});
    m_tightness->setEmptyText(
        tr("The gradient of each time step over what the bound allows: at most 1."));
    for (CurveChart* chart : std::initializer_list<CurveChart*>{m_growth, m_tightnessOver}) {
        chart->setXAxis({tr("training step"), {}, false, {}, {}});
        connect(chart, &CurveChart::clicked, this, &InspectTab::stepChosen);
    }
    m_growth->setYAxis({tr("factor a time step backwards"), {}, false, {}, {}});
    m_growth->setEmptyText(tr("How fast gradients grow or fade, probe by probe."));
    m_growth->setKeyVisible(true);
    m_tightnessOver->setYAxis({tr("gradient / bound"), {}, true, {}, {}});
    m_tightnessOver->setEmptyText(tr("How near gradients come to their bound, probe by probe."));
    connect(m_map, &HeatMapChart::columnChosen, this, &InspectTab::stepChosen);
    for (Chart* chart : charts()) connect(chart, &Chart::said, this, &InspectTab::said);
}

std::vector<Chart*> InspectGradients::charts() const {
    return {m_profile, m_map, m_tightness, m_growth, m_tightnessOver};
}

QString InspectGradients::growthWords() const {
    return m_profilePanel->words();
}

QString InspectGradients::tightnessWords() const {
    return m_tightnessPanel->words();
}

bool InspectGradients::last() const {
    return m_loss->currentIndex() == 1;
}

bool InspectGradients::cell() const {
    return m_state->currentIndex() == 1;
}

QString InspectGradients::symbol() const {
    return cell() ? QStringLiteral("|∂L/∂cₜ|") : QStringLiteral("|∂L/∂hₜ|");
}

void InspectGradients::show(const InspectView& view) {
    m_view = view;
    const bool lstm = !view.spec || view.spec->network.cell == Cell::lstm;
    if (!lstm) m_state->setCurrentIndex(0);
    m_state->setSegmentEnabled(1, lstm, tr("A GRU has no cell state"));
    drawProfile(view);
    drawMap(view);
    drawTightness(view);
    drawTraining(view);
}

void InspectGradients::redraw() {
    if (m_view.history) show(InspectView(m_view));
}

void InspectGradients::drawProfile(const InspectView& view) {
    m_profile->clear();
    m_profile->setYAxis({symbol(), {}, true, {}, {}});
    const GradientRow* row = ProbeHistory::at(view.history->gradients, view.step);
    const GradientProfile* found = profileOf(row, view.layer, last(), cell());
    const QString what = last() ? tr("%1 of the last step's loss").arg(symbol())
                                : tr("%1 of the summed loss").arg(symbol());
    m_profilePanel->setTitle(row ? tr("%1, step %2").arg(what).arg(row->step) : what);
    m_profilePanel->setWords({});
    if (!found) {
        const bool old = row && !last() && !cell() && !row->hidden.empty();
        if (old && static_cast<std::size_t>(view.layer) < row->hidden.size()) {
            // A record of an earlier version knows the batch's norms only.
            const int id = m_profile->addSeries({tr("batch"), batchColor});
            m_profile->setProfile(id, row->hidden[static_cast<std::size_t>(view.layer)]);
        }
        return;
    }
    const std::vector<double> times = places(row->times);
    QStringList chosen;
    for (const int sample : row->samples) chosen << QString::number(sample + 1);
    for (std::size_t i = 0; i < found->samples.size(); ++i) {
        CurveStyle style{tr("sample %1").arg(chosen.value(static_cast<qsizetype>(i))), sampleColor};
        style.faint = true;
        style.group = tr("samples %1").arg(chosen.join(QStringLiteral(", ")));
        m_profile->setData(m_profile->addSeries(style), times, found->samples[i]);
    }
    const int median = m_profile->addSeries({tr("median of samples, quartiles"), medianColor});
    m_profile->setData(median, times, found->median);
    m_profile->setBand(median, times, found->low, found->high);
    const int batch = m_profile->addSeries({tr("batch"), batchColor});
    m_profile->setProfile(batch, found->batch);
    drawFit(*m_profile, found->growth, found->batch.size(),
            tr("fit, %1").arg(rateText(found->growth.rate)), fitColor);
    drawPublished(view, *row, found->batch.size());
    m_profilePanel->setWords(ui::growthWords(found->growth));
}

/// The paper's curves are of the summed loss. BinaryConnect's is that of the untrained network; the
/// levels are those of trained ones, the paper does not say at which iteration.
void InspectGradients::drawPublished(const InspectView& view, const GradientRow& row,
                                     std::size_t length) {
    m_profile->setReferences({});
    if (!view.spec || view.layer != 0 || last() || cell()) return;
    const PublishedStateGradient* paper = publishedGradientOf(*view.spec);
    if (!paper) return;
    if (paper->median > 0 && row.step > 1 && row.step == view.history->gradients.back().step) {
        m_profile->setReferences(
            {{paper->median, tr("paper %1").arg(powerText(paper->median)), Qt::Horizontal, -1}});
    }
    if (row.step != 1 || paper->growth <= 0 || paper->lastStep <= 0) return;
    GrowthFit line;
    line.rate = paper->growth;
    line.intercept = std::log(paper->lastStep);
    line.to = static_cast<int>(length) - 1;
    line.points = static_cast<int>(length);
    drawFit(*m_profile, line, length, tr("paper, %1").arg(rateText(paper->growth)), paperColor);
}

void InspectGradients::drawMap(const InspectView& view) {
    std::vector<double> x;
    std::vector<std::vector<double>> columns;
    for (const GradientRow& row : view.history->gradients) {
        const GradientProfile* found = profileOf(&row, view.layer, last(), cell());
        const auto layer = static_cast<std::size_t>(view.layer);
        if (found) {
            columns.push_back(found->batch);
        } else if (!last() && !cell() && layer < row.hidden.size()) {
            columns.push_back(row.hidden[layer]);
        } else {
            continue;
        }
        x.push_back(static_cast<double>(row.step));
    }
    m_mapPanel->setTitle(tr("%1, time step × training step").arg(symbol()));
    m_map->setColorAxis({symbol(), {}, m_map->colorAxis().log, {}, {}});
    m_map->setColumns(std::move(x), std::move(columns));
    m_map->setMarker(static_cast<double>(view.step));
}

void InspectGradients::drawTightness(const InspectView& view) {
    m_tightness->clear();
    m_tightness->setReferences({{1, tr("bound"), Qt::Horizontal, -1, true}});
    m_tightnessPanel->setWords({});
    const BoundRow* row = ProbeHistory::at(view.history->bounds, view.step);
    const LayerBound* bound = layerOf(row, view.layer);
    m_tightnessPanel->setTitle(row ? tr("Gradient against its bound, step %1").arg(row->step)
                                   : tr("Gradient against its bound"));
    if (!bound) return;
    std::vector<double> x;
    for (std::size_t i = 0; i < bound->tightness.size(); ++i)
        x.push_back(static_cast<double>(i + 1));
    const int largest = m_tightness->addSeries({tr("largest of the samples"), batchColor});
    m_tightness->setData(largest, x, bound->tightness);
    if (!bound->tightnessMedian.empty()) {
        m_tightness->setData(m_tightness->addSeries({tr("median"), medianColor}), x,
                             bound->tightnessMedian);
    }
    for (std::size_t i = 0; i < bound->tightness.size(); ++i) {
        if (bound->tightness[i] > 1.001) {
            m_tightness->addCross(
                largest, x[i],
                tr("program error: %1 > 1").arg(formatNumber(bound->tightness[i], 3)));
            break;
        }
    }
    QString words = ui::tightnessWords(*row, view.layer);
    const GradientRow* gradients = ProbeHistory::at(view.history->gradients, row->step);
    const GradientProfile* lastStep = profileOf(gradients, view.layer, true, false);
    if (bound->violations == 0 && lastStep) {
        words += QLatin1Char(' ') + boundWords(*bound, lastStep->growth);
    }
    m_tightnessPanel->setWords(words.trimmed(),
                               bound->violations > 0 ? LabelRole::bad : LabelRole::muted);
}

void InspectGradients::drawTraining(const InspectView& view) {
    m_growth->clear();
    const auto addRates = [&](bool ofLast, const QString& name, int color) {
        std::vector<double> x, rates;
        for (const GradientRow& row : view.history->gradients) {
            const GradientProfile* found = profileOf(&row, view.layer, ofLast, cell());
            // Without a fit there is no rate: a gap, not a divergence.
            if (!found || !std::isfinite(found->growth.rate)) continue;
            x.push_back(static_cast<double>(row.step));
            rates.push_back(found->growth.rate);
        }
        if (x.empty()) return;
        CurveStyle style{name, color};
        style.points = true;
        m_growth->setData(m_growth->addSeries(style), std::move(x), std::move(rates));
    };
    addRates(false, tr("summed loss"), batchColor);
    addRates(true, tr("last step's loss"), medianColor);
    if (!m_growth->series().empty()) {
        m_growth->setReferences({{1, tr("keeps its size"), Qt::Horizontal, -1, true}});
        m_growth->addEvent(static_cast<double>(view.step), {});
    }
    m_tightnessOver->clearGroups();
    std::vector<double> steps;
    std::vector<Quantiles> quantiles;
    for (const BoundRow& row : view.history->bounds) {
        const LayerBound* bound = layerOf(&row, view.layer);
        if (!bound) continue;
        steps.push_back(static_cast<double>(row.step));
        quantiles.push_back(quantilesOf(bound->tightness));
    }
    if (steps.empty()) return;
    m_tightnessOver->setReferences({{1, tr("bound"), Qt::Horizontal, -1, true}});
    m_tightnessOver->setGroup(m_tightnessOver->addGroup(tr("gradient / bound"), batchColor), steps,
                              quantiles);
    m_tightnessOver->addEvent(static_cast<double>(view.step), {});
}

}  // namespace bitloom::ui
