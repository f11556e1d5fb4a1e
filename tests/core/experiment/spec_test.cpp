#include "experiment/spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>

#include "base/error.h"
#include "experiment/catalog.h"
#include "experiment/published.h"
#include "experiment/start.h"

namespace bitloom {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string wordsOf(const std::vector<Problem>& problems) {
    std::string text;
    for (const Problem& problem : problems) text += problem.field + ": " + problem.message + "\n";
    return text;
}

TEST(Spec, EmptyObjectIsTheDefault) {
    const Spec spec = parseSpec("{}", "test");
    EXPECT_EQ(spec.dataset.name, "grammar");
    EXPECT_EQ(spec.network.quantizer.method, "");
    EXPECT_EQ(spec.network.normalization.method, "none");
    EXPECT_EQ(spec.training.optimizer, "adam");
    EXPECT_EQ(spec.training.learningRate, 0.002);
    EXPECT_GT(spec.network.vocabulary, 0);
    EXPECT_EQ(spec.network.normalization.maxSteps, spec.training.window);
    EXPECT_FALSE(spec.name.empty());
}

TEST(Spec, CatalogDefaultsAreTheConfigDefaults) {
    const Spec spec = parseSpec("{}", "test");
    EXPECT_EQ(spec.training, TrainingConfig{});
    EXPECT_EQ(spec.network.init, InitConfig{});
    EXPECT_EQ(spec.network.quantizer, QuantizerConfig{});
    EXPECT_EQ(spec.network.dropout, Dropout{});
}

TEST(Spec, EveryPresetValidatesAndRoundTrips) {
    for (const Preset& preset : presets()) {
        const std::string text = presetSpec(preset.name);
        EXPECT_THAT(wordsOf(validateSpec(text)), IsEmpty()) << preset.name;
        const Spec spec = parseSpec(text, preset.name);
        EXPECT_EQ(spec.preset, preset.name);
        const std::string written = writeSpec(spec);
        EXPECT_EQ(parseSpec(written, preset.name), spec) << preset.name << "\n" << written;
        EXPECT_EQ(writeSpec(parseSpec(written, preset.name)), written) << preset.name;
    }
}

TEST(Spec, EveryCatalogChoiceValidates) {
    for (const Entry& quantizer : quantizerEntries())
        for (const int bits : quantizer.bits)
            for (const Entry& norm : normalizationEntries()) {
                json tree = {{"normalization", {{"method", norm.name}}}};
                if (!quantizer.name.empty())
                    tree["quantizer"] = {{"method", quantizer.name}, {"bits", bits}};
                const bool fixed = quantizer.name == "sbn" || quantizer.name == "stn";
                if (norm.name == "batch_separate" && fixed) tree["normalization"]["cell"] = true;
                const auto problems = validateSpec(tree.dump());
                const bool allowed = !fixed || norm.name == "batch_separate";
                EXPECT_EQ(problems.empty(), allowed) << tree << wordsOf(problems);
            }
}

TEST(Spec, PaperPresetsKnowTheirPublishedRow) {
    std::size_t paper = 0;
    for (const Preset& preset : presets()) {
        if (!preset.name.starts_with("paper/")) continue;
        ++paper;
        Spec spec = parseSpec(presetSpec(preset.name), "test");
        if (spec.network.quantizer.method == "alternating") {
            // The paper quantizes a trained network afterwards, and so does the recipe once it
            // is told which.
            EXPECT_EQ(spec.training.steps, 0) << preset.name;
            EXPECT_NE(findPreset(trainedPreset(preset.name)), nullptr) << preset.name;
            EXPECT_EQ(findPublished(spec), nullptr) << preset.name;
            ASSERT_TRUE(missingStart(spec)) << preset.name;
            EXPECT_EQ(missingStart(spec)->field, "start.run");
            spec.start.run = "trained";
        }
        spec.publishedData = true;  // whatever part of it is installed here
        const PublishedResult* row = findPublished(spec);
        ASSERT_NE(row, nullptr) << preset.name;
        EXPECT_NE(preset.name.find(row->dataset), std::string::npos);
        EXPECT_NE(preset.name.find(row->quantizer.empty() ? "full" : row->quantizer),
                  std::string::npos);
    }
    EXPECT_EQ(paper, publishedResults().size());
}

TEST(Spec, AnAverageForAllStepsIsRefusedForStatisticsAStepWithTheReason) {
    const auto problems =
        validateSpec(R"({"normalization":{"method":"batch_separate","true_average":true}})");
    ASSERT_EQ(problems.size(), 1u) << wordsOf(problems);
    EXPECT_EQ(problems[0].field, "normalization.true_average");
    EXPECT_NE(problems[0].message.find("shared batch norm"), std::string::npos);
    EXPECT_TRUE(
        validateSpec(R"({"normalization":{"method":"batch_shared","true_average":true}})").empty());
}

TEST(Spec, PaperRecipesAreTheMethodsOnes) {
    const Spec ptb = parseSpec(presetSpec("paper/ptb_char/binary_connect/weight"), "test");
    EXPECT_EQ(ptb.network.hidden, 512);
    EXPECT_EQ(ptb.network.embedding, 0);
    EXPECT_EQ(ptb.training.schedule.method, "exponential_after");
    EXPECT_EQ(ptb.training.window, 100);
    EXPECT_EQ(ptb.training.epochs, 200);
    const Spec text8 = parseSpec(presetSpec("paper/text8/twn/layer"), "test");
    EXPECT_EQ(text8.network.hidden, 2000);
    EXPECT_EQ(text8.training.window, 180);
    const Spec word = parseSpec(presetSpec("paper/ptb_word_650/binary_connect/layer"), "test");
    EXPECT_EQ(word.network.embedding, 650);
    EXPECT_EQ(word.training.optimizer, "sgd");
    EXPECT_EQ(word.training.learningRate, 20);
    EXPECT_EQ(word.training.schedule.factor, 0.25);
    EXPECT_NEAR(word.training.latentScale, 2 * std::sqrt(650.0), 1e-9);
    EXPECT_EQ(parseSpec(presetSpec("paper/ptb_word_650/bwn/layer"), "test").training.latentScale,
              1);
    const Spec pixels = parseSpec(presetSpec("paper/sequential_mnist/twn/layer"), "test");
    EXPECT_FALSE(pixels.network.quantizer.weightIh);
    EXPECT_EQ(pixels.network.init.recurrent, "orthogonal_identity");
    EXPECT_TRUE(pixels.network.init.learnableState);
    EXPECT_EQ(pixels.network.init.stateNoise, 0.1);
    EXPECT_EQ(pixels.training.schedule.final, 0.001);
    EXPECT_EQ(pixels.training.clipNorm, 1);
    const Spec sbn = parseSpec(presetSpec("paper/permuted_mnist/sbn/batch_separate"), "test");
    EXPECT_TRUE(sbn.network.quantizer.weightIh);
    EXPECT_TRUE(sbn.network.normalization.cell);
    EXPECT_EQ(sbn.network.normalization.maxSteps, 784);
}

struct BadSpec {
    const char* text;
    const char* field;
    const char* words;
};

class SpecProblem : public ::testing::TestWithParam<BadSpec> {};

TEST_P(SpecProblem, IsNamedWithItsReason) {
    const auto problems = validateSpec(GetParam().text);
    ASSERT_FALSE(problems.empty()) << GetParam().text;
    EXPECT_EQ(problems.front().field, GetParam().field) << wordsOf(problems);
    EXPECT_THAT(problems.front().message, HasSubstr(GetParam().words));
    try {
        parseSpec(GetParam().text, "some.json");
        ADD_FAILURE() << "parseSpec accepted " << GetParam().text;
    } catch (const InputError& error) {
        EXPECT_THAT(error.what(), HasSubstr("some.json"));
        EXPECT_EQ(error.field(), GetParam().field);
    }
}

INSTANTIATE_TEST_SUITE_P(
    Table, SpecProblem,
    ::testing::Values(
        BadSpec{"", "", "is empty"}, BadSpec{" \n", "", "is empty"},
        BadSpec{"[]", "", "JSON object"}, BadSpec{"{\"training\":", "", "not valid JSON"},
        BadSpec{R"({"name":"a","name":"b"})", "", "`name` is there twice"},
        BadSpec{R"({"training":{"learning_rat":1}})", "training.learning_rat",
                "`training.learning_rate`"},
        BadSpec{R"({"learning_rate":1})", "learning_rate", "`training.learning_rate`"},
        BadSpec{R"({"modle":{"hidden":3}})", "modle", "did you mean"},
        BadSpec{R"({"training":{"learning_rate":"fast"}})", "training.learning_rate",
                "must be a number"},
        BadSpec{R"({"training":{"learning_rate":-1}})", "training.learning_rate", "must be from"},
        BadSpec{R"({"training":{"learning_rate":NaN}})", "", "not valid JSON"},
        BadSpec{R"({"training":{"learning_rate":1e999}})", "", "not valid JSON"},
        BadSpec{R"({"training":{"learning_rate":null}})", "training.learning_rate",
                "must not be null"},
        BadSpec{R"({"training":{"epochs":1.5}})", "training.epochs", "whole number"},
        BadSpec{R"({"training":{"epochs":99999999999999999999999}})", "training.epochs",
                "must be from"},
        BadSpec{R"({"training":{"threads":true}})", "training.threads", "whole number"},
        BadSpec{R"({"training":{"precision":"fp8"}})", "training.precision", "bf16"},
        BadSpec{R"({"training":3})", "training", "must be an object"},
        BadSpec{R"({"training":{"momentum":0.9}})", "training.momentum", "only used by sgd"},
        BadSpec{R"({"dataset":{"name":"ptb"}})", "dataset.name", "did you mean `ptb_"},
        BadSpec{R"({"dataset":{"name":"text_file","path":"/no/such/file"}})", "dataset.path",
                "/no/such/file does not exist"},
        BadSpec{R"({"trainin":{}})", "trainin", "`training`"},
        BadSpec{R"({"dataset":{"name":"ptb_char","length":5}})", "dataset.length", "only used by"},
        BadSpec{R"({"format":2})", "format", "must be 1, not 2"},
        BadSpec{R"({"preset":"paper/ptb_char/binary_conect/weight"})", "preset",
                "`paper/ptb_char/binary_connect/weight`"},
        BadSpec{R"({"quantizer":{"bits":2}})", "quantizer.method", "is missing"},
        BadSpec{R"({"quantizer":{"method":"binary_connect","bits":3}})", "quantizer.bits",
                "BinaryConnect has 1 bit, not 3"},
        BadSpec{R"({"quantizer":{"method":"uniform","bits":1}})", "quantizer.bits",
                "has 2, 3, 4, 8 bits"},
        BadSpec{R"({"quantizer":{"method":"twn","tensors":[]}})", "quantizer.tensors", "is empty"},
        BadSpec{R"({"quantizer":{"method":"twn","tensors":["weight_xx"]}})", "quantizer.tensors",
                "did you mean"},
        BadSpec{R"({"quantizer":{"method":"twn","tensors":["encoder"]}})", "quantizer.tensors",
                "no such matrix"},
        BadSpec{R"({"quantizer":{"method":"sbn"}})", "normalization.method", "batch_separate"},
        BadSpec{R"({"normalization":{"method":"batch_shared"},"training":{"batch":1}})",
                "training.batch", "no variance"},
        BadSpec{R"({"normalization":{"method":"weight","cell":true}})", "normalization.cell",
                "only used by"},
        BadSpec{R"({"normalization":{"cell":true}})", "normalization.cell", "only used by"},
        BadSpec{R"({"model":{"cell":"gru"},"normalization":{"method":"layer","cell":true}})",
                "normalization.cell", "GRU"},
        BadSpec{R"({"model":{"tied":true,"embedding":64,"hidden":32}})", "model.tied",
                "64 is not 32"},
        BadSpec{R"({"dataset":{"name":"glyphs"},"model":{"embedding":8}})", "model.embedding",
                "no symbols"},
        BadSpec{R"({"model":{"dropout":{"between":0.5}}})", "model.dropout.between", "one layer"},
        BadSpec{R"({"training":{"recompute":100},"probes":{"every":0}})", "training.recompute",
                "less than the 100 steps"},
        BadSpec{R"({"training":{"recompute":10}})", "training.recompute", "set probes.every to 0"},
        BadSpec{R"({"training":{"recompute":-1}})", "training.recompute", "from 0 to 10000"},
        BadSpec{
            R"({"dataset":{"size":200000000},"model":{"hidden":16384,"layers":16},
                "training":{"batch":8192,"window":10000}})",
            "model.hidden", "GB"}));

