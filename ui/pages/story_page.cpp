#include "pages/story_page.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QVBoxLayout>
#include <algorithm>

#include "charts/chart.h"
#include "pages/elided_label.h"
#include "pages/export_menu.h"
#include "pages/probe_charts.h"
#include "pages/study_runs.h"
#include "theme/roles.h"
#include "theme/segmented.h"

namespace bitloom::ui {
namespace {

constexpr int textWidth = 328;
constexpr int narrowText = 264;
constexpr int narrow = 1100;  // of the page

}  // namespace

StoryPage::StoryPage(const Theme& theme, Workspace& workspace, QWidget* parent)
    : QWidget(parent),
      m_theme(theme),
      m_workspace(workspace),
      m_desk(workspace),
      m_steps(storySteps()),
      m_charts(new ProbeCharts(theme, this)) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(spacing::margin, spacing::gap, spacing::margin, spacing::gap);
    column->setSpacing(spacing::gap);
    column->addWidget(makeHead());
    auto* row = new QHBoxLayout;
    row->setSpacing(spacing::margin);
    row->addWidget(makeText());
    row->addWidget(m_charts, 1);
    column->addLayout(row, 1);
    connect(m_runs, &StudyRuns::changed, this, &StoryPage::updateRuns);
    connect(m_runs, &StudyRuns::runChosen, this, &StoryPage::inspectRequested);
    connect(m_charts, &ProbeCharts::changed, this, &StoryPage::updateFindings);
    connect(m_charts, &ProbeCharts::said, this, &StoryPage::said);
    connect(&m_desk, &StudyDesk::said, this, &StoryPage::said);
    m_desk.choose(storyStudy);
    showStep(0);
}

QWidget* StoryPage::makeHead() {
    auto* head = new QWidget(this);
    auto* row = new QHBoxLayout(head);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(spacing::gap);
    m_title = new ElidedLabel(head);
    setRole(m_title, LabelRole::title);
    m_title->setObjectName(QStringLiteral("storyTitle"));
    m_views = new Segmented(head);
    m_views->setObjectName(QStringLiteral("storyViews"));
    const auto button = [&](const QString& words, const char* icon, const char* name) {
        auto* made = new QPushButton(m_theme.icon(QLatin1String(icon)), words, head);
        made->setObjectName(QLatin1String(name));
        setRole(made, ButtonRole::normal);
        return made;
    };
    m_compare = button(tr("Compare"), "compare", "storyCompare");
    m_compare->setToolTip(tr("Shows these runs on the page Compare"));
    m_export = button(tr("Export"), "export", "storyExport");
    makeExportMenu(*m_export, [this] { return m_charts->charts(); });
    m_back = button(tr("Back"), "chevron-left", "storyBack");
    m_next = button(tr("Next"), "chevron-right", "storyNext");
    row->addWidget(m_title, 1);
    row->addWidget(m_views);
    row->addSpacing(spacing::gap);
    row->addWidget(m_compare);
    row->addWidget(m_export);
    row->addSpacing(spacing::gap);
    row->addWidget(m_back);
    row->addWidget(m_next);
    connect(m_views, &Segmented::currentChanged, this, &StoryPage::showView);
    connect(m_back, &QPushButton::clicked, this, [this] { showStep(m_step - 1); });
    connect(m_next, &QPushButton::clicked, this, [this] { showStep(m_step + 1); });
    connect(m_compare, &QPushButton::clicked, this, [this] {
        std::vector<std::filesystem::path> folders;
        for (const ShownRun& run : m_runs->shown()) folders.push_back(run.folder);
        Q_EMIT compareRequested(folders);
    });
    return head;
}

QWidget* StoryPage::makeText() {
    m_scroll = new QScrollArea(this);
    m_scroll->setWidgetResizable(true);
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_scroll->setFixedWidth(textWidth);
    auto* page = new QWidget(m_scroll);
    auto* lines = new QVBoxLayout(page);
    lines->setContentsMargins(0, 0, spacing::gap, 0);
    lines->setSpacing(spacing::margin);
    const auto text = [&](LabelRole role, const char* name) {
        QLabel* label = makeLabel({}, role, page);
        label->setObjectName(QLatin1String(name));
        label->setWordWrap(true);
        label->setTextFormat(Qt::PlainText);
        label->setTextInteractionFlags(Qt::TextSelectableByMouse);
        label->setFocusPolicy(Qt::NoFocus);
        return label;
    };
    m_text = text(LabelRole::body, "storyText");
    m_findingsTitle = makeLabel(tr("Measured"), LabelRole::section, page);
    m_findings = text(LabelRole::body, "storyFindings");
    m_runs = new StudyRuns(m_theme, m_desk, m_workspace, page);
    m_runs->setHint(
        tr("About a minute each. They wait in the queue with all others; the charts "
           "fill while they train."));
    lines->addWidget(m_text);
    lines->addWidget(m_runs);
    lines->addWidget(makeHairline(Qt::Horizontal, page));
    lines->addWidget(m_findingsTitle);
    lines->addWidget(m_findings);
    lines->addStretch(1);
    m_scroll->setWidget(page);
    return m_scroll;
}

const StoryView& StoryPage::view() const {
    return m_steps[static_cast<std::size_t>(m_step)].views[static_cast<std::size_t>(m_viewIndex)];
}

void StoryPage::showStep(int wanted) {
    m_step = std::clamp(wanted, 0, static_cast<int>(m_steps.size()) - 1);
    const StoryStep& step = m_steps[static_cast<std::size_t>(m_step)];
    m_title->setWords(tr("%1 of %2   %3").arg(m_step + 1).arg(m_steps.size()).arg(step.title));
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

void StoryPage::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    m_scroll->setFixedWidth(width() < narrow ? narrowText : textWidth);
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
    m_findings->setText(lines.isEmpty() ? tr("What the charts show is said here "
                                             "in figures once the runs train.")
                                        : lines.join(QStringLiteral("\n\n")));
    setRole(m_findings, lines.isEmpty() ? LabelRole::muted : LabelRole::body);
}

QString StoryPage::findings() const {
    return m_findings->text();
}

}  // namespace bitloom::ui
