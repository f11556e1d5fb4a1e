#include "experiment/study_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "core/experiment/temporary_folder.h"
#include "experiment/study_report.h"

namespace bitloom {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

/// Three members of seconds: one trained, one quantized from it, one trained quantized.
Study tinyStudy() {
    Study study;
    study.name = "test/tiny";
    study.title = "Tiny";
    study.group = "Test";
    study.question = "Is <this> quick?";
    study.look = "Look here.";
    const nlohmann::json recipe = {
        {"dataset", {{"name", "grammar"}, {"size", 20000}}},
        {"model", {{"hidden", 8}}},
        {"training",
         {{"batch", 8}, {"window", 20}, {"steps", 4}, {"threads", 1}, {"evaluation_limit", 2}}},
        {"probes", {{"every", 2}}}};
    nlohmann::json quantized = recipe;
    quantized["quantizer"] = {{"method", "bwn"}};
    nlohmann::json afterwards = quantized;
    afterwards["training"]["steps"] = 0;
    study.quick = {{"full", "Full", "", recipe.dump(), ""},
                   {"afterwards", "Afterwards", "", afterwards.dump(), "full"},
                   {"trained", "Trained", "", quantized.dump(), ""}};
    study.paper = study.quick;
    study.quantities = {StudyQuantity::result};
    return study;
}

StudyPlan planOf(const Study& study, const fs::path& library,
                 const std::vector<std::string>& assignments = {}) {
    return planStudy(study, StudyScale::quick, assignments, library);
}

TEST(StudyRun, TrainsWhatIsMissingAndFindsItAgain) {
    TemporaryFolder folder;
    const Study study = tinyStudy();
    StudyPlan plan = planOf(study, folder.path());
    ASSERT_EQ(plan.runs.size(), 3u);
    for (const PlannedRun& run : plan.runs) EXPECT_TRUE(run.folder.empty());
    std::vector<std::size_t> trained;
    StudyHooks hooks;
    hooks.onRun = [&](std::size_t i) { trained.push_back(i); };
    EXPECT_TRUE(trainStudy(plan, hooks));
    EXPECT_EQ(trained, (std::vector<std::size_t>{0, 1, 2}));
    for (const PlannedRun& run : plan.runs) {
        EXPECT_EQ(run.status, RunStatus::finished) << run.member.key << run.problem;
        EXPECT_EQ(readSummary(run.folder).name, run.member.label);
    }
    // The quantized one only evaluated.
    const RunSummary afterwards = readSummary(plan.runs[1].folder);
    EXPECT_EQ(afterwards.step, 0);
    EXPECT_TRUE(afterwards.test.has_value());
    EXPECT_EQ(readRunSpec(plan.runs[1].folder).start.run, plan.runs[0].folder.filename().string());

    StudyPlan again = planOf(study, folder.path());
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(again.runs[i].folder, plan.runs[i].folder);
        EXPECT_TRUE(again.runs[i].done());
    }
    trained.clear();
    EXPECT_TRUE(trainStudy(again, hooks));
    EXPECT_TRUE(trained.empty());

    // A changed field asks for other runs; a title does not.
    for (const PlannedRun& run : planOf(study, folder.path(), {"training.seed=2"}).runs)
        EXPECT_TRUE(run.folder.empty());
    StudyPlan renamed = planOf(study, folder.path(), {"name=Other"});
    EXPECT_EQ(renamed.runs[2].folder, plan.runs[2].folder);
}

TEST(StudyRun, GoesOnWithARunThatWasStopped) {
    TemporaryFolder folder;
    const Study study = tinyStudy();
    StudyPlan plan = planOf(study, folder.path());
    StudyHooks hooks;
    hooks.worker = [&](std::size_t i) {
        WorkerOptions options;
        options.onReport = [&plan, i](const MetricRow& row) {
            if (row.step != 2) return;
            Control control;
            control.command = Control::Command::stop;
            writeControl(plan.runs[i].folder, control);
        };
        return options;
    };
    EXPECT_FALSE(trainStudy(plan, hooks));
    const fs::path first = plan.runs[0].folder;
    EXPECT_EQ(readSummary(first).status, RunStatus::stopped);
    StudyPlan later = planOf(study, folder.path());
    EXPECT_EQ(later.runs[0].folder, first);
    EXPECT_FALSE(later.runs[0].done());
    EXPECT_TRUE(trainStudy(later, {}));
    EXPECT_EQ(readSummary(first).status, RunStatus::finished);
}

