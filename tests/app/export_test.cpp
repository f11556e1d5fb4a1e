// Exported models against PyTorch, and text sampled from runs and exports.

#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "data/dataset.h"
#include "experiment/run_folder.h"
#include "nn/network.h"
#include "program.h"
#include "train/checkpoint.h"

namespace bitloom {
namespace {

using namespace testing_app;
namespace fs = std::filesystem;

struct Case {
    const char* cell;
    const char* quantizer;
    const char* normalization;
    int embedding;
    int layers;
};

class ExportTest : public testing::TestWithParam<Case> {
protected:
    fs::path trainedRun() {
        const Case& c = GetParam();
        const nlohmann::json spec = {
            {"name", "export"},
            {"dataset", {{"name", "grammar"}, {"size", 8000}}},
            {"model",
             {{"cell", c.cell}, {"hidden", 24}, {"layers", c.layers}, {"embedding", c.embedding}}},
            {"quantizer",
             *c.quantizer ? nlohmann::json{{"method", c.quantizer}} : nlohmann::json()},
            {"normalization", {{"method", c.normalization}}},
            {"training",
             {{"batch", 8}, {"window", 20}, {"epochs", 1}, {"steps", 25}, {"threads", 1}}}};
        const fs::path run = createRun(m_folder.path(), parseSpec(spec.dump(), "test"));
        const Output output = runProgram(m_folder.path(), {"train", run.string()});
        EXPECT_EQ(output.exitCode, 0) << output.errors;
        return run;
    }

    Folder m_folder;
};

TEST_P(ExportTest, GivesTheSameLogitsInPyTorch) {
    const fs::path run = trainedRun();
    const fs::path file = m_folder.path() / "model.safetensors";
    ASSERT_EQ(runProgram(m_folder.path(), {"export", run.string(), "--format", "safetensors",
                                           "--output", file.string()})
                  .exitCode,
              0);

    const Spec spec = readRunSpec(run);
    const auto dataset = openDataset(spec.dataset);
    Batch batch;
    ASSERT_TRUE(dataset->source(Split::valid, {4, 15, 1})->next(batch));
    ParameterSet<float> moments;
    Network<float> network(spec.network, 5);
    loadWeights(run / "best.safetensors", network, moments);
    RecurrentState<float> state;
    network.forward(batch, Mode::evaluate, state);
    const auto logits = network.logits();
    nlohmann::json expected = {
        {"cell", GetParam().cell},
        {"steps", batch.steps},
        {"batch", batch.size},
        {"tokens", batch.tokens},
        {"logits", std::vector<float>(logits.data, logits.data + logits.size())}};
    writeFileAtomically(m_folder.path() / "expected.json", expected.dump());
    const std::string command = "/usr/bin/python3 " BITLOOM_SOURCE_DIR
                                "/tests/app/torch_export.py " +
                                file.string() + " " + (m_folder.path() / "expected.json").string();
    const int status = std::system(command.c_str());
    if (status == 127 << 8 || status == 77 << 8) GTEST_SKIP() << "no PyTorch on this machine";
    EXPECT_EQ(status, 0);
}

TEST_P(ExportTest, RunAndExportSampleTheSameText) {
    const fs::path run = trainedRun();
    const fs::path file = m_folder.path() / "model.safetensors";
    ASSERT_EQ(
        runProgram(m_folder.path(), {"export", run.string(), "--output", file.string()}).exitCode,
        0);
    const std::vector<std::string> how{"--length", "40", "--seed", "3", "--temperature", "0.5"};
    const auto sampled = [&](const fs::path& model) {
        std::vector<std::string> arguments{"sample", model.string()};
        arguments.insert(arguments.end(), how.begin(), how.end());
        const Output output = runProgram(m_folder.path(), arguments);
        EXPECT_EQ(output.exitCode, 0) << output.errors;
        return output.text;
    };
    EXPECT_EQ(sampled(run).size(), 41u) << "40 symbols and the newline";
    EXPECT_EQ(sampled(run), sampled(file));
}

std::string caseName(const testing::TestParamInfo<Case>& info) {
    return std::string(info.param.cell) + "_" +
           (*info.param.quantizer ? info.param.quantizer : "full") + "_" +
           info.param.normalization + "_e" + std::to_string(info.param.embedding) + "_l" +
           std::to_string(info.param.layers);
}

INSTANTIATE_TEST_SUITE_P(Networks, ExportTest,
                         testing::Values(Case{"lstm", "", "none", 0, 1},
                                         Case{"lstm", "binary_connect", "none", 0, 1},
                                         Case{"lstm", "binary_connect", "weight", 0, 2},
                                         Case{"lstm", "lab", "weight", 7, 1},
                                         Case{"gru", "ttq", "none", 0, 1},
                                         Case{"gru", "binary_connect", "weight", 9, 1}),
                         caseName);

}  // namespace
}  // namespace bitloom
