#include "pages/reproduce_page.h"

#include <gtest/gtest.h>

#include <QComboBox>
#include <QLabel>
#include <QListWidget>
#include <QPushButton>
#include <QSignalSpy>
#include <QTableWidget>
#include <QTemporaryDir>
#include <algorithm>
#include <set>

#include "charts/bar_chart.h"
#include "charts/curve_chart.h"
#include "data/data_folder.h"
#include "data/known_files.h"
#include "pages/batch_norm_page.h"
#include "pages/batch_norm_run.h"
#include "pages/probe_charts.h"
#include "pages/story_page.h"
#include "pages/studies_page.h"
#include "pages/study_runs.h"
#include "pages/table1_page.h"
#include "theme/segmented.h"
#include "ui/pages/probe_records.h"
#include "ui/session/fake_worker.h"

namespace bitloom::ui {
namespace {

using testing::eventually;
using testing::FakeLibrary;
using testing::writeProbes;
namespace fs = std::filesystem;

class ReproducePageTest : public ::testing::Test {
protected:
    void SetUp() override { ASSERT_TRUE(workspace.open(library.folder())); }
    template <class Widget>
    Widget* child(const char* name) {
        return page.findChild<Widget*>(QLatin1String(name));
    }
    /// Makes the folders of some of a study's runs, as if they had been trained.
    static std::vector<fs::path> makeRuns(StudyDesk& desk, const std::vector<std::string>& keys,
                                          double rate) {
        std::vector<fs::path> made;
        StudyPlan plan = *desk.plan();
        for (std::size_t i = 0; i < plan.runs.size(); ++i) {
            if (std::find(keys.begin(), keys.end(), plan.runs[i].member.key) == keys.end())
                continue;
            makeStudyRun(plan, i);
            writeProbes(plan.runs[i].folder, 1, rate, plan.runs[i].spec.network.layers);
            RunSummary summary;
            summary.name = plan.runs[i].spec.name;
            summary.status = RunStatus::finished;
            writeSummary(plan.runs[i].folder, summary);
            made.push_back(plan.runs[i].folder);
        }
        return made;
    }

