#include "math/threads.h"

#include <omp.h>

#include <algorithm>
#include <atomic>

#if defined(__x86_64__) || defined(__i386__)
#include <xmmintrin.h>
#define BITLOOM_HAS_MXCSR 1
#endif

namespace bitloom {
namespace {

constexpr unsigned flushMask = 0x8040;  // FTZ is bit 15 of MXCSR, DAZ bit 6

std::atomic<int> budget{0};  // 0: never set, OpenMP's own default holds

unsigned readMode() {
#ifdef BITLOOM_HAS_MXCSR
    return _mm_getcsr();
#else
    return 0;
#endif
}

void writeMode([[maybe_unused]] unsigned mode) {
#ifdef BITLOOM_HAS_MXCSR
    _mm_setcsr(mode);
#endif
}

void flushToZero() {
    const unsigned mode = readMode();
    if ((mode & flushMask) != flushMask) writeMode(mode | flushMask);
}

}  // namespace

void setThreads(int count) {
    budget = std::max(1, count);
    omp_set_dynamic(0);
    omp_set_num_threads(budget);
    int granted = 1;
#pragma omp parallel num_threads(budget.load())
    {
        flushToZero();
#pragma omp master
        granted = omp_get_num_threads();
    }
    // OMP_THREAD_LIMIT may allow fewer; a team that counts on more would wait for ever.
    if (granted < budget) omp_set_num_threads(budget = granted);
}

int threads() {
    const int set = budget;
    // OpenMP's default may be more than its own limit grants.
    return set > 0 ? set : std::min(omp_get_max_threads(), omp_get_thread_limit());
}

void applyThreads() {
    const int count = omp_in_parallel() ? 1 : threads();
    if (omp_get_max_threads() != count) omp_set_num_threads(count);
}

void parallelFor(std::size_t count, std::size_t grain,
                 const std::function<void(std::size_t, std::size_t)>& body) {
    if (count == 0) return;
    const std::size_t most = count / std::max<std::size_t>(1, grain);
    const std::size_t parts = std::clamp<std::size_t>(most, 1, static_cast<std::size_t>(threads()));
    if (parts == 1 || omp_in_parallel()) {
        body(0, count);
        return;
    }
    // A part's bounds follow from its number alone. The team is always the whole budget: OpenMP
    // would end threads that a smaller team leaves out and start them again for the next one.
    const ThreadMode mode;
#pragma omp parallel for num_threads(threads()) schedule(static, 1)
    for (std::size_t part = 0; part < parts; ++part) {
        mode.apply();
        body(count * part / parts, count * (part + 1) / parts);
    }
}

ThreadMode::ThreadMode() : m_flushes((readMode() & flushMask) == flushMask) {}

void ThreadMode::apply() const {
    if (m_flushes) flushToZero();
}

FlushToZero::FlushToZero() : m_former(readMode()) {
    flushToZero();
}

FlushToZero::~FlushToZero() {
    // Only the two mode bits go back: exception flags raised meanwhile stay.
    writeMode((readMode() & ~flushMask) | (m_former & flushMask));
}

}  // namespace bitloom
