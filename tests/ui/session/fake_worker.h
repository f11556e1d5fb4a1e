#pragma once
// A library in a temporary folder, runs in it, and shell scripts that play the worker.

#include <QFile>
#include <QTemporaryDir>
#include <QTest>
#include <filesystem>
#include <string>

#include "base/files.h"
#include "experiment/run_folder.h"
#include "experiment/spec.h"
#include "session/worker_process.h"

namespace bitloom::ui::testing {

/// Waits on a condition; the limit is only there so that a broken test ends.
template <class Condition>
bool eventually(Condition&& condition, int limitMs = 20000) {
    return QTest::qWaitFor(std::forward<Condition>(condition), limitMs);
}

class FakeLibrary {
public:
    FakeLibrary() { std::filesystem::create_directories(folder()); }
    ~FakeLibrary() { setWorkerProgram({}); }

    [[nodiscard]] std::filesystem::path folder() const {
        return std::filesystem::path(m_directory.path().toStdString()) / "library";
    }

    /// A run of the default spec, named.
    std::filesystem::path makeRun(const std::string& name) const {
        Spec spec = parseSpec(defaultSpec(), "the test");
        spec.name = name;
        return createRun(folder(), spec);
    }

    /// From here on `train RUN` runs this shell text with the run folder in $run.
    void useWorker(const std::string& body) {
        const QString path = m_directory.filePath(QStringLiteral("worker%1.sh").arg(++m_scripts));
        QFile script(path);
        EXPECT_TRUE(script.open(QIODevice::WriteOnly));
        script.write(QByteArray::fromStdString(std::string(preamble) + body));
        script.close();
        script.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        setWorkerProgram(path);
    }

private:
    static constexpr const char* preamble = R"sh(#!/bin/sh
run="$2"
summary() {   # status step message
    start=$(cut -d' ' -f22 /proc/$$/stat)
    printf '{"name":"%s","status":"%s","pid":%d,"process_start":%d,"heartbeat":%s,"step":%d,"total_steps":100,"epoch":0,"epochs":2,"metric":"bits_per_character","best":2.5,"seconds":1.5,"tokens_per_second":18200,"message":"%s"}' \
        "fake" "$1" $$ "$start" "$(date +%s)" "$2" "$3" > "$run/summary.tmp"
    mv "$run/summary.tmp" "$run/summary.json"
}
train() {     # step loss
    printf '{"kind":"train","step":%d,"epoch":0,"loss":%s,"gradient_norm":0.8,"learning_rate":0.002,"tokens":76800,"seconds":3.2,"tokens_per_second":18200}\n' "$1" "$2" >> "$run/metrics.jsonl"
}
wants() { grep -q "\"$1\"" "$run/control.json" 2>/dev/null; }
)sh";

    QTemporaryDir m_directory;
    int m_scripts = 0;
};

/// Trains until told to stop.
inline const char* const untilStopped = R"sh(
summary running 0
step=0
while ! wants stop; do
    step=$((step + 1))
    train $step 2.$step
    sleep 0.05
done
summary stopped $step
)sh";

/// Three steps and done.
inline const char* const quick = R"sh(
summary running 0
train 1 2.3
train 2 2.2
train 3 2.1
summary finished 3
)sh";

}  // namespace bitloom::ui::testing
