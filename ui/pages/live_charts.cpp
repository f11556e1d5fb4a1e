#include "pages/live_charts.h"

#include <QComboBox>
#include <QGridLayout>
#include <QLabel>
#include <QPlainTextEdit>
#include <cmath>
#include <initializer_list>
#include <iterator>
#include <numbers>
#include <set>

#include "charts/curve_chart.h"
#include "charts/profile_chart.h"
#include "experiment/published.h"
#include "models/format.h"
#include "pages/chart_panel.h"
#include "pages/elided_combo.h"
#include "theme/roles.h"

namespace bitloom::ui {
namespace {

/// Events that bend a curve get a mark on it; pauses and checkpoints only stand in the list.
bool isMarked(const std::string& name) {
    static const std::set<std::string> marked = {"learning_rate_changed", "resumed", "extended"};
    return marked.contains(name);
}

template <class Row>
void moveInto(std::vector<Row>& target, const std::vector<Row>& rows) {
    target.insert(target.end(), rows.begin(), rows.end());
}

}  // namespace

LiveCharts::LiveCharts(const Theme& theme, QWidget* parent)
    : QWidget(parent),
      m_theme(theme),
      m_value(new CurveChart(theme, this)),
      m_gradient(new CurveChart(theme, this)),
      m_loss(new CurveChart(theme, this)),
      m_probe(new CurveChart(theme, this)),
      m_profile(new ProfileChart(theme, this)),
      m_sampleHome(new QWidget(this)) {
    auto* grid = new QGridLayout(this);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setSpacing(spacing::margin);
    m_value->setObjectName(QStringLiteral("valueChart"));
    m_gradient->setObjectName(QStringLiteral("gradientChart"));
    m_profile->setObjectName(QStringLiteral("profileChart"));

    m_loss->setObjectName(QStringLiteral("lossChart"));

    auto* lines = new QVBoxLayout(m_sampleHome);
    lines->setContentsMargins(0, 0, 0, 0);
    lines->setSpacing(spacing::half);
    m_sampleTitle = makeLabel(tr("Sample"), LabelRole::section, m_sampleHome);
    m_sample = new QPlainTextEdit(m_sampleHome);
    m_sample->setObjectName(QStringLiteral("sample"));
    m_sample->setReadOnly(true);
    m_sample->setFrameShape(QFrame::NoFrame);
    m_sample->setPlaceholderText(tr("Text the network writes after each validation."));
    lines->addWidget(m_sampleTitle);
    lines->addWidget(m_sample, 1);

    grid->addWidget(m_value, 0, 0);
    makePanels();
    grid->addWidget(m_gradientPanel, 0, 1);
    grid->addWidget(m_profilePanel, 1, 0);
    // One of the two is shown.
    grid->addWidget(m_sampleHome, 1, 1);
    grid->addWidget(m_loss, 1, 1);
    // The value is what the run is for: it gets the larger half.
    grid->setColumnStretch(0, 3);
    grid->setColumnStretch(1, 2);
    grid->setRowStretch(0, 3);
    grid->setRowStretch(1, 2);

    auto* crosshair = new CrosshairGroup(this);
    crosshair->add(m_value);
    crosshair->add(m_gradient);
    crosshair->add(m_loss);
    for (Chart* chart :
         std::initializer_list<Chart*>{m_value, m_gradient, m_loss, m_probe, m_profile}) {
        connect(chart, &Chart::said, this, &LiveCharts::said);
    }
    m_gradient->setXAxis({tr("step"), {}, false, 0.0, {}});
    m_gradient->setYAxis({tr("norm before clipping"), {}, true, {}, {}});
    m_gradient->setEmptyText(tr("Global norm of the gradient, step by step."));
    m_loss->setTitle(tr("Training loss"));
    m_loss->setXAxis({tr("step"), {}, false, 0.0, {}});
    m_loss->setYAxis({tr("loss"), tr("nats"), false, {}, {}});
    m_loss->setEmptyText(tr("Cross entropy of the training batches, step by step."));
    m_profile->setEmptyText(tr("How far gradients reach back in time, measured now and then."));
    clear();
}

void LiveCharts::clear() {
    for (CurveChart* chart :
         std::initializer_list<CurveChart*>{m_value, m_gradient, m_loss, m_probe, m_profile}) {
        chart->clear();
        chart->resetZoom();
    }
    m_value->setReferences({});
    m_value->setTitle(tr("Training and validation"));
    m_value->setXAxis({tr("step"), {}, false, 0.0, {}});
    m_value->setEmptyText(tr("The curve of the run appears here with its first step."));
    m_loss->hide();
    m_sampleHome->show();
    m_sample->clear();
    m_sampleTitle->setText(tr("Sample"));
    m_ready = false;
    m_early = {};
    m_train = m_valid = m_batchStatistics = m_norm = m_lossSeries = -1;
    m_probed = ProbedRun();
    drawProfiles();
}

void LiveCharts::setRun(const Spec& spec, const std::optional<DatasetInfo>& dataset) {
    m_metric = dataset ? dataset->metric : "";
    m_probed.spec = spec;
    m_probed.run.name = tr("this run");
    m_profileKind->setSegmentEnabled(1, spec.network.cell == Cell::lstm,
                                     tr("A GRU has no cell state"));
    QString title = formatMetricName(m_metric);
    if (title.isEmpty()) {
        title = tr("Training and validation");  // a spec that cannot be read has no metric
    } else {
        title[0] = title[0].toUpper();
    }
    m_value->setTitle(title);
    Axis axis{
        formatMetricName(m_metric), formatMetricUnit(m_metric), m_metric == "perplexity", {}, {}};
    if (m_metric == "accuracy") {
        axis.least = 0;
        axis.most = 100;
        m_value->setEmptyText(tr("The accuracy appears here with the first validation."));
    }
    m_loss->setVisible(m_metric == "accuracy");
    m_sampleHome->setVisible(m_metric != "accuracy");
    m_value->setYAxis(axis);
    std::vector<ReferenceLine> lines;
    const double factor = metricFactor(m_metric);
    if (dataset && dataset->floor) {
        const double floor = *dataset->floor * factor;
        lines.push_back({floor, floorWord(*dataset) + QLatin1Char(' ') + formatNumber(floor, 3),
                         Qt::Horizontal, -1});
    }
    if (const PublishedResult* paper = findPublished(spec); paper && paper->value) {
        const double value = *paper->value * factor;
        lines.push_back({value, tr("paper %1").arg(formatNumber(value)), Qt::Horizontal, -1});
    }
    m_value->setReferences(lines);
    m_sample->setPlaceholderText(spec.network.task != Task::language_model
                                     ? tr("This task writes no text.")
                                 : spec.training.sampleLength == 0
                                     ? tr("This run writes no samples: its sample length is 0.")
                                     : tr("Text the network writes after each validation."));
    addSeries();
    m_ready = true;
    draw(std::exchange(m_early, {}));
}

void LiveCharts::addSeries() {
    // A loss in nats has no place on an axis of percent: it gets a chart of its own.
    if (m_metric == "accuracy") {
        m_lossSeries = m_loss->addSeries({tr("training loss"), 0, false, false, true});
    }
    m_train =
        m_metric == "accuracy" ? -1 : m_value->addSeries({tr("training"), 0, true, false, true});
    m_valid = m_value->addSeries({tr("validation"), 0, false, true, true});
    m_value->setKeyVisible(m_value->series().size() > 1);
    m_norm = m_gradient->addSeries({tr("gradient norm"), 0, false, false, true});
}

std::optional<double> LiveCharts::trainValue(double loss) const {
    if (m_metric == "accuracy") return std::nullopt;
    if (m_metric == "perplexity") return std::exp(loss);
    if (m_metric == "mean_squared_error") return loss;
    return loss / std::numbers::ln2;
}

void LiveCharts::add(const RunTail::News& rows) {
    // Probes need no units: they are kept whether the spec is known or not.
    if (m_probed.history.add(rows)) {
        drawProfiles();
        drawProbe();
    }
    if (m_ready) {
        draw(rows);
        return;
    }
    if (rows.restarted) m_early = {};
    moveInto(m_early.metrics, rows.metrics);
    moveInto(m_early.events, rows.events);
}

void LiveCharts::draw(const RunTail::News& rows) {
    if (rows.restarted) {
        // A resume cut the record: what was drawn is no longer true.
        for (CurveChart* chart : {m_value, m_gradient, m_loss}) {
            for (const int series : chart->series()) chart->setData(series, {}, {});
            chart->clearEvents();
        }
    }
    addMetrics(rows.metrics);
    for (const EventRow& event : rows.events) {
        if (!isMarked(event.name)) continue;
        const QString words = QString::fromStdString(event.text.empty() ? event.name : event.text);
        m_value->addEvent(static_cast<double>(event.step), words);
        m_gradient->addEvent(static_cast<double>(event.step), words);
        m_loss->addEvent(static_cast<double>(event.step), words);
    }
}

void LiveCharts::addMetrics(const std::vector<MetricRow>& rows) {
    std::vector<double> step, value, loss, norm;
    const double factor = metricFactor(m_metric);
    for (const MetricRow& row : rows) {
        const double x = static_cast<double>(row.step);
        if (row.kind == MetricRow::Kind::train) {
            step.push_back(x);
            value.push_back(trainValue(row.loss).value_or(0));
            loss.push_back(row.loss);
            norm.push_back(row.gradientNorm);
        } else if (row.kind == MetricRow::Kind::valid) {
            m_value->append(m_valid, x, row.value * factor);
            if (row.batchStatistics) {
                if (m_batchStatistics < 0) {
                    m_batchStatistics = m_value->addSeries(
                        {tr("validation, batch statistics"), 1, false, true, true});
                    m_value->setStyle(m_valid,
                                      {tr("validation, running statistics"), 0, false, true, true});
                    m_value->setKeyVisible(true);
                }
                m_value->append(m_batchStatistics, x, *row.batchStatistics * factor);
            }
        } else if (row.kind == MetricRow::Kind::sample) {
            m_sample->setPlainText(QString::fromStdString(row.text));
            m_sampleTitle->setText(tr("Sample at step %1").arg(row.step));
        }
    }
    if (step.empty()) return;
    // The first validation alone would get an axis of its own.
    m_value->keepInSight(1, step.back());
    if (m_train >= 0) m_value->append(m_train, step, value);
    if (m_lossSeries >= 0) m_loss->append(m_lossSeries, step, loss);
    m_gradient->append(m_norm, step, norm);
}

void LiveCharts::drawProfiles() {
    m_profile->clear();
    const int kind = m_profileKind->currentIndex();
    const QString symbol = kind == 1 ? QStringLiteral("|∂L/∂cₜ|") : QStringLiteral("|∂L/∂hₜ|");
    const QString what = kind == 2 ? tr("%1 of the last step's loss").arg(symbol)
                                   : tr("%1 by time step").arg(symbol);
    m_profile->setYAxis({symbol, {}, true, {}, {}});
    const auto& rows = m_probed.history.gradients;
    m_profilePanel->setTitle(rows.empty() ? what
                                          : tr("%1, step %2").arg(what).arg(rows.back().step));
    if (rows.empty()) return;
    const std::size_t layers = rows.back().hidden.size();
    const auto add = [&](const GradientRow& row, bool faint) {
        for (std::size_t layer = 0; layer < std::min(layers, row.hidden.size()); ++layer) {
            const GradientProfile* found =
                profileOf(&row, static_cast<int>(layer), kind == 2, kind == 1);
            if (!found && kind != 0) continue;
            const QString name = layers > 1 ? tr("layer %1, ").arg(layer + 1) : QString();
            CurveStyle style{name + tr("step %1").arg(row.step), static_cast<int>(layer)};
            style.faint = faint;
            m_profile->setProfile(m_profile->addSeries(style),
                                  found ? found->batch : row.hidden[layer]);
        }
    };
    if (rows.size() > 1) add(rows.front(), true);
    add(rows.back(), false);
    m_profile->setKeyVisible(m_profile->series().size() > 1);
}

void LiveCharts::drawProbe() {
    if (m_kind->currentIndex() <= 0) return;
    const auto kind = static_cast<ProbeKind>(m_kind->currentData().toInt());
    setUpProbeChart(*m_probe, kind);
    const int layers = std::max(m_probed.history.layers(), 1);
    m_probe->clear();
    std::vector<ReferenceLine> lines;
    for (int layer = 0; layer < layers; ++layer) {
        const ProbeCurve curve = probeCurve(m_probed, kind, layer, false);
        if (curve.x.empty()) continue;
        CurveStyle style{tr("layer %1").arg(layer + 1), layer};
        style.points = true;
        const int id = m_probe->addSeries(style);
        if (!curve.low.empty()) m_probe->setBand(id, curve.x, curve.low, curve.high);
        m_probe->setData(id, curve.x, curve.y);
        if (!curve.error.isEmpty()) m_probe->addCross(id, curve.x.back(), curve.error);
        lines = curve.references;
    }
    m_probe->setReferences(lines);
    m_probe->setKeyVisible(layers > 1);
}

void LiveCharts::makePanels() {
    m_gradientPanel = new ChartPanel(m_gradient, tr("Gradient"), this);
    m_gradientPanel->addChart(m_probe);
    m_probe->setObjectName(QStringLiteral("liveProbe"));
    m_kind = new ElidedCombo(m_gradientPanel);
    m_kind->setObjectName(QStringLiteral("liveKind"));
    m_kind->setAccessibleName(tr("What is drawn over training"));
    m_kind->addItem(tr("Norm"));
    const std::pair<ProbeKind, QString> kinds[] = {
        {ProbeKind::lambda, QStringLiteral("λ₁")}, {ProbeKind::growth, tr("Growth")},
        {ProbeKind::lyapunov, tr("Lyapunov")},     {ProbeKind::tightness, tr("Tightness")},
        {ProbeKind::norms, tr("Spectral norm")},   {ProbeKind::gains, tr("Gains")}};
    for (const auto& [kind, words] : kinds) m_kind->addItem(words, static_cast<int>(kind));
    m_kind->setFixedWidth(120);
    m_gradientPanel->addToHead(m_kind);
    connect(m_kind, &QComboBox::currentIndexChanged, this, [this](int index) {
        drawProbe();
        m_gradientPanel->showChart(index <= 0 ? m_gradient : m_probe);
    });
    m_profilePanel = new ChartPanel(m_profile, tr("|∂L/∂hₜ| by time step"), this);
    m_profileKind = m_profilePanel->addSwitch(tr("Which gradient"));
    m_profileKind->setObjectName(QStringLiteral("liveProfileKind"));
    m_profileKind->addSegment(QStringLiteral("h"), {}, tr("Of the hidden state, summed loss"));
    m_profileKind->addSegment(QStringLiteral("c"), {}, tr("Of the cell state, summed loss"));
    m_profileKind->addSegment(tr("Last step"), {},
                              tr("Of the hidden state, loss of the last time step alone"));
    connect(m_profileKind, &Segmented::currentChanged, this, &LiveCharts::drawProfiles);
}

void LiveCharts::showProbe(std::optional<ProbeKind> kind) {
    const int index = kind ? m_kind->findData(static_cast<int>(*kind)) : 0;
    m_kind->setCurrentIndex(std::max(index, 0));
}

void LiveCharts::markDiverged(std::int64_t step, const QString& reason) {
    if (!m_ready) return;
    const auto x = static_cast<double>(step);
    m_value->addCross(m_train >= 0 ? m_train : m_valid, x, reason);
    m_gradient->addCross(m_norm, x, reason);
    m_loss->addCross(m_lossSeries, x, reason);
}

QString LiveCharts::sample() const {
    return m_sample->toPlainText();
}

}  // namespace bitloom::ui