    Theme theme{Theme::Mode::light};
    FakeLibrary library;
    Workspace workspace;
    ReproducePage page{theme, workspace};
};

TEST_F(ReproducePageTest, HasASectionForEachStepAndTable) {
    const auto sections = ReproducePage::sections();
    ASSERT_EQ(sections.size(), 8U);
    for (const auto& [name, title] : sections) {
        EXPECT_TRUE(page.showSection(name)) << name.toStdString();
        EXPECT_EQ(page.section(), name);
        EXPECT_FALSE(title.isEmpty());
    }
    EXPECT_FALSE(page.showSection(QStringLiteral("matrix")));
    page.showSection(QStringLiteral("step2"));
    child<QPushButton>("storyNext")->click();
    EXPECT_EQ(page.section(), QStringLiteral("step3"));
    EXPECT_EQ(page.story().step(), 2);
}

TEST_F(ReproducePageTest, EveryStepNamesRunsOfTheStudy) {
    const Study* study = findStudy(storyStudy);
    ASSERT_NE(study, nullptr);
    for (const StoryStep& step : storySteps()) {
        for (const StoryView& view : step.views) {
            EXPECT_FALSE(view.text.isEmpty());
            EXPECT_FALSE(view.kinds.empty());
            for (const std::string& key : view.keys) {
                EXPECT_TRUE(std::any_of(study->quick.begin(), study->quick.end(),
                                        [&](const StudyMember& m) { return m.key == key; }))
                    << key;
            }
        }
    }
}

TEST_F(ReproducePageTest, TheStoryTrainsWhatIsMissing) {
    library.useWorker(testing::quick);
    StoryPage& story = page.story();
    story.showStep(1);
    ASSERT_TRUE(eventually([&] { return story.desk().plan().has_value(); }));
    EXPECT_EQ(story.desk().missing({"full", "binary_connect"}), 2);
    story.findChild<QPushButton*>(QStringLiteral("startMissing"))->click();
    ASSERT_TRUE(eventually([&] { return workspace.queue().items().empty(); }));
    EXPECT_EQ(workspace.runs().size(), 2U);
    ASSERT_TRUE(eventually([&] { return story.desk().missing({"full", "binary_connect"}) == 0; }));
    EXPECT_EQ(story.charts().runs().size(), 2U);
}

TEST_F(ReproducePageTest, FindingsFollowTheFigures) {
    StoryPage& story = page.story();
    story.showStep(3);
    ASSERT_TRUE(eventually([&] { return story.desk().plan().has_value(); }));
    EXPECT_TRUE(story.findings().contains(QStringLiteral("once the runs train")));
    makeRuns(story.desk(), {"binary_connect"}, 2);
    makeRuns(story.desk(), {"binary_connect_layer"}, 1);
    workspace.refresh();
    ASSERT_TRUE(eventually([&] {
        return story.findings().contains(QString::fromUtf8("×2 a step")) &&
               story.findings().contains(QString::fromUtf8("×1.000 a step"));
    })) << story.findings().toStdString();
    for (int step = 0; step < 5; ++step) {
        story.showStep(step);
        auto* views = story.findChild<Segmented*>(QStringLiteral("storyViews"));
        for (int i = 0; i < std::max(views->count(), 1); ++i) {
            views->setCurrentIndex(i);
            for (Chart* chart : story.charts().charts()) {
                EXPECT_FALSE(chart->title().isEmpty());
                EXPECT_FALSE(chart->image().isNull());
            }
        }
    }
}

TEST_F(ReproducePageTest, TableOneIsMeasuredCellByCell) {
    library.useWorker(R"sh(
mean=45
[ "$7" = full ] && mean=1.15
printf '{"rows":[{"size":512,"mean":%s,"sd":0.1,"floor":22.6,"published_mean":44.76,"published_sd":0.28,"difference":0.005,"agrees":true,"converged":true}]}' $mean
)sh");
    Table1Page& table = page.table1();
    table.setSizes({512});
    ASSERT_EQ(table.lines().size(), 5U);
    EXPECT_TRUE(table.chart().isEmpty());
    child<QPushButton>("table1Measure")->click();
    EXPECT_TRUE(table.measuring());
    ASSERT_TRUE(eventually([&] { return !table.measuring(); }));
    EXPECT_TRUE(table.words().contains(QStringLiteral("5 of 5 published cells agree")));
    EXPECT_FALSE(table.chart().isEmpty());
    SpectralLine own;
    own.size = 64;
    own.label = QStringLiteral("mine");
    own.initialization = "he";
    table.addLine(own);
    table.setSizes({512, 1024});
    EXPECT_EQ(table.lines().size(), 11U);
    EXPECT_EQ(table.lines().front().state, SpectralLine::State::done);
    library.useWorker("echo 'bitloom-cli: no such quantizer' >&2; exit 2");
    QString said;
    QObject::connect(&page, &ReproducePage::said, &page,
                     [&](const QString& words) { said = words; });
    table.measure();
    ASSERT_TRUE(eventually([&] { return !table.measuring(); }));
    EXPECT_TRUE(said.contains(QStringLiteral("no such quantizer")));
}

TEST_F(ReproducePageTest, SpectralAnswersThatAreNoneAreRefused) {
    SpectralLine line;
    for (const char* bad : {"", "{}", R"({"rows":[]})", R"({"rows":[{"size":5}]})"}) {
        EXPECT_FALSE(readSpectralAnswer(bad, line)) << bad;
    }
    EXPECT_TRUE(readSpectralAnswer(R"({"rows":[{"mean":2,"agrees":null}]})", line));
    EXPECT_FALSE(line.agrees);
    EXPECT_FALSE(line.published);
}

TEST_F(ReproducePageTest, StudiesLeadToAComparisonAndAReport) {
    StudiesPage& studies = page.studiesPage();
    page.showStudy("review/gru");
    EXPECT_EQ(page.section(), QStringLiteral("studies"));
    EXPECT_EQ(studies.current(), "review/gru");
    ASSERT_TRUE(eventually([&] { return studies.desk().plan().has_value(); }));
    EXPECT_FALSE(studies.findChild<QPushButton*>(QStringLiteral("studyCompare"))->isEnabled());
    makeRuns(studies.desk(), {"binary_connect"}, 1.5);
    workspace.refresh();
    auto* compare = studies.findChild<QPushButton*>(QStringLiteral("studyCompare"));
    ASSERT_TRUE(eventually([&] { return compare->isEnabled(); }));
    QSignalSpy compared(&page, &ReproducePage::compareRequested);
    compare->click();
    ASSERT_EQ(compared.size(), 1);
    const auto shown = compared[0][0].value<std::vector<ShownRun>>();
    ASSERT_EQ(shown.size(), 1U);
    const auto& planned = studies.desk().plan()->runs;
    const auto place = std::find_if(planned.begin(), planned.end(), [](const PlannedRun& run) {
        return run.member.key == "binary_connect";
    });
    EXPECT_EQ(shown[0].color, place - planned.begin()) << "as on the study's page";
    QTemporaryDir folder;
    const QString report = folder.filePath(QStringLiteral("gru.html"));
    const QSignalSpy said(&page, &ReproducePage::said);
    studies.writeReport(report);
    ASSERT_TRUE(eventually([&] { return !said.isEmpty(); }));
    EXPECT_EQ(said[0][0].toString(), QStringLiteral("Written: ") + report);
    // A row of the run that is there, and none of one that is not.
    const std::string html = readFile(report.toStdString());
    const auto hasRow = [&](const char* key) {
        return html.find("rowspan=\"1\">" + studies.desk().find(key)->member.label + "</td>") !=
               std::string::npos;
    };
    EXPECT_TRUE(hasRow("binary_connect"));
    EXPECT_FALSE(hasRow("full"));
    page.showStudy("paper/table1");
    studies.findChild<QPushButton*>(QStringLiteral("studyTable1"))->click();
    EXPECT_EQ(page.section(), QStringLiteral("table1"));
}

/// A study whose data is not there says so instead of looking for its runs, until it is.
TEST_F(ReproducePageTest, AStudyWithoutItsDataLooksAgainWhenItIsShown) {
    const QByteArray before = qgetenv("BITLOOM_DATA");
    QTemporaryDir data;
    qputenv("BITLOOM_DATA", data.path().toUtf8());
    page.show();
    StudiesPage& studies = page.studiesPage();
    page.showStudy("paper/figure1");
    studies.findChild<Segmented*>(QStringLiteral("studyScale"))->setCurrentIndex(1);
    auto* start = studies.findChild<QPushButton*>(QStringLiteral("startMissing"));
    EXPECT_TRUE(start->isVisibleTo(&studies)) << "it looks";
    ASSERT_TRUE(eventually([&] { return !studies.desk().problem().isEmpty(); }));
    EXPECT_FALSE(start->isVisibleTo(&studies));
    for (const KnownFile& file : knownFiles()) {
        const fs::path path = installedFile(file.folder, file.name);
        fs::create_directories(path.parent_path());
        std::ofstream(path) << "here";
        fs::resize_file(path, file.bytes);
    }
    page.showSection(QStringLiteral("step1"));
    page.showSection(QStringLiteral("studies"));
    EXPECT_TRUE(eventually([&] { return studies.desk().plan().has_value(); }));
    EXPECT_TRUE(start->isVisibleTo(&studies));
    EXPECT_TRUE(studies.desk().problem().isEmpty());
    if (before.isNull()) {
        qunsetenv("BITLOOM_DATA");
    } else {
        qputenv("BITLOOM_DATA", before);
    }
}

TEST_F(ReproducePageTest, SharedBatchNormPlaysThroughTheSteps) {
    BatchNormPage& play = page.batchNorm();
    ASSERT_TRUE(eventually([&] { return play.desk().plan().has_value(); }));
    const auto runs = makeRuns(play.desk(), {"binary_connect_batch_shared"}, 1);
    ASSERT_EQ(runs.size(), 1U);
    for (const int step : {1, 20, 40}) {
        StatisticsRow row;
        row.step = step;
        row.times = {0, 1, 2};
        row.layers.resize(1);
        const UnitBand batch{{0, 1, 2}, {0, 1, 2}, {0, 1, 2}};
        const UnitBand running{{1e-3}, {1e-3}, {1e-3}};
        row.layers[0].sides.push_back({"ih", batch, batch, running, running, {}, {}, {}, {}, {}});
        std::ofstream(runs[0] / "probes" / "statistics.jsonl", std::ios::app)
            << probeLine(row) << '\n';
    }
    std::ofstream(runs[0] / "metrics.jsonl")
        << R"({"kind":"test","step":40,"epoch":0,"loss":1,"value":0.15,"batch_statistics":0.4,"true_average":0.39,"per_step":0.38})"
        << '\n';
    workspace.refresh();
    ASSERT_TRUE(eventually([&] { return !play.ordered().isEmpty(); }));
    EXPECT_TRUE(play.permuted().isEmpty());
    EXPECT_TRUE(play.findings().contains(QStringLiteral("At 1 of 3 time steps")));
    ASSERT_TRUE(eventually([&] { return !play.accuracy().isEmpty(); }));
    EXPECT_TRUE(play.findings().contains(
        QStringLiteral("the running statistics cost 25.0 percentage points")));
    auto* button = play.findChild<QPushButton*>(QStringLiteral("playSteps"));
    button->click();
    EXPECT_TRUE(play.playing());
    EXPECT_TRUE(play.findings().contains(QStringLiteral("In order, step 1. ")))
        << play.findings().toStdString();
    ASSERT_TRUE(eventually([&] { return !play.playing(); }));
    EXPECT_TRUE(play.findings().contains(QStringLiteral("In order, step 40. ")))
        << play.findings().toStdString();
}

/// A run made elsewhere, without a probe: chosen, measured in a child, and said in figures.
TEST_F(ReproducePageTest, AnyRunWithBatchNormCanBeMeasured) {
    BatchNormPage& play = page.batchNorm();
    EXPECT_FALSE(play.own().isVisibleTo(&play)) << "there is none yet";
    const auto run = createRun(library.folder(), parseSpec(R"({"name":"Mine",
        "dataset":{"name":"glyphs","size":50},"model":{"hidden":4},"training":{"batch":10},
        "normalization":{"method":"batch_shared"},"probes":{"every":0}})",
                                                           "test"));
    RunSummary summary;
    summary.name = "Mine";
    summary.status = RunStatus::finished;
    writeSummary(run, summary);
    workspace.refresh();
    ASSERT_TRUE(eventually([&] { return play.own().isVisibleTo(&play); }));
    StatisticsRow row;
    row.step = 90;
    row.times = {0, 1, 2};
    row.layers.resize(1);
    const UnitBand batch{{0, 1, 2}, {0, 1, 2}, {0, 1, 2}};
    const UnitBand running{{1e-3}, {1e-3}, {1e-3}};
    row.layers[0].sides.push_back({"ih", batch, batch, running, running, {}, {}, {}, {}, {}});
    std::ofstream(library.folder() / "answer.json")
        << R"({"step":90,"evaluation":{"metric":"accuracy","running":0.2,"batch":0.48,)"
        << R"("per_step":0.47,"all_steps":0.19},"records":{"statistics":)" << probeLine(row)
        << "}}";
    const fs::path go = library.folder() / "go";
    library.useWorker("echo 'test with running statistics, 3 of 100 batches' >&2\nwhile [ ! -e " +
                      go.string() + " ]; do sleep 0.02; done\ncat " +
                      (library.folder() / "answer.json").string());
    play.own().choose(run);
    EXPECT_EQ(play.own().run(), run);
    auto* progress = play.findChild<QLabel*>(QStringLiteral("batchNormProgress"));
    play.findChild<QPushButton*>(QStringLiteral("batchNormMeasure"))->click();
    EXPECT_TRUE(play.own().measuring());
    EXPECT_TRUE(eventually([&] {
        return progress->text().startsWith(
            QStringLiteral("test with running statistics, 3 of 100 batches"));
    })) << progress->text().toStdString();
    std::ofstream(go) << "on";
    ASSERT_TRUE(eventually([&] { return !play.own().measuring(); }));
    ASSERT_TRUE(eventually([&] { return !play.accuracy().isEmpty(); }));
    EXPECT_FALSE(play.ordered().isEmpty()) << "variance";
    EXPECT_FALSE(play.permuted().isEmpty()) << "mean";
    const QString words = play.findings();
    EXPECT_TRUE(words.contains(QStringLiteral("Mine, test at step 90"))) << words.toStdString();
    EXPECT_TRUE(words.contains(QStringLiteral("cost 28.0 percentage points")));
    EXPECT_TRUE(words.contains(QStringLiteral("At 1 of 3 time steps")));
    // Back to the study's runs: nothing of it stays.
    play.findChild<QComboBox*>(QStringLiteral("batchNormRun"))->setCurrentIndex(0);
    Q_EMIT play.findChild<QComboBox*>(QStringLiteral("batchNormRun"))->activated(0);
    EXPECT_TRUE(play.own().run().empty());
    EXPECT_TRUE(play.ordered().isEmpty());
}

