#include "pages/compare_charts.h"

#include <QGridLayout>
#include <QLabel>
#include <algorithm>
#include <cmath>

#include "charts/bar_chart.h"
#include "charts/curve_chart.h"
#include "charts/profile_chart.h"
#include "experiment/published.h"
#include "models/format.h"
#include "theme/roles.h"

namespace bitloom::ui {

CompareCharts::CompareCharts(const Theme& theme, QWidget* parent)
    : QWidget(parent),
      m_theme(theme),
      m_value(new CurveChart(theme, this)),
      m_loss(new CurveChart(theme, this)),
      m_norm(new CurveChart(theme, this)),
      m_profile(new ProfileChart(theme, this)),
      m_sizes(new BarChart(theme, this)),
      m_sizeKind(new Segmented(this)),
      m_notice(makeLabel({}, LabelRole::caption, this)) {
    auto* grid = new QGridLayout(this);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setSpacing(spacing::margin);
    auto* sizes = new QWidget(this);
    auto* column = new QVBoxLayout(sizes);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(spacing::half);
    auto* head = new QHBoxLayout;
    head->setContentsMargins(0, 0, 0, 0);
    head->addWidget(makeLabel(tr("Model size"), LabelRole::section, sizes));
    head->addStretch(1);
    head->addWidget(m_sizeKind);
    column->addLayout(head);
    column->addWidget(m_sizes, 1);
    m_sizeKind->addSegment(tr("Packed"), QStringLiteral("packed"),
                           tr("Bytes of the recurrent layers as stored, split by what they are"));
    m_sizeKind->addSegment(tr("Paper"), QStringLiteral("paper"),
                           tr("KB by the convention of Hou et al. 2019, scales not counted"));
    connect(m_sizeKind, &Segmented::currentChanged, this, &CompareCharts::drawSizes);

    grid->addWidget(m_value, 0, 0, 1, 2);
    grid->addWidget(sizes, 0, 2);
    grid->addWidget(m_loss, 1, 0);
    grid->addWidget(m_norm, 1, 1);
    grid->addWidget(m_profile, 1, 2);
    grid->addWidget(m_notice, 2, 0, 1, 3);
    for (int i = 0; i < 3; ++i) grid->setColumnStretch(i, 1);
    grid->setRowStretch(0, 4);
    grid->setRowStretch(1, 3);
    m_notice->setObjectName(QStringLiteral("metricNotice"));
    m_notice->setWordWrap(true);
    m_notice->hide();

    m_value->setObjectName(QStringLiteral("compareValue"));
    m_loss->setObjectName(QStringLiteral("compareLoss"));
    m_norm->setObjectName(QStringLiteral("compareGradient"));
    m_profile->setObjectName(QStringLiteral("compareProfile"));
    m_sizes->setObjectName(QStringLiteral("compareSizes"));
    m_value->setTitle(tr("Validation"));
    m_loss->setTitle(tr("Training loss"));
    m_norm->setTitle(tr("Gradient norm"));
    m_profile->setTitle(tr("|∂L/∂hₜ| by time step"));
    m_loss->setEmptyText(tr("Training loss"));
    m_norm->setEmptyText(tr("Norm of the gradient over training"));
    m_profile->setEmptyText(tr("Gradients by time step"));
    m_sizes->setEmptyText(tr("Model sizes"));
    auto* crosshair = new CrosshairGroup(this);
    for (CurveChart* chart : {m_value, m_loss, m_norm}) crosshair->add(chart);
    for (Chart* chart : charts()) connect(chart, &Chart::said, this, &CompareCharts::said);
    connect(&m_watcher, &RunWatcher::news, this, &CompareCharts::onNews);
    updateAxes();
    updateEmptyText();
}

void CompareCharts::updateEmptyText() {
    m_value->setEmptyText(m_runs.empty() ? tr("Check runs in the table to compare their accuracy.")
                                         : tr("No validation yet"));
}

std::vector<Chart*> CompareCharts::charts() const {
    return {m_value, m_sizes, m_loss, m_norm, m_profile};
}

QString CompareCharts::notice() const {
    return m_notice->text();
}

void CompareCharts::setRuns(const std::vector<ShownRun>& runs) {
    std::vector<std::unique_ptr<Shown>> next;
    for (const ShownRun& run : runs) {
        const auto found = std::find_if(m_runs.begin(), m_runs.end(), [&](const auto& shown) {
            return shown && shown->run.folder == run.folder;
        });
        if (found != m_runs.end()) {
            next.push_back(std::move(*found));
            if (next.back()->run != run) {
                next.back()->run = run;
                removeSeries(*next.back());
                addSeries(*next.back());
                redraw(*next.back());
            }
            continue;
        }
        next.push_back(std::make_unique<Shown>());
        next.back()->run = run;
        addSeries(*next.back());
        m_watcher.watch(run.folder);
    }
    for (const auto& shown : m_runs) {
        if (!shown) continue;
        m_watcher.unwatch(shown->run.folder);
        removeSeries(*shown);
    }
    m_runs = std::move(next);
    updateEmptyText();
    updateMetric();
    drawSizes();
}

void CompareCharts::addSeries(Shown& shown) {
    const ShownRun& run = shown.run;
    shown.valueSeries = m_value->addSeries({run.name, run.color, false, true, true});
    shown.lossSeries = m_loss->addSeries({run.name, run.color, false, false, true});
    shown.normSeries = m_norm->addSeries({run.name, run.color, false, false, true});
    shown.profileSeries = m_profile->addSeries({run.name, run.color, false, false, true});
}

void CompareCharts::removeSeries(const Shown& shown) {
    m_value->removeSeries(shown.valueSeries);
    m_loss->removeSeries(shown.lossSeries);
    m_norm->removeSeries(shown.normSeries);
    m_profile->removeSeries(shown.profileSeries);
}

void CompareCharts::onNews(const std::filesystem::path& run, const RunNews& news) {
    const auto found = std::find_if(m_runs.begin(), m_runs.end(),
                                    [&](const auto& shown) { return shown->run.folder == run; });
    if (found == m_runs.end()) return;
    Shown& shown = **found;
    const bool firstSpec = news.spec && !shown.spec;
    if (news.spec) shown.spec = news.spec;
    if (news.dataset) shown.dataset = news.dataset;
    const bool hadSize = shown.summary && shown.summary->size.modelBytes > 0;
    if (news.summary) shown.summary = news.summary;
    if (news.rows.restarted) {
        shown.train.clear();
        shown.valid.clear();
    }
    const std::size_t firstTrain = shown.train.size();
    const std::size_t firstValid = shown.valid.size();
    for (const MetricRow& row : news.rows.metrics) {
        if (row.kind == MetricRow::Kind::train) {
            shown.train.push_back({row.step, row.seconds, row.loss, row.gradientNorm});
        } else if (row.kind == MetricRow::Kind::valid) {
            const double seconds = shown.train.empty() ? row.seconds : shown.train.back().seconds;
            shown.valid.push_back({row.step, seconds, row.value, 0});
        }
    }
    if (!news.rows.gradients.empty() && !news.rows.gradients.back().hidden.empty()) {
        shown.profile = news.rows.gradients.back().hidden.back();
        shown.profileStep = news.rows.gradients.back().step;
        m_profile->setProfile(shown.profileSeries, shown.profile);
    }
    if (firstSpec || news.dataset) updateMetric();
    if (firstSpec || news.rows.restarted) {
        redraw(shown);
    } else {
        append(shown, firstTrain, firstValid);
    }
    if (!hadSize && shown.summary && shown.summary->size.modelBytes > 0) drawSizes();
    if (news.summary) markDiverged(shown);
}

void CompareCharts::markDiverged(const Shown& shown) {
    if (!shown.summary || shown.summary->status != RunStatus::diverged) return;
    const double x = xOf(shown, {shown.summary->step, shown.summary->seconds, 0, 0});
    const QString words = tr("diverged at step %1").arg(shown.summary->step);
    if (isDrawn(shown)) m_value->addCross(shown.valueSeries, x, words);
    m_loss->addCross(shown.lossSeries, x, words);
    m_norm->addCross(shown.normSeries, x, words);
}

double CompareCharts::xOf(const Shown& shown, const Point& point) const {
    const auto step = static_cast<double>(point.step);
    switch (m_axis) {
        case TrainingAxis::step:
            return step;
        case TrainingAxis::time:
            return point.seconds;
        case TrainingAxis::epoch: {
            const std::int64_t pass = shown.summary ? shown.summary->stepsPerEpoch : 0;
            return pass > 0 ? step / static_cast<double>(pass) : step;
        }
        case TrainingAxis::tokens: {
            if (!shown.spec) return step;
            const int length = shown.dataset && shown.dataset->steps > 0
                                   ? shown.dataset->steps
                                   : shown.spec->training.window;
            return step * shown.spec->training.batch * length;
        }
    }
    return step;
}

bool CompareCharts::isDrawn(const Shown& shown) const {
    return metricOf(shown) == m_metric.toStdString();
}

std::string CompareCharts::metricOf(const Shown& shown) const {
    if (shown.dataset) return shown.dataset->metric;
    return shown.summary ? shown.summary->metric : std::string();
}

void CompareCharts::append(Shown& shown, std::size_t firstTrain, std::size_t firstValid) {
    std::vector<double> x, loss, norm;
    for (std::size_t i = firstTrain; i < shown.train.size(); ++i) {
        x.push_back(xOf(shown, shown.train[i]));
        loss.push_back(shown.train[i].value);
        norm.push_back(shown.train[i].norm);
    }
    if (!x.empty()) {
        m_loss->append(shown.lossSeries, x, loss);
        m_norm->append(shown.normSeries, x, norm);
    }
    if (!isDrawn(shown)) return;
    // A lone validation stands on the axis of the trainings.
    double first = 0, last = 0;
    for (const auto& each : m_runs) {
        if (!each || each->train.empty() || !isDrawn(*each)) continue;
        first = last > 0 ? std::min(first, xOf(*each, each->train.front()))
                         : xOf(*each, each->train.front());
        last = std::max(last, xOf(*each, each->train.back()));
    }
    if (last > 0) m_value->keepInSight(first, last);
    const double factor = metricFactor(metricOf(shown));
    for (std::size_t i = firstValid; i < shown.valid.size(); ++i) {
        m_value->append(shown.valueSeries, xOf(shown, shown.valid[i]),
                        shown.valid[i].value * factor);
    }
}

void CompareCharts::redraw(Shown& shown) {
    m_value->setData(shown.valueSeries, {}, {});
    m_loss->setData(shown.lossSeries, {}, {});
    m_norm->setData(shown.normSeries, {}, {});
    append(shown, 0, 0);
    markDiverged(shown);
    if (!shown.profile.empty()) m_profile->setProfile(shown.profileSeries, shown.profile);
}

void CompareCharts::drawSizes() {
    const bool paper = m_sizeKind->currentData().toString() == QStringLiteral("paper");
    std::vector<Bar> bars;
    for (const auto& shown : m_runs) {
        if (!shown->summary || shown->summary->size.modelBytes <= 0) continue;
        const ModelSize& size = shown->summary->size;
        Bar bar;
        bar.label = shown->run.shortName;
        bar.run = shown->run.color;
        if (paper) {
            bar.values = {static_cast<double>(size.paperKb)};
        } else {
            for (const std::int64_t bytes : {size.parts.weights, size.parts.scales, size.parts.norm,
                                             size.parts.statistics, size.parts.bias}) {
                bar.values.push_back(static_cast<double>(bytes) / 1024);
            }
        }
        bars.push_back(std::move(bar));
    }
    m_sizes->setYAxis({tr("model size"), QStringLiteral("KB"), false, 0.0, {}});
    m_sizes->setLayoutOfParts(BarChart::Layout::stacked);
    if (paper) {
        m_sizes->setFormat([](double value) { return formatPaperKb(std::llround(value)); });
        m_sizes->setBars({tr("paper")}, bars);
    } else {
        m_sizes->setFormat([](double value) { return formatBytes(std::llround(value * 1024)); });
        m_sizes->setBars({tr("weights"), tr("scales"), tr("norm"), tr("statistics"), tr("biases")},
                         bars);
    }
}

QStringList CompareCharts::metrics() const {
    QStringList names;
    for (const auto& shown : m_runs) {
        const QString name = QString::fromStdString(metricOf(*shown));
        if (!name.isEmpty() && !names.contains(name)) names << name;
    }
    return names;
}

void CompareCharts::updateMetric() {
    const QStringList known = metrics();
    const QString before = m_metric;
    if (!known.contains(m_metric)) m_metric = known.isEmpty() ? QString() : known.front();
    const auto others = std::count_if(m_runs.begin(), m_runs.end(), [&](const auto& shown) {
        const std::string name = metricOf(*shown);
        return !name.empty() && name != m_metric.toStdString();
    });
    m_notice->setText(
        others == 0
            ? QString()
            : tr("%1 of %2 checked runs measure something else than %3 and are not drawn on "
                 "its axis.")
                  .arg(others)
                  .arg(m_runs.size())
                  .arg(formatMetricName(m_metric.toStdString())));
    m_notice->setVisible(others > 0);
    if (m_metric != before) {
        updateAxes();
        for (const auto& shown : m_runs) redraw(*shown);
    }
    updateReferences();
    if (known != m_toldMetrics) {
        m_toldMetrics = known;
        Q_EMIT metricsChanged();
    }
}

void CompareCharts::setMetric(const QString& metric) {
    if (metric == m_metric || !metrics().contains(metric)) return;
    m_metric = metric;
    updateMetric();
    updateAxes();
    for (const auto& shown : m_runs) redraw(*shown);
}

void CompareCharts::updateReferences() {
    std::vector<ReferenceLine> lines;
    const auto add = [&](double at, const QString& words, int run) {
        const bool known = std::any_of(lines.begin(), lines.end(), [&](const ReferenceLine& line) {
            return std::abs(line.at - at) < 1e-9;
        });
        if (known) return;
        const QString label = words + QLatin1Char(' ') + formatNumber(at, 3);
        lines.push_back({at, label, Qt::Horizontal, run, true});
    };
    for (const auto& shown : m_runs) {
        if (!isDrawn(*shown)) continue;
        const double factor = metricFactor(m_metric.toStdString());
        if (shown->dataset && shown->dataset->floor) {
            add(*shown->dataset->floor * factor, floorWord(*shown->dataset), -1);
        }
        const PublishedResult* paper = shown->spec ? findPublished(*shown->spec) : nullptr;
        if (paper && paper->value) add(*paper->value * factor, tr("paper"), shown->run.color);
    }
    m_value->setReferences(lines);
}

void CompareCharts::updateAxes() {
    const char* titles[] = {QT_TR_NOOP("step"), QT_TR_NOOP("epoch"), QT_TR_NOOP("tokens"),
                            QT_TR_NOOP("training time")};
    const Axis x{tr(titles[static_cast<int>(m_axis)]),
                 m_axis == TrainingAxis::time ? QStringLiteral("s") : QString(),
                 false,
                 0.0,
                 {}};
    for (CurveChart* chart : {m_value, m_loss, m_norm}) chart->setXAxis(x);
    const std::string metric = m_metric.toStdString();
    Axis value{formatMetricName(metric), formatMetricUnit(metric), m_log, {}, {}};
    if (metric == "accuracy") {
        value.least = 0;
        value.most = 100;
    }
    m_value->setYAxis(value);
    QString title = formatMetricName(metric);
    m_value->setTitle(metric.empty() ? tr("Validation") : tr("Validation, %1").arg(title));
    m_loss->setYAxis({tr("loss"), tr("nats"), m_log, {}, {}});
    m_norm->setYAxis({tr("norm before clipping"), {}, true, {}, {}});
}

void CompareCharts::setTrainingAxis(TrainingAxis axis) {
    if (axis == m_axis) return;
    m_axis = axis;
    updateAxes();
    for (CurveChart* chart : {m_value, m_loss, m_norm}) chart->resetZoom();
    for (const auto& shown : m_runs) redraw(*shown);
}

void CompareCharts::setLog(bool log) {
    m_log = log;
    updateAxes();
}

void CompareCharts::setSmoothing(double weight) {
    for (CurveChart* chart : {m_loss, m_norm}) chart->setSmoothing(weight);
}

}  // namespace bitloom::ui
