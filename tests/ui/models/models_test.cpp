#include <QSet>
#include <QSignalSpy>
#include <limits>
#include <memory>

#include "models/entry_list_model.h"
#include "models/format.h"
#include "models/run_filter_model.h"
#include "models/run_table_model.h"
#include "ui/theme/gui_main.h"

namespace bitloom::ui {
namespace {

QString text(const char* words) {
    return QString::fromUtf8(words);
}

LibraryRun makeRun(const char* id, std::optional<double> best, std::int64_t bytes,
                   const char* created) {
    LibraryRun run;
    run.id = id;
    run.summary.name = std::string("run ") + id;
    run.summary.metric = "bits_per_character";
    run.summary.best = best;
    run.summary.size.modelBytes = bytes;
    run.summary.size.paperKb = bytes / 1024;
    run.summary.status = RunStatus::running;
    run.summary.totalSteps = 100;
    run.dataset = "grammar";
    run.created = created;
    return run;
}

class ModelTest : public testing::Test {
protected:
    ModelTest() {
        application();
        theme = std::make_unique<Theme>(Theme::Mode::light);
        model = std::make_unique<RunTableModel>(*theme);
        runs = {makeRun("a", 1.5, 9000, "2026-11-01T10:00:00Z"),
                makeRun("b", 1.25, 100000, "2026-11-02T10:00:00Z"),
                makeRun("c", {}, 20, "2026-11-03T10:00:00Z")};
        model->setRuns(runs);
    }

    QStringList order(const RunFilterModel& view) const {
        QStringList ids;
        for (int row = 0; row < view.rowCount(); ++row) {
            ids.append(view.index(row, 0).data(RunTableModel::IdRole).toString());
        }
        return ids;
    }

