// The page Inspect, measuring: a child process probes the last checkpoint of the run shown.

#include <QLabel>
#include <QPushButton>

#include "base/files.h"
#include "experiment/probe_answer.h"
#include "models/format.h"
#include "pages/inspect_page.h"
#include "pages/inspect_spectra.h"
#include "pages/step_slider.h"

namespace bitloom::ui {

void InspectPage::measure(bool wholeSpectrum) {
    if (m_run.empty() || m_job.busy()) return;
    m_wholeWanted = wholeSpectrum;
    QStringList arguments{QStringLiteral("probe"), QString::fromStdString(utf8(m_run)),
                          QStringLiteral("--at"), QStringLiteral("last"), QStringLiteral("--json")};
    if (wholeSpectrum) arguments << QStringLiteral("--spectrum");
    if (!m_job.start(arguments)) return;
    if (m_job.busy()) m_spectra->setMeasuring(true);
    showNotice();
}

void InspectPage::measured(const QByteArray& output) {
    m_spectra->setMeasuring(false);
    const auto answer = parseProbeAnswer(output.toStdString());
    if (!answer) {
        showNotice();
        Q_EMIT said(tr("The answer of bitloom-cli probe could not be read."));
        return;
    }
    if (m_wholeWanted) {
        m_spectra->setWholeSpectrum(answer->spectrum);
    } else {
        m_history.add(answer->rows);
        m_slider->setSteps(m_history.steps());
        m_slider->goTo(static_cast<double>(answer->step));
        m_step = m_slider->step();
    }
    showNotice();
    refresh();
    Q_EMIT said(tr("Measured the checkpoint at step %1, on the first training window, in %2.")
                    .arg(formatCount(answer->step), formatDuration(m_job.seconds())));
}

void InspectPage::showNotice() {
    if (m_job.busy()) {
        m_noticeWords->setText(tr("Measuring the last checkpoint in a process of its own…"));
        m_measure->setText(tr("Stop"));
        m_notice->show();
        return;
    }
    m_measure->setText(tr("Measure the last checkpoint"));
    const bool bare = m_caughtUp && m_history.bounds.empty() && m_history.spectra.empty() &&
                      m_history.lyapunov.empty() && m_history.weights.empty();
    m_notice->setVisible(bare);
    if (!bare) return;
    const bool live = m_summary && m_summary->status == RunStatus::running;
    const bool never = m_spec && m_spec->probes.every == 0;
    m_noticeWords->setText(never  ? tr("This run was asked to take no probes (probes.every is 0).")
                           : live ? tr("The first probe is on its way.")
                                  : tr("No probes but gradients were recorded in this run."));
}

}  // namespace bitloom::ui
