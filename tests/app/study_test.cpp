// bitloom-cli quantize, study and spectral, as users meet them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/files.h"
#include "experiment/run_folder.h"
#include "program.h"

namespace bitloom {
namespace {

using namespace testing_app;
using ::testing::HasSubstr;
using ::testing::Not;
namespace fs = std::filesystem;

class StudyCommandTest : public testing::Test {
protected:
    Output run(std::vector<std::string> arguments) {
        return runProgram(m_folder.path(), arguments);
    }
    std::string library() const { return (m_folder.path() / "lib").string(); }

    /// A trained network of seconds.
    fs::path trained() {
        const fs::path made = createRun(m_folder.path() / "lib", parseSpec(R"({"name":"trained",
            "dataset":{"name":"grammar","size":20000},"model":{"hidden":12},
            "training":{"batch":8,"window":20,"steps":10,"threads":1,"evaluation_limit":3},
            "probes":{"every":0}})",
                                                                           "test"));
        EXPECT_EQ(run({"train", made.string()}).exitCode, 0);
        return made;
    }

    Folder m_folder;
};

TEST_F(StudyCommandTest, QuantizeMakesRunsBesideTheTrainedOne) {
    const fs::path source = trained();
    const Output output = run({"quantize", source.filename().string(), "--library", library(),
                               "--method", "bwn,alternating,sbn", "--json"});
    ASSERT_EQ(output.exitCode, 0) << output.errors;
    const auto tree = nlohmann::json::parse(output.text);
    EXPECT_EQ(tree["source"]["name"], "trained");
    ASSERT_EQ(tree["runs"].size(), 2u);
    for (const auto& made : tree["runs"]) {
        EXPECT_EQ(made["status"], "finished");
        EXPECT_TRUE(made["best"].is_number());
        EXPECT_TRUE(made["test"].is_number());
        EXPECT_EQ(fs::path(made["folder"].get<std::string>()).parent_path(),
                  m_folder.path() / "lib");
    }
    EXPECT_EQ(tree["refused"][0]["method"], "sbn");
    const Output table = run({"quantize", source.string(), "--method", "twn", "--bits", "2"});
    EXPECT_EQ(table.exitCode, 0) << table.errors;
    EXPECT_THAT(table.text, HasSubstr("twn"));
}

TEST_F(StudyCommandTest, QuantizeRefusesWhatItCannot) {
    const fs::path source = trained();
    const struct {
        std::vector<std::string> arguments;
        const char* says;
    } cases[] = {
        {{"quantize", source.string(), "--method", "binari"}, "did you mean"},
        {{"quantize", source.string(), "--method", "bwn", "--bits", "3"}, "quantizer.bits"},
        {{"quantize", source.string(), "--method", "sbn"}, "normalization.method"},
        {{"quantize", source.string()}, "--method"},
        {{"quantize", "nowhere", "--method", "bwn"}, "nowhere"},
        {{"quantize", source.string(), "--method", "bwn", "--at", "first"}, "--at"},
        {{"quantize", source.string(), "--method", "bwn,twn", "--bits", "8"}, "quantizer.bits"},
        {{"quantize", source.string(), "--method", "all", "--bits", "5"}, "5 bits"},
        {{"quantize", source.string(), "--method", ""}, "--method"},
        {{"quantize", source.string(), "--method", "full", "--bits", "4"}, "--bits"},
        {{"quantize", source.string(), "--method", "bwn", "--set", "quantizer.method=twn"},
         "is set by --method"},
        {{"quantize", source.string(), "--method", "bwn", "--library",
          (source / "spec.json").string()},
         "--library"},
        {{"study", "review/lambda", "--library", (source / "spec.json").string()}, "--library"}};
    for (const auto& [arguments, says] : cases) {
        const Output output = run(arguments);
        EXPECT_EQ(output.exitCode, 2) << says;
        EXPECT_THAT(output.errors, HasSubstr(says));
    }
}

TEST_F(StudyCommandTest, SpectralPrintsMeasuredAndPublished) {
    const Output output = run({"spectral", "--size", "64", "--seeds", "2", "--json"});
    ASSERT_EQ(output.exitCode, 0) << output.errors;
    const auto tree = nlohmann::json::parse(output.text);
    ASSERT_EQ(tree["rows"].size(), 5u);
    EXPECT_EQ(tree["published"], 0);
    const Output one = run({"spectral", "--size", "32,48", "--initialization", "orthogonal",
                            "--quantizer", "full,twn", "--seeds", "2"});
    EXPECT_EQ(one.exitCode, 0) << one.errors;
    EXPECT_THAT(one.text, HasSubstr("orthogonal"));
    EXPECT_THAT(run({"spectral", "--quantizer", "bwm"}).errors, HasSubstr("did you mean `bwn`"));
    EXPECT_EQ(run({"spectral", "--initialization", "glorot"}).exitCode, 2);
    EXPECT_EQ(run({"spectral", "--size", "0"}).exitCode, 2);
}

TEST_F(StudyCommandTest, StudyListsTrainsResumesAndReports) {
    const Output list = run({"study", "--list", "--json"});
    ASSERT_EQ(list.exitCode, 0) << list.errors;
    EXPECT_GE(nlohmann::json::parse(list.text).size(), 12u);
    EXPECT_THAT(run({"list", "studies"}).text, HasSubstr("review/gain"));
    const std::vector<std::string> study = {"study",
                                            "review/gain",
                                            "--library",
                                            library(),
                                            "--set",
                                            "dataset.name=grammar",
                                            "dataset.size=20000",
                                            "model.hidden=8",
                                            "training.batch=4",
                                            "training.window=12",
                                            "training.evaluation_limit=2",
                                            "training.threads=1",
                                            "training.epochs=1"};
    std::vector<std::string> dry = study;
    dry.insert(dry.end(), {"--dry-run", "--json"});
    const Output planned = run(dry);
    ASSERT_EQ(planned.exitCode, 0) << planned.errors;
    EXPECT_TRUE(nlohmann::json::parse(planned.text)["members"][0]["run"].is_null());
    std::vector<std::string> whole = study;
    const fs::path report = m_folder.path() / "gain.html";
    whole.insert(whole.end(), {"--json", "--report", report.string()});
    const Output trainedAll = run(whole);
    ASSERT_EQ(trainedAll.exitCode, 0) << trainedAll.errors;
    const auto tree = nlohmann::json::parse(trainedAll.text);
    ASSERT_EQ(tree["members"].size(), 5u);
    for (const auto& member : tree["members"]) EXPECT_EQ(member["status"], "finished") << member;
    EXPECT_THAT(readFile(report), HasSubstr("What the gains do"));
    // A second time it only reads.
    const Output again = run(whole);
    EXPECT_EQ(again.exitCode, 0);
    EXPECT_EQ(nlohmann::json::parse(again.text)["members"][1]["run"]["id"],
              tree["members"][1]["run"]["id"]);
    EXPECT_THAT(again.errors, Not(HasSubstr("of 5")));
}

TEST_F(StudyCommandTest, StudyRefusesUnknownNames) {
    const Output output = run({"study", "paper/figur1"});
    EXPECT_EQ(output.exitCode, 2);
    EXPECT_THAT(output.errors, HasSubstr("did you mean `paper/figure1`"));
    EXPECT_EQ(run({"study"}).exitCode, 2);
    EXPECT_EQ(run({"study", "paper/table1", "--set", "model.hidden=3"}).exitCode, 2);
    EXPECT_EQ(run({"study", "paper/figure1", "--scale", "huge"}).exitCode, 2);
}

}  // namespace
}  // namespace bitloom
