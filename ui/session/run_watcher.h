#pragma once
// Follows run folders on a thread of its own and tells the window what is new, ten times a second
// at most.
//
// Threading: all public functions are called on the window's thread and return at once. A run that
// was read is not read again until its news was taken, so a busy window costs no memory: what is
// new waits on the disk.

#include <QObject>
#include <QString>
#include <QThread>
#include <filesystem>
#include <memory>
#include <optional>

#include "experiment/run_folder.h"

namespace bitloom::ui {

/// What came since the last news of this run.
struct RunNews {
    RunTail::News rows;
    std::optional<Spec> spec;            ///< with the first news it can be read at
    std::optional<DatasetInfo> dataset;  ///< with the spec, if the dataset can be described
    std::optional<RunSummary> summary;   ///< when it changed
    bool gone = false;                   ///< the folder vanished
    bool caughtUp = false;               ///< the first reading of this watch is complete
    bool empty() const;
};

class RunWatcher : public QObject {
    Q_OBJECT
public:
    /// With ProbeFiles::all every probe is read, else the gradients only.
    explicit RunWatcher(QObject* parent = nullptr, ProbeFiles probes = ProbeFiles::gradients);
    ~RunWatcher() override;

    /// Starts to follow `run` from its first line; a second call counts up, unwatch() counts down.
    void watch(const std::filesystem::path& run);
    void unwatch(const std::filesystem::path& run);
    /// Reads all now instead of at the next tick.
    void hurry();

Q_SIGNALS:
    /// On the window's thread. Every row is told once a watch.
    void news(const std::filesystem::path& run, const bitloom::ui::RunNews& news);

private:
    class Poller;
    void take();

    std::shared_ptr<struct WatchMailbox> m_mailbox;
    std::unique_ptr<QThread> m_thread;
    Poller* m_poller = nullptr;
};

}  // namespace bitloom::ui
