#pragma once
// Starting and recognising workers: `bitloom-cli train RUN` as a process of its own, so that
// neither a closed nor a crashed window ends a training. Functions block for the start of a process
// at most.

#include <QString>
#include <filesystem>
#include <optional>

namespace bitloom::ui {

/// The worker program: setWorkerProgram(), else $BITLOOM_CLI, else bitloom-cli beside this program,
/// else in PATH. Empty if there is none.
QString workerProgram();
/// Uses `program` from here on (tests put a script here); empty = search again.
void setWorkerProgram(const QString& program);

struct WorkerStart {
    qint64 pid = 0;  ///< 0: it did not start
    QString error;   ///< why, in words; empty if it started
};

/// Starts `train RUN` detached; what it writes to stderr goes to RUN/worker.log.
WorkerStart startWorker(const std::filesystem::path& run);

/// Whether `pid` is a living process (a zombie is not).
bool processAlive(qint64 pid);

/// The last lines a worker left in RUN/worker.log, at most `characters`; empty if it said nothing.
QString workerMessage(const std::filesystem::path& run, int characters = 400);

}  // namespace bitloom::ui
