#pragma once
// Several runs in the same charts of their probes: one chart a kind, one curve a run. Follows the
// runs while they train. Used by Compare and the guided pages.

#include <QWidget>
#include <memory>
#include <vector>

#include "pages/compare_charts.h"
#include "pages/probe_curves.h"
#include "session/run_watcher.h"
#include "theme/theme.h"

class QGridLayout;
class QTimer;

namespace bitloom::ui {

class ProbeCharts : public QWidget {
    Q_OBJECT
public:
    explicit ProbeCharts(const Theme& theme, QWidget* parent = nullptr);
    ~ProbeCharts() override;

    /// Which charts, in rows of `columns`.
    void setKinds(const std::vector<ProbeKind>& kinds, int columns);
    /// Draws these; runs that stay keep what was read of them.
    void setRuns(const std::vector<ShownRun>& runs);
    /// Of networks with fewer layers the last one is drawn.
    void setLayer(int layer);
    /// The step whose profiles are drawn: the untrained network, or the newest probe.
    void setAtStart(bool start);
    [[nodiscard]] int layers() const;  ///< most of the runs shown; at least 1

    using Shown = ProbedRun;
    [[nodiscard]] const std::vector<std::unique_ptr<Shown>>& runs() const { return m_runs; }
    [[nodiscard]] const Shown* find(const std::filesystem::path& folder) const;
    [[nodiscard]] std::vector<Chart*> charts() const;
    [[nodiscard]] CurveChart* chart(ProbeKind kind) const;

Q_SIGNALS:
    /// Something came for a run shown; ten times a second at most.
    void changed();
    void said(const QString& words);

private:
    struct Place {
        ProbeKind kind;
        CurveChart* chart;
    };
    void onNews(const std::filesystem::path& run, const RunNews& news);
    void redraw();

    const Theme& m_theme;
    RunWatcher m_watcher;
    std::vector<std::unique_ptr<Shown>> m_runs;
    std::vector<Place> m_places;
    QGridLayout* m_grid;
    QTimer* m_timer;
    int m_layer = 0;
    bool m_atStart = false;
};

}  // namespace bitloom::ui
