#include "session/cli_job.h"

#include <QElapsedTimer>
#include <QPointer>
#include <QProcess>
#include <QTimer>

#include "session/worker_process.h"

namespace bitloom::ui {
namespace {

constexpr int progressMs = 250;
constexpr int patienceMs = 2000;
constexpr qsizetype mostErrorText = 16384;

/// The last line that says something; a carriage return starts a line anew, as terminals have it.
QString lastLine(const QByteArray& text) {
    QByteArray plain = text;
    plain.replace('\r', '\n');
    const QList<QByteArray> lines = plain.split('\n');
    for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
        if (!line->trimmed().isEmpty()) return QString::fromUtf8(line->trimmed());
    }
    return {};
}

}  // namespace

struct CliJob::State {
    QElapsedTimer clock;
    QTimer progress;
    QByteArray errors;
    QString told;
    bool stopping = false;
};

CliJob::CliJob(QObject* parent) : QObject(parent), m_state(std::make_unique<State>()) {
    m_state->progress.setInterval(progressMs);
    connect(&m_state->progress, &QTimer::timeout, this, &CliJob::tellProgress);
}

CliJob::~CliJob() {
    if (!m_process) return;
    m_process->disconnect(this);
    m_process->terminate();
    if (!m_process->waitForFinished(patienceMs / 2)) {
        m_process->kill();
        m_process->waitForFinished(patienceMs / 2);
    }
}

bool CliJob::start(const QStringList& arguments) {
    if (busy()) return false;
    const QString program = workerProgram();
    if (program.isEmpty()) {
        Q_EMIT failed(tr("The program bitloom-cli was not found beside bitloom or in PATH."));
        return true;
    }
    m_state->errors.clear();
    m_state->told.clear();
    m_state->stopping = false;
    m_state->clock.start();
    m_process = new QProcess(this);
    m_process->setProgram(program);
    m_process->setArguments(arguments);
    m_process->setStandardInputFile(QProcess::nullDevice());
    connect(m_process, &QProcess::readyReadStandardError, this, &CliJob::readErrors);
    connect(m_process, &QProcess::finished, this, [this](int code, QProcess::ExitStatus status) {
        end(code, status == QProcess::CrashExit);
    });
    connect(m_process, &QProcess::errorOccurred, this, [this](QProcess::ProcessError error) {
        if (error != QProcess::FailedToStart) return;
        const QString reason = m_process->errorString();
        const QString name = m_process->program();
        m_process->deleteLater();
        m_process = nullptr;
        m_state->progress.stop();
        Q_EMIT failed(tr("%1 could not be started: %2").arg(name, reason));
    });
    m_state->progress.start();
    m_process->start();
    return true;
}

double CliJob::seconds() const {
    return m_state->clock.isValid() ? static_cast<double>(m_state->clock.elapsed()) / 1000 : 0;
}

void CliJob::cancel() {
    if (!m_process || m_state->stopping) return;
    m_state->stopping = true;
    m_process->terminate();
    QTimer::singleShot(patienceMs, m_process, &QProcess::kill);
}

void CliJob::readErrors() {
    m_state->errors += m_process->readAllStandardError();
    if (m_state->errors.size() > mostErrorText) {
        m_state->errors = m_state->errors.right(mostErrorText / 2);
    }
}

void CliJob::tellProgress() {
    const QString line = lastLine(m_state->errors);
    if (line.isEmpty() || line == m_state->told) return;
    m_state->told = line;
    Q_EMIT progressed(line);
}

void CliJob::end(int code, bool crashed) {
    readErrors();
    m_state->progress.stop();
    const QByteArray output = m_process->readAllStandardOutput();
    m_process->deleteLater();
    m_process = nullptr;
    if (m_state->stopping) {
        Q_EMIT cancelled();
    } else if (crashed) {
        Q_EMIT failed(tr("bitloom-cli ended by itself."));
    } else if (code != 0) {
        QString reason = lastLine(m_state->errors);
        const QString prefix = QStringLiteral("bitloom-cli: ");
        if (reason.startsWith(prefix)) reason = reason.mid(prefix.size());
        Q_EMIT failed(reason.isEmpty() ? tr("bitloom-cli ended with code %1.").arg(code) : reason);
    } else {
        Q_EMIT finished(output);
    }
}

}  // namespace bitloom::ui
