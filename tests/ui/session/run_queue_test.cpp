#include "session/run_queue.h"

#include <gtest/gtest.h>

#include <QFile>
#include <QSignalSpy>
#include <fstream>

#include "fake_worker.h"
#include "session/run_control.h"

namespace bitloom::ui {
namespace {

using testing::eventually;
using testing::FakeLibrary;
namespace fs = std::filesystem;

std::vector<fs::path> order(const RunQueue& queue) {
    std::vector<fs::path> runs;
    for (const auto& item : queue.items()) runs.push_back(item.run);
    return runs;
}

TEST(RunQueue, TrainsOneAfterTheOtherInOrder) {
    FakeLibrary library;
    library.useWorker(testing::quick);
    RunQueue queue;
    queue.openLibrary(library.folder(), {});
    std::vector<fs::path> started;
    int most = 0;
    QObject::connect(&queue, &RunQueue::started, &queue, [&](const fs::path& run) {
        started.push_back(run);
        most = std::max(most, queue.runningCount());
    });
    const std::vector<fs::path> runs = {library.makeRun("one"), library.makeRun("two"),
                                        library.makeRun("three")};
    for (const auto& run : runs) queue.add(run);
    ASSERT_TRUE(eventually([&] { return queue.items().empty(); }));
    EXPECT_EQ(started, runs);
    EXPECT_EQ(most, 1);
    for (const auto& run : runs) EXPECT_EQ(readSummary(run).status, RunStatus::finished);
}

TEST(RunQueue, KeepsOrderAcrossRestartsAndFindsTheWorkerAgain) {
    FakeLibrary library;
    library.useWorker(testing::untilStopped);
    const auto running = library.makeRun("running");
    const auto second = library.makeRun("second");
    const auto third = library.makeRun("third");
    {
        RunQueue queue;
        queue.openLibrary(library.folder(), {});
        for (const auto& run : {running, second, third}) queue.add(run);
        ASSERT_TRUE(
            eventually([&] { return queue.items().front().state == RunQueue::State::running; }));
        EXPECT_TRUE(queue.move(third, 0));
        EXPECT_FALSE(queue.move(running, 1));  // what trains does not move
        EXPECT_FALSE(queue.remove(running));
    }
    // The window is gone, the worker is not.
    EXPECT_EQ(readSummary(running).status, RunStatus::running);
    RunQueue again;
    again.openLibrary(library.folder(), {second, running, third});
    EXPECT_EQ(order(again), (std::vector<fs::path>{running, third, second}));
    EXPECT_EQ(again.items().front().state, RunQueue::State::running);
    EXPECT_TRUE(again.remove(third));
    EXPECT_TRUE(again.remove(second));
    EXPECT_EQ(control::stop(running), QString());
    EXPECT_TRUE(eventually([&] { return again.items().empty(); }));
}

TEST(RunQueue, TellsWhatAFailedStartSaid) {
    FakeLibrary library;
    library.useWorker("echo 'error: the dataset is not installed' >&2\nexit 2\n");
    RunQueue queue;
    queue.openLibrary(library.folder(), {});
    const QSignalSpy failed(&queue, &RunQueue::failed);
    queue.add(library.makeRun("unlucky"));
    ASSERT_TRUE(eventually([&] { return queue.items().empty(); }));
    ASSERT_EQ(failed.size(), 1);
    EXPECT_TRUE(failed.at(0).at(0).toString().contains(QStringLiteral("not installed")))
        << failed.at(0).at(0).toString().toStdString();
}

TEST(RunQueue, AMissingWorkerProgramLosesNothing) {
    FakeLibrary library;
    setWorkerProgram(QStringLiteral("/nonexistent/bitloom-cli"));
    RunQueue queue;
    queue.openLibrary(library.folder(), {});
    const QSignalSpy failed(&queue, &RunQueue::failed);
    const auto run = library.makeRun("patient");
    queue.add(run);
    EXPECT_EQ(failed.size(), 1);
    EXPECT_EQ(order(queue), std::vector<fs::path>{run});  // still waiting
}

TEST(RunQueue, AVanishedRunIsTakenOutWithAWord) {
    FakeLibrary library;
    library.useWorker(testing::untilStopped);
    RunQueue queue;
    queue.openLibrary(library.folder(), {});
    const QSignalSpy failed(&queue, &RunQueue::failed);
    const auto run = library.makeRun("gone");
    fs::remove_all(run);
    queue.add(run);
    EXPECT_TRUE(queue.items().empty());
    EXPECT_EQ(failed.size(), 1);
}

struct Damage {
    const char* name;
    const char* text;
    int messages;
};

class DamagedQueue : public ::testing::TestWithParam<Damage> {};

TEST_P(DamagedQueue, StartsEmptyAndKeepsTheFile) {
    FakeLibrary library;
    library.makeRun("bystander");
    std::ofstream(library.folder() / "queue.json") << GetParam().text;
    RunQueue queue;
    const QSignalSpy failed(&queue, &RunQueue::failed);
    queue.openLibrary(library.folder(), {});
    EXPECT_TRUE(queue.items().empty());
    EXPECT_EQ(failed.size(), GetParam().messages);
    EXPECT_EQ(fs::exists(library.folder() / "queue.json.damaged"), GetParam().messages > 0);
}

INSTANTIATE_TEST_SUITE_P(
    All, DamagedQueue,
    ::testing::Values(Damage{"torn", R"({"runs":["2026)", 1}, Damage{"noise", "\x01\x02", 1},
                      Damage{"outside", R"({"runs":["../../etc", "/tmp", "..", ""]})", 0},
                      Damage{"wrong_types", R"({"runs":[1,null,{}],"parallel":"many"})", 0}),
    [](const auto& which) { return which.param.name; });

TEST(RunQueue, EstimatesFromMeasuredSpeed) {
    RunQueue::Item item;
    EXPECT_FALSE(RunQueue::remainingSeconds(item));
    item.summary.step = 25;
    item.summary.totalSteps = 100;
    item.summary.seconds = 50;
    EXPECT_DOUBLE_EQ(RunQueue::remainingSeconds(item).value(), 150);
}

}  // namespace
}  // namespace bitloom::ui
