#include "pages/study_runs.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QShowEvent>
#include <QVBoxLayout>
#include <algorithm>

#include "models/format.h"
#include "pages/elided_button.h"
#include "theme/roles.h"

namespace bitloom::ui {
namespace {

constexpr int dotSize = 12;

}  // namespace

StudyRuns::StudyRuns(const Theme& theme, StudyDesk& desk, Workspace& workspace, QWidget* parent)
    : QWidget(parent),
      m_theme(theme),
      m_desk(desk),
      m_workspace(workspace),
      m_column(new QVBoxLayout(this)),
      m_start(new QPushButton(this)),
      m_note(makeLabel({}, LabelRole::caption, this)) {
    m_column->setContentsMargins(0, 0, 0, 0);
    m_column->setSpacing(spacing::gap);
    m_start->setObjectName(QStringLiteral("startMissing"));
    setRole(m_start, ButtonRole::primary);
    m_start->setIcon(theme.icon(QStringLiteral("play"), Token::onAccent));
    m_note->setWordWrap(true);
    auto* row = new QHBoxLayout;
    row->addWidget(m_start);
    row->addStretch(1);
    m_column->addLayout(row);
    m_column->addWidget(m_note);
    connect(m_start, &QPushButton::clicked, this, [this] { m_desk.start(m_keys); });
    connect(&m_desk, &StudyDesk::planned, this, &StudyRuns::refresh);
    connect(&m_workspace.queue(), &RunQueue::changed, this, &StudyRuns::refresh);
    connect(&theme, &Theme::themeChanged, this, [this] {
        m_built.clear();
        refresh();
    });
    refresh();
}

void StudyRuns::setKeys(const std::vector<std::string>& keys) {
    m_keys = keys;
    refresh();
}

void StudyRuns::setHint(const QString& hint) {
    m_hint = hint;
    refresh();
}

void StudyRuns::rebuild() {
    delete m_list;
    m_lines.clear();
    m_list = new QWidget(this);
    auto* lines = new QVBoxLayout(m_list);
    lines->setContentsMargins(0, 0, 0, 0);
    lines->setSpacing(0);
    for (const std::string& key : m_built) {
        auto* line = new QWidget(m_list);
        auto* row = new QHBoxLayout(line);
        row->setContentsMargins(0, 0, 0, 0);
        row->setSpacing(spacing::half);
        Line made{new QLabel(line), makeLabel({}, LabelRole::figures, line),
                  new ElidedButton(line)};
        made.dot->setPixmap(m_theme.runIcon(colorOf(key)).pixmap(dotSize, dotSize));
        const PlannedRun* run = m_desk.find(key);
        const QString label = run ? QString::fromStdString(run->member.label) : QString();
        made.name->setWords(label);
        made.name->setToolTip(label + QLatin1Char('\n') +
                              tr("Looks into this run on the page Inspect"));
        setRole(made.state, LabelRole::caption);
        row->addWidget(made.dot);
        row->addWidget(made.name, 1);
        row->addWidget(made.state);
        lines->addWidget(line);
        m_lines.push_back(made);
        connect(made.name, &QPushButton::clicked, this, [this, key] {
            const PlannedRun* found = m_desk.find(key);
            if (found && !found->folder.empty()) Q_EMIT runChosen(found->folder);
        });
    }
    m_column->insertWidget(0, m_list);
}

int StudyRuns::colorOf(const std::string& key) const {
    if (!m_desk.plan()) return 0;
    const auto& runs = m_desk.plan()->runs;
    const auto found = std::find_if(runs.begin(), runs.end(),
                                    [&](const PlannedRun& run) { return run.member.key == key; });
    return static_cast<int>(found - runs.begin());
}

QString StudyRuns::stateOf(const PlannedRun& run) const {
    for (const RunQueue::Item& item : m_workspace.queue().items()) {
        if (item.run != run.folder) continue;
        if (item.state == RunQueue::State::waiting) return tr("queued");
        if (item.state == RunQueue::State::starting) return tr("starting");
        return formatStatus(item.summary);
    }
    if (m_desk.queued(run)) return tr("waits for its start");
    if (run.folder.empty()) return tr("not made yet");
    switch (run.status) {
        case RunStatus::finished:
            return tr("done");
        case RunStatus::diverged:
            return tr("diverged");
        case RunStatus::created:
            return tr("not started");
        default: {
            RunSummary summary;
            summary.status = run.status;
            return formatStatus(summary);
        }
    }
}

void StudyRuns::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    // Data may have come while another page was shown, and with it a plan that could not be made.
    if (!event->spontaneous()) m_desk.refresh();
}

void StudyRuns::refresh() {
    std::vector<std::string> wanted = m_keys;
    if (wanted.empty() && m_desk.plan()) {
        for (const PlannedRun& run : m_desk.plan()->runs) wanted.push_back(run.member.key);
    }
    if (!m_desk.plan()) wanted.clear();
    if (wanted != m_built) {
        m_built = wanted;
        rebuild();
    }
    int waiting = 0;
    for (std::size_t i = 0; i < m_lines.size(); ++i) {
        const PlannedRun* run = m_desk.find(m_built[i]);
        if (!run) continue;
        m_lines[i].state->setText(stateOf(*run));
        m_lines[i].name->setEnabled(!run->folder.empty());
        waiting += m_desk.queued(*run) ? 1 : 0;
    }
    const int missing = m_desk.missing(m_keys);
    const bool looking = !m_desk.plan() && m_desk.problem().isEmpty();
    m_start->setVisible(missing > 0 || waiting > 0 || looking);
    m_start->setEnabled(missing > 0);
    m_start->setText(missing > 1    ? tr("Train %1 runs").arg(missing)
                     : missing == 1 ? tr("Train 1 run")
                     : waiting > 0  ? tr("Training…")
                                    : tr("Looking for the runs…"));
    QStringList notes;
    if (!m_desk.problem().isEmpty()) notes << m_desk.problem();
    if (m_desk.plan()) {
        for (const std::string& note : m_desk.plan()->notes) notes << QString::fromStdString(note);
    }
    if (missing > 0 && !m_hint.isEmpty()) notes << m_hint;
    m_note->setText(notes.join(QLatin1Char('\n')));
    m_note->setVisible(!notes.isEmpty());
    Q_EMIT changed();
}

std::vector<ShownRun> StudyRuns::shown() const {
    std::vector<ShownRun> runs;
    for (std::size_t i = 0; i < m_built.size(); ++i) {
        const PlannedRun* run = m_desk.find(m_built[i]);
        if (!run || run->folder.empty()) continue;
        const QString name = QString::fromStdString(run->member.label);
        runs.push_back({run->folder, name, name, colorOf(m_built[i])});
    }
    return runs;
}

}  // namespace bitloom::ui
