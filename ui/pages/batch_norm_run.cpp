#include "pages/batch_norm_run.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QSignalBlocker>
#include <QVBoxLayout>

#include "base/files.h"
#include "models/format.h"
#include "pages/elided_combo.h"
#include "theme/roles.h"
#include "theme/theme.h"

namespace bitloom::ui {

BatchNormRun::BatchNormRun(Workspace& workspace, QWidget* parent)
    : QWidget(parent), m_workspace(workspace) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(spacing::gap);
    m_caption = makeLabel(tr("Look at"), LabelRole::section, this);
    m_box = new ElidedCombo(this);
    m_box->setObjectName(QStringLiteral("batchNormRun"));
    m_box->setAccessibleName(tr("Runs the page looks at"));
    m_box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_box->setMinimumContentsLength(12);
    m_measure = new QPushButton(this);
    m_measure->setObjectName(QStringLiteral("batchNormMeasure"));
    setRole(m_measure, ButtonRole::normal);
    m_note = makeLabel({}, LabelRole::caption, this);
    m_note->setObjectName(QStringLiteral("batchNormProgress"));
    m_note->setWordWrap(true);
    auto* row = new QHBoxLayout;
    row->addWidget(m_measure);
    row->addStretch(1);
    column->addWidget(m_caption);
    column->addWidget(m_box);
    column->addLayout(row);
    column->addWidget(m_note);
    connect(m_box, &QComboBox::activated, this, [this](int index) {
        m_run = pathFromUtf8(m_box->itemData(index).toString().toStdString());
        updateButton();
        Q_EMIT changed();
    });
    connect(m_measure, &QPushButton::clicked, this, [this] {
        if (measuring()) {
            stop();
        } else {
            measure();
        }
    });
    connect(&m_job, &CliJob::progressed, this, [this](const QString& line) {
        m_note->setText(tr("%1, %2").arg(line, formatDuration(m_job.seconds())));
    });
    connect(&m_job, &CliJob::finished, this, &BatchNormRun::measured);
    connect(&m_job, &CliJob::failed, this, [this](const QString& message) {
        updateButton();
        m_note->setText(message);
        Q_EMIT said(tr("The run could not be measured: %1").arg(message));
    });
    connect(&m_job, &CliJob::cancelled, this, &BatchNormRun::updateButton);
    connect(&m_workspace, &Workspace::changed, this, &BatchNormRun::fill);
    connect(&m_workspace, &Workspace::opened, this, &BatchNormRun::fill);
    fill();
}

void BatchNormRun::fill() {
    const QSignalBlocker quiet(m_box);
    m_box->clear();
    m_box->addItem(tr("The runs of this page"), QString());
    int current = 0;
    for (const LibraryRun& run : m_workspace.runs()) {
        if (!run.normalization.starts_with("batch_")) continue;
        const QString folder = QString::fromStdString(utf8(run.folder));
        m_box->addItem(QString::fromStdString(run.summary.name), folder);
        m_box->setItemData(m_box->count() - 1,
                           tr("%1\n%2").arg(QString::fromStdString(run.summary.name),
                                            QString::fromStdString(run.id)),
                           Qt::ToolTipRole);
        if (run.folder == m_run) current = m_box->count() - 1;
    }
    m_box->setCurrentIndex(current);
    setVisible(m_box->count() > 1);
    const bool gone = current == 0 && !m_run.empty();
    if (gone) m_run.clear();
    updateButton();
    if (gone) Q_EMIT changed();
}

void BatchNormRun::choose(const std::filesystem::path& run) {
    const int index = m_box->findData(QString::fromStdString(utf8(run)));
    if (index < 0 || run == m_run) return;
    m_box->setCurrentIndex(index);
    m_run = run;
    updateButton();
    Q_EMIT changed();
}

QString BatchNormRun::name() const {
    return m_run.empty() ? QString() : m_box->itemText(m_box->currentIndex());
}

const ProbeAnswer* BatchNormRun::answer(const std::filesystem::path& run) const {
    const auto found = m_answers.find(run);
    return found == m_answers.end() ? nullptr : &found->second;
}

void BatchNormRun::measure() {
    if (m_run.empty() || measuring()) return;
    m_measuring = m_run;
    QStringList arguments{QStringLiteral("probe"),       QString::fromStdString(utf8(m_run)),
                          QStringLiteral("--at"),        QStringLiteral("last"),
                          QStringLiteral("--exponents"), QStringLiteral("0"),
                          QStringLiteral("--json")};
    if (!m_tested) arguments << QStringLiteral("--evaluate") << QStringLiteral("test");
    m_job.start(arguments);
    updateButton();
}

void BatchNormRun::setTested(bool tested) {
    if (tested == m_tested) return;
    m_tested = tested;
    updateButton();
}

void BatchNormRun::stop() {
    m_job.cancel();
}

void BatchNormRun::measured(const QByteArray& output) {
    auto answer = parseProbeAnswer(output.toStdString());
    if (answer) {
        m_answers[m_measuring] = std::move(*answer);
        Q_EMIT said(tr("Measured in %1.").arg(formatDuration(m_job.seconds())));
    } else {
        Q_EMIT said(tr("The answer of bitloom-cli probe could not be read."));
    }
    updateButton();
    Q_EMIT changed();
}

void BatchNormRun::updateButton() {
    const bool own = !m_run.empty();
    m_measure->setVisible(own || measuring());
    m_measure->setText(measuring()                ? tr("Stop")
                       : answer(m_run) != nullptr ? tr("Measure again")
                                                  : tr("Measure"));
    m_measure->setToolTip(
        tr("Measures the last checkpoint and its test accuracy with every kind "
           "of statistics"));
    QString words;
    if (measuring()) {
        words = tr("Measuring…");
    } else if (own && !answer(m_run)) {
        words = m_tested ? tr("Statistics over time steps that the run has not recorded come from "
                              "its last checkpoint.")
                         : tr("Statistics and accuracies that the run has not recorded come from "
                              "its last checkpoint: minutes for long sequences, and the window "
                              "stays free.");
    } else if (own) {
        words = tr("Measured of the checkpoint at step %1.").arg(formatCount(answer(m_run)->step));
    }
    m_note->setText(words);
    m_note->setVisible(!words.isEmpty());
}

}  // namespace bitloom::ui
