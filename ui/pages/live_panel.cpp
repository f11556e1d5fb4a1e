#include "pages/live_panel.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QStackedWidget>
#include <QVBoxLayout>

#include "base/files.h"
#include "models/format.h"
#include "pages/elided_label.h"
#include "pages/live_button.h"
#include "pages/live_charts.h"
#include "theme/roles.h"

namespace bitloom::ui {

namespace {

constexpr int eventsHeight = 96;
constexpr int mostEvents = 2000;

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
    column->addWidget(makeLabel(tr("Nothing trains yet"), LabelRole::title, page));
    column->addWidget(makeLabel(tr("Press Start, or watch the demo: full precision, BinaryConnect, "
                                   "and BinaryConnect with layer norm."),
                                LabelRole::muted, page));
    auto* demo = makeLiveButton(tr("Run the demo comparison"), "demo", page);
    column->addSpacing(spacing::gap);
    column->addWidget(demo, 0, Qt::AlignHCenter);
    column->addStretch(3);
    for (QLabel* label : page->findChildren<QLabel*>()) {
        label->setWordWrap(true);
        label->setAlignment(Qt::AlignHCenter);
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
    m_design = makeLiveButton(tr("Use as design"), "useAsDesign", header);
    setRole(m_design, ButtonRole::quiet);
    m_design->setToolTip(tr("Shows this run's spec in the form."));
    row->addWidget(m_title, 1);
    row->addWidget(m_status);
    auto* inspect = makeLiveButton(tr("Inspect"), "inspectRun", header);
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
    const bool waits = now.status == RunStatus::created && m_queue.contains(m_run);
    QStringList words{waits ? tr("queued") : formatStatus(now)};
    if (now.best) words << tr("best %1").arg(formatMetric(now.metric, now.best));
    if (now.test) words << tr("test %1").arg(formatMetric(now.metric, now.test));
    m_status->setText(words.join(QStringLiteral(" · ")));

    QStringList progress;
    // A run quantized afterwards has no pass at all.
    if (now.epochs > 0)
        progress << tr("epoch %1/%2").arg(std::min(now.epoch + 1, now.epochs)).arg(now.epochs);
    progress << tr("step %1").arg(now.step);
    // The page Compare shows the average; while a run trains its newest speed says more.
    const bool training = now.status == RunStatus::running;
    if (training && m_speed > 0) {
        progress << tr("now %1").arg(formatSpeed(m_speed));
    } else {
        progress << tr("%1 on average").arg(formatSpeed(now.tokensPerSecond));
    }
    if (training) {
        const auto left = RunQueue::remainingSeconds({m_run, RunQueue::State::running, 0, now});
        progress << tr("ETA %1").arg(left ? formatDuration(*left) : QStringLiteral("–"));
    } else {
        progress << tr("took %1").arg(formatDuration(now.seconds));
    }
    m_progress->setWords(progress.join(QStringLiteral("   ")));
    if (m_rate > 0) {
        m_rateEdit->setPlaceholderText(formatNumber(m_rate, 3));
        m_rateEdit->setToolTip(
            tr("Now %1. New learning rate from the next step on.").arg(formatNumber(m_rate, 8)));
    }

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

}  // namespace bitloom::ui
