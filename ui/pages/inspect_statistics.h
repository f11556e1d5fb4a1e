#pragma once
// Batch-norm statistics: mean and variance over time steps, batch against running, and what each
// kind of statistics is worth in accuracy.

#include "pages/inspect_tab.h"
#include "theme/theme.h"

class QStackedWidget;

namespace bitloom::ui {

class BarChart;
class ChartPanel;
class CurveChart;
class Segmented;

class InspectStatistics : public InspectTab {
    Q_OBJECT
public:
    explicit InspectStatistics(const Theme& theme, QWidget* parent = nullptr);
    void show(const InspectView& view) override;
    using QWidget::show;
    [[nodiscard]] std::vector<Chart*> charts() const override;

    [[nodiscard]] CurveChart& variance() const { return *m_variance; }
    [[nodiscard]] BarChart& accuracy() const { return *m_accuracy; }
    [[nodiscard]] QString statisticsWords() const;
    [[nodiscard]] QString accuracyWords() const;
    [[nodiscard]] bool saysNoBatchNorm() const;

Q_SIGNALS:
    /// The guided page on shared batch norm is asked for.
    void storyRequested();

private:
    void redraw();
    void drawStatistics(const InspectView& view);
    void drawAccuracy(const InspectView& view);
    void drawCourse(const InspectView& view);
    [[nodiscard]] std::string side() const;

    QStackedWidget* m_stack;
    CurveChart *m_variance, *m_mean, *m_course;
    BarChart* m_accuracy;
    ChartPanel *m_variancePanel, *m_meanPanel, *m_accuracyPanel, *m_coursePanel;
    Segmented *m_side, *m_unit;
    std::vector<int> m_units;  ///< the switch offers these
    InspectView m_view;
};

}  // namespace bitloom::ui
