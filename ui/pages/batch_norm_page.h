#pragma once
// The page one can play: why batch statistics shared by all time steps fail on
// pixels. Variances over time steps in image order and permuted, at any probed
// step, and what each kind of statistics is worth in accuracy.

#include "pages/guided_page.h"
#include "pages/statistics_curves.h"
#include "session/study_desk.h"

class QTimer;

namespace bitloom::ui {

class BarChart;
class BatchNormRun;
class ChartPanel;
class CurveChart;
class ProbeCharts;
class Segmented;
class StepSlider;
class StudyRuns;
struct ProbedRun;

class BatchNormPage : public GuidedPage {
    Q_OBJECT
public:
    BatchNormPage(const Theme& theme, Workspace& workspace, QWidget* parent = nullptr);

    [[nodiscard]] StudyDesk& desk() { return m_desk; }
    [[nodiscard]] CurveChart& ordered() const { return *m_ordered; }
    [[nodiscard]] CurveChart& permuted() const { return *m_permuted; }
    [[nodiscard]] BarChart& accuracy() const { return *m_accuracy; }
    [[nodiscard]] BatchNormRun& own() const { return *m_own; }
    using GuidedPage::findings;
    [[nodiscard]] bool playing() const;

private:
    QWidget* makeText();
    QWidget* makeCharts();
    void makeHead();
    void updateRuns();
    void redraw();
    void play();
    void drawSide(CurveChart& chart, ChartPanel& panel, const StatisticsRow* row,
                  const QString& title, StatisticsKind kind);
    void drawAccuracy();
    [[nodiscard]] std::vector<Chart*> charts() const;
    /// The run of the chosen quantizer, in order or permuted.
    [[nodiscard]] const ProbedRun* chosen(bool inOrder) const;
    /// The run of the library that was chosen in their place.
    [[nodiscard]] const ProbedRun* ownRun() const;
    /// A run's statistics at the slider's step: recorded, or measured on this page.
    [[nodiscard]] const StatisticsRow* statisticsOf(const ProbedRun* run) const;
    /// A run's newest evaluation, recorded or measured; nullptr without one.
    [[nodiscard]] const MetricRow* evaluationOf(const ProbedRun& run) const;

    Workspace& m_workspace;
    StudyDesk m_desk;
    ProbeCharts* m_loss;  ///< also reads the runs for the other charts
    CurveChart *m_ordered, *m_permuted;
    BarChart* m_accuracy;
    ChartPanel *m_orderedPanel, *m_permutedPanel, *m_accuracyPanel;
    StepSlider* m_slider;
    QPushButton* m_play;
    QTimer* m_timer;
    Segmented *m_quantizer, *m_scale, *m_side;
    StudyRuns* m_runs;
    BatchNormRun* m_own;
};

}  // namespace bitloom::ui
