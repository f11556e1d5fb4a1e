#pragma once
// Threads that go through a whole window side by side, each with its own share of the batch, and
// meet only where one needs what another has computed.
//
// parallelFor (math/threads.h) splits one kernel; a window of T steps would wait for the slower
// thread several times a step. A team splits the batch once: rows do not depend on each other but
// in batch normalization, where one meeting a step exchanges sums.

#include <atomic>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>

namespace bitloom {

class Team {
public:
    /// `members` threads, at most the thread budget (math/threads.h); 1 inside a parallel region.
    explicit Team(std::size_t members);

    /// Members that suit a batch of `rows`: as many as the budget has, each with at least
    /// `fewest` rows.
    static std::size_t membersFor(std::size_t rows, std::size_t fewest);

    [[nodiscard]] std::size_t members() const { return m_members; }
    /// First row of member m of `rows`, for m = 0 .. members: shares differ by at most one row.
    [[nodiscard]] std::size_t firstRow(std::size_t member, std::size_t rows) const {
        return shareStart(member, m_members, rows);
    }
    static std::size_t shareStart(std::size_t member, std::size_t members, std::size_t rows) {
        return rows * member / members;
    }

    /// Calls body(member) for every member at once and waits for all. Kernels and products called
    /// by a member of a team of two or more run on its own thread alone; a team of one leaves them
    /// the whole budget. The caller's flush-to-zero mode holds in every member. Rethrows the first
    /// exception of a member; the others stop at their next meeting.
    void run(const std::function<void(std::size_t)>& body);

    /// Waits until every member is here; what a member wrote before it, all can read after it.
    /// Called by members only, by each the same number of times.
    void meet();

private:
    std::size_t m_members;
    // Members wait by reading m_round; arrivals are counted on a line of their own.
    static constexpr std::size_t k_line = 64;
    alignas(k_line) std::atomic<std::size_t> m_arrived{0};
    alignas(k_line) std::atomic<unsigned> m_round{0};
    std::atomic<bool> m_failed{false};
    std::mutex m_lock;
    std::exception_ptr m_error;  ///< the first one
};

}  // namespace bitloom
