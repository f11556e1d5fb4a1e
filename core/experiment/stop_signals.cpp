#include "experiment/stop_signals.h"

#include <pthread.h>
#include <signal.h>

#include <array>

namespace bitloom {
namespace {

volatile std::sig_atomic_t pipeClosed = 0;

/// Wakes the waiting thread when the worker ends; sent to that thread alone.
int wakeSignal() {
    return SIGRTMIN;
}

bool isIgnored(int signal) {
    struct sigaction action {};
    return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

/// The usual effect of a signal, from a thread that has it blocked.
void endProcess(int signal) {
    ::signal(signal, SIG_DFL);
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, signal);
    ::pthread_sigmask(SIG_UNBLOCK, &one, nullptr);
    ::raise(signal);
}

}  // namespace

StopSignals::StopSignals() {
    pipeClosed = 0;
    sigemptyset(&m_waited);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP})
        if (!isIgnored(signal)) sigaddset(&m_waited, signal);
    sigaddset(&m_waited, wakeSignal());
    ::pthread_sigmask(SIG_BLOCK, &m_waited, &m_formerMask);
    if (isIgnored(SIGPIPE)) {
        ::sigaction(SIGPIPE, nullptr, &m_formerPipe);
    } else {
        struct sigaction action {};
        action.sa_handler = [](int) { pipeClosed = 1; };
        action.sa_flags = SA_RESTART;
        ::sigaction(SIGPIPE, &action, &m_formerPipe);
    }
    m_thread = std::thread([this] { wait(); });
}

StopSignals::~StopSignals() {
    m_ending = true;
    ::pthread_kill(m_thread.native_handle(), wakeSignal());
    m_thread.join();
    ::sigaction(SIGPIPE, &m_formerPipe, nullptr);
    ::pthread_sigmask(SIG_SETMASK, &m_formerMask, nullptr);
}

bool StopSignals::asked() const {
    return m_asked || pipeClosed != 0;
}

void StopSignals::wait() {
    std::array<bool, 65> seen{};
    while (!m_ending) {
        int signal = 0;
        if (::sigwait(&m_waited, &signal) != 0 || signal == wakeSignal()) continue;
        bool& again = seen.at(static_cast<std::size_t>(signal));
        if (again && signal != SIGHUP) endProcess(signal);
        again = true;
        m_asked = true;
    }
}

}  // namespace bitloom
