#pragma once
// Several runs in the same charts of their probes: one chart a kind, one curve a run. Follows the
// runs while they train. Used by Compare and the guided pages.

#include <QWidget>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "models/probe_history.h"
#include "pages/compare_charts.h"
#include "session/run_watcher.h"
#include "theme/theme.h"

class QGridLayout;
class QTimer;

namespace bitloom::ui {

enum class ProbeKind {
    value,      ///< validation over training
    loss,       ///< training loss
    profile,    ///< |dL/dh_t| of the summed loss by time step
    lastStep,   ///< |dL/dh_t| of the last step's loss
    norms,      ///< largest effective spectral norm of the gates, W_hh
    quantized,  ///< largest spectral norm of Q(W_hh), with the floor
    lambda,     ///< lambda_1 over training, published points beside it
    frozen,     ///< lambda_1 with the gains held at their start
    growth,     ///< fitted factor a step backwards, last step's loss
    lyapunov,   ///< first exponent over training, band over samples
    tightness,  ///< gradient over bound, the largest
    gains,      ///< largest gain over training
};

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

    /// What is known of one run.
    struct Shown {
        ShownRun run;
        ProbeHistory history;
        std::vector<MetricRow> train, evaluations;
        std::optional<Spec> spec;
        std::optional<DatasetInfo> dataset;
        std::optional<RunSummary> summary;
        bool caughtUp = false;
    };
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
    void draw(const Place& place);

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
