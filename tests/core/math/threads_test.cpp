#include "math/threads.h"

#include <gtest/gtest.h>
#include <omp.h>

#include <atomic>
#include <mutex>
#include <set>
#include <vector>

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace bitloom {
namespace {

class Threads : public testing::Test {
protected:
    ~Threads() override { setThreads(m_former); }

private:
    int m_former = threads();
};

TEST_F(Threads, ParallelForCoversEveryIndexOnce) {
    for (const int budget : {1, 2, 3, 8}) {
        setThreads(budget);
        if (budget > omp_get_thread_limit()) GTEST_SKIP() << "OpenMP grants fewer threads here";
        EXPECT_EQ(threads(), budget);
        for (const std::size_t count : {0u, 1u, 2u, 7u, 64u, 1000u})
            for (const std::size_t grain : {0u, 1u, 3u, 64u, 5000u}) {
                std::vector<std::atomic<int>> visits(count);
                std::atomic<std::size_t> shortest{count};
                parallelFor(count, grain, [&](std::size_t first, std::size_t last) {
                    ASSERT_LT(first, last);
                    ASSERT_LE(last, count);
                    std::size_t seen = shortest;
                    while (last - first < seen &&
                           !shortest.compare_exchange_weak(seen, last - first)) {
                    }
                    for (std::size_t i = first; i < last; ++i) ++visits[i];
                });
                for (const auto& visit : visits) ASSERT_EQ(visit, 1);
                EXPECT_GE(shortest, std::min(count, grain));
            }
    }
}

TEST_F(Threads, RangesDependOnCountGrainAndBudgetOnly) {
    setThreads(3);
    if (omp_get_thread_limit() < 3) GTEST_SKIP() << "OpenMP grants fewer threads here";
    std::mutex lock;
    std::set<std::pair<std::size_t, std::size_t>> once;
    for (int round = 0; round < 20; ++round) {
        std::set<std::pair<std::size_t, std::size_t>> ranges;
        parallelFor(100, 1, [&](std::size_t first, std::size_t last) {
            const std::scoped_lock guard(lock);
            ranges.emplace(first, last);
        });
        if (round == 0) once = ranges;
        EXPECT_EQ(ranges, once);
        EXPECT_EQ(ranges.size(), 3u);
    }
}

TEST_F(Threads, NestedCallsStillCover) {
    setThreads(2);
    std::atomic<int> sum{0};
    parallelFor(10, 1, [&](std::size_t first, std::size_t last) {
        for (std::size_t i = first; i < last; ++i)
            parallelFor(10, 1,
                        [&](std::size_t a, std::size_t b) { sum += static_cast<int>(b - a); });
    });
    EXPECT_EQ(sum, 100);
}

TEST_F(Threads, ABudgetBelowOneIsOne) {
    setThreads(0);
    EXPECT_EQ(threads(), 1);
    setThreads(-5);
    EXPECT_EQ(threads(), 1);
}

#if defined(__x86_64__)
/// Halves the smallest normal number where the compiler cannot do it beforehand.
bool flushes() {
    volatile float tiny = 1.1754944e-38f;
    volatile float half = tiny * 0.5f;
    return half == 0.0f;
}

TEST_F(Threads, EveryComputeThreadFlushesDenormals) {
    setThreads(2);
    std::atomic<int> kept{0};
    parallelFor(64, 1, [&](std::size_t, std::size_t) { kept += flushes() ? 0 : 1; });
    EXPECT_EQ(kept, 0);
}

TEST_F(Threads, FlushToZeroRestoresTheFormerMode) {
    const unsigned former = _mm_getcsr();
    _mm_setcsr(former & ~0x8040u);
    EXPECT_FALSE(flushes());
    {
        const FlushToZero outer;
        EXPECT_TRUE(flushes());
        {
            const FlushToZero inner;
            EXPECT_TRUE(flushes());
        }
        EXPECT_TRUE(flushes());
    }
    EXPECT_FALSE(flushes());
    _mm_setcsr(former);
}
#endif

}  // namespace
}  // namespace bitloom
