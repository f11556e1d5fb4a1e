#pragma once
// Writes a run's summary.json about once a second from a thread of its own, so that a long
// evaluation does not look like a dead worker. Thread-safe.

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <thread>

#include "experiment/run_folder.h"

namespace bitloom {

class Heartbeat {
public:
    /// Writes `summary` at once (throws WorkError) and starts the thread.
    Heartbeat(std::filesystem::path run, RunSummary summary);
    ~Heartbeat();
    Heartbeat(const Heartbeat&) = delete;
    Heartbeat& operator=(const Heartbeat&) = delete;

    /// Changes the summary; it reaches the disk with the next beat.
    void update(const std::function<void(RunSummary&)>& change);
    /// As above and writes it now. Throws WorkError.
    void updateNow(const std::function<void(RunSummary&)>& change);
    [[nodiscard]] RunSummary summary() const;
    /// Ends the thread; later changes reach the disk by updateNow() only.
    void stop();

private:
    void beat();

    std::filesystem::path m_run;
    mutable std::mutex m_mutex;  ///< m_summary, m_stopping
    std::mutex m_writing;        ///< one writer of summary.json at a time
    std::condition_variable m_wake;
    RunSummary m_summary;
    bool m_stopping = false;
    std::thread m_thread;
};

}  // namespace bitloom
