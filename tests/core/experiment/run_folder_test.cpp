#include "experiment/run_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>

#include "base/error.h"
#include "base/files.h"
#include "core/experiment/temporary_folder.h"

namespace bitloom {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

void append(const fs::path& path, const std::string& text) {
    std::ofstream(path, std::ios::binary | std::ios::app) << text;
}

std::string trainLine(int step, const std::string& loss = "2.5") {
    return "{\"kind\":\"train\",\"step\":" + std::to_string(step) +
           ",\"epoch\":0,\"loss\":" + loss +
           ",\"gradient_norm\":0.8,\"learning_rate\":0.002,\"tokens\":76800,\"seconds\":3.2,"
           "\"tokens_per_second\":18200}\n";
}

TEST(RunFolder, CreateWritesACompleteRecordAndNeverCollides) {
    TemporaryFolder library;
    Spec spec = parseSpec(R"({"name":"Größe: \"a/b\" <1>"})", "t");
    const fs::path first = createRun(library.path(), spec);
    const fs::path second = createRun(library.path(), spec);
    EXPECT_NE(first, second);
    EXPECT_EQ(readRunSpec(first), spec);
    const SpecRecord record = readSpecRecord(readFile(first / "spec.json"));
    EXPECT_FALSE(record.created.empty());
    EXPECT_FALSE(record.cpu.empty());
    EXPECT_EQ(record.version, BITLOOM_VERSION);
    EXPECT_EQ(record.datasetHash.size(), 64u);
    const RunSummary summary = readSummary(first);
    EXPECT_EQ(summary.status, RunStatus::created);
    EXPECT_EQ(summary.name, spec.name);
    EXPECT_GT(summary.size.modelBytes, 0);
    EXPECT_EQ(first.filename().string().find_first_of("/<>\" "), std::string::npos);
}

TEST(RunFolder, AFailedCreationLeavesNoHalfRun) {
    TemporaryFolder library;
    Spec spec = parseSpec("{}", "t");
    spec.dataset.name = "text_file";
    spec.dataset.path = (library.path() / "none.txt").string();
    EXPECT_THROW(createRun(library.path() / "runs", spec), InputError);
    EXPECT_TRUE(fs::is_empty(library.path() / "runs"));
}

/// Where a second file cannot be written, as on a full disk, the status still gets through.
TEST(RunFolder, SummaryIsWrittenInPlaceWhenThereIsNoRoomBeside) {
    TemporaryFolder folder;
    RunSummary summary;
    summary.status = RunStatus::running;
    summary.message = "a message that makes this text longer than the next one";
    writeSummary(folder.path(), summary);
    fs::create_directory(folder.path() / ("summary.json." + std::to_string(getpid()) + ".tmp"));
    for (const std::string& message : {std::string("disk full"), std::string(200, 'x')}) {
        summary.status = RunStatus::failed;
        summary.message = message;
        writeSummary(folder.path(), summary);
        EXPECT_EQ(readSummary(folder.path()).status, RunStatus::failed);
        EXPECT_EQ(readSummary(folder.path()).message, message);
    }
    summary.message = std::string(100'000, 'x');  // needs blocks the file does not have
    EXPECT_THROW(writeSummary(folder.path(), summary), WorkError);
    EXPECT_EQ(readSummary(folder.path()).message, std::string(200, 'x'));
}

TEST(RunFolder, PipesInARunAreRefusedAndNotWaitedFor) {
    TemporaryFolder run;
    for (const char* name : {"spec.json", "metrics.jsonl", "events.jsonl"})
        ASSERT_EQ(mkfifo((run.path() / name).c_str(), 0600), 0);
    EXPECT_THROW(readRunSpec(run.path()), InputError);
    RunTail tail(run.path());
    EXPECT_TRUE(tail.poll().metrics.empty());
}

TEST(RunFolder, SummaryRoundTrips) {
    TemporaryFolder folder;
    RunSummary summary;
    summary.name = "a \"name\"";
    summary.status = RunStatus::diverged;
    summary.step = 123456789012;
    summary.best = 1.25;
    summary.test = std::nullopt;
    summary.trainLoss = std::nan("");
    summary.size.paperKb = 181;
    summary.size.parts.scales = 7;
    summary.message = "the loss became NaN";
    writeSummary(folder.path(), summary);
    const RunSummary read = readSummary(folder.path());
    EXPECT_EQ(read.name, summary.name);
    EXPECT_EQ(read.status, RunStatus::diverged);
    EXPECT_EQ(read.step, summary.step);
    EXPECT_EQ(read.best, summary.best);
    EXPECT_EQ(read.test, std::nullopt);
    EXPECT_TRUE(std::isnan(read.trainLoss));
    EXPECT_EQ(read.size.paperKb, 181);
    EXPECT_EQ(read.size.parts.scales, 7);
    EXPECT_EQ(read.message, summary.message);
}

TEST(RunFolder, EveryStatusHasAName) {
    for (int i = 0; i < 8; ++i) {
        const auto status = static_cast<RunStatus>(i);
        EXPECT_EQ(runStatusFromString(toString(status)), status);
    }
    EXPECT_THROW(runStatusFromString("asleep"), InputError);
}

TEST(RunFolder, AWorkerThatIsGoneIsLost) {
    TemporaryFolder folder;
    RunSummary summary;
    summary.status = RunStatus::running;
    summary.pid = getpid();
    summary.processStart = processStartTime(getpid());
    ASSERT_GT(summary.processStart, 0);
    writeSummary(folder.path(), summary);
    EXPECT_EQ(readSummary(folder.path()).status, RunStatus::running);
    EXPECT_TRUE(workerLives(folder.path()));
    summary.processStart += 1;  // the number was given to another process
    writeSummary(folder.path(), summary);
    EXPECT_EQ(readSummary(folder.path()).status, RunStatus::lost);
    EXPECT_FALSE(workerLives(folder.path()));

    const pid_t child = fork();
    if (child == 0) {
        pause();
        _exit(0);
    }
    summary.pid = child;
    summary.processStart = processStartTime(child);
    writeSummary(folder.path(), summary);
    EXPECT_TRUE(workerLives(folder.path()));
    kill(child, SIGKILL);
    siginfo_t info;
    waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT);  // ended, not collected
    EXPECT_EQ(readSummary(folder.path()).status, RunStatus::lost);
    waitpid(child, nullptr, 0);
    EXPECT_EQ(readSummary(folder.path()).status, RunStatus::lost);
}

