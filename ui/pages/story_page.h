#pragma once
// The guided page "Why it explodes": five steps, each a few sentences, the runs
// they are about, their charts and what these found.

#include <memory>

#include "pages/compare_charts.h"
#include "pages/guided_page.h"
#include "pages/story_steps.h"
#include "session/study_desk.h"

namespace bitloom::ui {

class ProbeCharts;
class Segmented;
class StudyRuns;

class StoryPage : public GuidedPage {
    Q_OBJECT
public:
    StoryPage(const Theme& theme, Workspace& workspace, QWidget* parent = nullptr);

    /// Steps count from 0.
    void showStep(int step);
    [[nodiscard]] int step() const { return m_step; }
    [[nodiscard]] const std::vector<StoryStep>& steps() const { return m_steps; }
    [[nodiscard]] StudyDesk& desk() { return m_desk; }
    [[nodiscard]] ProbeCharts& charts() const { return *m_charts; }
    using GuidedPage::findings;

Q_SIGNALS:
    void stepChanged(int step);
    void compareRequested(const std::vector<ShownRun>& runs);

private:
    QWidget* makeText();
    void makeHead();
    void showView(int view);
    void updateRuns();
    void updateFindings();
    [[nodiscard]] const StoryView& view() const;

    Workspace& m_workspace;
    StudyDesk m_desk;
    std::vector<StoryStep> m_steps;
    int m_step = 0, m_viewIndex = 0;

    Segmented* m_views;
    QLabel* m_text;
    StudyRuns* m_runs;
    ProbeCharts* m_charts;
    QPushButton *m_back, *m_next, *m_compare;
};

}  // namespace bitloom::ui
