#include "experiment/study_findings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace bitloom {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr double k_nan = std::numeric_limits<double>::quiet_NaN();

/// What one layer measured before training and at the last probe.
struct Layer {
    double growth[2];
    double lambda[2];
    double exponent[2];
};

ComparedRun runOf(const std::string& name, const std::string& quantizer,
                  const std::string& normalization, const std::vector<Layer>& layers,
                  std::optional<double> test = std::nullopt) {
    ComparedRun run;
    run.run.id = name;
    run.run.summary.name = name;
    run.run.summary.metric = "bits_per_character";
    run.run.summary.status = RunStatus::finished;
    run.run.summary.test = test;
    run.spec.network.layers = static_cast<int>(layers.size());
    run.spec.network.quantizer.method = quantizer;
    run.spec.network.normalization.method = normalization;
    for (const int i : {0, 1}) {
        const std::int64_t step = i == 0 ? 1 : 100;
        GradientRow gradients;
        BoundRow bounds;
        LyapunovRow lyapunov;
        gradients.step = bounds.step = lyapunov.step = step;
        for (const Layer& layer : layers) {
            LayerGradients profile;
            profile.hidden.median = {1, 2, 3};
            profile.hidden.medianGrowth.rate = layer.growth[i];
            gradients.total.push_back(profile);
            gradients.last.push_back(profile);
            LayerBound bound;
            bound.lambda1 = layer.lambda[i];
            bound.frozen1 = k_nan;
            bound.tightnessLargest = 0.01 * layer.growth[i];
            bounds.layers.push_back(bound);
            LayerLyapunov exponents;
            exponents.exponents = {layer.exponent[i], -1};
            lyapunov.layers.push_back(exponents);
        }
        run.gradients.push_back(gradients);
        run.probes.bounds.push_back(bounds);
        run.probes.lyapunov.push_back(lyapunov);
    }
    return run;
}

struct Compared {
    std::vector<ComparedRun> runs;
    std::vector<StudyRun> list;
    explicit Compared(std::vector<ComparedRun> all) : runs(std::move(all)) {
        for (const ComparedRun& run : runs) list.push_back({run.run.summary.name, &run});
    }
};

Study studyOf(const std::vector<StudyQuantity>& quantities) {
    Study study;
    study.quantities = quantities;
    return study;
}

TEST(LayerFigures, HoldEveryLayerAtTheStartAndTheEnd) {
    const Compared compared(
        {runOf("Deep", "binary_connect", "none",
               {{{2.5, k_nan}, {40, 50}, {0.9, 0.4}}, {{1.5, 1.01}, {30, 20}, {0.3, -0.2}}})});
    const auto rows = layerFigures(compared.list);
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(rows[0].layer, 1);
    EXPECT_EQ(rows[1].layers, 2);
    EXPECT_EQ(rows[0].start.step, 1);
    EXPECT_EQ(rows[0].end.step, 100);
    EXPECT_EQ(rows[0].start.growth, 2.5);
    EXPECT_TRUE(std::isnan(rows[0].end.growth));
    EXPECT_EQ(rows[1].end.lambda1, 20);
    EXPECT_EQ(rows[1].end.exponent, -0.2);
    const std::string html = layerTableHtml(rows);
    EXPECT_THAT(html, HasSubstr("rowspan=\"2\">Deep</td>"));
    EXPECT_THAT(html, HasSubstr("<td>2.5</td>"));
    EXPECT_THAT(html, HasSubstr("<td class=\"m\">–</td>")) << "what is no number is not shown";
    EXPECT_EQ(layerTableHtml({}), "");
}

TEST(LayerFigures, ASquaredBoundComparesByItsRoot) {
    ComparedRun run =
        runOf("Batch", "binary_connect", "batch_shared", {{{1, 1}, {9, 16}, {-1, -1}}});
    for (BoundRow& row : run.probes.bounds) row.layers.front().squared = true;
    const Compared compared({run});
    const auto rows = layerFigures(compared.list);
    EXPECT_EQ(rows[0].start.lambda1, 3);
    EXPECT_EQ(rows[0].end.lambda1, 4);
    // Everywhere it stands beside others, not only in the table.
    const auto values = studyValues(studyOf({StudyQuantity::lambda1}), compared.list);
    ASSERT_EQ(values.size(), 2u);
    EXPECT_EQ(values[0].measured, 3);
    EXPECT_EQ(values[1].measured, 4);
    run.probes.bounds.back().layers.front().frozen1 = 25;
    const Compared held({run});
    const auto words = studyFindings(studyOf({StudyQuantity::lambda1}), held.list, {});
    ASSERT_EQ(words.size(), 1u);
    EXPECT_THAT(words[0], HasSubstr("Batch 5 instead of 4"));
}

