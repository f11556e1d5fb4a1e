#pragma once
// One thread budget for oneDNN, our kernels and everything else, and the flush-to-zero guard.

#include <cstddef>
#include <functional>

namespace bitloom {

/// Sets the budget of this process (>= 1); oneDNN's OpenMP team and parallelFor use the same
/// threads. Also switches every compute thread to flush-to-zero / denormals-are-zero.
void setThreads(int threads);
int threads();

/// OpenMP keeps its team size a calling thread: libraries that ask OpenMP itself (oneDNN) see the
/// budget after this call, and one thread inside a team (math/team.h). Cheap.
void applyThreads();

/// Calls body(first, last) on disjoint ranges that cover [0, count), each at least `grain` long, on
/// the thread budget. Ranges depend only on count, grain and the budget. Body must not throw.
void parallelFor(std::size_t count, std::size_t grain,
                 const std::function<void(std::size_t, std::size_t)>& body);

/// The calling thread's floating-point mode (flush-to-zero or not), to be carried to others.
class ThreadMode {
public:
    ThreadMode();
    /// Gives the thread that calls this flush-to-zero if the one of the constructor had it.
    void apply() const;

private:
    bool m_flushes;
};

/// Flush-to-zero on the calling thread while alive; restores the former mode.
class FlushToZero {
public:
    FlushToZero();
    ~FlushToZero();
    FlushToZero(const FlushToZero&) = delete;
    FlushToZero& operator=(const FlushToZero&) = delete;

private:
    unsigned m_former = 0;
};

}  // namespace bitloom
