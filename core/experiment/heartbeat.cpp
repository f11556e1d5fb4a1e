#include "experiment/heartbeat.h"

#include <chrono>
#include <utility>

#include "base/error.h"

namespace bitloom {
namespace {

constexpr std::chrono::seconds k_beat{1};

double now() {
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

}  // namespace

Heartbeat::Heartbeat(std::filesystem::path run, RunSummary summary)
    : m_run(std::move(run)), m_summary(std::move(summary)) {
    updateNow([](RunSummary&) {});
    m_thread = std::thread([this] { beat(); });
}

Heartbeat::~Heartbeat() {
    stop();
}

void Heartbeat::update(const std::function<void(RunSummary&)>& change) {
    const std::lock_guard lock(m_mutex);
    change(m_summary);
}

void Heartbeat::updateNow(const std::function<void(RunSummary&)>& change) {
    const std::lock_guard writing(m_writing);
    RunSummary copy;
    {
        const std::lock_guard lock(m_mutex);
        change(m_summary);
        m_summary.heartbeat = now();
        copy = m_summary;
    }
    writeSummary(m_run, copy);
}

RunSummary Heartbeat::summary() const {
    const std::lock_guard lock(m_mutex);
    return m_summary;
}

void Heartbeat::stop() {
    {
        const std::lock_guard lock(m_mutex);
        m_stopping = true;
    }
    m_wake.notify_all();
    if (m_thread.joinable()) m_thread.join();
}

void Heartbeat::beat() {
    std::unique_lock lock(m_mutex);
    while (!m_wake.wait_for(lock, k_beat, [this] { return m_stopping; })) {
        lock.unlock();
        try {
            updateNow([](RunSummary&) {});
        } catch (const WorkError&) {
            // A full disk: the training thread meets it at its own next line and reports it.
        }
        lock.lock();
    }
}

}  // namespace bitloom
