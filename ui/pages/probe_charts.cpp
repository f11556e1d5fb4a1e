#include "pages/probe_charts.h"

#include <QGridLayout>
#include <QTimer>
#include <algorithm>
#include <cmath>

#include "charts/curve_chart.h"
#include "models/format.h"
#include "pages/probe_curves.h"
#include "theme/theme.h"

namespace bitloom::ui {
namespace {

constexpr int redrawMs = 100;

}  // namespace

ProbeCharts::ProbeCharts(const Theme& theme, QWidget* parent)
    : QWidget(parent),
      m_theme(theme),
      m_watcher(this, ProbeFiles::all),
      m_grid(new QGridLayout(this)),
      m_timer(new QTimer(this)) {
    m_grid->setContentsMargins(0, 0, 0, 0);
    m_grid->setSpacing(spacing::margin);
    m_timer->setSingleShot(true);
    m_timer->setInterval(redrawMs);
    connect(m_timer, &QTimer::timeout, this, [this] {
        redraw();
        Q_EMIT changed();
    });
    connect(&m_watcher, &RunWatcher::news, this, &ProbeCharts::onNews);
}

ProbeCharts::~ProbeCharts() = default;

void ProbeCharts::setKinds(const std::vector<ProbeKind>& kinds, int columns) {
    for (const Place& place : m_places) delete place.chart;
    m_places.clear();
    for (int i = 0; i < m_grid->columnCount(); ++i) m_grid->setColumnStretch(i, 0);
    for (int i = 0; i < m_grid->rowCount(); ++i) m_grid->setRowStretch(i, 0);
    auto* crosshair = new CrosshairGroup(this);
    const int count = static_cast<int>(kinds.size());
    for (int i = 0; i < count; ++i) {
        const ProbeKind kind = kinds[static_cast<std::size_t>(i)];
        auto* chart = new CurveChart(m_theme, this);
        chart->setObjectName(QStringLiteral("probeChart%1").arg(static_cast<int>(kind)));
        setUpProbeChart(*chart, kind);
        connect(chart, &Chart::said, this, &ProbeCharts::said);
        const bool overTraining = kind != ProbeKind::profile && kind != ProbeKind::lastStep;
        if (overTraining) crosshair->add(chart);
        // A last row that is not full shares the width.
        const int row = i / columns;
        const bool lastRow = row == (count - 1) / columns;
        const int here = lastRow ? count - row * columns : columns;
        const int span = 12 / here;
        m_grid->addWidget(chart, row, (i % columns) * span, 1, span);
        m_grid->setRowStretch(row, 1);
        m_places.push_back({kind, chart});
    }
    for (int i = 0; i < 12; ++i) m_grid->setColumnStretch(i, 1);
    redraw();
}

void ProbeCharts::setRuns(const std::vector<ShownRun>& runs) {
    std::vector<std::unique_ptr<Shown>> next;
    for (const ShownRun& run : runs) {
        const auto found = std::find_if(m_runs.begin(), m_runs.end(), [&](const auto& shown) {
            return shown && shown->run.folder == run.folder;
        });
        if (found != m_runs.end()) {
            next.push_back(std::move(*found));
            next.back()->run = run;
            continue;
        }
        next.push_back(std::make_unique<Shown>());
        next.back()->run = run;
        m_watcher.watch(run.folder);
    }
    for (const auto& shown : m_runs) {
        if (shown) m_watcher.unwatch(shown->run.folder);
    }
    m_runs = std::move(next);
    redraw();
}

void ProbeCharts::setLayer(int layer) {
    if (layer == m_layer) return;
    m_layer = layer;
    redraw();
}

void ProbeCharts::setAtStart(bool start) {
    if (start == m_atStart) return;
    m_atStart = start;
    redraw();
}

int ProbeCharts::layers() const {
    int most = 1;
    for (const auto& shown : m_runs) {
        if (shown->spec) most = std::max(most, shown->spec->network.layers);
    }
    return most;
}

const ProbeCharts::Shown* ProbeCharts::find(const std::filesystem::path& folder) const {
    for (const auto& shown : m_runs) {
        if (shown->run.folder == folder) return shown.get();
    }
    return nullptr;
}

std::vector<Chart*> ProbeCharts::charts() const {
    std::vector<Chart*> all;
    for (const Place& place : m_places) all.push_back(place.chart);
    return all;
}

CurveChart* ProbeCharts::chart(ProbeKind kind) const {
    for (const Place& place : m_places) {
        if (place.kind == kind) return place.chart;
    }
    return nullptr;
}

void ProbeCharts::onNews(const std::filesystem::path& run, const RunNews& news) {
    const auto found = std::find_if(m_runs.begin(), m_runs.end(),
                                    [&](const auto& shown) { return shown->run.folder == run; });
    if (found == m_runs.end()) return;
    Shown& shown = **found;
    if (news.spec) shown.spec = news.spec;
    if (news.dataset) shown.dataset = news.dataset;
    if (news.summary) shown.summary = news.summary;
    shown.caughtUp = shown.caughtUp || news.caughtUp;
    if (news.rows.restarted) {
        shown.train.clear();
        shown.evaluations.clear();
    }
    for (const MetricRow& row : news.rows.metrics) {
        if (row.kind == MetricRow::Kind::train) shown.train.push_back(row);
        if (row.kind == MetricRow::Kind::valid || row.kind == MetricRow::Kind::test) {
            shown.evaluations.push_back(row);
        }
    }
    shown.history.add(news.rows);
    if (!m_timer->isActive()) m_timer->start();
}

void ProbeCharts::redraw() {
    for (const Place& place : m_places) draw(place);
}

void ProbeCharts::draw(const Place& place) {
    place.chart->clear();
    std::vector<ReferenceLine> lines;
    std::string metric;
    for (const auto& shown : m_runs) {
        if (metric.empty() && shown->dataset) metric = shown->dataset->metric;
    }
    for (const auto& shown : m_runs) {
        // Only runs of one metric stand on one axis.
        const bool other =
            place.kind == ProbeKind::value && shown->dataset && shown->dataset->metric != metric;
        if (other) continue;
        ProbeCurve curve = probeCurve(*shown, place.kind, m_layer, m_atStart);
        if (curve.x.empty()) continue;
        CurveStyle style{shown->run.name, shown->run.color};
        style.points = place.kind != ProbeKind::loss && place.kind != ProbeKind::profile &&
                       place.kind != ProbeKind::lastStep;
        const int id = place.chart->addSeries(style);
        if (!curve.low.empty()) place.chart->setBand(id, curve.x, curve.low, curve.high);
        const double end = curve.x.back();
        place.chart->setData(id, std::move(curve.x), std::move(curve.y));
        if (!curve.error.isEmpty()) place.chart->addCross(id, end, curve.error);
        const bool broken = shown->summary && shown->summary->status == RunStatus::diverged;
        if (broken && (place.kind == ProbeKind::loss || place.kind == ProbeKind::value)) {
            place.chart->addCross(id, static_cast<double>(shown->summary->step), tr("diverged"));
        }
        for (const ReferenceLine& line : curve.references) {
            const bool known =
                std::any_of(lines.begin(), lines.end(), [&](const ReferenceLine& before) {
                    return std::abs(before.at - line.at) <= 1e-9 * std::abs(line.at);
                });
            if (!known) lines.push_back(line);
        }
    }
    place.chart->setReferences(lines);
    if (place.kind == ProbeKind::value && !metric.empty()) {
        place.chart->setYAxis(
            {formatMetricName(metric), formatMetricUnit(metric), metric == "perplexity", {}, {}});
    }
}

}  // namespace bitloom::ui