TEST(Spec, MessagesHoldNoBytesATerminalWouldObey) {
    const auto problems = validateSpec("{\"name\": \x1b[31m\xff" + std::string(5000, '\x7f'));
    ASSERT_FALSE(problems.empty());
    EXPECT_LT(problems.front().message.size(), 300u);
    for (const char c : problems.front().message) EXPECT_TRUE(c >= 0x20 && c != 0x7f) << int{c};
}

TEST(Spec, ALongTextIsRefusedUnread) {
    const auto problems = validateSpec(std::string(2u << 20, ' '));
    ASSERT_EQ(problems.size(), 1u);
    EXPECT_THAT(problems.front().message, HasSubstr("is longer than 1 MB"));
}

/// Assigning a field must not turn a broken file into a spec of defaults.
TEST(Spec, AssignmentsDoNotMendABrokenText) {
    for (const char* broken : {"", "[]", "1", "{\"training\":"})
        EXPECT_THROW(parseSpec(setSpecFields(broken, {"model.hidden=8"}), "t"), InputError)
            << broken;
}

TEST(Spec, NullQuantizerAndNormalizationAreFullPrecisionWithoutNorm) {
    const Spec spec = parseSpec(R"({"quantizer":null,"normalization":null})", "test");
    EXPECT_EQ(spec.network.quantizer.method, "");
    EXPECT_EQ(spec.network.normalization.method, "none");
    EXPECT_TRUE(json::parse(writeSpec(spec))["quantizer"].is_null());
}