TEST(StudyRun, AMemberWhoseStartFailedHasAProblemAndTheOthersGoOn) {
    TemporaryFolder folder;
    const Study study = tinyStudy();
    const auto text = folder.path() / "text.txt";
    std::ofstream(text) << std::string(5000, 'a') + std::string(5000, 'b');
    StudyPlan plan =
        planOf(study, folder.path(), {"dataset.name=text_file", "dataset.path=" + text.string()});
    std::filesystem::remove(text);  // between the plan and the training
    EXPECT_TRUE(trainStudy(plan, {}));
    EXPECT_THAT(plan.runs[0].problem, HasSubstr("text.txt"));
    EXPECT_THAT(plan.runs[1].problem, HasSubstr("starts from `full`"));
    EXPECT_FALSE(plan.runs[2].problem.empty());
}

TEST(StudyRun, DataThatIsNotThereIsReplacedOnlyInTheQuickScale) {
    TemporaryFolder folder;
    ::setenv("BITLOOM_DATA", folder.path().c_str(), 1);
    const Study* study = findStudy("review/lambda");
    const StudyPlan plan = planOf(*study, folder.path() / "library");
    ASSERT_EQ(plan.notes.size(), 1u);
    EXPECT_THAT(plan.notes.front(), HasSubstr("ptb_char is not installed: grammar"));
    for (const PlannedRun& run : plan.runs) EXPECT_EQ(run.spec.dataset.name, "grammar");
    EXPECT_THROW(planStudy(*study, StudyScale::paper, {}, folder.path()), InputError);
    ::unsetenv("BITLOOM_DATA");
    EXPECT_THROW(planOf(*study, folder.path(), {"training.speed=3"}), InputError);
}

TEST(StudyReport, PageAndJsonHoldQuestionRunsAndValues) {
    TemporaryFolder folder;
    const Study study = tinyStudy();
    StudyPlan plan = planOf(study, folder.path());
    ASSERT_TRUE(trainStudy(plan, {}));
    const StudyResult result =
        readStudy(plan, measureSpectralTable(paperSpectralExperiments({16}, 2), {}));
    ASSERT_EQ(result.values.size(), 3u);
    EXPECT_EQ(result.values[1].key, "afterwards");
    EXPECT_TRUE(result.values[1].measured.has_value());
    EXPECT_FALSE(result.values[1].published.has_value());
    const std::string html = studyHtml(plan, result);
    EXPECT_THAT(html, HasSubstr("Is &lt;this&gt; quick?"));
    EXPECT_THAT(html, HasSubstr("<h2 class=\"part\">Measured</h2>"));
    EXPECT_THAT(html, HasSubstr("Training loss"));
    EXPECT_THAT(html, HasSubstr("U(±1/√d)"));
    EXPECT_EQ(html.find("http"), html.npos);
    EXPECT_EQ(html.find("nan"), html.npos);
    const auto tree = nlohmann::json::parse(studyJson(plan, result));
    ASSERT_EQ(tree["members"].size(), 3u);
    EXPECT_EQ(tree["members"][1]["run"]["status"], "finished");
    EXPECT_EQ(tree["members"][1]["start"], "full");
    EXPECT_EQ(tree["values"].size(), 3u);
    EXPECT_EQ(tree["spectral"]["rows"].size(), 5u);
}

TEST(StudyReport, AnUntrainedStudyStillReports) {
    TemporaryFolder folder;
    const Study study = tinyStudy();
    const StudyPlan plan = planOf(study, folder.path());
    const StudyResult result = readStudy(plan, {});
    EXPECT_THAT(studyHtml(plan, result), HasSubstr("not trained yet"));
    EXPECT_TRUE(nlohmann::json::parse(studyJson(plan, result))["members"][0]["run"].is_null());
}

}  // namespace
}  // namespace bitloom
