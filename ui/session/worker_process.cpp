#include "session/worker_process.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QProcess>
#include <QStandardPaths>

#include "base/files.h"

namespace bitloom::ui {
namespace {

QString& chosenProgram() {
    static QString program;
    return program;
}

QString qpath(const std::filesystem::path& path) {
    return QString::fromStdString(utf8(path));
}

QString logPath(const std::filesystem::path& run) {
    return qpath(run / "worker.log");
}

}  // namespace

void setWorkerProgram(const QString& program) {
    chosenProgram() = program;
}

QString workerProgram() {
    if (!chosenProgram().isEmpty()) return chosenProgram();
    const QString named = qEnvironmentVariable("BITLOOM_CLI");
    if (!named.isEmpty()) return named;
    const QString name = QStringLiteral("bitloom-cli");
    const QString beside =
        QStandardPaths::findExecutable(name, {QCoreApplication::applicationDirPath()});
    return beside.isEmpty() ? QStandardPaths::findExecutable(name) : beside;
}

WorkerStart startWorker(const std::filesystem::path& run) {
    const QString program = workerProgram();
    if (program.isEmpty()) {
        return {0,
                QStringLiteral("The program bitloom-cli was not found beside bitloom or in PATH. "
                               "Install it there, or name it in the variable BITLOOM_CLI.")};
    }
    if (!QFileInfo::exists(qpath(run / "spec.json"))) {
        return {0,
                QStringLiteral("The run folder %1 is gone or has no spec.json.").arg(qpath(run))};
    }
    QFile::remove(logPath(run));
    QProcess process;
    process.setProgram(program);
    process.setArguments({QStringLiteral("train"), qpath(run)});
    process.setWorkingDirectory(qpath(run));
    process.setStandardInputFile(QProcess::nullDevice());
    process.setStandardOutputFile(QProcess::nullDevice());
    process.setStandardErrorFile(logPath(run));
    qint64 pid = 0;
    if (!process.startDetached(&pid) || pid <= 0) {
        const QString reason = process.errorString();
        return {0, QStringLiteral("%1 could not be started: %2").arg(program, reason)};
    }
    return {pid, QString()};
}

bool processAlive(qint64 pid) {
    if (pid <= 0) return false;
    QFile stat(QStringLiteral("/proc/%1/stat").arg(pid));
    if (!stat.open(QIODevice::ReadOnly)) return false;
    const QByteArray line = stat.readAll();
    // The name in parentheses may itself hold parentheses: the state follows the last one.
    const auto close = line.lastIndexOf(')');
    if (close < 0 || close + 2 >= line.size()) return false;
    const char state = line.at(close + 2);
    return state != 'Z' && state != 'X';
}

QString workerMessage(const std::filesystem::path& run, int characters) {
    QFile log(logPath(run));
    if (!log.open(QIODevice::ReadOnly)) return {};
    constexpr qint64 tail = 8192;
    if (log.size() > tail) log.seek(log.size() - tail);
    const QString text = QString::fromUtf8(log.readAll()).trimmed();
    return text.right(characters);
}

}  // namespace bitloom::ui
