#include "pages/design_panel.h"

#include <gtest/gtest.h>

#include <QCheckBox>
#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>

#include "ui/session/fake_worker.h"

namespace bitloom::ui {
namespace {

using testing::eventually;

class DesignPanelTest : public ::testing::Test {
protected:
    void choose(const std::string& key, const QJsonValue& value) {
        panel.form().editor(key)->setValue(value);
        Q_EMIT panel.form().editor(key)->edited();
    }
    QPushButton* start() { return panel.findChild<QPushButton*>(QStringLiteral("start")); }
    QString words(const char* name) {
        return panel.findChild<QLabel*>(QLatin1String(name))->text();
    }

    Theme theme{Theme::Mode::light};
    DesignPanel panel{theme};
};

TEST_F(DesignPanelTest, ShowsTheSizeBeforeTraining) {
    ASSERT_TRUE(eventually([&] { return panel.canStart(); }));
    EXPECT_TRUE(words("size").contains(QStringLiteral("KB (paper)")));
    EXPECT_TRUE(words("sizeSplit").contains(QStringLiteral("weights")));
    EXPECT_TRUE(words("trainingMemory").startsWith(QStringLiteral("training memory about ")));
    EXPECT_TRUE(words("trainingMemory").endsWith(QStringLiteral("MB")));
}

TEST_F(DesignPanelTest, ATrainingThatDoesNotFitTheMachineIsNotStarted) {
    ASSERT_TRUE(eventually([&] { return panel.canStart(); }));
    choose("model.hidden", 16384);
    choose("model.layers", 4);  // more than any machine is trusted with
    ASSERT_TRUE(eventually([&] { return !start()->isEnabled(); }));
    EXPECT_TRUE(words("startProblem").contains(QStringLiteral("training needs about ")) ||
                words("startProblem").contains(QStringLiteral("training would need about ")));
    EXPECT_TRUE(words("startProblem").contains(QStringLiteral("GB")));
}

TEST_F(DesignPanelTest, AnImpossibleCombinationGivesItsReasonAndDisablesStart) {
    ASSERT_TRUE(eventually([&] { return panel.canStart(); }));
    choose("model.tied", true);  // tied needs embedding = hidden, and there is no embedding
    ASSERT_TRUE(eventually([&] { return !start()->isEnabled(); }));
    EXPECT_FALSE(words("startProblem").isEmpty());
    EXPECT_FALSE(start()->toolTip().isEmpty());
    choose("model.tied", false);
    ASSERT_TRUE(eventually([&] { return start()->isEnabled(); }));
    EXPECT_TRUE(words("startProblem").isEmpty());
}

TEST_F(DesignPanelTest, AStartDuringTheCheckWaitsForIt) {
    int asked = 0;
    QObject::connect(&panel, &DesignPanel::startRequested, &panel, [&] { ++asked; });
    choose("model.hidden", 64);
    panel.start();
    EXPECT_EQ(asked, 0);
    EXPECT_TRUE(eventually([&] { return asked == 1; }));
}

TEST_F(DesignPanelTest, NumbersSeedsAndAddsTwins) {
    Spec spec = parseSpec(presetSpec("demo/binary_connect"), "the test");
    spec.training.seed = 5;
    const auto runs = DesignPanel::series(spec, 3, true);
    ASSERT_EQ(runs.size(), 6u);
    for (std::size_t i = 0; i < 6; ++i) {
        EXPECT_EQ(runs[i].training.seed, 5 + i / 2);
        EXPECT_EQ(runs[i].network.quantizer.method.empty(), i % 2 == 1);
        EXPECT_FALSE(runs[i].name.empty());
        EXPECT_TRUE(validateSpec(writeSpec(runs[i])).empty());
        for (std::size_t j = 0; j < i; ++j) EXPECT_NE(runs[i].name, runs[j].name);
    }
    spec.network.quantizer = {};
    EXPECT_EQ(DesignPanel::series(spec, 1, true).size(), 1u);  // it is its own twin
}

TEST_F(DesignPanelTest, ARunInFullPrecisionHasNoTwin) {
    auto* twin = panel.findChild<QCheckBox*>(QStringLiteral("twin"));
    ASSERT_TRUE(twin);
    choose("quantizer.method", QStringLiteral("twn"));
    EXPECT_TRUE(eventually([&] { return panel.canStart() && twin->isEnabled(); }));
    choose("quantizer.method", QJsonValue());
    EXPECT_TRUE(eventually([&] { return panel.canStart() && !twin->isEnabled(); }));
}

TEST_F(DesignPanelTest, KeepsItsWidth) {
    panel.setPreset(QStringLiteral("demo/binary_connect_layer"));
    choose("name", QString(2000, QLatin1Char('W')));
    EXPECT_TRUE(eventually([&] { return panel.canStart(); }));
    EXPECT_EQ(panel.minimumWidth(), 380);
    EXPECT_EQ(panel.maximumWidth(), 380);
}

}  // namespace
}  // namespace bitloom::ui
