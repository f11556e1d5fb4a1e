#include "session/run_watcher.h"

#include <gtest/gtest.h>

#include <signal.h>

#include <fstream>

#include "fake_worker.h"

namespace bitloom::ui {
namespace {

using testing::eventually;
using testing::FakeLibrary;
namespace fs = std::filesystem;

std::string trainLine(int step) {
    return R"({"kind":"train","step":)" + std::to_string(step) +
           R"(,"epoch":0,"loss":2.0,"gradient_norm":0.5,"learning_rate":0.002,"tokens":1,)" +
           R"("seconds":1,"tokens_per_second":10})";
}

/// Collects what a watcher tells of one run.
struct Heard {
    explicit Heard(RunWatcher& watcher) {
        QObject::connect(&watcher, &RunWatcher::news, &watcher,
                         [this](const fs::path&, const RunNews& news) {
                             if (news.rows.restarted) {
                                 ++restarts;
                                 steps.clear();
                             }
                             for (const auto& row : news.rows.metrics) steps.push_back(row.step);
                             if (news.summary) summary = news.summary;
                             gone = gone || news.gone;
                             caughtUp = caughtUp || news.caughtUp;
                             spec = spec || news.spec.has_value();
                             ++tellings;
                         });
    }
    std::vector<std::int64_t> steps;
    std::optional<RunSummary> summary;
    int restarts = 0, tellings = 0;
    bool gone = false, caughtUp = false, spec = false;
};

TEST(RunWatcher, WaitsForTheEndOfATornLine) {
    FakeLibrary library;
    const auto run = library.makeRun("torn");
    std::ofstream file(run / "metrics.jsonl", std::ios::app);
    file << trainLine(1) << '\n' << trainLine(2).substr(0, 20) << std::flush;
    RunWatcher watcher;
    Heard heard(watcher);
    watcher.watch(run);
    ASSERT_TRUE(eventually([&] { return heard.caughtUp; }));
    EXPECT_EQ(heard.steps, (std::vector<std::int64_t>{1}));
    EXPECT_TRUE(heard.spec);
    file << trainLine(2).substr(20) << '\n' << std::flush;
    ASSERT_TRUE(eventually([&] { return heard.steps.size() == 2; }));
    EXPECT_EQ(heard.steps, (std::vector<std::int64_t>{1, 2}));
}

TEST(RunWatcher, ReadsARewrittenFileAgain) {
    FakeLibrary library;
    const auto run = library.makeRun("rewritten");
    {
        std::ofstream file(run / "metrics.jsonl");
        for (int step = 1; step <= 5; ++step) file << trainLine(step) << '\n';
    }
    RunWatcher watcher;
    Heard heard(watcher);
    watcher.watch(run);
    ASSERT_TRUE(eventually([&] { return heard.steps.size() == 5; }));
    {
        std::ofstream file(run / "metrics.jsonl", std::ios::trunc);
        for (int step = 1; step <= 3; ++step) file << trainLine(step) << '\n';
    }
    ASSERT_TRUE(eventually([&] { return heard.restarts > 0 && heard.steps.size() == 3; }));
    EXPECT_EQ(heard.steps, (std::vector<std::int64_t>{1, 2, 3}));
}

TEST(RunWatcher, SurvivesNoiseInEveryFile) {
    FakeLibrary library;
    const auto run = library.makeRun("noise");
    for (const char* name : {"metrics.jsonl", "events.jsonl", "summary.json", "spec.json"}) {
        std::ofstream(run / name) << "\x01\xff{{{\n[]\nnull\n{\"kind\":7}\n";
    }
    std::ofstream(run / "metrics.jsonl", std::ios::app) << trainLine(9) << '\n';
    RunWatcher watcher;
    Heard heard(watcher);
    watcher.watch(run);
    ASSERT_TRUE(eventually([&] { return !heard.steps.empty(); }));
    EXPECT_EQ(heard.steps.back(), 9);
    EXPECT_FALSE(heard.summary);
}

TEST(RunWatcher, TellsOnceThatAFolderVanishedAndFollowsItsReturn) {
    FakeLibrary library;
    const auto run = library.makeRun("vanishing");
    std::ofstream(run / "metrics.jsonl") << trainLine(1) << '\n';
    RunWatcher watcher;
    Heard heard(watcher);
    watcher.watch(run);
    ASSERT_TRUE(eventually([&] { return heard.steps.size() == 1; }));
    const auto aside = fs::path(run).concat("-aside");
    fs::rename(run, aside);
    ASSERT_TRUE(eventually([&] { return heard.gone; }));
    fs::rename(aside, run);
    ASSERT_TRUE(eventually([&] { return heard.restarts == 1 && heard.steps.size() == 1; }));
}

TEST(RunWatcher, WhatIsNotTakenWaitsOnTheDisk) {
    FakeLibrary library;
    const auto run = library.makeRun("busy window");
    RunWatcher watcher;
    Heard heard(watcher);
    watcher.watch(run);
    ASSERT_TRUE(eventually([&] { return heard.caughtUp; }));
    const int before = heard.tellings;
    std::ofstream file(run / "metrics.jsonl", std::ios::app);
    // The window takes nothing while this loop runs: the rows come in a few tellings, not in 500.
    for (int step = 1; step <= 500; ++step) file << trainLine(step) << '\n' << std::flush;
    ASSERT_TRUE(eventually([&] { return heard.steps.size() == 500; }));
    EXPECT_LE(heard.tellings - before, 20);
    for (std::size_t i = 0; i < 500; ++i) {
        ASSERT_EQ(heard.steps[i], static_cast<std::int64_t>(i + 1));
    }
}

TEST(RunWatcher, ALostWorkerIsNoticed) {
    FakeLibrary library;
    library.useWorker("summary running 1\nexec sleep 600\n");
    const auto run = library.makeRun("lost");
    const WorkerStart worker = startWorker(run);
    ASSERT_GT(worker.pid, 0);
    RunWatcher watcher;
    Heard heard(watcher);
    watcher.watch(run);
    ASSERT_TRUE(
        eventually([&] { return heard.summary && heard.summary->status == RunStatus::running; }));
    ASSERT_EQ(::kill(static_cast<pid_t>(worker.pid), SIGKILL), 0);
    EXPECT_TRUE(eventually([&] { return heard.summary->status == RunStatus::lost; }));
}

}  // namespace
}  // namespace bitloom::ui
