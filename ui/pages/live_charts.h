#pragma once
// The four views of one run as it trains: value, gradient norm (or what the probes measure over
// training), |dL/dh_t| by time step, and a
// sample of text or, where the value is an accuracy and has no training curve, the training loss.

#include <QWidget>
#include <optional>
#include <vector>

#include "pages/probe_curves.h"
#include "session/run_watcher.h"
#include "theme/theme.h"

class QLabel;
class QPlainTextEdit;

namespace bitloom::ui {

class Chart;
class CurveChart;
class ChartPanel;
class CrosshairGroup;
class ElidedCombo;
class Segmented;
class ProfileChart;

class LiveCharts : public QWidget {
    Q_OBJECT
public:
    explicit LiveCharts(const Theme& theme, QWidget* parent = nullptr);

    /// Empty charts for another run.
    void clear();
    /// Draws what is new. Call setRun() with the spec first; rows before it wait for it.
    void setRun(const Spec& spec, const std::optional<DatasetInfo>& dataset);
    void add(const RunTail::News& rows);
    /// A calm mark where the run diverged.
    void markDiverged(std::int64_t step, const QString& reason);

    [[nodiscard]] CurveChart& valueChart() const { return *m_value; }
    [[nodiscard]] CurveChart& gradientChart() const { return *m_gradient; }
    /// Shown for accuracy only; of the others the value chart has the training curve.
    [[nodiscard]] CurveChart& lossChart() const { return *m_loss; }
    [[nodiscard]] ProfileChart& profileChart() const { return *m_profile; }
    [[nodiscard]] QString sample() const;
    /// What stands in the place of the gradient norm; nothing = the norm itself.
    void showProbe(std::optional<ProbeKind> kind);
    [[nodiscard]] CurveChart& probeChart() const { return *m_probe; }

Q_SIGNALS:
    void said(const QString& words);

private:
    void addSeries();
    void addMetrics(const std::vector<MetricRow>& rows);
    void drawProfiles();
    void drawProbe();
    void makePanels();
    void draw(const RunTail::News& rows);
    /// A training loss in nats on the value chart's scale; nothing for accuracy.
    [[nodiscard]] std::optional<double> trainValue(double loss) const;

    const Theme& m_theme;
    CurveChart *m_value, *m_gradient, *m_loss, *m_probe;
    ProfileChart* m_profile;
    ChartPanel *m_gradientPanel, *m_profilePanel;
    ElidedCombo* m_kind;
    Segmented* m_profileKind;
    QWidget* m_sampleHome;
    QLabel* m_sampleTitle;
    QPlainTextEdit* m_sample;
    std::string m_metric;
    bool m_ready = false;
    RunTail::News m_early;  ///< rows that came before the spec
    int m_train = -1, m_valid = -1, m_batchStatistics = -1, m_norm = -1;
    int m_lossSeries = -1;
    ProbedRun m_probed;  ///< probes of the run, all that came
};

}  // namespace bitloom::ui