TEST(Spec, DeepNestingIsRefusedQuickly) {
    std::string deep;
    for (int i = 0; i < 100000; ++i) deep += "[";
    EXPECT_THAT(validateSpec(deep).front().message, HasSubstr("32 levels"));
    EXPECT_FALSE(validateSpec(std::string(2u << 20, ' ')).empty());
}

TEST(Spec, MaxStepsFollowTheDataUnlessGiven) {
    const char* text =
        R"({"dataset":{"name":"sequential_mnist"},"normalization":{"method":"batch_separate"}})";
    EXPECT_EQ(parseSpec(text, "t").network.normalization.maxSteps, 784);
    const std::string own = setSpecFields(text, {"normalization.max_steps=50"});
    EXPECT_EQ(parseSpec(own, "t").network.normalization.maxSteps, 50);
    EXPECT_TRUE(json::parse(defaultSpec())["normalization"]["max_steps"].is_null());
}

TEST(Spec, PresetFieldsGiveWayToTheUsers) {
    const char* text = R"({"preset":"paper/ptb_word_300/ter_connect/layer",
                           "quantizer":{"method":"binary_connect"},"training":{"epochs":3}})";
    const Spec spec = parseSpec(text, "t");
    EXPECT_EQ(spec.network.quantizer.method, "binary_connect");
    EXPECT_EQ(spec.network.quantizer.bits, 1);
    EXPECT_EQ(spec.training.epochs, 3);
    EXPECT_EQ(spec.training.optimizer, "sgd");
    const Spec full = parseSpec(R"({"preset":"paper/ptb_char/twn/layer","quantizer":null})", "t");
    EXPECT_EQ(full.network.quantizer.method, "");
}

