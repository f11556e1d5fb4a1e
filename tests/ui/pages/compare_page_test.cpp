#include "pages/compare_page.h"

#include <gtest/gtest.h>

#include <QHeaderView>
#include <QMenu>
#include <QSet>
#include <QSignalSpy>
#include <fstream>

#include "charts/curve_chart.h"
#include "models/run_table_model.h"
#include "pages/compare_charts.h"
#include "pages/probe_charts.h"
#include "pages/run_table.h"
#include "ui/pages/probe_records.h"
#include "ui/session/fake_worker.h"

namespace bitloom::ui {
namespace {

using testing::eventually;
using testing::FakeLibrary;
namespace fs = std::filesystem;

class ComparePageTest : public ::testing::Test {
protected:
    void SetUp() override { ASSERT_TRUE(workspace.open(library.folder())); }

    fs::path makeRun(const std::string& name, const std::string& dataset) {
        Spec spec = parseSpec(setSpecFields(defaultSpec(), {"dataset.name=" + dataset}), "test");
        spec.name = name;
        const fs::path run = createRun(library.folder(), spec);
        std::ofstream(run / "metrics.jsonl")
            << R"({"kind":"train","step":1,"epoch":0,"loss":2,"gradient_norm":0.5,)"
            << R"("learning_rate":0.002,"seconds":1,"tokens_per_second":10})" << '\n'
            << R"({"kind":"valid","step":1,"epoch":0,"loss":1,"value":0.9,"best":true})" << '\n';
        return run;
    }

