#include "experiment/probe_answer.h"

#include <gtest/gtest.h>

#include "experiment/probe_writer.h"

namespace bitloom {
namespace {

GradientRow gradients(std::int64_t step, double value) {
    GradientRow row;
    row.step = step;
    row.hidden = {{value, value}};
    row.total.resize(1);
    row.total[0].hidden.batch = row.hidden[0];
    return row;
}

TEST(ProbeAnswer, ReadsTheRecordsOfAProbedCheckpoint) {
    LyapunovRow exponents;
    exponents.step = 600;
    exponents.layers.resize(1);
    exponents.layers[0].exponents = {0.5, -1};
    const std::string text = R"({"step":600,"at":"last","layers":[{"lyapunov":[0.5]}],"records":{)"
                             R"("state_gradients":)" +
                             probeLine(gradients(600, 3)) + R"(,"lyapunov":)" +
                             probeLine(exponents) + "}}";
    const auto answer = parseProbeAnswer(text);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->step, 600);
    ASSERT_EQ(answer->rows.gradients.size(), 1U);
    EXPECT_EQ(answer->rows.gradients[0].total[0].hidden.batch, (std::vector<double>{3, 3}));
    ASSERT_EQ(answer->spectrum.layers.size(), 1U);
    EXPECT_EQ(answer->spectrum.layers[0].exponents, (std::vector<double>{0.5, -1}));
}

TEST(ProbeAnswer, ReadsTheValuesUnderEveryKindOfStatistics) {
    const auto answer = parseProbeAnswer(
        R"({"step":7,"evaluation":{"metric":"accuracy","running":0.2,"batch":0.5,"per_step":0.45,)"
        R"("all_steps":null}})");
    ASSERT_TRUE(answer && answer->evaluation);
    EXPECT_EQ(answer->evaluation->kind, MetricRow::Kind::test);
    EXPECT_EQ(answer->evaluation->step, 7);
    EXPECT_EQ(answer->evaluation->value, 0.2);
    EXPECT_EQ(answer->evaluation->batchStatistics, 0.5);
    EXPECT_EQ(answer->evaluation->perStep, 0.45);
    EXPECT_FALSE(answer->evaluation->trueAverage);
    EXPECT_FALSE(parseProbeAnswer(R"({"step":7})")->evaluation);
}

TEST(ProbeAnswer, MakesDoWithTheExponentsAlone) {
    const auto answer = parseProbeAnswer(R"({"step":5,"layers":[{"lyapunov":[0.25,-0.5]}]})");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->spectrum.layers[0].exponents, (std::vector<double>{0.25, -0.5}));
    EXPECT_TRUE(answer->rows.gradients.empty());
    for (const char* bad : {"", "[]", "nonsense", R"({"layers":[]})"}) {
        EXPECT_FALSE(parseProbeAnswer(bad)) << bad;
    }
}

}  // namespace
}  // namespace bitloom
