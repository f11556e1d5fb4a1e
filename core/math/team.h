#pragma once
// Threads that go through a whole window side by side, each with its own share of the batch, and
// meet only where one needs what another has computed. Between arrive(), when a member has left
// what the others need, and await(), when it needs what they left, it works on: threads that take
// turns at being late by a little then do not wait for each other (measured with batch norm: most
// waits are shorter than 3 us).
//
// parallelFor (math/threads.h) splits one kernel; a window of T steps would wait for the slower
// thread several times a step. A team splits the batch once: rows do not depend on each other but
// in batch normalization, where one meeting a step exchanges sums.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <vector>

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
    /// exception of a member; the others stop at their next await().
    void run(const std::function<void(std::size_t)>& body);

    /// What the member wrote before it, the others can read after their await(). Each member calls
    /// it, of itself, the same number of times.
    void arrive(std::size_t member);
    /// Waits until every other member has arrived as often as this one.
    void await(std::size_t member);
    void meet(std::size_t member) {
        arrive(member);
        await(member);
    }

private:
    /// How often a member has arrived. Others wait by reading it: it has its lines to itself, two
    /// of them, since a processor fetches pairs.
    struct alignas(128) Place {
        std::atomic<std::int32_t> arrivals{0};
    };

    /// A member that has ended no longer holds up the others.
    void leave(std::size_t member);

    std::size_t m_members;
    std::vector<Place> m_places;
    std::atomic<bool> m_failed{false};
    std::mutex m_lock;
    std::exception_ptr m_error;  ///< the first one
};

}  // namespace bitloom