    Theme theme{Theme::Mode::light};
    FakeLibrary library;
    Workspace workspace;
    ComparePage page{theme, workspace};
};

TEST_F(ComparePageTest, AnEmptyLibraryOffersTheDemo) {
    EXPECT_TRUE(page.showsDemoCard());
    makeRun("first", "grammar");
    workspace.refresh();
    EXPECT_FALSE(page.showsDemoCard());
    EXPECT_EQ(page.model().checkedIds().size(), 1);  // the first runs are drawn at once
}

TEST_F(ComparePageTest, TheHeaderChoosesColumns) {
    makeRun("first", "grammar");
    workspace.refresh();
    page.resize(1000, 700);
    page.show();
    RunTable& table = page.table();
    EXPECT_EQ(table.hiddenColumns(), QStringList{QStringLiteral("created")});
    QSignalSpy changed(&table, &RunTable::columnsChanged);
    Q_EMIT table.horizontalHeader()->customContextMenuRequested({10, 10});
    const auto* menu = table.findChild<QMenu*>(QStringLiteral("columnMenu"));
    ASSERT_NE(menu, nullptr);
    EXPECT_EQ(menu->actions().size(), RunTableModel::ColumnCount - RunTableModel::Name - 1);
    for (QAction* action : menu->actions())
        if (action->text() == QStringLiteral("Mean speed") ||
            action->text() == QStringLiteral("Paper size"))
            action->trigger();
    EXPECT_TRUE(table.isColumnHidden(RunTableModel::Speed));
    ASSERT_EQ(changed.size(), 2);
    EXPECT_EQ(changed.last()[0].toStringList(),
              (QStringList{QStringLiteral("paper_size"), QStringLiteral("speed"),
                           QStringLiteral("created")}));
    // Names of other versions and columns that cannot go are left alone.
    table.setHiddenColumns(
        {QStringLiteral("status"), QStringLiteral("name"), QStringLiteral("of_another_version")});
    EXPECT_EQ(table.hiddenColumns(), QStringList{QStringLiteral("status")});
    EXPECT_FALSE(table.isColumnHidden(RunTableModel::Speed));
    // The name takes the rest.
    table.setHiddenColumns({QStringLiteral("speed"), QStringLiteral("paper_size"),
                            QStringLiteral("packed_size"), QStringLiteral("created"),
                            QStringLiteral("bits"), QStringLiteral("status")});
    EXPECT_EQ(table.horizontalHeader()->length(), table.viewport()->width());
}

TEST_F(ComparePageTest, RunsOfDifferentMetricsAreNotDrawnOnOneAxis) {
    const auto text = makeRun("text", "grammar");
    const auto digits = makeRun("digits", "glyphs");
    workspace.refresh();
    page.checkOnly({text, digits});
    ASSERT_TRUE(eventually([&] { return page.charts().metrics().size() == 2; }));
    const auto drawn = [&] {
        int count = 0;
        for (const int series : page.charts().valueChart().series()) {
            count += page.charts().valueChart().size(series) > 0 ? 1 : 0;
        }
        return count;
    };
    EXPECT_TRUE(eventually([&] { return drawn() == 1; }));
    EXPECT_FALSE(page.charts().notice().isEmpty());
    page.charts().setMetric(QStringLiteral("accuracy"));
    EXPECT_EQ(drawn(), 1);
    EXPECT_DOUBLE_EQ(page.charts().valueChart().yAxis().most.value(), 100);
    page.checkOnly({text});
    EXPECT_TRUE(eventually([&] { return page.charts().notice().isEmpty(); }));
}

TEST_F(ComparePageTest, AnEmptyValidationChartSaysWhatIsMissing) {
    const auto run = createRun(library.folder(), parseSpec(defaultSpec(), "test"));
    workspace.refresh();
    const CurveChart& chart = page.charts().valueChart();
    page.checkOnly({run});
    EXPECT_TRUE(chart.isEmpty());
    EXPECT_EQ(chart.emptyText(), QStringLiteral("No validation yet"));
    page.checkOnly({});
    EXPECT_TRUE(chart.emptyText().startsWith(QStringLiteral("Check runs")));
}

TEST_F(ComparePageTest, RunsOfOneNameAreToldApart) {
    const auto first = makeRun("twin", "grammar");
    const auto second = makeRun("twin", "grammar");  // same seed, same minute
    const auto other = makeRun("other", "grammar");
    const auto seeded = makeRun("twin of a seed", "grammar");
    Spec spec = parseSpec(setSpecFields(defaultSpec(), {"training.seed=7"}), "test");
    spec.name = "twin of a seed";
    const auto seven = createRun(library.folder(), spec);
    workspace.refresh();
    page.checkOnly({first, second, other, seeded, seven});
    QSet<QString> names;
    const CurveChart& chart = page.charts().valueChart();
    for (const int series : chart.series()) names.insert(chart.style(series).name);
    EXPECT_EQ(names.size(), 5);
    EXPECT_TRUE(names.contains(QStringLiteral("other")));
    EXPECT_TRUE(names.contains(QStringLiteral("twin of a seed, seed 7")));
}

TEST_F(ComparePageTest, TrashIsUndone) {
    const auto run = makeRun("doomed", "grammar");
    workspace.refresh();
    const QSignalSpy trashed(&workspace, &Workspace::trashed);
    const std::string id = run.filename().string();
    ASSERT_TRUE(workspace.trash(id));
    EXPECT_FALSE(fs::exists(run));
    EXPECT_EQ(page.model().rowCount(), 0);
    EXPECT_EQ(trashed.size(), 1);
    ASSERT_TRUE(workspace.restore(id));
    EXPECT_TRUE(fs::exists(run / "metrics.jsonl"));
    EXPECT_EQ(page.model().rowCount(), 1);
}

TEST_F(ComparePageTest, WritesTheReportOfTheCheckedRuns) {
    const QString path =
        QString::fromStdString((library.folder().parent_path() / "report.html").string());
    const QSignalSpy said(&page, &ComparePage::said);
    page.writeReport(path);
    ASSERT_EQ(said.size(), 1) << "nothing is checked";
    EXPECT_FALSE(fs::exists(path.toStdString()));
    const auto run = makeRun("reported run", "grammar");
    workspace.refresh();
    page.checkOnly({run});
    page.writeReport(path);
    EXPECT_EQ(said.size(), 1) << "it is written on a thread";
    ASSERT_TRUE(eventually([&] { return said.size() == 2; }));
    EXPECT_TRUE(said[1][0].toString().startsWith(QStringLiteral("Written: ")));
    EXPECT_NE(readFile(path.toStdString()).find("reported run"), std::string::npos);
    page.writeReport(QStringLiteral("/nonexistent/report.html"));
    ASSERT_TRUE(eventually([&] { return said.size() == 3; }));
    EXPECT_FALSE(said[2][0].toString().startsWith(QStringLiteral("Written: ")));
}

TEST_F(ComparePageTest, EveryTrainingAxisKeepsThePoints) {
    const auto run = makeRun("axes", "grammar");
    workspace.refresh();
    page.checkOnly({run});
    CurveChart& chart = page.charts().valueChart();
    ASSERT_TRUE(eventually([&] { return chart.size(chart.series().front()) == 1; }));
    for (const auto axis :
         {TrainingAxis::epoch, TrainingAxis::tokens, TrainingAxis::time, TrainingAxis::step}) {
        page.charts().setTrainingAxis(axis);
        EXPECT_EQ(chart.size(chart.series().front()), 1);
    }
    page.charts().setTrainingAxis(TrainingAxis::tokens);
    EXPECT_DOUBLE_EQ(chart.lastPoint(chart.series().front())->x(), 64.0 * 100);
}

TEST_F(ComparePageTest, ProbesOfTheCheckedRunsAreDrawnWhenLookedAt) {
    const auto run = makeRun("probed", "grammar");
    testing::writeProbes(run, 1, 2, 2);
    testing::writeProbes(run, 50, 1.5, 2);
    workspace.refresh();
    page.checkOnly({run});
    EXPECT_TRUE(page.probes().runs().empty());
    page.showProbes(true);
    const auto* growth = page.probes().chart(ProbeKind::growth);
    ASSERT_NE(growth, nullptr);
    ASSERT_TRUE(eventually([&] { return !growth->isEmpty(); }));
    EXPECT_EQ(growth->size(growth->series().front()), 2);
    EXPECT_FALSE(page.probes().chart(ProbeKind::lambda)->isEmpty());
    EXPECT_FALSE(page.probes().chart(ProbeKind::lyapunov)->isEmpty());
    EXPECT_FALSE(page.probes().chart(ProbeKind::tightness)->isEmpty());
    page.checkOnly({});
    EXPECT_TRUE(page.probes().runs().empty());
    EXPECT_TRUE(growth->isEmpty());
}

}  // namespace
}  // namespace bitloom::ui