TEST_F(ReproducePageTest, AStudySaysWhatItFoundALayerAtATime) {
    StudiesPage& studies = page.studiesPage();
    page.showStudy("review/multilayer");
    ASSERT_TRUE(eventually([&] { return studies.desk().plan().has_value(); }));
    auto* words = studies.findChild<QLabel*>(QStringLiteral("studyFindings"));
    auto* table = studies.findChild<QTableWidget*>(QStringLiteral("layerTable"));
    EXPECT_TRUE(words->text().isEmpty());
    makeRuns(studies.desk(), {"lstm2_binary_connect", "gru3_binary_connect_layer"}, 1.5);
    workspace.refresh();
    ASSERT_TRUE(eventually([&] { return table->rowCount() > 0; }));
    std::set<QString> layers;
    for (int row = 0; row < table->rowCount(); ++row) {
        layers.insert(table->item(row, 0)->text() + QLatin1Char(' ') + table->item(row, 1)->text());
    }
    EXPECT_EQ(layers.size(), 5U) << "two layers and three";
    EXPECT_TRUE(words->text().contains(QStringLiteral("layers"))) << words->text().toStdString();
    // Another study does not keep them.
    page.showStudy("review/gain");
    EXPECT_EQ(table->rowCount(), 0);
}

}  // namespace
}  // namespace bitloom::ui