/// A run that goes on from another's weights has no moment before training.
TEST(StudyFindings, BeforeTrainingIsSaidOfDrawnWeightsOnly) {
    const Layer layer{{2.0, 1.5}, {30, 20}, {0.4, 0.2}};
    const auto quantities =
        studyOf({StudyQuantity::gradientGrowth, StudyQuantity::lambda1, StudyQuantity::layers});
    ComparedRun run = runOf("Signs", "binary_connect", "none", {layer, layer});
    const auto said = [&] {
        const Compared compared({run});
        std::string all = layerTableHtml(layerFigures(compared.list));
        for (const std::string& words : studyFindings(quantities, compared.list, {}))
            all += words + "\n";
        return all;
    };
    EXPECT_THAT(said(), HasSubstr(">Before training</th>"));
    EXPECT_THAT(said(), HasSubstr("The bound λ₁ before training:"));
    run.spec.start.run = "another";
    EXPECT_THAT(said(), Not(HasSubstr("efore training")));
    EXPECT_THAT(said(), HasSubstr("The gradient a step back, at the first probe:"));
    EXPECT_THAT(said(), HasSubstr(">At the first probe</th>"));
    run.spec.start.run.clear();
    run.probes.bounds.front().step = run.probes.lyapunov.front().step = 10;
    EXPECT_THAT(said(), Not(HasSubstr("efore training"))) << "ten steps of it";
}

TEST(StudyFindings, SayWhicheverWayTheFiguresComeOut) {
    const Layer explodes{{2.6, 2.0}, {167, 160}, {0.9, 0.5}};
    const Layer level{{1.0, 1.02}, {1.75, 3}, {-0.4, -0.3}};
    const Layer fades{{0.7, 0.8}, {0.9, 0.8}, {-0.5, -0.2}};
    const Compared compared({runOf("Full precision", "", "none", {level}, 2.0),
                             runOf("Signs", "binary_connect", "none", {explodes}, 3.9),
                             runOf("Normalized", "binary_connect", "layer", {fades}, 2.05)});
    const auto words = studyFindings(studyOf({StudyQuantity::result, StudyQuantity::gradientMedian,
                                              StudyQuantity::gradientGrowth, StudyQuantity::lambda1,
                                              StudyQuantity::tightness, StudyQuantity::lyapunov}),
                                     compared.list, {});
    ASSERT_EQ(words.size(), 5u) << "growth is said once";
    EXPECT_THAT(words[0], HasSubstr("Full precision ends at 2 in the test"));
    EXPECT_THAT(words[0], HasSubstr("or better: Normalized (2.05)"));
    EXPECT_THAT(words[0], HasSubstr("Worse: Signs (3.9)"));
    EXPECT_THAT(words[1], HasSubstr("it grows with Signs (×2.6); it stays within 5% a step with "
                                    "Full precision (×1); it fades with Normalized (×0.7)."));
    EXPECT_THAT(words[2], HasSubstr("the least is Normalized (0.9), the greatest Signs (167); "
                                    "above 1 in 2 of 3 networks"));
    EXPECT_THAT(words[3], HasSubstr("nearest its bound with Signs (0.02)"));
    EXPECT_THAT(words[3], HasSubstr("no probe found it above"));
    EXPECT_THAT(words[4], HasSubstr("above zero, so gradients grow without limit, with Signs"));
    EXPECT_THAT(words[4], HasSubstr("in 2 of 3 layers")) << "level grew a little, its sign is -";

    // The same study with another outcome says the other thing.
    const Compared calm({runOf("Full precision", "", "none", {level}, 2.0),
                         runOf("Signs", "binary_connect", "none", {level}, 1.9)});
    const auto other = studyFindings(
        studyOf({StudyQuantity::result, StudyQuantity::gradientGrowth, StudyQuantity::lyapunov}),
        calm.list, {});
    ASSERT_EQ(other.size(), 3u);
    EXPECT_THAT(other[0], Not(HasSubstr("Worse")));
    EXPECT_THAT(other[1], Not(HasSubstr("it grows")));
    EXPECT_THAT(other[2], Not(HasSubstr("without limit")));
}

