// bitloom-cli probe on runs it trained itself.

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "experiment/run_folder.h"
#include "program.h"

namespace bitloom {
namespace {

using namespace testing_app;
namespace fs = std::filesystem;
using nlohmann::json;

class ProbeCommandTest : public testing::Test {
protected:
    fs::path makeRun(const char* cell, const char* norm, int layers = 1, int evaluated = 0) {
        const json spec = {{"name", "probe"},
                           {"dataset", {{"name", "grammar"}, {"size", 8000}}},
                           {"model", {{"cell", cell}, {"hidden", 16}, {"layers", layers}}},
                           {"quantizer", {{"method", "binary_connect"}}},
                           {"normalization", {{"method", norm}}},
                           {"training",
                            {{"batch", 8},
                             {"evaluation_batch", evaluated},
                             {"window", 20},
                             {"epochs", 1},
                             {"steps", 12},
                             {"threads", 1}}},
                           {"probes", {{"every", 5}}}};
        return createRun(m_folder.path(), parseSpec(spec.dump(), "test"));
    }
    fs::path trainedRun(const char* cell, const char* norm, int layers = 1) {
        const fs::path run = makeRun(cell, norm, layers);
        const Output output = run_({"train", run.string()});
        EXPECT_EQ(output.exitCode, 0) << output.errors;
        return run;
    }
    Output run_(const std::vector<std::string>& arguments) {
        return runProgram(m_folder.path(), arguments);
    }
    json probe(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), "probe");
        arguments.push_back("--json");
        const Output output = run_(arguments);
        EXPECT_EQ(output.exitCode, 0) << output.errors;
        return json::parse(output.text, nullptr, false);
    }

    Folder m_folder;
};

std::vector<json> linesOf(const fs::path& file) {
    std::vector<json> lines;
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) lines.push_back(json::parse(line));
    return lines;
}

TEST_F(ProbeCommandTest, AveragesStatisticsOverTrainingBatchesWhateverTheEvaluationsAre) {
    const fs::path run = makeRun("lstm", "batch_shared", 1, 1);
    const json tree =
        probe({run.string(), "--at", "initial", "--evaluate", "valid", "--evaluation-limit", "2"});
    EXPECT_TRUE(tree.is_object());
}

TEST_F(ProbeCommandTest, EveryCheckpointOfAnLstm) {
    const fs::path run = trainedRun("lstm", "weight", 2);
    for (const auto& [at, step] : {std::pair{"initial", 0}, {"best", 12}, {"last", 12}}) {
        const json is = probe({run.string(), "--at", at});
        ASSERT_TRUE(is.is_object()) << at;
        EXPECT_EQ(is["step"], step);
        ASSERT_EQ(is["layers"].size(), 2u);
        for (const json& layer : is["layers"]) {
            EXPECT_GT(layer["lambda_1"], layer["lambda_2"]);
            EXPECT_GT(layer["gamma"], 0);
            EXPECT_EQ(layer["spectral_norms"].size(), 4u);
            EXPECT_GT(layer["spectral_norms_quantized"]["o"], 4) << "the floor sqrt(16)";
            EXPECT_EQ(layer["lyapunov"].size(), 8u);
            EXPECT_EQ(layer["violations"], 0);
        }
        EXPECT_EQ(is["state_gradient_norms"].size(), 2u);
        EXPECT_EQ(is["state_gradient_norms"][0].size(), 20u);
        EXPECT_LE(is["tightness_max"], 1);
        EXPECT_EQ(is["records"]["weights"]["matrices"].size(), 4u);
    }
}

