#include "pages/story_page.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>
#include <algorithm>

#include "pages/elided_label.h"
#include "pages/probe_charts.h"
#include "pages/study_runs.h"
#include "theme/segmented.h"

namespace bitloom::ui {
StoryPage::StoryPage(const Theme& theme, Workspace& workspace, QWidget* parent)
    : GuidedPage(theme, parent),
      m_workspace(workspace),
      m_desk(workspace),
      m_steps(storySteps()),
      m_charts(new ProbeCharts(theme, this)) {
    makeHead();
    auto* row = new QHBoxLayout;
    row->setSpacing(spacing::margin);
    row->addWidget(makeText());
    row->addWidget(m_charts, 1);
    column().addLayout(row, 1);
    connect(m_runs, &StudyRuns::changed, this, &StoryPage::updateRuns);
    connect(m_runs, &StudyRuns::runChosen, this, &StoryPage::inspectRequested);
    connect(m_charts, &ProbeCharts::changed, this, &StoryPage::updateFindings);
    connect(m_charts, &ProbeCharts::said, this, &StoryPage::said);
    connect(&m_desk, &StudyDesk::said, this, &StoryPage::said);
    m_desk.choose(storyStudy);
    showStep(0);
}

void StoryPage::makeHead() {
    title().setObjectName(QStringLiteral("storyTitle"));
    m_views = new Segmented(this);
    m_views->setObjectName(QStringLiteral("storyViews"));
    head().addWidget(m_views);
    head().addSpacing(spacing::gap);
    m_compare = addButton(tr("Compare"), "compare", "storyCompare");
    m_compare->setToolTip(tr("Shows these runs on the page Compare"));
    addExport([this] { return m_charts->charts(); }, "storyExport");
    head().addSpacing(spacing::gap);
    m_back = addButton(tr("Back"), "chevron-left", "storyBack");
    m_next = addButton(tr("Next"), "chevron-right", "storyNext");
    connect(m_views, &Segmented::currentChanged, this, &StoryPage::showView);
    connect(m_back, &QPushButton::clicked, this, [this] { showStep(m_step - 1); });
    connect(m_next, &QPushButton::clicked, this, [this] { showStep(m_step + 1); });
    connect(m_compare, &QPushButton::clicked, this,
            [this] { Q_EMIT compareRequested(m_runs->shown()); });
}

QWidget* StoryPage::makeText() {
    QWidget* texts = makeTextColumn();
    m_text = addText(LabelRole::body, "storyText");
    m_runs = new StudyRuns(m_theme, m_desk, m_workspace, texts);
    m_runs->setHint(
        tr("About a minute each. They wait in the queue with all others; the charts "
           "fill while they train."));
    text().addWidget(m_runs);
    addFindings("storyFindings");
    return texts;
}

const StoryView& StoryPage::view() const {
    return m_steps[static_cast<std::size_t>(m_step)].views[static_cast<std::size_t>(m_viewIndex)];
}

void StoryPage::showStep(int wanted) {
    m_step = std::clamp(wanted, 0, static_cast<int>(m_steps.size()) - 1);
    const StoryStep& step = m_steps[static_cast<std::size_t>(m_step)];
    title().setWords(tr("%1 of %2   %3").arg(m_step + 1).arg(m_steps.size()).arg(step.title));
    {
        const QSignalBlocker quiet(m_views);
        m_views->clear();
        for (const StoryView& each : step.views) m_views->addSegment(each.label);
    }
    m_views->setVisible(step.views.size() > 1);
    m_back->setEnabled(m_step > 0);
    m_next->setEnabled(m_step + 1 < static_cast<int>(m_steps.size()));
    showView(0);
    Q_EMIT stepChanged(m_step);
}

void StoryPage::showView(int wanted) {
    m_viewIndex = wanted;
    m_text->setText(view().text);
    m_charts->setKinds(view().kinds, view().columns);
    m_charts->setAtStart(view().atStart);
    m_runs->setKeys(view().keys);
    updateRuns();
}

void StoryPage::updateRuns() {
    const std::vector<ShownRun> runs = m_runs->shown();
    m_compare->setEnabled(!runs.empty());
    m_charts->setRuns(runs);
    updateFindings();
}

void StoryPage::updateFindings() {
    StoryRuns known;
    for (const std::string& key : view().keys) {
        const PlannedRun* run = m_desk.find(key);
        if (!run || run->folder.empty()) continue;
        if (const ProbedRun* found = m_charts->find(run->folder)) known[key] = found;
    }
    const QStringList lines = view().findings ? view().findings(known) : QStringList();
    showFindings(lines);
}

}  // namespace bitloom::ui
