#include "pages/inspect_weights.h"

#include <QGridLayout>
#include <algorithm>
#include <cmath>

#include "charts/curve_chart.h"
#include "charts/distribution_chart.h"
#include "charts/histogram_chart.h"
#include "charts/range.h"
#include "models/format.h"
#include "pages/chart_panel.h"

namespace bitloom::ui {
namespace {

/// What can be drawn over training, a curve a gate.
struct Quantity {
    const char* label;
    const char* help;
    const char* axis;
    const char* unit;
    double (*value)(const GateWeights&);
};
constexpr Quantity quantities[] = {
    {QT_TRANSLATE_NOOP("InspectWeights", "Scale"),
     QT_TRANSLATE_NOOP("InspectWeights", "Mean size of the quantized weights that are not zero"),
     QT_TRANSLATE_NOOP("InspectWeights", "mean |Q|"), "",
     [](const GateWeights& gate) { return gate.scale; }},
    {QT_TRANSLATE_NOOP("InspectWeights", "Zeros"),
     QT_TRANSLATE_NOOP("InspectWeights", "Share of quantized weights that are zero"),
     QT_TRANSLATE_NOOP("InspectWeights", "zeros"), "%",
     [](const GateWeights& gate) { return 100 * gate.sparsity; }},
    {QT_TRANSLATE_NOOP("InspectWeights", "Flips"),
     QT_TRANSLATE_NOOP("InspectWeights", "Share of latent signs that changed since the last probe"),
     QT_TRANSLATE_NOOP("InspectWeights", "signs flipped"), "%",
     [](const GateWeights& gate) { return 100 * gate.flipRate; }},
    {QT_TRANSLATE_NOOP("InspectWeights", "Distance"),
     QT_TRANSLATE_NOOP("InspectWeights",
                       "|W − Q(W)| over |Q(W)|: how far the latent weights are from their levels"),
     QT_TRANSLATE_NOOP("InspectWeights", "|W − Q| / |Q|"), "",
     [](const GateWeights& gate) { return gate.relativeDistance; }},
    {QT_TRANSLATE_NOOP("InspectWeights", "Values"),
     QT_TRANSLATE_NOOP("InspectWeights", "How many different values the quantized weights take"),
     QT_TRANSLATE_NOOP("InspectWeights", "different values"), "",
     [](const GateWeights& gate) { return static_cast<double>(gate.distinct); }},
};

std::vector<double> toDouble(const std::vector<std::int64_t>& counts) {
    return {counts.begin(), counts.end()};
}

/// The row's quantiles in steps of the file: smallest, 5, 25, 50, 75, 95 %, largest.
Quantiles quantilesOfRow(const std::vector<double>& seven) {
    if (seven.size() < 7) return quantilesOf({});
    return {seven[1], seven[2], seven[3], seven[4], seven[5]};
}

}  // namespace

InspectWeights::InspectWeights(const Theme& theme, QWidget* parent)
    : InspectTab(parent),
      m_histogram(new HistogramChart(theme, this)),
      m_course(new CurveChart(theme, this)),
      m_largest(new CurveChart(theme, this)),
      m_saturation(new CurveChart(theme, this)),
      m_gains(new DistributionChart(theme, this)) {
    m_histogram->setObjectName(QStringLiteral("inspectHistogram"));
    m_course->setObjectName(QStringLiteral("inspectCourse"));
    m_gains->setObjectName(QStringLiteral("inspectGains"));
    m_largest->setObjectName(QStringLiteral("inspectLargestGain"));
    m_saturation->setObjectName(QStringLiteral("inspectSaturation"));
    m_histogramPanel = new ChartPanel(m_histogram, tr("Weights"), this);
    m_coursePanel = new ChartPanel(m_course, tr("Over training"), this);
    m_gainsPanel = new ChartPanel(m_gains, tr("Gains"), this);
    m_gainsPanel->addChart(m_largest);
    m_saturationPanel = new ChartPanel(m_saturation, tr("Gate saturation"), this);
    m_gains->setTitle(tr("Gains g over training"));
    m_largest->setTitle(tr("Largest gain over training"));

    m_side = m_histogramPanel->addSwitch(tr("Which matrix"));
    m_side->setObjectName(QStringLiteral("whichMatrix"));
    m_side->addSegment(QStringLiteral("W_hh"), QStringLiteral("hh"), tr("From state to state"));
    m_side->addSegment(QStringLiteral("W_ih"), QStringLiteral("ih"), tr("From the input"));
    m_quantity = m_coursePanel->addSwitch(tr("What over training"));
    m_quantity->setObjectName(QStringLiteral("quantity"));
    for (const Quantity& each : quantities) {
        m_quantity->addSegment(tr(each.label), {}, tr(each.help));
    }
    m_gainKind = m_gainsPanel->addSwitch(tr("Which gains"));
    m_gainKind->setObjectName(QStringLiteral("gainKind"));
    m_gainKind->addSegment(
        QStringLiteral("g"), {},
        tr("The gains: median and 25 to 75 %; with one gate chosen 5 to 95 % too"));
    m_gainKind->addSegment(QStringLiteral("g/σ"), {},
                           tr("Gain over the deviation it divides by: what multiplies the matrix"));
    m_gainKind->addSegment(QStringLiteral("g max"), {}, tr("The largest |g| of each gate"));
    m_end = m_saturationPanel->addSwitch(tr("Which end"));
    m_end->setObjectName(QStringLiteral("whichEnd"));
    m_end->addSegment(tr("Open"), {}, tr("Share of activations above 0.95"));
    m_end->addSegment(tr("Shut"), {}, tr("Below 0.05; of tanh below −0.95"));
    for (Segmented* choice : {m_side, m_quantity, m_gainKind, m_end}) {
        connect(choice, &Segmented::currentChanged, this, &InspectWeights::redraw);
    }

    m_histogramPanel->setWordLines(2);
    m_coursePanel->setWordLines(2);
    auto* grid = new QGridLayout(this);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setSpacing(spacing::gap);
    grid->addWidget(m_histogramPanel, 0, 0);
    grid->addWidget(m_coursePanel, 0, 1);
    grid->addWidget(m_gainsPanel, 1, 0);
    grid->addWidget(m_saturationPanel, 1, 1);
    for (int i = 0; i < 2; ++i) {
        grid->setColumnStretch(i, 1);
        grid->setRowStretch(i, 1);
    }
    m_histogram->setXAxis({tr("weight"), {}, false, {}, {}});
    m_histogram->setYAxis({tr("share of the weights"), QStringLiteral("%"), true, {}, {}});
    m_histogram->setEmptyText(tr("Latent weights and the values they are quantized to."));
    for (CurveChart* chart :
         std::initializer_list<CurveChart*>{m_course, m_largest, m_saturation, m_gains}) {
        chart->setXAxis({tr("training step"), {}, false, {}, {}});
        chart->setKeyVisible(true);
        connect(chart, &CurveChart::clicked, this, &InspectTab::stepChosen);
    }
    m_course->setEmptyText(tr("How the weights of each gate change, probe by probe."));
    m_saturation->setEmptyText(tr("How often each gate is wide open or shut."));
    m_saturation->setYAxis({tr("activations"), QStringLiteral("%"), false, 0.0, 100.0});
    m_largest->setYAxis({tr("largest |g|"), {}, false, {}, {}});
    for (Chart* chart : charts()) connect(chart, &Chart::said, this, &InspectTab::said);
}

std::vector<Chart*> InspectWeights::charts() const {
    return {m_histogram, m_course, m_gains, m_largest, m_saturation};
}

QString InspectWeights::words() const {
    return m_histogramPanel->words();
}

std::string InspectWeights::side() const {
    return m_side->currentData().toString().toStdString();
}

void InspectWeights::show(const InspectView& view) {
    m_view = view;
    drawHistogram(view);
    drawCourse(view);
    drawGains(view);
    drawSaturation(view);
}

void InspectWeights::redraw() {
    if (m_view.history) show(InspectView(m_view));
}

namespace {

const MatrixWeights* weightsOf(const WeightRow* row, const std::string& side, int layer) {
    if (!row) return nullptr;
    const std::string name = "rnn.weight_" + side + "_l" + std::to_string(layer);
    for (const MatrixWeights& matrix : row->matrices) {
        if (matrix.name == name) return &matrix;
    }
    return nullptr;
}

}  // namespace

void InspectWeights::drawHistogram(const InspectView& view) {
    const WeightRow* row = ProbeHistory::at(view.history->weights, view.step);
    const MatrixWeights* now = weightsOf(row, side(), view.layer);
    m_histogramPanel->setTitle(row ? tr("Weights, step %1").arg(row->step) : tr("Weights"));
    if (!now) {
        m_histogram->clear();
        m_histogramPanel->setWords({});
        return;
    }
    std::vector<HistogramSeries> bins{histogramOf(now->quantized ? tr("latent") : tr("weights"), 0,
                                                  now->latent.low, now->latent.high,
                                                  toDouble(now->latent.counts))};
    const WeightRow& first = view.history->weights.front();
    if (const MatrixWeights* start = weightsOf(&first, side(), view.layer);
        start && first.step != row->step) {
        HistogramSeries before = histogramOf(tr("at step %1").arg(first.step), 2, start->latent.low,
                                             start->latent.high, toDouble(start->latent.counts));
        before.filled = false;
        // In bins of the same width as now, so that heights compare.
        bins.push_back(inBinsOf(bins.front(), before));
    }
    std::vector<Spikes> spikes;
    QString words;
    if (now->quantized && !now->levels.empty()) {
        Spikes levels{tr("quantized"), 1, now->levels, {}};
        double total = 0;
        for (const std::int64_t count : now->counts) total += static_cast<double>(count);
        for (const std::int64_t count : now->counts) {
            levels.shares.push_back(total > 0 ? 100 * static_cast<double>(count) / total : 0);
        }
        words =
            tr("%1 is quantized to %2 values.")
                .arg(m_side->currentIndex() == 0 ? QStringLiteral("W_hh") : QStringLiteral("W_ih"))
                .arg(now->levels.size());
        spikes.push_back(std::move(levels));
    } else if (now->quantized) {
        bins.push_back(histogramOf(tr("effective"), 1, now->effective.low, now->effective.high,
                                   toDouble(now->effective.counts)));
        words = tr("Quantized, with a scale a row or more values than are drawn one by one.");
    } else {
        words = tr("This matrix is kept in full precision.");
    }
    double distance = 0;
    for (const GateWeights& gate : now->gates) {
        distance = std::max(distance, gate.relativeDistance);
    }
    if (now->quantized && std::isfinite(distance)) {
        const QString far = distance < 10 ? tr("%1 %").arg(formatNumber(100 * distance, 3))
                                          : tr("%1 times").arg(powerText(distance));
        words += QLatin1Char(' ') +
                 tr("The latent weights lie up to %1 of |Q| away from their levels.").arg(far);
    }
    m_histogram->setData(bins, spikes);
    m_histogramPanel->setWords(words);
}

void InspectWeights::drawCourse(const InspectView& view) {
    m_course->clear();
    const Quantity& quantity = quantities[std::clamp<std::size_t>(
        static_cast<std::size_t>(std::max(m_quantity->currentIndex(), 0)), 0,
        std::size(quantities) - 1)];
    m_course->setYAxis({tr(quantity.axis), QLatin1String(quantity.unit), false, {}, {}});
    m_coursePanel->setTitle(m_side->currentIndex() == 0 ? tr("W_hh over training")
                                                        : tr("W_ih over training"));
    m_coursePanel->setWords(tr(quantity.help) + QLatin1Char('.'));
    for (const std::size_t gate : view.gates()) {
        std::vector<double> x, y;
        for (const WeightRow& row : view.history->weights) {
            const MatrixWeights* matrix = weightsOf(&row, side(), view.layer);
            if (!matrix || gate >= matrix->gates.size()) continue;
            const double value = quantity.value(matrix->gates[gate]);
            if (!std::isfinite(value)) continue;  // flips of the first probe: nothing before it
            x.push_back(static_cast<double>(row.step));
            y.push_back(value);
        }
        if (x.empty()) continue;
        CurveStyle style{view.gateName(gate), static_cast<int>(gate)};
        style.points = true;
        m_course->setData(m_course->addSeries(style), std::move(x), std::move(y));
    }
    if (!m_course->series().empty()) m_course->addEvent(static_cast<double>(view.step), {});
}

void InspectWeights::drawGains(const InspectView& view) {
    const int kind = m_gainKind->currentIndex();
    m_gains->clearGroups();
    m_gains->setOuterBands(view.gate >= 0);
    m_largest->clear();
    m_gains->setTitle(kind == 1 ? tr("g/σ over training") : tr("Gains g over training"));
    m_gainsPanel->showChart(kind == 2 ? static_cast<Chart*>(m_largest) : m_gains);
    m_gains->setYAxis({kind == 1 ? QStringLiteral("g/σ") : tr("gain g"), {}, kind == 1, {}, {}});
    const QString empty = view.hasGains()
                              ? tr("The gains of the normalization, probe by probe.")
                              : tr("This network has no normalization, so there are no gains.");
    m_gains->setEmptyText(empty);
    m_largest->setEmptyText(empty);
    for (const std::size_t gate : view.gates()) {
        const std::string name = view.gateName(gate).toStdString();
        std::vector<double> x, largest;
        std::vector<Quantiles> quantiles;
        for (const GainRow& row : view.history->gains) {
            const LayerGains* layer = layerOf(&row, view.layer);
            if (!layer) continue;
            for (const GainGroup& group : layer->groups) {
                if (group.side != side() || group.gate != name) continue;
                x.push_back(static_cast<double>(row.step));
                largest.push_back(group.largest);
                quantiles.push_back(quantilesOfRow(kind == 1 ? group.ratio : group.gain));
            }
        }
        if (x.empty()) continue;
        CurveStyle style{view.gateName(gate), static_cast<int>(gate)};
        style.points = true;
        m_largest->setData(m_largest->addSeries(style), x, std::move(largest));
        m_gains->setGroup(m_gains->addGroup(view.gateName(gate), static_cast<int>(gate)), x,
                          quantiles);
    }
    if (m_gains->series().empty()) return;
    for (CurveChart* chart : std::initializer_list<CurveChart*>{m_gains, m_largest}) {
        chart->addEvent(static_cast<double>(view.step), {});
    }
}

void InspectWeights::drawSaturation(const InspectView& view) {
    m_saturation->clear();
    const bool open = m_end->currentIndex() == 0;
    m_saturationPanel->setTitle(open ? tr("Gates wide open") : tr("Gates shut"));
    for (const std::size_t gate : view.gates()) {
        std::vector<double> x, y;
        for (const WeightRow& row : view.history->weights) {
            if (static_cast<std::size_t>(view.layer) >= row.saturation.size()) continue;
            const auto& gates = row.saturation[static_cast<std::size_t>(view.layer)].gates;
            if (gate >= gates.size()) continue;
            const double share = open ? gates[gate].high : gates[gate].low;
            x.push_back(static_cast<double>(row.step));
            y.push_back(100 * share);
        }
        if (x.empty()) continue;
        CurveStyle style{view.gateName(gate), static_cast<int>(gate)};
        style.points = true;
        m_saturation->setData(m_saturation->addSeries(style), std::move(x), std::move(y));
    }
    if (!m_saturation->series().empty()) {
        m_saturation->addEvent(static_cast<double>(view.step), {});
    }
}

}  // namespace bitloom::ui
