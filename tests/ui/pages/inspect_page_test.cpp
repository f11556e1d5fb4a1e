#include "pages/inspect_page.h"

#include <gtest/gtest.h>

#include <QAbstractButton>
#include <QComboBox>
#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QSlider>
#include <QTreeWidget>

#include "charts/bar_chart.h"
#include "charts/curve_chart.h"
#include "charts/distribution_chart.h"
#include "charts/heat_map_chart.h"
#include "charts/histogram_chart.h"
#include "charts/profile_chart.h"
#include "pages/elided_label.h"
#include "pages/inspect_gradients.h"
#include "pages/inspect_spectra.h"
#include "pages/inspect_statistics.h"
#include "pages/inspect_weights.h"
#include "theme/segmented.h"
#include "ui/pages/probe_records.h"
#include "ui/session/fake_worker.h"

namespace bitloom::ui {
namespace {

using testing::eventually;
using testing::FakeLibrary;
using testing::writeProbes;
namespace fs = std::filesystem;

class InspectPageTest : public ::testing::Test {
protected:
    void SetUp() override { ASSERT_TRUE(workspace.open(library.folder())); }
    fs::path makeRun(const std::string& name, const std::vector<std::string>& fields = {}) {
        Spec spec = parseSpec(setSpecFields(defaultSpec(), fields), "test");
        spec.name = name;
        return createRun(library.folder(), spec);
    }
    template <class Widget>
    Widget* child(const char* name) {
        return page.findChild<Widget*>(QLatin1String(name));
    }
    bool knows(std::size_t probes) { return page.history().gradients.size() == probes; }

