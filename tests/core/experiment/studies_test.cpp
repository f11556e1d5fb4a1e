#include "experiment/studies.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "experiment/catalog.h"
#include "experiment/published.h"
#include "experiment/spec.h"

namespace bitloom {
namespace {

Spec specOf(const StudyMember& member) {
    nlohmann::json tree = nlohmann::json::parse(member.spec);
    if (!member.preset.empty()) tree["preset"] = member.preset;
    tree["name"] = member.label;
    if (!member.start.empty()) tree["start"] = {{"run", member.start}};
    return parseSpec(tree.dump(), member.key);
}

TEST(Studies, AllOfTheIssueAreThere) {
    for (const char* name :
         {"paper/figure1", "paper/figure2", "paper/figure3", "paper/table1", "review/lambda",
          "review/gain", "review/shared_batch_norm", "review/scaled_quantizers", "review/gru",
          "review/multilayer", "story/why_it_explodes", "paper/ptb_word_300/alternating"})
        EXPECT_NE(findStudy(name), nullptr) << name;
    EXPECT_EQ(findStudy("paper/figure9"), nullptr);
}

TEST(Studies, NamesAndKeysAreUniqueAndWordsAreThere) {
    std::set<std::string> names;
    for (const Study& study : studies()) {
        EXPECT_TRUE(names.insert(study.name).second) << study.name;
        EXPECT_EQ(findPreset(study.name), nullptr) << study.name;
        EXPECT_FALSE(study.question.empty()) << study.name;
        EXPECT_FALSE(study.look.empty()) << study.name;
        for (const StudyScale scale : {StudyScale::quick, StudyScale::paper}) {
            EXPECT_NE(study.members(scale).empty(), study.sizes(scale).empty()) << study.name;
            std::set<std::string> keys;
            for (const StudyMember& member : study.members(scale)) {
                EXPECT_TRUE(member.start.empty() || keys.contains(member.start))
                    << study.name << " " << member.key << " starts from a later member";
                EXPECT_TRUE(keys.insert(member.key).second) << study.name << " " << member.key;
                EXPECT_TRUE(member.preset.empty() || findPreset(member.preset)) << member.preset;
            }
        }
    }
}

TEST(Studies, EveryMemberIsASpecThatRuns) {
    for (const Study& study : studies())
        for (const StudyScale scale : {StudyScale::quick, StudyScale::paper})
            for (const StudyMember& member : study.members(scale)) {
                SCOPED_TRACE(study.name + " " + member.key);
                Spec spec;
                ASSERT_NO_THROW(spec = specOf(member));
                EXPECT_EQ(spec.name, member.label);
                if (scale == StudyScale::quick) {
                    ASSERT_TRUE(spec.training.steps.has_value());
                    EXPECT_LE(*spec.training.steps, 600);
                }
                EXPECT_EQ(spec.start.run, member.start);
            }
}

/// The figures are of the paper's own network at both scales, so that numbers compare.
TEST(Studies, FiguresAreOfThePapersNetwork) {
    const struct {
        const char* name;
        int hidden;
        const char* dataset;
    } cases[] = {{"paper/figure1", 512, "ptb_char"},
                 {"paper/figure2", 512, "ptb_char"},
                 {"paper/figure3", 300, "ptb_word"}};
    for (const auto& [name, hidden, dataset] : cases)
        for (const StudyScale scale : {StudyScale::quick, StudyScale::paper}) {
            const auto& members = findStudy(name)->members(scale);
            ASSERT_EQ(members.size(), 4u);
            for (const StudyMember& member : members) {
                const Spec spec = specOf(member);
                EXPECT_EQ(spec.network.hidden, hidden);
                EXPECT_EQ(spec.dataset.name, dataset);
                EXPECT_GT(spec.probes.every, 0);
            }
        }
}

TEST(Studies, AlternatingRowsAreQuantizedAfterwards) {
    int rows = 0;
    for (const StudyMember& member :
         findStudy("paper/ptb_word_300/alternating")->members(StudyScale::paper)) {
        const Spec spec = specOf(member);
        const PublishedResult* row = findPublished(spec);
        EXPECT_EQ(row != nullptr && row->postTraining(), member.start == "full") << member.key;
        rows += row && row->postTraining() ? 1 : 0;
        EXPECT_EQ(spec.training.steps == 0, member.start == "full");
    }
    EXPECT_EQ(rows, 3);
}

/// Words with unscaled quantizers step their latent weights 2 sqrt(H) times as far.
TEST(Studies, MembersTakeThePapersOwnRecipeWhereThereIsOne) {
    for (const StudyMember& member : findStudy("paper/figure3")->members(StudyScale::paper)) {
        const Spec spec = specOf(member);
        EXPECT_EQ(spec.training.latentScale > 1, !spec.network.quantizer.method.empty())
            << member.key;
        EXPECT_EQ(spec.network.normalization.gainStart == "independent",
                  spec.network.normalization.method == "weight");
    }
}

}  // namespace
}  // namespace bitloom
