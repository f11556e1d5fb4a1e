#pragma once
// The guided page "Why it explodes": five steps, each a few sentences, the runs
// they are about, their charts and what these found.

#include <QWidget>
#include <memory>

#include "pages/story_steps.h"
#include "session/study_desk.h"
#include "theme/theme.h"

class QLabel;
class QPushButton;
class QScrollArea;

namespace bitloom::ui {

class Chart;
class ElidedLabel;
class ProbeCharts;
class Segmented;
class StudyRuns;

class StoryPage : public QWidget {
    Q_OBJECT
public:
    StoryPage(const Theme& theme, Workspace& workspace, QWidget* parent = nullptr);

    /// Steps count from 0.
    void showStep(int step);
    [[nodiscard]] int step() const { return m_step; }
    [[nodiscard]] const std::vector<StoryStep>& steps() const { return m_steps; }
    [[nodiscard]] StudyDesk& desk() { return m_desk; }
    [[nodiscard]] ProbeCharts& charts() const { return *m_charts; }
    [[nodiscard]] QString findings() const;

Q_SIGNALS:
    void stepChanged(int step);
    void inspectRequested(const std::filesystem::path& run);
    void compareRequested(const std::vector<std::filesystem::path>& runs);
    void said(const QString& words);

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    QWidget* makeText();
    QWidget* makeHead();
    void showView(int view);
    void updateRuns();
    void updateFindings();
    [[nodiscard]] const StoryView& view() const;

    const Theme& m_theme;
    Workspace& m_workspace;
    StudyDesk m_desk;
    std::vector<StoryStep> m_steps;
    int m_step = 0, m_viewIndex = 0;

    ElidedLabel* m_title;
    Segmented* m_views;
    QLabel *m_text, *m_findings, *m_findingsTitle;
    StudyRuns* m_runs;
    QScrollArea* m_scroll;
    ProbeCharts* m_charts;
    QPushButton *m_back, *m_next, *m_export, *m_compare;
};

}  // namespace bitloom::ui
