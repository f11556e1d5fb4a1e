// What bitloom-cli train does with a record that is not whole.

#include <fstream>

#include "train_runs.h"

namespace bitloom {
namespace {

using namespace testing_app;
namespace fs = std::filesystem;

class TrainRecordTest : public TrainRuns {};

TEST_F(TrainRecordTest, ARecordIsNotClearedForACheckpointThatIsGone) {
    const fs::path run = makeRun("kept", tinySpec(20));
    ASSERT_EQ(train(run).exitCode, 0);
    const std::string record = readFile(run / "metrics.jsonl");
    // A wish that cannot be meant is told although there is nothing to do.
    std::ofstream(run / "control.json") << R"({"steps":"500"})";
    Output output = train(run);
    EXPECT_EQ(output.exitCode, 2);
    EXPECT_NE(output.errors.find("control.json: steps: \"500\""), std::string::npos)
        << output.errors;

    std::ofstream(run / "control.json") << R"({"steps":30})";
    fs::remove(run / "checkpoint.safetensors");
    output = train(run);
    EXPECT_EQ(output.exitCode, 2);
    EXPECT_NE(output.errors.find("--restart"), std::string::npos) << output.errors;
    EXPECT_EQ(readFile(run / "metrics.jsonl"), record);
    EXPECT_EQ(train(run, {"--restart"}).exitCode, 0);
    EXPECT_EQ(readSummary(run).step, 30);

    // A summary that is damaged is written anew.
    std::ofstream(run / "summary.json") << "{";
    EXPECT_EQ(train(run).exitCode, 0);
    EXPECT_EQ(readSummary(run).status, RunStatus::finished);
    EXPECT_EQ(readSummary(run).step, 30);
}

}  // namespace
}  // namespace bitloom