TEST(RunFolder, ControlRoundTripsAndATornOneMeansRun) {
    TemporaryFolder folder;
    EXPECT_EQ(readControl(folder.path()).command, Control::Command::run);
    Control control;
    control.command = Control::Command::pause;
    control.learningRate = 0.001;
    control.stepRequests = 3;
    control.epochs = 40;
    control.steps = 5000;
    writeControl(folder.path(), control);
    const Control read = readControl(folder.path());
    EXPECT_EQ(read.command, Control::Command::pause);
    EXPECT_EQ(read.learningRate, 0.001);
    EXPECT_EQ(read.stepRequests, 3);
    EXPECT_EQ(read.epochs, 40);
    EXPECT_EQ(read.steps, 5000);
    for (const char* torn : {"", "{", "{\"command\":", "[]", "null", "{\"learning_rate\":-1}",
                             "{\"steps\":1e300,\"epochs\":\"x\"}"}) {
        std::ofstream(folder.path() / "control.json") << torn;
        const Control fallback = readControl(folder.path());
        EXPECT_EQ(fallback.command, Control::Command::run) << torn;
        EXPECT_EQ(fallback.learningRate, std::nullopt) << torn;
        EXPECT_EQ(fallback.steps, std::nullopt) << torn;
    }
}

TEST(RunFolder, NoRunFolderIsAnInputError) {
    TemporaryFolder folder;
    EXPECT_THROW(readSummary(folder.path()), InputError);
    EXPECT_THROW(readRunSpec(folder.path()), InputError);
    std::ofstream(folder.path() / "summary.json") << "{\"status\":\"asleep\"}";
    EXPECT_THROW(readSummary(folder.path()), InputError);
}

TEST(RunTail, ReadsOnlyWholeNewLines) {
    TemporaryFolder run;
    const fs::path metrics = run.path() / "metrics.jsonl";
    RunTail tail(run.path());
    EXPECT_TRUE(tail.poll().metrics.empty());  // no file yet
    append(metrics, trainLine(1) + trainLine(2, "null") + trainLine(3).substr(0, 30));
    RunTail::News news = tail.poll();
    ASSERT_EQ(news.metrics.size(), 2u);
    EXPECT_FALSE(news.restarted);
    EXPECT_EQ(news.metrics[0].loss, 2.5);
    EXPECT_EQ(news.metrics[0].learningRate, 0.002);
    EXPECT_TRUE(std::isnan(news.metrics[1].loss));
    EXPECT_TRUE(tail.poll().metrics.empty());
    append(metrics, trainLine(3).substr(30));
    news = tail.poll();
    ASSERT_EQ(news.metrics.size(), 1u);
    EXPECT_EQ(news.metrics[0].step, 3);
    EXPECT_EQ(tail.badLines(), 0);
}

TEST(RunTail, ReadsAllKindsOfRows) {
    TemporaryFolder run;
    fs::create_directory(run.path() / "probes");
    append(run.path() / "metrics.jsonl",
           "{\"kind\":\"valid\",\"step\":784,\"epoch\":1,\"loss\":1.2,\"value\":1.73,\"best\":true,"
           "\"batch_statistics\":1.7}\n{\"kind\":\"sample\",\"step\":784,\"text\":\"a\\nb\"}\n");
    append(run.path() / "events.jsonl",
           "{\"time\":\"2026-11-23T21:41:00Z\",\"event\":\"started\",\"step\":0,\"details\":{},"
           "\"text\":\"started\"}\n");
    append(run.path() / "probes" / "state_gradients.jsonl",
           "{\"step\":98,\"hidden\":[[1,null,1e-30]],\"cell\":[[2,3,4]]}\n{\"step\":99,\"hidden\":["
           "[1]]}\n");
    RunTail tail(run.path());
    const RunTail::News news = tail.poll();
    ASSERT_EQ(news.metrics.size(), 2u);
    EXPECT_TRUE(news.metrics[0].best);
    EXPECT_EQ(news.metrics[0].batchStatistics, 1.7);
    EXPECT_EQ(news.metrics[0].trueAverage, std::nullopt);
    EXPECT_EQ(news.metrics[1].text, "a\nb");
    ASSERT_EQ(news.events.size(), 1u);
    EXPECT_EQ(news.events[0].name, "started");
    ASSERT_EQ(news.gradients.size(), 2u);
    ASSERT_EQ(news.gradients[0].hidden.at(0).size(), 3u);
    EXPECT_TRUE(std::isnan(news.gradients[0].hidden[0][1]));
    EXPECT_TRUE(news.gradients[1].cell.empty());
    EXPECT_EQ(tail.badLines(), 0);
}

