#pragma once
// SIGTERM, SIGINT and a closed terminal (SIGHUP) ask a worker for a stop; a second SIGTERM or
// SIGINT ends the process; a closed output pipe (SIGPIPE) asks for a stop too. A signal that was
// ignored (nohup) stays so.
//
// No handler ever runs on a thread that computes. The matrix products of oneDNN 2 use the stack
// pointer as one more general register, pointing into their work space on the heap, and the kernel
// puts a handler's frame (3 KB with AVX-512) below the stack pointer: now and then a SIGTERM
// overwrote what lay there, and the process died with "corrupted size vs. prev_size". So the
// signals are blocked, in this thread and all that it starts, and a thread of its own waits for
// them. SIGPIPE is delivered to the thread that writes, never within a product, and keeps a
// handler.

#include <atomic>
#include <csignal>
#include <thread>

namespace bitloom {

/// One object at a time, made before any thread that computes is started.
class StopSignals {
public:
    StopSignals();
    /// Restores what was before. A signal that comes later has its usual effect.
    ~StopSignals();
    StopSignals(const StopSignals&) = delete;
    StopSignals& operator=(const StopSignals&) = delete;

    /// Whether a stop was asked for.
    [[nodiscard]] bool asked() const;

private:
    void wait();

    sigset_t m_waited{};
    sigset_t m_formerMask{};
    struct sigaction m_formerPipe {};
    std::atomic<bool> m_asked{false};
    std::atomic<bool> m_ending{false};
    std::thread m_thread;
};

}  // namespace bitloom