    std::unique_ptr<Theme> theme;
    std::unique_ptr<RunTableModel> model;
    std::vector<LibraryRun> runs;
};

TEST_F(ModelTest, OnlyRunsOfTheQueueAreQueued) {
    runs[0].summary.status = runs[1].summary.status = RunStatus::created;
    model->setRuns(runs);
    const auto status = [&](int row) {
        return model->index(row, RunTableModel::Status).data().toString();
    };
    EXPECT_EQ(status(0), QStringLiteral("not started"));
    QSignalSpy changed(model.get(), &RunTableModel::dataChanged);
    model->setQueued({QStringLiteral("a"), QStringLiteral("c")});
    EXPECT_EQ(changed.size(), 1);
    EXPECT_EQ(status(0), QStringLiteral("queued"));
    EXPECT_EQ(status(1), QStringLiteral("not started"));
    model->setQueued({});
    EXPECT_EQ(status(0), QStringLiteral("not started"));
}

TEST_F(ModelTest, UpdatesInPlaceAndAnnouncesOnlyWhatChanged) {
    QSignalSpy reset(model.get(), &QAbstractItemModel::modelReset);
    QSignalSpy inserted(model.get(), &QAbstractItemModel::rowsInserted);
    QSignalSpy changed(model.get(), &QAbstractItemModel::dataChanged);
    model->setChecked(text("b"), true);
    changed.clear();
    const QPersistentModelIndex kept = model->index(1, RunTableModel::Best);
    model->setRuns(runs);
    EXPECT_EQ(changed.count(), 0) << "nothing new, nothing said";
    runs[1].summary.best = 1.125;
    model->setRuns(runs);
    ASSERT_EQ(changed.count(), 1);
    EXPECT_EQ(changed[0][0].toModelIndex(), QModelIndex(kept));
    EXPECT_EQ(kept.data().toString(), text("1.125 bpc"));
    runs.erase(runs.begin());
    runs.insert(runs.begin(), makeRun("d", 2, 1, "2026-11-04T10:00:00Z"));
    model->setRuns(runs);
    EXPECT_EQ(inserted.count(), 1);
    EXPECT_EQ(reset.count(), 0);
    EXPECT_TRUE(kept.isValid());
    EXPECT_EQ(kept.row(), 0);
    EXPECT_TRUE(model->isChecked(text("b")));
    EXPECT_EQ(model->rowOf(text("d")), 2);
    EXPECT_EQ(model->find(text("a")), nullptr);
    RunSummary summary = runs[1].summary;
    summary.tokensPerSecond = 12400;
    model->updateSummary(text("b"), summary);
    EXPECT_EQ(model->index(0, RunTableModel::Speed).data().toString(), text("12.4 k tok/s"));
    model->updateSummary(text("nobody"), summary);
}

TEST_F(ModelTest, SortsByRawValuesWithHolesLast) {
    RunFilterModel view;
    view.setSourceModel(model.get());
    view.sort(RunTableModel::PackedSize, Qt::AscendingOrder);
    EXPECT_EQ(order(view), (QStringList{text("c"), text("a"), text("b")}))
        << "20 B, 8.8 KB, 97.7 KB";
    view.sort(RunTableModel::Best, Qt::AscendingOrder);
    EXPECT_EQ(order(view), (QStringList{text("b"), text("a"), text("c")}));
    view.sort(RunTableModel::Best, Qt::DescendingOrder);
    EXPECT_EQ(order(view), (QStringList{text("a"), text("b"), text("c")}));
    view.sort(RunTableModel::Dataset, Qt::AscendingOrder);
    EXPECT_EQ(order(view), (QStringList{text("c"), text("b"), text("a")})) << "equal: newest first";
}

TEST_F(ModelTest, SearchMatchesEveryWordInAnyField) {
    runs[0].tags = {"Baseline"};
    runs[0].note = "seed seven";
    runs[0].starred = true;
    model->setRuns(runs);
    RunFilterModel view;
    view.setSourceModel(model.get());
    view.setSearch(text("  baseline SEVEN grammar "));
    EXPECT_EQ(order(view), QStringList{text("a")});
    view.setSearch(text("baseline nowhere"));
    EXPECT_EQ(view.rowCount(), 0);
    view.setSearch({});
    EXPECT_EQ(view.rowCount(), 3);
    view.setStarredOnly(true);
    EXPECT_EQ(order(view), QStringList{text("a")});
}

TEST_F(ModelTest, CheckedRunsKeepTheirColors) {
    QSignalSpy checked(model.get(), &RunTableModel::checkedChanged);
    for (const char* id : {"a", "b", "c"}) model->setChecked(text(id), true);
    EXPECT_EQ(model->colorIndex(text("c")), 2);
    model->setChecked(text("a"), false);
    EXPECT_EQ(model->colorIndex(text("c")), 2);
    EXPECT_EQ(model->colorIndex(text("a")), -1);
    EXPECT_TRUE(
        model->setData(model->index(0, RunTableModel::Shown), Qt::Checked, Qt::CheckStateRole));
    EXPECT_EQ(model->colorIndex(text("a")), 0) << "the lowest free one";
    EXPECT_EQ(checked.count(), 5);
    model->setChecked(text("a"), true);
    EXPECT_EQ(checked.count(), 5);
    runs.erase(runs.begin());
    model->setRuns(runs);
    EXPECT_EQ(checked.count(), 6) << "a checked run went";
    EXPECT_EQ(model->checkedIds(), (QStringList{text("b"), text("c")}));
    model->setCheckedIds({text("c"), text("nobody")});
    EXPECT_EQ(model->checkedIds(), QStringList{text("c")});
    model->setCheckedColors({{text("c"), 4}, {text("b"), 2}, {text("nobody"), 1}});
    EXPECT_EQ(model->checkedIds(), (QStringList{text("b"), text("c")}));
    EXPECT_EQ(model->colorIndex(text("c")), 4) << "as in the view it comes from";
    EXPECT_EQ(model->colorIndex(text("b")), 2);
    EXPECT_EQ(model->colorIndex(text("nobody")), -1);
}

TEST_F(ModelTest, StarsAreToldToTheLibrary) {
    QSignalSpy star(model.get(), &RunTableModel::starChanged);
    const QModelIndex cell = model->index(2, RunTableModel::Star);
    EXPECT_TRUE(model->setData(cell, true, RunTableModel::StarredRole));
    EXPECT_FALSE(model->setData(cell, true, RunTableModel::StarredRole));
    ASSERT_EQ(star.count(), 1);
    EXPECT_EQ(star[0][0].toString(), text("c"));
    EXPECT_TRUE(cell.data(RunTableModel::StarredRole).toBool());
}

TEST(Format, SpeaksLikeTheField) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    EXPECT_EQ(formatMetric("bits_per_character", 1.49432), text("1.494 bpc"));
    EXPECT_EQ(formatMetric("perplexity", 97.432), text("97.43 ppl"));
    EXPECT_EQ(formatMetric("perplexity", 12345678901.0), text("1.235e+10 ppl"));
    EXPECT_EQ(formatMetric("accuracy", 0.97364), text("97.36 %"));
    EXPECT_EQ(formatMetric("accuracy", {}), text("–"));
    EXPECT_EQ(formatMetric("bits_per_character", nan), text("–"));
    EXPECT_EQ(formatBytes(812), text("812 B"));
    EXPECT_EQ(formatBytes(5734), text("5.6 KB"));
    EXPECT_EQ(formatBytes(185000), text("181 KB"));
    EXPECT_EQ(formatBytes(1048576), text("1.0 MB"));
    EXPECT_EQ(formatPaperKb(181), text("181 KB"));
    EXPECT_EQ(formatSpeed(12400), text("12.4 k tok/s"));
    EXPECT_EQ(formatSpeed(981), text("981 tok/s"));
    EXPECT_EQ(formatSpeed(999999), text("1.0 M tok/s"));
    EXPECT_EQ(formatSpeed(nan), text("–"));
    EXPECT_EQ(formatDuration(7), text("0:07"));
    EXPECT_EQ(formatDuration(250), text("4:10"));
    EXPECT_EQ(formatDuration(3850), text("1:04:10"));
    EXPECT_EQ(formatDuration(2 * 86400 + 250), text("2 d 0:04:10"));
    EXPECT_EQ(formatDuration(-1), text("–"));
    EXPECT_EQ(formatCount(1234), text("1234"));
    EXPECT_EQ(formatCount(-1234567), QStringLiteral("-1\u202f234\u202f567"));
    EXPECT_EQ(formatMoment("rubbish"), text("–"));
    EXPECT_TRUE(lessIsBetter("perplexity"));
    EXPECT_FALSE(lessIsBetter("accuracy"));
}

TEST(EntryList, GroupsByFamilyAndRefusesHeaders) {
    application();
    const std::vector<Entry> entries{
        {"", "Full precision", "", "", "", {}, {}, ""},
        {"bc", "BinaryConnect", "", "sign(W)", "C15", {1}, {}, "binary"},
        {"twn", "TWN", "", "", "", {2}, {}, "ternary"},
        {"xnor", "XNOR", "", "", "", {1}, {}, "binary"}};
    EntryListModel model(entries);
    ASSERT_EQ(model.rowCount(), 6);
    EXPECT_EQ(model.index(1).data().toString(), text("Binary"));
    EXPECT_FALSE(model.flags(model.index(1)).testFlag(Qt::ItemIsSelectable));
    EXPECT_EQ(model.rowOf("xnor"), 3);
    EXPECT_EQ(model.rowOf("nothing"), -1);
    EXPECT_EQ(model.firstEntry(), 0);
    EXPECT_EQ(model.index(2).data(EntryListModel::FormulaRole).toString(), text("sign(W)"));
    model.setRefused("twn", text("TWN has no 1-bit form."));
    EXPECT_FALSE(model.flags(model.index(5)).testFlag(Qt::ItemIsEnabled));
    EXPECT_EQ(model.index(5).data(Qt::ToolTipRole).toString(), text("TWN has no 1-bit form."));
    model.setRefused("twn", {});
    EXPECT_TRUE(model.flags(model.index(5)).testFlag(Qt::ItemIsEnabled));
}

}  // namespace
}  // namespace bitloom::ui