TEST(Spec, SetChangesFieldsAndDropsWhatNoLongerMatters) {
    const std::string start = presetSpec("paper/ptb_char/ter_connect/layer");
    const auto set = [&](std::vector<std::string> fields) {
        return parseSpec(setSpecFields(start, fields), "t");
    };
    EXPECT_EQ(set({"training.epochs=2"}).training.epochs, 2);
    EXPECT_EQ(set({"name=42"}).name, "42");
    EXPECT_EQ(set({"quantizer=null"}).network.quantizer.method, "");
    EXPECT_EQ(set({"quantizer.method=binary_connect"}).network.quantizer.bits, 1);
    EXPECT_EQ(set({"quantizer.bits=3", "quantizer.method=uniform"}).network.quantizer.bits, 3);
    EXPECT_FALSE(set({"quantizer.tensors=weight_hh"}).network.quantizer.weightIh);
    EXPECT_EQ(set({"training.steps=10"}).training.steps, 10);
    EXPECT_EQ(set({"training.steps=10", "training.steps=null"}).training.steps, std::nullopt);
    const std::string momentum =
        setSpecFields("{}", {"training.optimizer=sgd", "training.momentum=0.9"});
    EXPECT_EQ(parseSpec(momentum, "t").training.momentum, 0.9);
    EXPECT_EQ(
        parseSpec(setSpecFields(momentum, {"training.optimizer=adam"}), "t").training.momentum, 0);
    EXPECT_THROW(setSpecFields("{}", {"training.epoch=2"}), InputError);
    EXPECT_THROW(setSpecFields("{}", {"nonsense"}), InputError);
    EXPECT_EQ(setSpecFields("{", {"name=a"}), "{");  // for parseSpec() to refuse
    EXPECT_THROW(parseSpec(setSpecFields("{}", {"training.momentum=0.9"}), "t"), InputError);
}

