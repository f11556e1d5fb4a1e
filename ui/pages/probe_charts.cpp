#include "pages/probe_charts.h"

#include <QGridLayout>
#include <QTimer>
#include <algorithm>

#include "charts/curve_chart.h"
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
    const bool same =
        std::equal(runs.begin(), runs.end(), m_runs.begin(), m_runs.end(),
                   [](const ShownRun& run, const auto& shown) { return run == shown->run; });
    if (same) return;
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
    shown.add(news);
    if (!m_timer->isActive()) m_timer->start();
}

void ProbeCharts::redraw() {
    std::vector<const ProbedRun*> runs;
    for (const auto& shown : m_runs) runs.push_back(shown.get());
    for (const Place& place : m_places) {
        drawProbes(*place.chart, place.kind, runs, m_layer, m_atStart);
    }
}

}  // namespace bitloom::ui
