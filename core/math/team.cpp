#include "math/team.h"

#include <omp.h>

#include <algorithm>
#include <limits>
#include <thread>

#include "math/threads.h"

#if defined(__x86_64__) || defined(__i386__)
#include <immintrin.h>
#endif

namespace bitloom {
namespace {

/// Turns a member waits before it offers its processor to others at every turn: as long as a small
/// step takes.
constexpr int turnsBeforeYield = 4000;

/// Thrown to members that wait for one that has failed; never leaves run().
struct Abandoned {};

void pause() {
#if defined(__x86_64__) || defined(__i386__)
    _mm_pause();
#endif
}

}  // namespace

Team::Team(std::size_t members)
    : m_members(omp_in_parallel()
                    ? 1
                    : std::clamp<std::size_t>(members, 1, static_cast<std::size_t>(threads()))),
      m_places(m_members) {}

std::size_t Team::membersFor(std::size_t rows, std::size_t fewest) {
    const auto budget = static_cast<std::size_t>(threads());
    return std::clamp<std::size_t>(rows / std::max<std::size_t>(1, fewest), 1, budget);
}

void Team::run(const std::function<void(std::size_t)>& body) {
    if (m_members == 1) {
        body(0);
        return;
    }
    m_failed = false;
    for (Place& place : m_places) place.arrivals = 0;
    m_error = nullptr;
    const ThreadMode mode;
    // The OpenMP team is always the whole budget: it would end threads that a smaller one leaves
    // out and start them again for the next.
#pragma omp parallel num_threads(threads())
    if (const auto member = static_cast<std::size_t>(omp_get_thread_num()); member < m_members) {
        mode.apply();
        try {
            body(member);
        } catch (const Abandoned&) {
        } catch (...) {
            const std::lock_guard guard(m_lock);
            if (!m_error) m_error = std::current_exception();
            m_failed = true;
        }
        leave(member);
    }
    if (m_error) std::rethrow_exception(m_error);
}

void Team::arrive(std::size_t member) {
    if (m_members == 1) return;
    // No other member writes here. Members look for it themselves: waking them would take a fence
    // and a look at who sleeps, at every step.
    std::atomic<std::int32_t>& arrivals = m_places[member].arrivals;
    arrivals.store(arrivals.load(std::memory_order_relaxed) + 1, std::memory_order_release);
}

void Team::leave(std::size_t member) {
    m_places[member].arrivals.store(std::numeric_limits<std::int32_t>::max(),
                                    std::memory_order_release);
}

void Team::await(std::size_t member) {
    if (m_members == 1) return;
    const std::int32_t mine = m_places[member].arrivals.load(std::memory_order_relaxed);
    for (std::size_t other = 0; other < m_members; ++other) {
        const std::atomic<std::int32_t>& arrivals = m_places[other].arrivals;
        int turn = 0;
        while (arrivals.load(std::memory_order_acquire) < mine) {
            if (turn == turnsBeforeYield) {
                std::this_thread::yield();
                continue;
            }
            pause();
            ++turn;
        }
    }
    if (m_failed) throw Abandoned{};
}

}  // namespace bitloom