TEST(Spec, RecordIsWrittenAndAccepted) {
    const Spec spec = parseSpec("{}", "t");
    const std::string text = writeSpec(spec, {"abc", "0.1", "a cpu", "2026-11-23T21:41:00Z"});
    EXPECT_EQ(parseSpec(text, "t"), spec);
    EXPECT_EQ(readSpecRecord(text).datasetHash, "abc");
    EXPECT_EQ(readSpecRecord(text).created, "2026-11-23T21:41:00Z");
    EXPECT_EQ(readSpecRecord("{").created, "");
}

TEST(Spec, TitleNamesTheChoices) {
    const Spec spec = parseSpec(
        R"({"quantizer":{"method":"laq_linear","bits":3},"normalization":{"method":"layer"}})",
        "t");
    EXPECT_EQ(specTitle(spec), "LAQ (linear) 3 bit + layer norm, Grammar, LSTM 128");
}

/// 200 damaged specs: each ends as a valid spec or as a list of problems in words, never as a
/// crash.
TEST(Spec, MutatedSpecsAreReadOrRefusedInWords) {
    std::mt19937 random(7);
    const auto pick = [&](std::size_t n) {
        return std::uniform_int_distribution<std::size_t>(0, n - 1)(random);
    };
    const std::string base = presetSpec("paper/ptb_char/lat_approximate/batch_separate");
    const std::vector<std::string> tokens = {"null",
                                             "1e308",
                                             "-1",
                                             "\"\"",
                                             "[]",
                                             "{}",
                                             "true",
                                             "1e999",
                                             "0",
                                             "\"\\u0000\"",
                                             "[[[[",
                                             "\xff",
                                             "18446744073709551616",
                                             "\"sbn\"",
                                             ",",
                                             ":",
                                             "}",
                                             "1.5",
                                             "\"gru\"",
                                             "1"};
    std::size_t valid = 0;
    for (int i = 0; i < 200; ++i) {
        std::string text = base;
        for (std::size_t edits = 1 + pick(3); edits > 0 && !text.empty(); --edits) {
            switch (pick(5)) {
                case 0:
                    text[pick(text.size())] = static_cast<char>(pick(256));
                    break;
                case 1:
                    text.resize(pick(text.size() + 1));
                    break;
                case 2:
                    text.insert(pick(text.size() + 1), tokens[pick(tokens.size())]);
                    break;
                case 3:
                    text.erase(pick(text.size()), 1 + pick(30));
                    break;
                default: {  // another value for some field: the likely mistake
                    const auto colon = text.find(": ", pick(text.size()));
                    if (colon == text.npos) break;
                    const auto end = text.find_first_of(",\n", colon);
                    text.replace(colon + 2, std::min(end, text.size()) - colon - 2,
                                 tokens[pick(tokens.size())]);
                }
            }
        }
        const auto problems = validateSpec(text);
        for (const Problem& problem : problems) EXPECT_FALSE(problem.message.empty()) << text;
        if (problems.empty()) {
            ++valid;
            EXPECT_EQ(parseSpec(writeSpec(parseSpec(text, "t")), "t"), parseSpec(text, "t"));
        } else {
            EXPECT_THROW(parseSpec(text, "t"), InputError);
        }
    }
    EXPECT_LT(valid, 100u);  // most damage must be noticed
}

}  // namespace
}  // namespace bitloom
