#include "models/probe_history.h"

#include <gtest/gtest.h>

#include <cmath>

#include "models/spec_words.h"

namespace bitloom::ui {
namespace {

GradientRow gradients(std::int64_t step, double value) {
    GradientRow row;
    row.step = step;
    row.hidden = {{value, value}};
    row.total.resize(1);
    row.total[0].hidden.batch = row.hidden[0];
    return row;
}

TEST(ProbeHistory, KeepsRowsInOrderAndOneAStep) {
    ProbeHistory history;
    EXPECT_TRUE(history.empty());
    RunTail::News news;
    news.gradients = {gradients(50, 1), gradients(1, 2)};
    news.probes.lyapunov.resize(1);
    news.probes.lyapunov[0].step = 20;
    EXPECT_TRUE(history.add(news));
    EXPECT_EQ(history.steps(), (std::vector<std::int64_t>{1, 20, 50}));
    RunTail::News again;
    again.gradients = {gradients(50, 7)};
    EXPECT_TRUE(history.add(again));
    ASSERT_EQ(history.gradients.size(), 2U);
    EXPECT_EQ(history.gradients.back().hidden[0][0], 7);
    EXPECT_FALSE(history.add({}));
    again.restarted = true;
    EXPECT_TRUE(history.add(again));
    EXPECT_EQ(history.steps(), (std::vector<std::int64_t>{50}));
}

TEST(ProbeHistory, LooksUpTheLastRowBefore) {
    ProbeHistory history;
    RunTail::News news;
    news.gradients = {gradients(1, 1), gradients(50, 2)};
    history.add(news);
    EXPECT_EQ(ProbeHistory::at(history.gradients, 0), nullptr);
    EXPECT_EQ(ProbeHistory::at(history.gradients, 49)->step, 1);
    EXPECT_EQ(ProbeHistory::at(history.gradients, 1000)->step, 50);
    EXPECT_EQ(history.layers(), 1);
    const GradientRow* row = &history.gradients.front();
    EXPECT_NE(profileOf(row, 0, false, false), nullptr);
    EXPECT_EQ(profileOf(row, 0, true, false), nullptr);  // no last step's loss
    EXPECT_EQ(profileOf(row, 1, false, false), nullptr);
    EXPECT_EQ(profileOf(nullptr, 0, false, false), nullptr);
    EXPECT_TRUE(std::isnan(valueOf({1, 2}, 2)));
    EXPECT_EQ(gateNames(Cell::gru), (std::vector<std::string>{"r", "z", "n"}));
}

TEST(SpecWords, SayWhatItIs) {
    const Spec spec =
        parseSpec(setSpecFields(defaultSpec(), {"quantizer.method=binary_connect",
                                                "normalization.method=weight", "model.layers=2"}),
                  "test");
    const QString words = specWords(spec);
    for (const char* part : {"BinaryConnect, 1 bit", "LSTM 2 ×", "Grammar", "seed 1"}) {
        EXPECT_TRUE(words.contains(QString::fromUtf8(part))) << part << " " << words.toStdString();
    }
    EXPECT_TRUE(
        specWords(parseSpec(defaultSpec(), "test")).contains(QStringLiteral("no normalization")));
}

}  // namespace
}  // namespace bitloom::ui