TEST(RunTail, AFileThatWasCutOrReplacedIsReadAgain) {
    TemporaryFolder run;
    const fs::path metrics = run.path() / "metrics.jsonl";
    append(metrics, trainLine(1) + trainLine(2) + trainLine(3));
    RunTail tail(run.path());
    EXPECT_EQ(tail.poll().metrics.size(), 3u);
    fs::resize_file(metrics, trainLine(1).size());
    RunTail::News news = tail.poll();
    EXPECT_TRUE(news.restarted);
    EXPECT_EQ(news.metrics.size(), 1u);
    // Cut and grown past the old length between two looks.
    fs::resize_file(metrics, 0);
    append(metrics, trainLine(7) + trainLine(8) + trainLine(9) + trainLine(10));
    news = tail.poll();
    EXPECT_TRUE(news.restarted);
    ASSERT_EQ(news.metrics.size(), 4u);
    EXPECT_EQ(news.metrics[0].step, 7);
    writeFileAtomically(metrics, trainLine(7) + trainLine(8) + trainLine(9) + trainLine(10));
    EXPECT_TRUE(tail.poll().restarted);  // another file under the name
    EXPECT_FALSE(tail.poll().restarted);
}

TEST(RunTail, BadLinesAreCountedAndSkipped) {
    TemporaryFolder run;
    append(run.path() / "metrics.jsonl",
           trainLine(1) +
               "not json\n[1,2]\n{\"kind\":\"other\",\"step\":1}\n{\"kind\":\"train\"}\n" +
               std::string("{\"kind\":\"train\",\0\0\0}\n", 21) + "\n" + std::string(20, '\0') +
               "\n" + trainLine(2));
    RunTail tail(run.path());
    EXPECT_EQ(tail.poll().metrics.size(), 2u);
    EXPECT_GE(tail.badLines(), 6);
}

TEST(RunTail, ALineWithoutEndIsNotKeptInMemory) {
    TemporaryFolder run;
    append(run.path() / "metrics.jsonl", trainLine(1) + std::string(20u << 20, 'x'));
    RunTail tail(run.path());
    EXPECT_EQ(tail.poll().metrics.size(), 1u);
    EXPECT_EQ(tail.badLines(), 1);
    append(run.path() / "metrics.jsonl", "yyy\n" + trainLine(2));
    EXPECT_EQ(tail.poll().metrics.size(), 1u);
    EXPECT_EQ(tail.badLines(), 1);
}

/// 200 damaged files: the undamaged lines before the damage are read, nothing crashes, following
/// goes on.
TEST(RunTail, MutatedMetricsAreReadAround) {
    TemporaryFolder run;
    const fs::path metrics = run.path() / "metrics.jsonl";
    std::mt19937 random(11);
    const auto pick = [&](std::size_t n) {
        return std::uniform_int_distribution<std::size_t>(0, n - 1)(random);
    };
    std::string base;
    for (int step = 1; step <= 20; ++step) base += trainLine(step);
    const std::size_t lineLength = trainLine(1).size();
    for (int i = 0; i < 200; ++i) {
        std::string text = base;
        std::size_t damage = text.size();
        for (std::size_t edits = 1 + pick(4); edits > 0; --edits) {
            const std::size_t at = pick(text.size());
            damage = std::min(damage, at);
            switch (pick(5)) {
                case 0:
                    text[at] = static_cast<char>(pick(256));
                    break;
                case 1:
                    text.erase(at, 1 + pick(60));
                    break;
                case 2:
                    text.insert(at, std::string(1 + pick(40), '\0'));
                    break;
                case 3:
                    text.insert(at, "\n1e999,{{[[\"\xff");
                    break;
                default:
                    text.resize(at + 1);
                    break;
            }
        }
        writeFileAtomically(metrics, text);
        RunTail tail(run.path());
        const std::size_t whole = damage / (lineLength + 1);
        EXPECT_GE(tail.poll().metrics.size(), whole);
        append(metrics, "\n" + trainLine(99));
        const RunTail::News news = tail.poll();
        ASSERT_FALSE(news.metrics.empty());
        EXPECT_EQ(news.metrics.back().step, 99);
    }
}

}  // namespace
}  // namespace bitloom
