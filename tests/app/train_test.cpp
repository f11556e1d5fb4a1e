// bitloom-cli train against the run folder's promises: killed and resumed runs, the control file,
// locks, bad input.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>

#include "base/files.h"
#include "experiment/run_folder.h"
#include "program.h"
#include "train_runs.h"

namespace bitloom {
namespace {

using namespace testing_app;
namespace fs = std::filesystem;

class TrainCommandTest : public TrainRuns {};

nlohmann::json lastLine(const std::string& text) {
    const std::size_t end = text.find_last_not_of('\n');
    const std::size_t start = text.rfind('\n', end);
    return nlohmann::json::parse(
        text.substr(start == text.npos ? 0 : start + 1, end - (start == text.npos ? 0 : start)));
}

TEST_F(TrainCommandTest, ASpecMakesARunAndTheLastLineIsTheSummary) {
    const Output output =
        runProgram(m_folder.path(), {"train", writeSpecFile(tinySpec(30)).string(), "--library",
                                     (m_folder.path() / "lib").string(), "--json", "--set",
                                     "training.checkpoint_every=0", "model.hidden=8"});
    ASSERT_EQ(output.exitCode, 0) << output.errors;
    const nlohmann::json summary = lastLine(output.text);
    std::vector<std::string> keys;
    for (const auto& [key, value] : summary.items()) keys.push_back(key);
    EXPECT_EQ(keys, (std::vector<std::string>{"epoch", "run", "seconds", "size", "status", "steps",
                                              "test", "tokens_per_second", "valid"}));
    EXPECT_EQ(summary["status"], "finished");
    EXPECT_EQ(summary["steps"], 30);
    EXPECT_TRUE(summary["valid"].contains("bits_per_character"));
    EXPECT_TRUE(summary["test"].contains("bits_per_character"));
    EXPECT_TRUE(summary["size"].contains("paper_kb"));
    const fs::path run = summary["run"].get<std::string>();
    EXPECT_EQ(readRunSpec(run).network.hidden, 8);
    // What --json printed before the summary is the record itself.
    EXPECT_EQ(output.text.substr(0, output.text.rfind("{\"run\"")),
              readFile(run / "metrics.jsonl"));
    EXPECT_EQ(readSummary(run).status, RunStatus::finished);

    const std::string before = readFile(run / "metrics.jsonl");
    EXPECT_EQ(train(run, {"--json"}).exitCode, 0);
    EXPECT_EQ(readFile(run / "metrics.jsonl"), before) << "a finished run is left as it is";
}

TEST_F(TrainCommandTest, KilledAtAnyMomentAndResumedEndsWithTheSameBytes) {
    const char* asked = std::getenv("BITLOOM_KILL_POINTS");
    const int points = asked ? std::max(1, std::atoi(asked)) : 5;
    constexpr int steps = 300;
    const fs::path whole = makeRun("whole", tinySpec(steps));
    const auto begin = std::chrono::steady_clock::now();
    ASSERT_EQ(train(whole).exitCode, 0);
    double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();

    std::mt19937 engine(5);
    int killed = 0;
    for (int i = 0; i < points; ++i) {
        const fs::path run = makeRun("killed" + std::to_string(i), tinySpec(steps));
        // Two kills a run, anywhere between the start of the program and its end.
        for (int k = 0; k < 2; ++k) {
            const pid_t pid = start(m_folder.path(), {"train", run.string()});
            std::uniform_real_distribution<double> moment(0, took * (k == 0 ? 0.9 : 0.5));
            sleepMilliseconds(static_cast<int>(moment(engine) * 1000));
            ::kill(pid, SIGKILL);
            if (await(pid) == 128 + SIGKILL)
                ++killed;
            else
                took *= 0.8;  // the machine has become faster than it was: aim earlier
        }
        const Output output = train(run);
        ASSERT_EQ(output.exitCode, 0) << output.errors;
        EXPECT_EQ(readFile(run / "checkpoint.safetensors"),
                  readFile(whole / "checkpoint.safetensors"))
            << "kill point " << i;
        EXPECT_EQ(readFile(run / "best.safetensors"), readFile(whole / "best.safetensors"));
        EXPECT_EQ(timelessLines(readFile(run / "metrics.jsonl")),
                  timelessLines(readFile(whole / "metrics.jsonl")));
        for (const char* name : {"state_gradients", "bounds", "spectra", "lyapunov", "gains",
                                 "statistics", "weights"}) {
            const fs::path probes = fs::path("probes") / (std::string(name) + ".jsonl");
            EXPECT_EQ(readFile(run / probes), readFile(whole / probes)) << name;
        }
        EXPECT_EQ(readSummary(run).status, RunStatus::finished);
    }
    EXPECT_GE(killed, points / 2) << "kills must hit living workers to show anything";
}

TEST_F(TrainCommandTest, TwoOneThreadRunsGiveTheSameBytes) {
    const fs::path one = makeRun("a", tinySpec(60));
    const fs::path two = makeRun("b", tinySpec(60));
    ASSERT_EQ(train(one).exitCode, 0);
    ASSERT_EQ(train(two).exitCode, 0);
    EXPECT_EQ(readFile(one / "checkpoint.safetensors"), readFile(two / "checkpoint.safetensors"));
    EXPECT_EQ(timelessLines(readFile(one / "metrics.jsonl")),
              timelessLines(readFile(two / "metrics.jsonl")));
    EXPECT_TRUE(readSummary(one).reproducible);
}

TEST_F(TrainCommandTest, TheControlFilePausesStepsChangesTheRateExtendsAndStops) {
    nlohmann::json spec = tinySpec(100000);
    spec["training"]["epochs"] = 5000;
    const fs::path run = makeRun("lib", spec);
    Control control;
    control.command = Control::Command::pause;
    writeControl(run, control);
    const pid_t pid = start(m_folder.path(), {"train", run.string()});
    const auto status = [&] { return readSummary(run).status; };
    ASSERT_TRUE(eventually([&] { return status() == RunStatus::paused; }));
    const auto lines = [&] { return timelessLines(readFile(run / "metrics.jsonl")).size(); };
    EXPECT_EQ(lines(), 0u);
    for (int step = 1; step <= 3; ++step) {
        control.stepRequests = step;
        writeControl(run, control);
        ASSERT_TRUE(eventually([&] { return lines() == static_cast<std::size_t>(step); })) << step;
    }
    writeFileAtomically(run / "control.json", R"({"command": "puase"})");
    ASSERT_TRUE(eventually([&] {
        return readFile(run / "events.jsonl").find("control_refused") != std::string::npos;
    }));
    sleepMilliseconds(200);
    EXPECT_EQ(lines(), 3u) << "a mistyped command is no command to run";
    control.learningRate = 0.01;
    control.epochs = 6000;
    control.command = Control::Command::run;
    writeControl(run, control);
    ASSERT_TRUE(eventually([&] { return lines() > 20; }));
    ASSERT_TRUE(eventually([&] { return readSummary(run).epochs == 6000; }));
    control.command = Control::Command::stop;
    writeControl(run, control);
    EXPECT_EQ(await(pid), 0);
    EXPECT_EQ(status(), RunStatus::stopped);
    const auto events = timelessLines(readFile(run / "events.jsonl"));
    std::vector<std::string> names;
    for (const std::string& line : events) {
        const auto tree = nlohmann::json::parse(line);
        if (tree["event"] != "checkpointed") names.push_back(tree["event"]);
        if (tree["event"] == "learning_rate_changed") {
            EXPECT_EQ(tree["text"], "learning rate 0.002 -> 0.01");
        }
        if (tree["event"] == "control_refused") {
            EXPECT_EQ(tree["text"], "ignored: " + utf8(run / "control.json") +
                                        ": command: \"puase\" is not run, pause or stop");
        }
    }
    EXPECT_EQ(names, (std::vector<std::string>{"started", "paused", "control_refused",
                                               "learning_rate_changed", "extended", "continued",
                                               "stopped"}));

    // The stop has been obeyed: the next worker goes on, repeats no event, and SIGTERM stops it
    // too.
    const std::size_t before = lines();
    const pid_t again = start(m_folder.path(), {"train", run.string()});
    ASSERT_TRUE(eventually([&] { return lines() > before + 5; }));
    ::kill(again, SIGTERM);
    EXPECT_EQ(await(again), 0);
    EXPECT_EQ(status(), RunStatus::stopped);
    const auto state = nlohmann::json::parse(readFile(run / "checkpoint.json"));
    EXPECT_EQ(state["step"], readSummary(run).step);
    EXPECT_EQ(state["user_rate"], 0.01);
    const std::string record = readFile(run / "events.jsonl");
    EXPECT_EQ(record.find("learning_rate_changed"), record.rfind("learning_rate_changed"));
}

/// oneDNN's products borrow the stack pointer, so a handler's frame would land on the heap.
TEST_F(TrainCommandTest, NoSignalHandlerRunsOnAThreadThatComputes) {
    const fs::path run = makeRun("signals", tinySpec(100000));
    const pid_t pid = start(m_folder.path(), {"train", run.string()});
    ASSERT_TRUE(eventually([&] {
        return fs::exists(run / "metrics.jsonl") && fs::file_size(run / "metrics.jsonl") > 0;
    }));
    const fs::path process = fs::path("/proc") / std::to_string(pid);
    const auto mask = [](const fs::path& status,
                         const char* field) -> std::optional<unsigned long long> {
        std::ifstream file(status);  // files of /proc have no size to seek
        const std::string text{std::istreambuf_iterator<char>(file), {}};
        const std::size_t at = text.find(field);
        if (at == text.npos) return {};
        return std::stoull(text.substr(at + 8), nullptr, 16);
    };
    unsigned long long stops = 0;
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) stops |= 1ull << (signal - 1);
    const auto caught = mask(process / "status", "SigCgt:");
    ASSERT_TRUE(caught);
    EXPECT_EQ(*caught & stops, 0u) << "a handler is installed";
    int open = 0;
    for (const auto& thread : fs::directory_iterator(process / "task")) {
        const auto blocked = mask(thread.path() / "status", "SigBlk:");
        if (blocked) open += (*blocked & stops) != stops;  // else the thread has ended meanwhile
    }
    EXPECT_LE(open, 1) << "only the thread that waits for the signals takes them";
    ::kill(pid, SIGTERM);
    EXPECT_EQ(await(pid), 0);
    EXPECT_EQ(readSummary(run).status, RunStatus::stopped);
}

TEST_F(TrainCommandTest, AFinishedRunGoesOnWhenExtended) {
    const fs::path run = makeRun("lib", tinySpec(40));
    ASSERT_EQ(train(run).exitCode, 0);
    Control control;
    control.steps = 60;
    writeControl(run, control);
    ASSERT_EQ(train(run, {"--resume"}).exitCode, 0);
    EXPECT_EQ(readSummary(run).step, 60);
    EXPECT_EQ(readSummary(run).status, RunStatus::finished);
    int tests = 0;
    int trained = 0;
    for (const std::string& line : timelessLines(readFile(run / "metrics.jsonl"))) {
        const auto tree = nlohmann::json::parse(line);
        tests += tree["kind"] == "test";
        trained += tree["kind"] == "train";
    }
    EXPECT_EQ(tests, 1) << "the test of the shorter run is gone";
    EXPECT_EQ(trained, 60);
}

TEST_F(TrainCommandTest, DivergenceIsAResult) {
    nlohmann::json spec = tinySpec(200);
    spec["quantizer"] = nullptr;
    spec["normalization"]["method"] = "none";
    spec["training"]["optimizer"] = "sgd";
    spec["training"]["learning_rate"] = 1000;
    spec["training"]["clip_norm"] = 0;
    spec["training"]["validate_every"] = 1000;
    spec["training"]["schedule"] = {{"method", "exponential_after"}, {"epoch", 0}, {"factor", 1}};
    const fs::path run = makeRun("lib", spec);
    Control control;
    control.learningRate = 3e38;
    writeControl(run, control);
    const Output output = train(run, {"--json"});
    ASSERT_EQ(output.exitCode, 0) << output.errors;
    EXPECT_EQ(lastLine(output.text)["status"], "diverged");
    const RunSummary summary = readSummary(run);
    EXPECT_EQ(summary.status, RunStatus::diverged);
    EXPECT_NE(summary.message.find("at step "), std::string::npos) << summary.message;
    RunTail tail(run);
    const RunTail::News news = tail.poll();
    EXPECT_EQ(tail.badLines(), 0);
    EXPECT_FALSE(news.metrics.empty());
    EXPECT_EQ(news.events.back().name, "diverged");
}

TEST_F(TrainCommandTest, ASecondWorkerIsRefusedAndAStaleLockIsNot) {
    nlohmann::json spec = tinySpec(100000);
    spec["training"]["epochs"] = 5000;
    const fs::path run = makeRun("lib", spec);
    const pid_t first = start(m_folder.path(), {"train", run.string()});
    ASSERT_TRUE(eventually([&] { return readSummary(run).step > 0; }));
    const Output second = train(run);
    EXPECT_EQ(second.exitCode, 2);
    EXPECT_NE(second.errors.find("another worker"), std::string::npos) << second.errors;
    EXPECT_EQ(readSummary(run).status, RunStatus::running) << "the refused one changes nothing";
    ::kill(first, SIGKILL);
    await(first);
    EXPECT_EQ(readSummary(run).status, RunStatus::lost);
    EXPECT_TRUE(fs::exists(run / ".lock"));
    Control control;
    control.steps = 50;
    writeControl(run, control);
    EXPECT_EQ(train(run).exitCode, 0) << "a lock file without its process holds nothing";
    EXPECT_EQ(readSummary(run).status, RunStatus::finished);
}

TEST_F(TrainCommandTest, ADamagedCheckpointIsOneClearErrorAndAFailedRun) {
    const fs::path run = makeRun("lib", tinySpec(40));
    ASSERT_EQ(train(run).exitCode, 0);
    std::string content = readFile(run / "checkpoint.safetensors");
    content[content.size() / 2] = static_cast<char>(content[content.size() / 2] ^ 1);
    writeFileAtomically(run / "checkpoint.safetensors", content);
    Control control;
    control.steps = 60;
    writeControl(run, control);
    const Output output = train(run);
    EXPECT_EQ(output.exitCode, 2);
    EXPECT_NE(output.errors.find("checkpoint.safetensors"), std::string::npos) << output.errors;
    EXPECT_EQ(std::count(output.errors.begin(), output.errors.end(), '\n'), 2)
        << "what is trained, and the error: " << output.errors;
    EXPECT_EQ(train(run, {"--restart"}).exitCode, 0);
    EXPECT_EQ(readSummary(run).step, 60);
}

TEST_F(TrainCommandTest, BadUsageSaysWhatWouldBeAccepted) {
    const struct {
        std::vector<std::string> arguments;
        const char* says;
    } cases[] = {
        {{"train", "no/such/thing"}, "no such spec file, run folder or preset"},
        {{"train", m_folder.path().parent_path().string()}, "not a run folder"},
        {{"train", writeSpecFile(tinySpec(3)).string(), "--resume"}, "nothing to resume"},
        {{"train", writeSpecFile(tinySpec(3)).string(), "--dry-run", "--set", "model.hiden=3"},
         "hidden"},
        {{"bench", "--precision", "fp8"}, "bf16"},
        {{"bench", "--workload", "char-ptbb"}, "char-ptb"},
        {{"export", "nowhere", "--format", "onnx", "--output", "x"}, "safetensors"},
        {{"sample", "nowhere"}, "nowhere"},
    };
    for (const auto& c : cases) {
        const Output output = runProgram(m_folder.path(), c.arguments);
        EXPECT_EQ(output.exitCode, 2) << c.arguments[0];
        EXPECT_NE(output.errors.find(c.says), std::string::npos) << output.errors;
    }
}

TEST_F(TrainCommandTest, DryRunPrintsTheCompleteSpec) {
    const Output output =
        runProgram(m_folder.path(), {"train", writeSpecFile(tinySpec(3)).string(), "--dry-run",
                                     "--set", "training.clip_norm=2"});
    ASSERT_EQ(output.exitCode, 0) << output.errors;
    const auto tree = nlohmann::json::parse(output.text);
    EXPECT_EQ(tree["training"]["clip_norm"], 2);
    EXPECT_EQ(tree["training"]["beta2"], 0.999) << "defaults are written out";
    EXPECT_FALSE(fs::exists(m_folder.path() / "lib"));
}

TEST_F(TrainCommandTest, AFullDiskIsAFailedRunWithTheReason) {
    if (::access("/dev/full", W_OK) != 0) GTEST_SKIP() << "no /dev/full here";
    const fs::path run = makeRun("lib", tinySpec(40));
    fs::create_symlink("/dev/full", run / "metrics.jsonl");
    const Output output = train(run);
    EXPECT_EQ(output.exitCode, 1);
    EXPECT_NE(output.errors.find("metrics.jsonl"), std::string::npos) << output.errors;
    EXPECT_EQ(readSummary(run).status, RunStatus::failed);
    EXPECT_FALSE(readSummary(run).message.empty());
}

}  // namespace
}  // namespace bitloom
