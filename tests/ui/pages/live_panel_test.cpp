#include "pages/live_panel.h"

#include <gtest/gtest.h>

#include <QInputDialog>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QSignalSpy>
#include <cmath>
#include <fstream>

#include "charts/curve_chart.h"
#include "charts/profile_chart.h"
#include "pages/elided_label.h"
#include "pages/live_charts.h"
#include "theme/segmented.h"
#include "ui/pages/probe_records.h"
#include "ui/session/fake_worker.h"

namespace bitloom::ui {
namespace {

using testing::eventually;
using testing::FakeLibrary;

class LivePanelTest : public ::testing::Test {
protected:
    void SetUp() override { queue.openLibrary(library.folder(), {}); }
    QPushButton* button(const char* name) {
        return panel.findChild<QPushButton*>(QLatin1String(name));
    }
    QString words(const char* name) {
        return panel.findChild<QLabel*>(QLatin1String(name))->text();
    }
    bool has(RunStatus status) { return panel.summary() && panel.summary()->status == status; }

    Theme theme{Theme::Mode::light};
    FakeLibrary library;
    RunQueue queue;
    LivePanel panel{theme, queue};
};

TEST_F(LivePanelTest, FollowsAWorkerAndSteersIt) {
    library.useWorker(R"sh(
printf '{"time":"2026-11-23T21:41:00Z","event":"started","step":0,"details":{},"text":"started"}\n' >> "$run/events.jsonl"
summary running 0
step=0
while ! wants stop; do
    if wants pause; then summary paused $step; sleep 0.05; continue; fi
    step=$((step + 1))
    train $step 2.5
    summary running $step
    sleep 0.05
done
summary stopped $step
)sh");
    const auto run = library.makeRun("live");
    queue.add(run);
    panel.show(run);
    ASSERT_TRUE(eventually([&] {
        return has(RunStatus::running) && panel.charts().gradientChart().series().size() == 1 &&
               panel.charts().gradientChart().size(
                   panel.charts().gradientChart().series().front()) > 3;
    }));
    EXPECT_TRUE(button("pause")->isEnabled());
    EXPECT_FALSE(button("resume")->isEnabled());
    const auto* progress = panel.findChild<ElidedLabel*>(QStringLiteral("progress"));
    EXPECT_TRUE(progress->words().contains(QStringLiteral("now 18.2 k tok/s")))
        << progress->words().toStdString();
    auto* rate = panel.findChild<QLineEdit*>(QStringLiteral("learningRate"));
    EXPECT_EQ(rate->placeholderText(), QStringLiteral("0.002"));
    panel.pauseOrContinue();
    ASSERT_TRUE(eventually([&] { return has(RunStatus::paused); }));
    EXPECT_EQ(button("pause")->text(), QStringLiteral("Continue"));
    panel.changeLearningRate(QStringLiteral("0.0005"));
    EXPECT_EQ(readControl(run).learningRate, 0.0005);
    const QSignalSpy said(&panel, &LivePanel::said);
    panel.changeLearningRate(QStringLiteral("fast"));
    EXPECT_EQ(said.size(), 1);
    EXPECT_EQ(readControl(run).learningRate, 0.0005);
    panel.pauseOrContinue();
    ASSERT_TRUE(eventually([&] { return has(RunStatus::running); }));
    panel.stop();
    ASSERT_TRUE(eventually([&] { return has(RunStatus::stopped) && queue.items().empty(); }));
    EXPECT_TRUE(progress->words().contains(QStringLiteral("18.2 k tok/s on average")))
        << "ended, it shows what the page Compare does";
    EXPECT_TRUE(button("resume")->isEnabled());
    EXPECT_FALSE(button("pause")->isEnabled());
    library.useWorker(testing::quick);
    panel.resume();
    ASSERT_TRUE(eventually([&] { return has(RunStatus::finished); }));
    EXPECT_EQ(readControl(run).command, Control::Command::run);
}

TEST_F(LivePanelTest, ExtendDialogGivesAFinishedRunMoreEpochs) {
    library.useWorker(testing::quick);
    const auto run = library.makeRun("short");
    queue.add(run);
    panel.show(run);
    ASSERT_TRUE(eventually([&] { return has(RunStatus::finished) && queue.items().empty(); }));
    const auto dialog = [&] {
        return panel.findChild<QInputDialog*>(QStringLiteral("extendDialog"));
    };
    button("extend")->click();
    ASSERT_NE(dialog(), nullptr);
    EXPECT_TRUE(dialog()->labelText().contains(QStringLiteral("Epochs in all (now 2)")));
    EXPECT_EQ(dialog()->intValue(), 4);
    dialog()->reject();
    EXPECT_FALSE(readControl(run).epochs.has_value());
    EXPECT_TRUE(queue.items().empty());
    ASSERT_TRUE(eventually([&] { return dialog() == nullptr; }));
    library.useWorker(testing::untilStopped);
    button("extend")->click();
    ASSERT_NE(dialog(), nullptr);
    dialog()->setIntValue(5);
    dialog()->accept();
    EXPECT_EQ(readControl(run).epochs, 5);
    ASSERT_TRUE(eventually([&] { return has(RunStatus::running); }));
    panel.stop();
    ASSERT_TRUE(eventually([&] { return has(RunStatus::stopped) && queue.items().empty(); }));
}

TEST_F(LivePanelTest, ExtendDialogAsksARunOfStepsForSteps) {
    library.useWorker(testing::quick);
    Spec spec = parseSpec(setSpecFields(defaultSpec(), {"training.steps=100"}), "test");
    spec.name = "stepped";
    const auto run = createRun(library.folder(), spec);
    queue.add(run);
    panel.show(run);
    ASSERT_TRUE(eventually([&] { return has(RunStatus::finished) && queue.items().empty(); }));
    button("extend")->click();
    auto* dialog = panel.findChild<QInputDialog*>(QStringLiteral("extendDialog"));
    ASSERT_NE(dialog, nullptr);
    EXPECT_TRUE(dialog->labelText().contains(QStringLiteral("Steps in all (now 100)")));
    EXPECT_EQ(dialog->intValue(), 200);
    dialog->accept();
    EXPECT_EQ(readControl(run).steps, 200);
    EXPECT_FALSE(readControl(run).epochs.has_value());
    ASSERT_TRUE(eventually([&] { return queue.items().empty(); }));
}

TEST_F(LivePanelTest, ShowsADivergedRunCalmlyAndSurvivesNaN) {
    library.useWorker(R"sh(
summary running 0
train 1 2.5
train 2 null
train 3 null
printf '{"kind":"valid","step":3,"epoch":0,"loss":null,"value":null,"seconds":1,"best":false}\n' >> "$run/metrics.jsonl"
printf '{"step":3,"hidden":[[1e-3,null,1e30]],"cell":[[]]}\n' > "$run/probes/state_gradients.jsonl"
summary diverged 3 "the loss became NaN"
)sh");
    const auto run = library.makeRun("diverging");
    std::filesystem::create_directories(run / "probes");
    panel.show(run);
    queue.add(run);
    ASSERT_TRUE(eventually([&] { return has(RunStatus::diverged); }));
    panel.charts().valueChart().flush();
    const auto ranges = panel.charts().valueChart().ranges();
    EXPECT_TRUE(std::isfinite(ranges.yLeast) && std::isfinite(ranges.yMost));
    EXPECT_TRUE(words("banner").contains(QStringLiteral("NaN")));
    EXPECT_TRUE(words("banner").contains(QStringLiteral("step 3")));
    EXPECT_FALSE(button("resume")->isEnabled());
}

TEST_F(LivePanelTest, AVanishedFolderIsOneCalmMessage) {
    const auto run = library.makeRun("vanishing");
    panel.show(run);
    ASSERT_TRUE(eventually([&] {
        return panel.charts().valueChart().series().size() == 2;  // the spec was read
    }));
    std::filesystem::remove_all(run);
    ASSERT_TRUE(eventually([&] { return words("banner").contains(QStringLiteral("gone")); }));
    EXPECT_FALSE(button("stop")->isEnabled());
}

TEST_F(LivePanelTest, LongNamesDoNotWidenIt) {
    panel.show(library.makeRun("short"));
    ASSERT_TRUE(eventually([&] { return words("runTitle") == QStringLiteral("short"); }));
    const int before = panel.minimumSizeHint().width();
    panel.show(library.makeRun(std::string(300, 'W')));
    ASSERT_TRUE(eventually([&] { return words("runTitle").startsWith(QLatin1Char('W')); }));
    EXPECT_LE(panel.minimumSizeHint().width(), before);
}

TEST_F(LivePanelTest, TheGradientChartShowsWhatIsChosen) {
    const auto run = library.makeRun("probed");
    testing::writeProbes(run, 1, 2);
    testing::writeProbes(run, 50, 1.5);
    panel.show(run);
    ASSERT_TRUE(eventually([&] { return !panel.charts().profileChart().isEmpty(); }));
    const CurveChart& probe = panel.charts().probeChart();
    EXPECT_TRUE(probe.isEmpty());
    for (const ProbeKind kind : {ProbeKind::lambda, ProbeKind::growth, ProbeKind::lyapunov,
                                 ProbeKind::tightness, ProbeKind::norms, ProbeKind::gains}) {
        panel.charts().showProbe(kind);
        ASSERT_FALSE(probe.isEmpty()) << static_cast<int>(kind);
        EXPECT_EQ(probe.size(probe.series().front()), 2);
        EXPECT_EQ(probe.title(), probeTitle(kind));
    }
    testing::writeProbes(run, 100, 1.2);
    EXPECT_TRUE(eventually([&] { return probe.size(probe.series().front()) == 3; }));
    auto* which = panel.findChild<Segmented*>(QStringLiteral("liveProfileKind"));
    which->setCurrentIndex(2);
    EXPECT_TRUE(panel.charts().profileChart().title().contains(QStringLiteral("last step")));
    EXPECT_FALSE(panel.charts().profileChart().isEmpty());
}

TEST_F(LivePanelTest, ARunWhoseSpecCannotBeReadStillHasItsCurves) {
    const auto run = library.makeRun("of another version");
    std::ofstream(run / "spec.json") << R"({"format":1,"name":"x","new_field":1})";
    std::ofstream(run / "metrics.jsonl")
        << R"({"kind":"train","step":1,"epoch":0,"loss":2,"gradient_norm":0.5})" << '\n';
    panel.show(run);
    ASSERT_TRUE(eventually([&] { return !panel.charts().gradientChart().isEmpty(); }));
    EXPECT_TRUE(words("banner").contains(QStringLiteral("cannot be read")));
}

}  // namespace
}  // namespace bitloom::ui
