// What a training holds in memory: the estimate of experiment/memory.h against the peak resident
// size of real trainings.

#include <gtest/gtest.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <vector>

#include "base/files.h"
#include "experiment/memory.h"
#include "experiment/spec.h"
#include "math/rng.h"
#include "program.h"

namespace bitloom {
namespace {

using namespace testing_app;
using nlohmann::json;

constexpr double k_tolerance = 0.15;

struct Case {
    std::string name;
    std::vector<std::string> settings;
    bool words = false;  ///< reads a text of many different words
};

void PrintTo(const Case& test, std::ostream* out) {
    *out << test.name;
}

const std::vector<std::string> k_large{"model.hidden=512", "training.window=100",
                                       "training.batch=64"};

std::vector<std::string> with(std::vector<std::string> settings,
                              const std::vector<std::string>& more) {
    settings.insert(settings.end(), more.begin(), more.end());
    return settings;
}

std::vector<Case> cases() {
    return {
        {"small", {"model.hidden=64", "training.window=20", "training.batch=16"}},
        {"none", k_large},
        {"weight",
         with(k_large, {"quantizer.method=binary_connect", "normalization.method=weight"})},
        {"layer", with(k_large, {"quantizer.method=twn", "normalization.method=layer"})},
        {"batch_shared", with(k_large, {"normalization.method=batch_shared"})},
        {"recomputed",
         with(k_large, {"normalization.method=batch_shared", "training.recompute=10"})},
        {"bf16", with(k_large, {"training.precision=bf16", "training.threads=2"})},
        {"two_threads", with(k_large, {"training.threads=2"})},
        {"gru_three_layers", with(k_large, {"model.cell=gru", "model.layers=3", "model.hidden=256",
                                            "model.dropout.between=0.2", "model.dropout.output=0.2",
                                            "normalization.method=batch_separate"})},
        {"probed", with(k_large, {"probes.every=1", "normalization.method=layer"})},
        {"words",
         {"model.hidden=300", "model.embedding=300", "training.window=35", "training.batch=20",
          "training.optimizer=sgd", "model.dropout.input=0.5", "model.dropout.output=0.5",
          "quantizer.method=lab"},
         true},
        {"pixels",
         {"dataset.name=glyphs", "dataset.size=500", "model.hidden=100", "training.batch=50",
          // From gains of 1 the gradient of these images overflows: the first step would be the
          // last.
          "normalization.method=batch_shared", "normalization.gain=0.1"}},
    };
}

/// 12,000 words of 6,000 different ones.
std::string manyWords() {
    Rng rng(5);
    std::string text;
    for (int i = 0; i < 12000; ++i)
        text += "w" + std::to_string(i < 6000 ? i : static_cast<int>(rng.below(6000))) +
                (i % 20 == 19 ? "\n" : " ");
    return text;
}

class TrainingMemoryTest : public testing::TestWithParam<Case> {
protected:
    std::vector<std::string> settings() {
        std::vector<std::string> all{"training.threads=1", "training.steps=3",
                                     "training.evaluation_limit=2", "training.sample_length=20",
                                     "probes.every=0"};
        if (GetParam().words) {
            writeFileAtomically(m_folder.path() / "words.txt", manyWords());
            all.push_back("dataset.name=text_file");
            all.push_back("dataset.unit=word");
            all.push_back("dataset.vocabulary_from=all");
            all.push_back("dataset.path=" + utf8(m_folder.path() / "words.txt"));
        } else if (GetParam().name != "pixels") {
            all.push_back("dataset.size=60000");
        }
        return with(all, GetParam().settings);
    }

    Folder m_folder;
};

TEST_P(TrainingMemoryTest, EstimateFitsThePeak) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "a sanitizer's memory is not a training's";
#endif
    const Spec spec = parseSpec(setSpecFields("{}", settings()), "test");
    writeFileAtomically(m_folder.path() / "spec.json", writeSpec(spec));
    const Output output =
        runProgram(m_folder.path(), {"train", utf8(m_folder.path() / "spec.json"), "--library",
                                     utf8(m_folder.path() / "library")});
    ASSERT_EQ(output.exitCode, 0) << output.errors;
    EXPECT_EQ((output.text + output.errors).find("diverged"), std::string::npos)
        << "what ends early holds less";
    const TrainingMemory memory = trainingMemory(spec);
    EXPECT_NEAR(memory.total() / output.peak, 1, k_tolerance)
        << "estimated " << memoryWords(memory.total()) << ", measured " << memoryWords(output.peak)
        << "\n"
        << memoryJson(memory);
    std::printf("  %-18s estimated %8s   measured %8s\n", GetParam().name.c_str(),
                memoryWords(memory.total()).c_str(), memoryWords(output.peak).c_str());
}

INSTANTIATE_TEST_SUITE_P(All, TrainingMemoryTest, testing::ValuesIn(cases()),
                         [](const auto& test) { return test.param.name; });

TEST(TrainingMemory, SizeCommandSaysIt) {
    const Folder folder;
    const Output output =
        runProgram(folder.path(), {"size", "demo/full", "--json", "--set", "model.hidden=1000"});
    ASSERT_EQ(output.exitCode, 0) << output.errors;
    const json tree = json::parse(output.text);
    EXPECT_GT(tree["model_bytes"].get<double>(), 1e6);
    const json& parts = tree["training_bytes"];
    double sum = 0;
    for (const auto& [name, bytes] : parts.items())
        if (name != "total") sum += bytes.get<double>();
    EXPECT_NEAR(parts["total"].get<double>(), sum, 20);
    const Output words = runProgram(folder.path(), {"size", "demo/full"});
    EXPECT_NE(words.text.find("training memory"), std::string::npos) << words.text;
}

TEST(TrainingMemory, AMachineTooSmallIsSaidInOneSentence) {
    const auto spec = [](std::vector<std::string> settings) {
        return parseSpec(setSpecFields("{}", settings), "test");
    };
    const Spec wide = spec({"model.hidden=2048"});
    EXPECT_FALSE(memoryProblem(wide, 0)) << "nothing is known";
    EXPECT_FALSE(memoryProblem(wide, 64e9));
    const auto problem = memoryProblem(wide, 200e6);
    ASSERT_TRUE(problem);
    EXPECT_EQ(problem->field, "model.hidden");
    EXPECT_NE(problem->message.find("191 MB"), std::string::npos) << problem->message;
    // Activations of a long window: recomputation is the remedy.
    const Spec longWindow = spec({"model.hidden=512", "training.window=1000", "probes.every=0"});
    const auto remedied = memoryProblem(longWindow, 1e9);
    ASSERT_TRUE(remedied);
    EXPECT_EQ(remedied->field, "training.batch");
    EXPECT_NE(remedied->message.find("training.recompute"), std::string::npos) << remedied->message;
    EXPECT_GT(machineMemory(), 1e8);
}

}  // namespace
}  // namespace bitloom
