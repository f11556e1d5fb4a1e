// The live panel, telling the run what to do: pause, step, stop, resume, extend, learning rate.

#include <QHBoxLayout>
#include <QInputDialog>
#include <QLineEdit>
#include <QVBoxLayout>
#include <algorithm>

#include "models/format.h"
#include "pages/elided_label.h"
#include "pages/live_button.h"
#include "pages/live_panel.h"
#include "session/run_control.h"

namespace bitloom::ui {

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
    m_pause = makeLiveButton(tr("Continue"), "pause", bar);
    m_pause->setFixedWidth(m_pause->sizeHint().width());  // "Pause" and "Continue" take turns
    m_step = makeLiveButton(tr("Step"), "step", bar);
    m_stop = makeLiveButton(tr("Stop"), "stop", bar);
    m_resume = makeLiveButton(tr("Resume"), "resume", bar);
    m_extend = makeLiveButton(tr("Extend…"), "extend", bar);
    m_step->setToolTip(tr("Trains one step and pauses."));
    m_stop->setToolTip(tr("Ends after a checkpoint; Resume continues from there."));
    m_rateEdit = new QLineEdit(bar);
    m_rateEdit->setObjectName(QStringLiteral("learningRate"));
    m_rateEdit->setFixedWidth(88);
    m_rateEdit->setFont(Theme::figures());
    m_rateEdit->setToolTip(tr("New learning rate from the next step on."));
    m_rateEdit->setAccessibleName(tr("Learning rate"));
    m_rateSet = makeLiveButton(tr("Set rate"), "setRate", bar);
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
