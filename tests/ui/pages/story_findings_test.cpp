#include "pages/story_findings.h"

#include <gtest/gtest.h>

#include "ui/pages/probe_records.h"

namespace bitloom::ui {
namespace {

class StoryFindingsTest : public ::testing::Test {
protected:
    static ProbedRun runOf(const char* name, double loss, RunStatus status) {
        ProbedRun run;
        run.run.name = QString::fromUtf8(name);
        for (const auto& [step, value] : {std::pair{1, 4.0}, std::pair{250, loss}}) {
            MetricRow row;
            row.kind = MetricRow::Kind::train;
            row.step = step;
            row.loss = value;
            run.train.push_back(row);
        }
        GradientRow gradients;
        gradients.step = 1;
        gradients.last.push_back({testing::profile(2, 20), {}});
        run.history.gradients.push_back(gradients);
        BoundRow bounds;
        bounds.step = 1;
        LayerBound bound;
        bound.lambda1 = 81;
        bound.lambda2 = 64;
        bound.frozen1 = 9;
        bound.tightnessLargest = 0.1;
        bound.compared = 100;
        bound.leftOut = 0;
        bounds.layers.push_back(bound);
        run.history.bounds.push_back(bounds);
        run.spec.emplace();
        run.summary.emplace();
        run.summary->status = status;
        run.dataset.emplace();
        run.dataset->metric = "accuracy";
        return run;
    }
    using Findings = QStringList (*)(const StoryRuns&);
    std::string said(Findings findings) {
        return findings({{"full", &full}, {"binary_connect", &binary}})
            .join(QLatin1Char('\n'))
            .toStdString();
    }
    bool says(Findings findings, const char* words) {
        return said(findings).find(words) != std::string::npos;
    }

    ProbedRun full = runOf("Full precision", 2, RunStatus::finished);
    ProbedRun binary = runOf("Signs", 3, RunStatus::finished);
};

TEST_F(StoryFindingsTest, TheLastValidationIsNotHiddenByTheTest) {
    for (const auto& [kind, step, value] : {std::tuple{MetricRow::Kind::valid, 100, 0.5},
                                            std::tuple{MetricRow::Kind::valid, 250, 0.75},
                                            std::tuple{MetricRow::Kind::test, 250, 0.25}}) {
        MetricRow row;
        row.kind = kind;
        row.step = step;
        row.value = value;
        full.evaluations.push_back(row);
    }
    EXPECT_TRUE(says(findings::training, "Validation at step 250: 75")) << said(findings::training);
}

TEST_F(StoryFindingsTest, ARunEndsOnlyWhenItsTrainingHas) {
    EXPECT_TRUE(says(findings::explosion, "It ends 1 nats above full precision"))
        << said(findings::explosion);
    binary.summary->status = RunStatus::running;
    EXPECT_FALSE(says(findings::explosion, "It ends"));
    EXPECT_TRUE(says(findings::explosion, "At step 250 it stands 1 nats above full precision"));
}

TEST_F(StoryFindingsTest, BeforeTrainingIsSaidOfDrawnWeights) {
    EXPECT_TRUE(says(findings::compareEach, "Signs, before training:"));
    binary.spec->start.run = "another";
    EXPECT_FALSE(says(findings::compareEach, "Signs, before training:"));
    binary.history.gradients.front().step = 50;
    EXPECT_TRUE(says(findings::compareEach, "Signs, at step 50:")) << said(findings::compareEach);
}

TEST_F(StoryFindingsTest, SquaredBoundsAreSaidByTheirRoot) {
    EXPECT_TRUE(says(findings::gains, "Signs: λ₁ went from 81 to 81"));
    binary.history.bounds.front().layers.front().squared = true;
    EXPECT_TRUE(says(findings::gains, "Signs: λ₁ went from 9 to 9")) << said(findings::gains);
    EXPECT_TRUE(says(findings::gains, "start it would be 3, so they make ×3 of it"));
    EXPECT_TRUE(says(findings::floor, "λ₁ = 9 times |∂L/∂hₜ| and λ₂ = 8 times"))
        << said(findings::floor);
}

TEST_F(StoryFindingsTest, TheBoundHoldsEverywhereOnlyIfItWasComparedThere) {
    EXPECT_TRUE(says(findings::bound, "holds everywhere in all runs"));
    binary.history.bounds.front().layers.front().leftOut = 7;
    EXPECT_FALSE(says(findings::bound, "everywhere"));
    EXPECT_TRUE(says(findings::bound, "wherever a gradient can be held")) << said(findings::bound);
}

}  // namespace
}  // namespace bitloom::ui
