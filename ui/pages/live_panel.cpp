#include "pages/live_panel.h"

#include <QHBoxLayout>
#include <QInputDialog>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QStackedWidget>
#include <QVBoxLayout>

#include "base/files.h"
#include "models/format.h"
#include "pages/elided_label.h"
#include "pages/live_charts.h"
#include "session/run_control.h"
#include "theme/roles.h"

namespace bitloom::ui {

namespace {

constexpr int eventsHeight = 96;
constexpr int mostEvents = 2000;

QPushButton* makeButton(const QString& words, const char* name, QWidget* parent) {
    auto* button = new QPushButton(words, parent);
    button->setObjectName(QLatin1String(name));
    setRole(button, ButtonRole::normal);
    return button;
}

/// "2026-11-23T21:41:00Z" -> local "22:41:00".
QString clockText(const std::string& time) {
    const QDateTime moment = QDateTime::fromString(QString::fromStdString(time), Qt::ISODate);
    return moment.isValid() ? moment.toLocalTime().toString(QStringLiteral("HH:mm:ss"))
                            : QString::fromStdString(time);
}

}  // namespace

LivePanel::LivePanel(const Theme& theme, RunQueue& queue, QWidget* parent)
    : QWidget(parent),
      m_theme(theme),
      m_queue(queue),
      m_watcher(this, ProbeFiles::all),
      m_stack(new QStackedWidget(this)) {
    auto* whole = new QVBoxLayout(this);
    whole->setContentsMargins(0, 0, 0, 0);
    whole->addWidget(m_stack);

    auto* panel = new QWidget(m_stack);
    auto* column = new QVBoxLayout(panel);
    column->setContentsMargins(spacing::margin, spacing::margin, spacing::margin, spacing::margin);
    column->setSpacing(spacing::gap);
    m_charts = new LiveCharts(theme, panel);
    m_events = new QListWidget(panel);
    m_events->setObjectName(QStringLiteral("events"));
    m_events->setFrameShape(QFrame::NoFrame);
    m_events->setFixedHeight(eventsHeight);
    m_events->setFont(Theme::figures(TextSize::caption));
    m_events->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_events->setTextElideMode(Qt::ElideRight);
    m_banner = makeLabel({}, LabelRole::warning, panel);
    m_banner->setObjectName(QStringLiteral("banner"));
    m_banner->setWordWrap(true);
    m_banner->setTextFormat(Qt::PlainText);
    m_banner->hide();
    column->addWidget(makeHeader());
    column->addWidget(m_banner);
    column->addWidget(m_charts, 1);
    column->addWidget(makeHairline(Qt::Horizontal, panel));
    column->addWidget(m_events);
    column->addWidget(makeHairline(Qt::Horizontal, panel));
    column->addWidget(makeControls());
    m_stack->addWidget(makeEmptyState());
    m_stack->addWidget(panel);

    connect(&m_watcher, &RunWatcher::news, this, &LivePanel::onNews);
    connect(m_charts, &LiveCharts::said, this, &LivePanel::said);
    connect(&m_queue, &RunQueue::changed, this, &LivePanel::updateControls);
    updateControls();
}

QWidget* LivePanel::makeEmptyState() {
    auto* page = new QWidget(m_stack);
    auto* column = new QVBoxLayout(page);
    column->setSpacing(spacing::gap);
    column->addStretch(2);
    column->addWidget(makeLabel(tr("Nothing trains yet"), LabelRole::title, page), 0,
                      Qt::AlignHCenter);
    column->addWidget(makeLabel(tr("Press Start, or watch the demo: full precision, BinaryConnect, "
                                   "and BinaryConnect with layer norm."),
                                LabelRole::muted, page),
                      0, Qt::AlignHCenter);
    auto* demo = makeButton(tr("Run the demo comparison"), "demo", page);
    column->addSpacing(spacing::gap);
    column->addWidget(demo, 0, Qt::AlignHCenter);
    column->addStretch(3);
    for (QLabel* label : page->findChildren<QLabel*>()) {
        label->setWordWrap(true);
        label->setAlignment(Qt::AlignHCenter);
        label->setFixedWidth(480);
    }
    connect(demo, &QPushButton::clicked, this, &LivePanel::demoRequested);
    return page;
}

QWidget* LivePanel::makeHeader() {
    auto* header = new QWidget(this);
    auto* row = new QHBoxLayout(header);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(spacing::gap);
    m_title = new ElidedLabel(header);
    setRole(m_title, LabelRole::title);
    m_title->setObjectName(QStringLiteral("runTitle"));
    m_status = makeLabel({}, LabelRole::muted, header);
    m_status->setObjectName(QStringLiteral("runStatus"));
    m_design = makeButton(tr("Use as design"), "useAsDesign", header);
    setRole(m_design, ButtonRole::quiet);
    m_design->setToolTip(tr("Shows this run's spec in the form."));
    row->addWidget(m_title, 1);
    row->addWidget(m_status);
    auto* inspect = makeButton(tr("Inspect"), "inspectRun", header);
    setRole(inspect, ButtonRole::quiet);
    inspect->setToolTip(tr("Looks into this run's probes."));
    row->addWidget(inspect);
    row->addWidget(m_design);
    connect(inspect, &QPushButton::clicked, this, [this] { Q_EMIT inspectRequested(m_run); });
    connect(m_design, &QPushButton::clicked, this, [this] {
        if (m_spec) Q_EMIT designRequested(writeSpec(*m_spec));
    });
    return header;
}

QWidget* LivePanel::makeControls() {
    auto* bar = new QWidget(this);
    auto* lines = new QVBoxLayout(bar);
    lines->setContentsMargins(0, 0, 0, 0);
    lines->setSpacing(spacing::gap);
    m_progress = new ElidedLabel(bar);
    setRole(m_progress, LabelRole::figures);
    m_progress->setObjectName(QStringLiteral("progress"));
    lines->addWidget(m_progress);
    auto* row = new QHBoxLayout;
    row->setSpacing(spacing::gap);
    lines->addLayout(row);
    m_pause = makeButton(tr("Continue"), "pause", bar);
    m_pause->setFixedWidth(m_pause->sizeHint().width());  // "Pause" and "Continue" take turns
    m_step = makeButton(tr("Step"), "step", bar);
    m_stop = makeButton(tr("Stop"), "stop", bar);
    m_resume = makeButton(tr("Resume"), "resume", bar);
    m_extend = makeButton(tr("Extend…"), "extend", bar);
    m_step->setToolTip(tr("Trains one step and pauses."));
    m_stop->setToolTip(tr("Ends after a checkpoint; Resume continues from there."));
    m_rateEdit = new QLineEdit(bar);
    m_rateEdit->setObjectName(QStringLiteral("learningRate"));
    m_rateEdit->setFixedWidth(88);
    m_rateEdit->setFont(Theme::figures());
    m_rateEdit->setToolTip(tr("New learning rate from the next step on."));
    m_rateEdit->setAccessibleName(tr("Learning rate"));
    m_rateSet = makeButton(tr("Set rate"), "setRate", bar);
    // Stop and Resume take turns in one place of one width.
    for (QPushButton* button : {m_stop, m_resume}) {
        button->setFixedWidth(std::max(m_stop->sizeHint().width(), m_resume->sizeHint().width()));
    }
    for (QPushButton* button : {m_pause, m_step, m_stop, m_resume, m_extend}) {
        row->addWidget(button);
    }
    row->addSpacing(spacing::gap);
    row->addWidget(m_rateEdit);
    row->addWidget(m_rateSet);
    row->addStretch(1);
    connect(m_pause, &QPushButton::clicked, this, &LivePanel::pauseOrContinue);
    connect(m_step, &QPushButton::clicked, this, &LivePanel::step);
    connect(m_stop, &QPushButton::clicked, this, &LivePanel::stop);
    connect(m_resume, &QPushButton::clicked, this, &LivePanel::resume);
    connect(m_extend, &QPushButton::clicked, this, &LivePanel::askExtend);
    connect(m_rateSet, &QPushButton::clicked, this,
            [this] { changeLearningRate(m_rateEdit->text()); });
    connect(m_rateEdit, &QLineEdit::returnPressed, this,
            [this] { changeLearningRate(m_rateEdit->text()); });
    return bar;
}

void LivePanel::show(const std::filesystem::path& run) {
    if (run == m_run) return;
    if (!m_run.empty()) m_watcher.unwatch(m_run);
    m_run = run;
    m_summary.reset();
    m_spec.reset();
    m_dataset.reset();
    m_rate = m_speed = 0;
    m_gone = false;
    m_charts->clear();
    m_events->clear();
    m_banner->hide();
    m_rateEdit->clear();
    m_stack->setCurrentIndex(run.empty() ? 0 : 1);
    m_title->setWords(QString::fromStdString(utf8(run.filename())));
    if (!run.empty()) m_watcher.watch(run);
    showSummary();
}

void LivePanel::onNews(const std::filesystem::path& run, const RunNews& news) {
    if (run != m_run) return;  // of a run left a moment ago
    m_gone = news.gone;
    if (news.gone) {
        m_banner->setText(tr("The run folder is gone. What was read of it stays on the screen."));
        m_banner->show();
    }
    if (news.spec) {
        m_spec = news.spec;
        m_dataset = news.dataset;
        m_title->setWords(QString::fromStdString(m_spec->name));
        m_charts->setRun(*m_spec, m_dataset);
    }
    if (news.rows.restarted) m_events->clear();
    m_charts->add(news.rows);
    addEvents(news.rows.events);
    for (auto row = news.rows.metrics.rbegin(); row != news.rows.metrics.rend(); ++row) {
        if (row->kind != MetricRow::Kind::train) continue;
        m_rate = row->learningRate;
        m_speed = row->tokensPerSecond;
        if (m_summary) m_summary->step = std::max(m_summary->step, row->step);
        break;
    }
    if (news.summary) {
        m_summary = news.summary;
        if (m_summary->status == RunStatus::diverged) {
            m_charts->markDiverged(m_summary->step, QString::fromStdString(m_summary->message));
        }
    }
    if (!m_spec && news.caughtUp && !news.gone) {
        m_banner->setText(
            tr("The spec of this run cannot be read; its curves are shown without "
               "units."));
        m_banner->show();
        m_charts->setRun(Spec{}, std::nullopt);
    }
    if (news.summary || !news.rows.metrics.empty()) showSummary();
}

void LivePanel::addEvents(const std::vector<EventRow>& events) {
    for (const EventRow& event : events) {
        // Checkpoints come with every validation: here they would bury what matters.
        if (event.name == "checkpointed") continue;
        const QString words = QString::fromStdString(event.text.empty() ? event.name : event.text);
        auto* item = new QListWidgetItem(QStringLiteral("%1   step %2   %3")
                                             .arg(clockText(event.time))
                                             .arg(event.step)
                                             .arg(words),
                                         m_events);
        item->setToolTip(words);
    }
    while (m_events->count() > mostEvents) delete m_events->takeItem(0);
    if (!events.empty()) m_events->scrollToBottom();
}

bool LivePanel::isLive() const {
    return m_summary &&
           (m_summary->status == RunStatus::running || m_summary->status == RunStatus::paused);
}

void LivePanel::showSummary() {
    updateControls();
    if (!m_summary) {
        m_status->setText(m_run.empty() ? QString() : tr("waiting"));
        m_progress->setWords({});
        return;
    }
    const RunSummary& now = *m_summary;
    if (!now.name.empty()) m_title->setWords(QString::fromStdString(now.name));
    QStringList words{formatStatus(now)};
    if (now.best) words << tr("best %1").arg(formatMetric(now.metric, now.best));
    if (now.test) words << tr("test %1").arg(formatMetric(now.metric, now.test));
    m_status->setText(words.join(QStringLiteral(" · ")));

    QStringList progress{
        tr("epoch %1/%2").arg(std::min(now.epoch + 1, std::max(1, now.epochs))).arg(now.epochs),
        tr("step %1").arg(now.step), formatSpeed(m_speed > 0 ? m_speed : now.tokensPerSecond)};
    if (now.status == RunStatus::running) {
        const auto left = RunQueue::remainingSeconds({m_run, RunQueue::State::running, 0, now});
        progress << tr("ETA %1").arg(left ? formatDuration(*left) : QStringLiteral("–"));
    } else {
        progress << tr("took %1").arg(formatDuration(now.seconds));
    }
    m_progress->setWords(progress.join(QStringLiteral("   ")));
    if (m_rate > 0) m_rateEdit->setPlaceholderText(formatNumber(m_rate, 6));

    QString banner;
    if (now.status == RunStatus::diverged) {
        banner = tr("Diverged at step %1: %2. This is a result: the record is complete and "
                    "stays comparable.")
                     .arg(now.step)
                     .arg(QString::fromStdString(now.message));
    } else if (now.status == RunStatus::failed) {
        banner = tr("Failed: %1").arg(QString::fromStdString(now.message));
    } else if (now.status == RunStatus::lost) {
        banner =
            tr("The worker is gone without a word. Resume continues from its last "
               "checkpoint.");
    }
    if (!banner.isEmpty()) m_banner->setText(banner);
    if (m_spec && !m_gone) m_banner->setVisible(!banner.isEmpty());
}

void LivePanel::updateControls() {
    const RunStatus status = m_summary ? m_summary->status : RunStatus::created;
    const bool live = isLive() && !m_gone;
    const bool queued = m_queue.contains(m_run);
    const bool ended = m_summary && !live && !queued && !m_gone && status != RunStatus::diverged;
    const bool short_ = status != RunStatus::finished;
    m_pause->setText(status == RunStatus::paused ? tr("Continue") : tr("Pause"));
    m_pause->setEnabled(live);
    m_step->setEnabled(live);
    m_stop->setEnabled(live);
    m_resume->setEnabled(ended && short_);
    m_stop->setVisible(!m_resume->isEnabled());
    m_resume->setVisible(m_resume->isEnabled());
    m_extend->setEnabled(live || ended);
    m_rateEdit->setEnabled(live);
    m_rateSet->setEnabled(live);
    m_design->setEnabled(m_spec.has_value());
}

void LivePanel::tell(const QString& trouble, const QString& done) {
    Q_EMIT said(trouble.isEmpty() ? done : trouble);
    m_watcher.hurry();
}

void LivePanel::pauseOrContinue() {
    if (!isLive()) return;
    if (m_summary->status == RunStatus::paused) {
        tell(control::proceed(m_run), tr("Continues."));
    } else {
        tell(control::pause(m_run), tr("Pauses after this step."));
    }
}

void LivePanel::step() {
    if (isLive()) tell(control::step(m_run), tr("One step."));
}

void LivePanel::stop() {
    if (isLive()) tell(control::stop(m_run), tr("Stops after a checkpoint."));
}

void LivePanel::resume() {
    if (m_run.empty() || m_queue.contains(m_run)) return;
    m_queue.add(m_run);
    Q_EMIT said(tr("Queued to resume."));
    showSummary();
}

void LivePanel::extendTo(int epochs) {
    if (m_run.empty()) return;
    extended(control::extend(m_run, epochs), tr("Extended to %1 epochs.").arg(epochs));
}

void LivePanel::extendStepsTo(int steps) {
    if (m_run.empty()) return;
    extended(control::extendSteps(m_run, steps), tr("Extended to %1 steps.").arg(steps));
}

void LivePanel::extended(const QString& trouble, const QString& done) {
    const bool live = isLive();
    tell(trouble, done);
    if (trouble.isEmpty() && !live) m_queue.add(m_run);
}

void LivePanel::askExtend() {
    if (!m_summary) return;
    auto* question = new QInputDialog(this);
    question->setObjectName(QStringLiteral("extendDialog"));
    question->setAttribute(Qt::WA_DeleteOnClose);
    question->setWindowTitle(tr("Extend the run"));
    question->setInputMode(QInputDialog::IntInput);
    // A run that was asked to end by steps grows in steps.
    const bool bySteps = m_spec && m_spec->training.steps.has_value();
    if (bySteps) {
        constexpr std::int64_t most = 1000000000;
        const std::int64_t now = std::clamp<std::int64_t>(m_summary->totalSteps, 1, most / 2);
        question->setLabelText(tr("Steps in all (now %1):").arg(now));
        question->setIntRange(static_cast<int>(now), static_cast<int>(most));
        question->setIntValue(static_cast<int>(now * 2));
    } else {
        question->setLabelText(tr("Epochs in all (now %1):").arg(m_summary->epochs));
        question->setIntRange(std::max(1, m_summary->epoch + 1), 100000);
        question->setIntValue(m_summary->epochs * 2);
    }
    question->setOkButtonText(tr("Extend"));
    connect(question, &QInputDialog::intValueSelected, this,
            bySteps ? &LivePanel::extendStepsTo : &LivePanel::extendTo);
    question->open();
}

void LivePanel::changeLearningRate(const QString& rate) {
    if (!isLive()) return;
    bool fine = false;
    const double value = rate.trimmed().toDouble(&fine);
    const QString trouble = control::setLearningRate(m_run, fine ? value : -1);
    setFaulty(m_rateEdit, !trouble.isEmpty());
    if (trouble.isEmpty()) m_rateEdit->clear();
    tell(trouble, tr("Learning rate %1 from the next step on.").arg(formatNumber(value, 6)));
}

}  // namespace bitloom::ui
