// Specs that are changed by assignments, and what their data and recipe then allow.

#include <gtest/gtest.h>

#include "base/error.h"
#include "experiment/catalog.h"
#include "experiment/published.h"
#include "experiment/spec.h"

namespace bitloom {
namespace {

TEST(SpecChange, WhatAFileSaysInVainIsRefused) {
    for (const char* text :
         {R"({"quantizer":{"method":"binary_connect","threshold":0.5}})",
          R"({"normalization":{"method":"weight","cell":true}})",
          R"({"normalization":{"method":"batch_separate","true_average":true}})",
          R"({"model":{"cell":"gru","init":{"forget_bias":1}}})",
          R"({"training":{"momentum":0.9}})", R"({"dataset":{"name":"grammar","unit":"word"}})"}) {
        EXPECT_EQ(setSpecFields(text, {}), text);
        EXPECT_THROW(parseSpec(setSpecFields(text, {}), "t"), InputError) << text;
        EXPECT_THROW(parseSpec(setSpecFields(text, {"training.epochs=2"}), "t"), InputError)
            << text;
    }
}

TEST(SpecChange, AnotherMethodTakesNothingOfTheRecipesOwn) {
    const auto changed = [](const char* preset, const char* field) {
        return parseSpec(setSpecFields(presetSpec(preset), {field}), "t");
    };
    const Spec layer =
        changed("paper/ptb_char/binary_connect/weight", "normalization.method=layer");
    EXPECT_EQ(layer.network.normalization.gainStart, "constant");
    EXPECT_EQ(changed("paper/ptb_word_300/binary_connect/weight", "quantizer.method=twn")
                  .training.latentScale,
              1);
    EXPECT_GT(changed("paper/ptb_word_300/binary_connect/weight", "quantizer.method=ter_connect")
                  .training.latentScale,
              30);
    EXPECT_EQ(changed("paper/sequential_mnist/binary_connect/batch_separate",
                      "normalization.method=layer")
                  .network.normalization.gain,
              parseSpec("{}", "t").network.normalization.gain);
    // As a file that names the recipe.
    EXPECT_EQ(parseSpec(R"({"preset":"paper/ptb_char/binary_connect/weight",
                            "normalization":{"method":"layer"}})",
                        "t")
                  .network.normalization.gainStart,
              "constant");
    // A width that the new method has, too, stays; what the user wrote stays in any case.
    const std::string four = R"({"quantizer":{"method":"uniform","bits":4}})";
    EXPECT_EQ(
        parseSpec(setSpecFields(four, {"quantizer.method=laq_linear"}), "t").network.quantizer.bits,
        4);
    EXPECT_EQ(parseSpec(setSpecFields(four, {"quantizer.method=binary_connect"}), "t")
                  .network.quantizer.bits,
              1);
    const std::string own = setSpecFields(presetSpec("paper/ptb_word_300/binary_connect/weight"),
                                          {"training.latent_scale=3", "quantizer.method=twn"});
    EXPECT_EQ(parseSpec(own, "t").training.latentScale, 3);
}

TEST(SpecChange, WhatHasNoEffectIsRefusedOrNoted) {
    const auto notes = [](const std::string& text) {
        EXPECT_TRUE(validateSpec(text).empty()) << text;
        std::string all;
        for (const Problem& note : specNotes(text)) all += note.field + "; ";
        return all;
    };
    // Recipes go from dataset to dataset with their windows: a note, and the record is clean.
    const std::string pixels =
        R"({"dataset":{"name":"glyphs"},"training":{"window":20,"sample_length":0}})";
    EXPECT_EQ(notes(pixels), "training.window; training.sample_length; ");
    EXPECT_EQ(parseSpec(pixels, "t").training.window, TrainingConfig{}.window);
    EXPECT_EQ(notes(R"({"dataset":{"name":"grammar"},"training":{"window":20}})"), "");
    EXPECT_EQ(notes(R"({"training":{"latent_scale":3,"clip_latent":true}})"),
              "training.clip_latent; training.latent_scale; ");
    EXPECT_EQ(notes(R"({"quantizer":{"method":"twn"},"training":{"clip_latent":true}})"), "");
    EXPECT_EQ(notes(R"({"normalization":{"method":"layer","gain":2,"gain_start":"uniform"}})"),
              "normalization.gain; ");
    EXPECT_EQ(notes(R"({"normalization":{"method":"layer","gain":2}})"), "");
    const auto refused = validateSpec(R"({"training":{"momentum":0.5}})");
    ASSERT_EQ(refused.size(), 1u);
    EXPECT_EQ(refused[0].field, "training.momentum");
}

TEST(SpecChange, ABatchMustFitIntoTheData) {
    const auto problem = [](const char* text) {
        const auto problems = validateSpec(text);
        return problems.empty() ? std::string() : problems[0].field + ": " + problems[0].message;
    };
    EXPECT_EQ(problem(R"({"dataset":{"name":"glyphs","size":10},"training":{"batch":11}})"),
              "training.batch: is more than the 10 sequences there are to train on");
    EXPECT_EQ(problem(R"({"dataset":{"name":"glyphs","size":10},"training":{"batch":10}})"), "");
    EXPECT_NE(problem(R"({"dataset":{"name":"grammar","size":1000}})").find("too few"),
              std::string::npos);
    EXPECT_EQ(problem(R"({"dataset":{"name":"grammar","size":1000},
                          "training":{"batch":9,"window":100}})"),
              "");
}

TEST(SpecChange, ARunOnAPartOfTheDataHasNoPublishedValue) {
    Spec spec = parseSpec(presetSpec("paper/text8/binary_connect/weight"), "t");
    spec.publishedData = true;
    EXPECT_NE(findPublished(parseSpec(writeSpec(spec, {"abc", "0.1", "a cpu", "now"}), "t")),
              nullptr);
    SpecRecord record{"abc", "0.1", "a cpu", "now"};
    record.datasetLabel = "text8, first 100000 bytes only, 90/5/5%";
    const std::string text = writeSpec(spec, record);
    EXPECT_EQ(readSpecRecord(text).datasetLabel, record.datasetLabel);
    const Spec part = parseSpec(text, "t");
    EXPECT_FALSE(part.publishedData);
    EXPECT_EQ(findPublished(part), nullptr);
    EXPECT_NE(specTitle(part).find("text8 (part)"), std::string::npos) << specTitle(part);
}

}  // namespace
}  // namespace bitloom