TEST_F(ProbeCommandTest, GivesWhatTheWorkerWroteAtTheStart) {
    const fs::path run = trainedRun("gru", "layer");
    const json is = probe({run.string(), "--at", "initial"});
    for (const char* name :
         {"state_gradients", "bounds", "spectra", "lyapunov", "gains", "weights"}) {
        const std::vector<json> lines = linesOf(run / "probes" / (std::string(name) + ".jsonl"));
        ASSERT_EQ(lines.size(), 3u) << name << ": steps 1, 5 and 10";
        EXPECT_EQ(lines[0]["step"], 1);
        EXPECT_EQ(lines[2]["step"], 10);
    }
    EXPECT_EQ(linesOf(run / "probes/statistics.jsonl").size(), 0u);
    const auto first = linesOf(run / "probes/state_gradients.jsonl")[0];
    EXPECT_EQ(is["records"]["state_gradients"]["hidden"], first["hidden"]);
    EXPECT_EQ(is["records"]["lyapunov"]["layers"],
              linesOf(run / "probes/lyapunov.jsonl")[0]["layers"]);
    EXPECT_TRUE(is["layers"][0]["lambda_2"].is_null()) << "a GRU has none";
    EXPECT_TRUE(
        linesOf(run / "probes/weights.jsonl")[0]["matrices"][0]["gates"][0]["flip_rate"].is_null());
    EXPECT_FALSE(
        linesOf(run / "probes/weights.jsonl")[2]["matrices"][0]["gates"][0]["flip_rate"].is_null());
}

TEST_F(ProbeCommandTest, SpectrumWindowsDoubleAndStatistics) {
    const fs::path run = trainedRun("lstm", "batch_shared");
    const json all = probe({run.string(), "--spectrum", "--windows", "3", "--double"});
    EXPECT_EQ(all["layers"][0]["lyapunov"].size(), 32u);
    EXPECT_EQ(all["records"]["lyapunov"]["steps"], 40);
    const json whole = probe({run.string(), "--whole-batch", "--exponents", "3", "--skip", "2",
                              "--evaluate", "test", "--evaluation-limit", "2"});
    EXPECT_EQ(whole["records"]["lyapunov"]["statistics"], "whole");
    EXPECT_EQ(whole["layers"][0]["lyapunov"].size(), 3u);
    for (const char* kind : {"running", "batch", "per_step", "all_steps"})
        EXPECT_TRUE(whole["evaluation"][kind].is_number()) << kind;
    const Output text = run_({"probe", run.string(), "--evaluate", "valid"});
    EXPECT_EQ(text.exitCode, 0);
    for (const char* words : {"lambda_1", "tightness", "Lyapunov", "running statistics"})
        EXPECT_NE(text.text.find(words), text.text.npos) << words;
}

TEST_F(ProbeCommandTest, BadInputIsOneSentence) {
    const fs::path run = makeRun("lstm", "none");
    const fs::path nothing = m_folder.path() / "nothing";
    const struct {
        std::vector<std::string> arguments;
        const char* says;
    } cases[] = {{{"probe", nothing.string()}, "nothing"},
                 {{"probe", run.string()}, "no validated weights"},
                 {{"probe", run.string(), "--at", "last"}, "no checkpoint"},
                 {{"probe", run.string(), "--at", "first"}, "initial, best or last"},
                 {{"probe", run.string(), "--at", "initial", "--windows", "0"}, "--windows"},
                 {{"probe", run.string(), "--at", "initial", "--windows", "9999999"}, "--windows"},
                 {{"probe", run.string(), "--at", "initial", "--evaluate", "train"}, "--evaluate"},
                 {{"probe", run.string(), "--exponents", "-1"}, "--exponents"},
                 {{"probe", run.string(), "--exponents", "3", "--spectrum"}, "--exponents"},
                 {{"probe", run.string(), "--evaluation-limit", "3"}, "--evaluate"},
                 {{"probe", run.string(), "--whole-batch"}, "--whole-batch"}};
    for (const auto& c : cases) {
        const Output output = run_(c.arguments);
        EXPECT_EQ(output.exitCode, 2) << c.says;
        EXPECT_NE(output.errors.find(c.says), output.errors.npos) << output.errors;
        EXPECT_EQ(std::count(output.errors.begin(), output.errors.end(), '\n'), 1) << output.errors;
    }
}

}  // namespace
}  // namespace bitloom