TEST(StudyFindings, ABrokenBoundIsAnErrorInTheProgram) {
    ComparedRun run = runOf("Signs", "binary_connect", "none", {{{2, 2}, {3, 3}, {1, 1}}});
    run.probes.bounds.back().layers.front().violations = 4;
    const Compared compared({run});
    const auto words = studyFindings(studyOf({StudyQuantity::tightness}), compared.list, {});
    ASSERT_EQ(words.size(), 1u);
    EXPECT_THAT(words[0], HasSubstr("4 places are above it, which is an error in this program"));
}

TEST(StudyFindings, LayersAreCountedByQuantizerAndNormalization) {
    const Layer fast{{2.6, k_nan}, {167, 160}, {0.9, 0.5}};
    const Layer slow{{1.4, 1.3}, {30, 30}, {0.2, 0.1}};
    const Layer level{{1.0, 1.0}, {2, 2}, {-0.1, -0.1}};
    const Compared compared({runOf("Signs 2", "binary_connect", "none", {fast, slow}),
                             runOf("Signs 3", "binary_connect", "none", {slow, fast, level}),
                             runOf("Layer 2", "binary_connect", "layer", {level, level})});
    const auto words = studyFindings(studyOf({StudyQuantity::layers}), compared.list, {});
    ASSERT_EQ(words.size(), 2u);
    EXPECT_THAT(words[0], HasSubstr("without normalization: before training the gradient grows "
                                    "more than 5% a step back in 4 of 5 layers"));
    EXPECT_THAT(words[0], HasSubstr("(2 held no number any more)"));
    EXPECT_THAT(words[0], HasSubstr("fastest in the lowest layer in 1 of 2 networks"));
    EXPECT_THAT(words[1], HasSubstr("in 0 of 2 layers"));
    const Compared shallow({runOf("Signs", "binary_connect", "none", {fast})});
    EXPECT_TRUE(studyFindings(studyOf({StudyQuantity::layers}), shallow.list, {}).empty());
}

TEST(StudyFindings, TrainingHasWorkedOnlyWellAboveGuessing) {
    EXPECT_THAT(statisticsVerdict(0.1, 0.125, 0.1), Not(HasSubstr("worked")));
    EXPECT_THAT(statisticsVerdict(0.1, 0.125, 0.1), HasSubstr("Neither shows"));
    EXPECT_THAT(statisticsVerdict(0.1, 0.25, 0.1), HasSubstr("training has worked"));
    EXPECT_THAT(statisticsVerdict(0.1, 0.25, 0.1), HasSubstr("Guessing gives 10.0 %."));
    EXPECT_THAT(statisticsVerdict(0.1, 0.1, 0.1), HasSubstr("The two agree. Neither shows"));
    EXPECT_THAT(statisticsVerdict(0.5, 0.9, 0.5), HasSubstr("training has worked"))
        << "of two classes nothing is twice as good as guessing";
    EXPECT_EQ(statisticsVerdict(0.9, 0.8, 0.1),
              "The running statistics do better than the batch's own.");
}

TEST(StudyFindings, FourAccuraciesSideBySide) {
    ComparedRun run = runOf("Shared", "binary_connect", "batch_shared", {}, 0.2);
    run.spec.network.outputs = 10;
    RunSummary& summary = run.run.summary;
    summary.metric = "accuracy";
    summary.testBatchStatistics = 0.48;
    summary.testPerStep = 0.47;
    summary.testTrueAverage = 0.19;
    const Compared compared({run});
    auto words = statisticsFindings(compared.list);
    ASSERT_EQ(words.size(), 1u);
    EXPECT_THAT(words[0], HasSubstr("the running statistics cost 28.0 percentage points"));
    EXPECT_THAT(words[0], HasSubstr("An average for each step gives 47.0 %, as good"));
    EXPECT_THAT(words[0],
                HasSubstr("One average over all steps gives 19.0 %, no better than the running"));
    summary.test = 0.48;
    summary.testTrueAverage = 0.3;
    const Compared agreeing({run});
    words = statisticsFindings(agreeing.list);
    EXPECT_THAT(words[0], HasSubstr("The two agree."));
    EXPECT_THAT(words[0], HasSubstr("worse than the running statistics"));
    EXPECT_THAT(words[0], Not(HasSubstr("cost")));
}

}  // namespace
}  // namespace bitloom
