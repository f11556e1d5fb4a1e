// Teams: shares, meetings and failures.

#include "math/team.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

#include "math/threads.h"

namespace bitloom {
namespace {

class TeamTest : public testing::Test {
protected:
    TeamTest() { setThreads(2); }
    ~TeamTest() override { setThreads(m_former); }
    void SetUp() override {
        if (threads() < 2) GTEST_SKIP() << "OpenMP grants one thread here";
    }

private:
    int m_former = threads();
};

TEST_F(TeamTest, SharesCoverAllRows) {
    EXPECT_EQ(Team::membersFor(3, 4), 1u);
    EXPECT_EQ(Team::membersFor(8, 4), 2u);
    EXPECT_EQ(Team::membersFor(800, 4), 2u);  // the budget
    EXPECT_EQ(Team(5).members(), 2u);
    for (const std::size_t rows : {2u, 9u, 64u}) {
        EXPECT_EQ(Team::shareStart(0, 3, rows), 0u);
        EXPECT_EQ(Team::shareStart(3, 3, rows), rows);
    }
}

TEST_F(TeamTest, MeetingsShowWhatOthersWrote) {
    Team team(2);
    constexpr int rounds = 20000;
    std::vector<int> written(2);
    std::atomic<int> wrong{0};
    team.run([&](std::size_t member) {
        for (int i = 1; i <= rounds; ++i) {
            written[member] = i;
            team.meet(member);
            if (written[1 - member] != i) ++wrong;
            team.meet(member);
        }
    });
    EXPECT_EQ(wrong, 0);
}

TEST_F(TeamTest, ArrivingDoesNotWait) {
    Team team(2);
    constexpr std::size_t rounds = 2000;
    // Of this round and the one before, which the other may still be reading.
    std::array<std::array<std::size_t, 2>, 2> written{};
    std::atomic<std::size_t> passed{0}, wrong{0}, late{0};
    team.run([&](std::size_t member) {
        for (std::size_t i = 1; i <= rounds && late == 0; ++i) {
            std::array<std::size_t, 2>& now = written[i % 2];
            const bool leads = member == i % 2;
            // The one arrives after it has seen the other past its arrival, or gives up.
            const auto start = std::chrono::steady_clock::now();
            while (!leads && passed.load(std::memory_order_relaxed) < i && late == 0) {
                std::this_thread::yield();
                if (std::chrono::steady_clock::now() - start > std::chrono::seconds(20)) ++late;
            }
            now[member] = i;
            team.arrive(member);
            if (leads) passed.store(i, std::memory_order_relaxed);
            team.await(member);
            if (now[1 - member] != i) ++wrong;
        }
    });
    EXPECT_EQ(late, 0u);
    EXPECT_EQ(wrong, 0u);
}

TEST_F(TeamTest, AFailureReachesTheCallerAndFreesTheOthers) {
    Team team(2);
    for (int round = 0; round < 50; ++round) {
        EXPECT_THROW(team.run([&](std::size_t member) {
            for (int i = 0; i < 10; ++i) {
                if (member == 1 && i == round % 10) throw std::runtime_error("lost");
                team.arrive(member);
                if (member == 1 && i == 10 - round % 10) throw std::runtime_error("lost");
                team.await(member);
            }
        }),
                     std::runtime_error);
        std::atomic<int> ran{0};
        team.run([&](std::size_t member) {
            team.meet(member);
            ++ran;
        });
        EXPECT_EQ(ran, 2);
    }
}

TEST_F(TeamTest, KernelsOfAMemberRunOnItsOwnThread) {
    Team team(2);
    std::atomic<int> calls{0};
    team.run([&](std::size_t) {
        EXPECT_EQ(Team(2).members(), 1u);
        parallelFor(1000, 1, [&](std::size_t first, std::size_t last) {
            EXPECT_EQ(first, 0u);
            EXPECT_EQ(last, 1000u);
            ++calls;
        });
    });
    EXPECT_EQ(calls, 2);
}

}  // namespace
}  // namespace bitloom
