#pragma once
// The page one can play: why batch statistics shared by all time steps fail on
// pixels. Variances over time steps in image order and permuted, at any probed
// step, and what each kind of statistics is worth in accuracy.

#include <QWidget>

#include "session/study_desk.h"
#include "theme/theme.h"

class QLabel;
class QPushButton;
class QScrollArea;
class QTimer;

namespace bitloom::ui {

class BarChart;
class Chart;
class ChartPanel;
class CurveChart;
class ProbeCharts;
class Segmented;
class StepSlider;
class StudyRuns;
struct ProbedRun;

class BatchNormPage : public QWidget {
    Q_OBJECT
public:
    BatchNormPage(const Theme& theme, Workspace& workspace, QWidget* parent = nullptr);

    [[nodiscard]] StudyDesk& desk() { return m_desk; }
    [[nodiscard]] CurveChart& ordered() const { return *m_ordered; }
    [[nodiscard]] CurveChart& permuted() const { return *m_permuted; }
    [[nodiscard]] BarChart& accuracy() const { return *m_accuracy; }
    [[nodiscard]] QString findings() const;
    [[nodiscard]] bool playing() const;

Q_SIGNALS:
    void inspectRequested(const std::filesystem::path& run);
    void said(const QString& words);

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    QWidget* makeText();
    QWidget* makeHead();
    void updateRuns();
    void redraw();
    void play();
    void drawVariance(CurveChart& chart, ChartPanel& panel, const ProbedRun* run,
                      const QString& title);
    void drawAccuracy();
    [[nodiscard]] std::vector<Chart*> charts() const;
    /// The run of the chosen quantizer, in order or permuted.
    [[nodiscard]] const ProbedRun* chosen(bool inOrder) const;

    const Theme& m_theme;
    Workspace& m_workspace;
    StudyDesk m_desk;
    ProbeCharts* m_loss;  ///< also reads the runs for the other charts
    CurveChart *m_ordered, *m_permuted;
    BarChart* m_accuracy;
    ChartPanel *m_orderedPanel, *m_permutedPanel, *m_accuracyPanel;
    StepSlider* m_slider;
    QPushButton *m_play, *m_export;
    QTimer* m_timer;
    Segmented *m_quantizer, *m_scale, *m_side;
    StudyRuns* m_runs;
    QScrollArea* m_scroll;
    QLabel *m_text, *m_findings;
};

}  // namespace bitloom::ui