    Theme theme{Theme::Mode::light};
    FakeLibrary library;
    Workspace workspace;
    InspectPage page{theme, workspace};
};

TEST_F(InspectPageTest, AnEmptyLibraryOffersTheDemo) {
    EXPECT_TRUE(page.isEmptyLibrary());
    const QSignalSpy demo(&page, &InspectPage::demoRequested);
    child<QPushButton>("inspectDemo")->click();
    EXPECT_EQ(demo.size(), 1);
    makeRun("first");
    workspace.refresh();
    EXPECT_FALSE(page.isEmptyLibrary());
    EXPECT_FALSE(page.run().empty());
}

TEST_F(InspectPageTest, FollowsProbesUntilOneGoesBack) {
    const auto run = makeRun("followed", {"quantizer.method=binary_connect"});
    writeProbes(run, 1, 2);
    writeProbes(run, 50, 1.5);
    workspace.refresh();
    page.showRun(run);
    ASSERT_TRUE(eventually([&] { return knows(2); }));
    EXPECT_EQ(page.step(), 50);
    EXPECT_TRUE(page.gradients().growthWords().contains(QStringLiteral("1.5")));
    EXPECT_EQ(page.gradients().map().columns(), 2U);
    EXPECT_TRUE(
        child<ElidedLabel>("inspectWords")->words().contains(QStringLiteral("BinaryConnect")));
    writeProbes(run, 100, 1.2);
    ASSERT_TRUE(eventually([&] { return knows(3); }));
    EXPECT_EQ(page.step(), 100);
    child<QSlider>("stepSlider")->setValue(0);
    EXPECT_EQ(page.step(), 1);
    EXPECT_TRUE(page.gradients().growthWords().contains(QStringLiteral("factor of 2 ")));
    writeProbes(run, 150, 1.1);
    ASSERT_TRUE(eventually([&] { return knows(4); }));
    EXPECT_EQ(page.step(), 1);
    page.goToStep(97);
    EXPECT_EQ(page.step(), 100);
    Q_EMIT page.gradients().map().columnChosen(50);
    EXPECT_EQ(page.step(), 50);
}

TEST_F(InspectPageTest, TabsDrawTheLayerAndGateChosen) {
    const auto run = makeRun("deep", {"quantizer.method=binary_connect", "model.layers=2",
                                      "normalization.method=weight"});
    writeProbes(run, 1, 2, 2);
    writeProbes(run, 50, 2, 2);
    workspace.refresh();
    page.showRun(run);
    ASSERT_TRUE(eventually([&] { return knows(2); }));
    auto* tree = child<QTreeWidget>("inspectTree");
    ASSERT_EQ(tree->topLevelItemCount(), 2);
    ASSERT_EQ(tree->topLevelItem(1)->childCount(), 4);
    page.showTab(QStringLiteral("spectra"));
    EXPECT_EQ(page.spectra().norms().series().size(), 4U);
    EXPECT_FALSE(page.spectra().lambda().isEmpty());
    EXPECT_TRUE(page.spectra().exponentWords().contains(QStringLiteral("explode")));
    tree->setCurrentItem(tree->topLevelItem(1)->child(2));
    EXPECT_EQ(page.spectra().norms().series().size(), 1U);
    page.showTab(QStringLiteral("weights"));
    EXPECT_FALSE(page.weights().histogram().isEmpty());
    EXPECT_FALSE(page.weights().course().isEmpty());
    EXPECT_FALSE(page.weights().gains().isEmpty());
    EXPECT_TRUE(page.weights().words().contains(QStringLiteral("2 values")));
    page.showTab(QStringLiteral("statistics"));
    EXPECT_TRUE(page.statistics().saysNoBatchNorm());
    const QSignalSpy story(&page, &InspectPage::sectionRequested);
    child<QPushButton>("batchNormStory")->click();
    EXPECT_EQ(story.size(), 1);
    page.showTab(QStringLiteral("events"));
    EXPECT_EQ(page.currentTab(), QStringLiteral("events"));
}

/// Figures 2 and 3 have levels of trained networks and one curve of an untrained one.
TEST_F(InspectPageTest, PublishedLevelsStandBesideTheLastProbe) {
    const std::vector<std::string> paper{"dataset.name=ptb_char", "model.hidden=512",
                                         "quantizer.method=binary_connect"};
    auto normalized = paper;
    normalized.push_back("normalization.method=weight");
    const auto level = makeRun("level", normalized);
    const auto curve = makeRun("curve", paper);
    for (const auto& run : {level, curve}) {
        for (const int step : {1, 50, 100}) writeProbes(run, step, 2);
    }
    workspace.refresh();
    const CurveChart& profile = page.gradients().profile();
    page.showRun(level);
    ASSERT_TRUE(eventually([&] { return knows(3); }));
    EXPECT_EQ(page.step(), 100);
    ASSERT_EQ(profile.references().size(), 1U);
    EXPECT_EQ(profile.references().front().at, 0.492e-3);
    for (const int step : {1, 50}) {
        page.goToStep(step);
        EXPECT_TRUE(profile.references().empty()) << step;
    }
    page.showRun(curve);
    ASSERT_TRUE(eventually([&] { return knows(3) && page.run() == curve; }));
    page.goToStep(100);
    const std::size_t without = profile.series().size();
    page.goToStep(1);
    EXPECT_EQ(profile.series().size(), without + 1) << "the paper's line";
}

TEST_F(InspectPageTest, UnitsToChooseAreThoseOfTheSide) {
    const auto run = makeRun("units", {"normalization.method=batch_shared"});
    StatisticsRow row;
    row.step = 1;
    row.times = {0, 1};
    row.layers.resize(1);
    const UnitBand band{{0, 1}, {0, 1}, {0, 1}};
    const std::vector<std::vector<double>> both{{0, 1}, {0, 1}};
    row.layers[0].sides.push_back({"ih", band, band, band, band, {0, 5}, both, both, both, both});
    row.layers[0].sides.push_back({"hh", band, band, band, band, {2, 7}, both, both, both, both});
    fs::create_directories(run / "probes");
    std::ofstream(run / "probes" / "statistics.jsonl") << probeLine(row) << '\n';
    workspace.refresh();
    page.showRun(run);
    page.showTab(QStringLiteral("statistics"));
    ASSERT_TRUE(eventually([&] { return !page.history().statistics.empty(); }));
    const auto names = [&] {
        QStringList texts;
        for (const auto* button : child<Segmented>("whichUnit")->findChildren<QAbstractButton*>()) {
            texts << button->text();
        }
        return texts.join(QLatin1Char(' '));
    };
    EXPECT_TRUE(names().endsWith(QStringLiteral("unit 1 unit 6"))) << names().toStdString();
    child<Segmented>("whichSide")->setCurrentIndex(1);
    EXPECT_TRUE(names().endsWith(QStringLiteral("unit 3 unit 8"))) << names().toStdString();
}

TEST_F(InspectPageTest, SwitchesBetweenLossesAndStates) {
    const auto run = makeRun("switched", {"model.cell=gru"});
    writeProbes(run, 1, 2);
    workspace.refresh();
    page.showRun(run);
    ASSERT_TRUE(eventually([&] { return knows(1); }));
    auto* loss = page.gradients().findChild<Segmented*>(QStringLiteral("whichLoss"));
    loss->setCurrentIndex(1);
    EXPECT_TRUE(page.gradients().profile().title().contains(QStringLiteral("last step")));
    EXPECT_FALSE(page.gradients().profile().isEmpty());
    auto* state = page.gradients().findChild<Segmented*>(QStringLiteral("whichState"));
    state->setCurrentIndex(1);  // a GRU has none: it stays at h
    EXPECT_FALSE(page.gradients().profile().title().contains(QStringLiteral("c")) &&
                 page.gradients().profile().title().contains(QString::fromUtf8("∂cₜ")));
}

TEST_F(InspectPageTest, MeasuresACheckpointInAChild) {
    const auto run = makeRun("measured");
    workspace.refresh();
    page.showRun(run);
    auto* button = child<QPushButton>("inspectMeasure");
    ASSERT_TRUE(eventually([&] { return button->isVisibleTo(&page); }));
    library.useWorker(R"sh(echo "$@" > "$2/asked"
echo '{"step":7,"layers":[{"lyapunov":[0.5,-1]}],"records":{"bounds":{"step":7,"layers":[{"form":"plain","lambda_1":3,"tightness":[0.5],"tightness_largest":0.5}],"tightness_max":0.5}}}')sh");
    QString said;
    QObject::connect(&page, &InspectPage::said, &page, [&](const QString& words) { said = words; });
    button->click();
    ASSERT_TRUE(eventually([&] { return !page.history().bounds.empty(); }));
    EXPECT_EQ(page.step(), 7);
    EXPECT_TRUE(said.contains(QStringLiteral("step 7")));
    EXPECT_TRUE(page.gradients().tightnessWords().contains(QStringLiteral("50.0 %")));
    EXPECT_EQ(readFile(run / "asked").substr(0, 5), "probe");
    library.useWorker("echo 'bitloom-cli: there is no checkpoint yet' >&2; exit 2");
    page.showTab(QStringLiteral("spectra"));
    child<QPushButton>("wholeSpectrum")->click();
    ASSERT_TRUE(eventually([&] { return said.contains(QStringLiteral("no checkpoint yet")); }));
    EXPECT_TRUE(child<QPushButton>("wholeSpectrum")->isEnabled());
}

TEST_F(InspectPageTest, AViolatedBoundIsShownAsAnError) {
    const auto run = makeRun("broken");
    fs::create_directories(run / "probes");
    std::ofstream(run / "probes" / "bounds.jsonl")
        << R"({"step":1,"layers":[{"form":"plain","lambda_1":2,"tightness":[0.5,1.5],"tightness_largest":1.5,"violations":1}],"tightness_max":1.5})"
        << '\n';
    workspace.refresh();
    page.showRun(run);
    ASSERT_TRUE(eventually([&] { return !page.history().bounds.empty(); }));
    EXPECT_TRUE(
        page.gradients().tightnessWords().contains(QStringLiteral("error in this program")));
}

}  // namespace
}  // namespace bitloom::ui
