#include "window/main_window.h"

#include <gtest/gtest.h>

#include <QPushButton>
#include <QScrollBar>
#include <QTemporaryDir>
#include <QTest>
#include <QTextBrowser>
#include <QToolButton>

#include "pages/compare_page.h"
#include "pages/experiment_page.h"
#include "pages/inspect_page.h"
#include "pages/live_panel.h"
#include "pages/reproduce_page.h"
#include "pages/run_table.h"
#include "session/run_control.h"
#include "ui/session/fake_worker.h"
#include "window/help_viewer.h"
#include "window/search_popup.h"
#include "window/status_line.h"

namespace bitloom::ui {
namespace {

using testing::eventually;
using testing::FakeLibrary;

class MainWindowTest : public ::testing::Test {
protected:
    void SetUp() override {
        qunsetenv("BITLOOM_LIBRARY");  // the remembered library is what is tested
        qputenv("BITLOOM_SETTINGS", settings.filePath(QStringLiteral("window.ini")).toUtf8());
    }
    void TearDown() override { qunsetenv("BITLOOM_SETTINGS"); }

    QTemporaryDir settings;
    FakeLibrary library;
    Theme theme{Theme::Mode::light};
};

TEST_F(MainWindowTest, AnEmptyLibraryOpensWithTheDemo) {
    MainWindow window(theme);
    ASSERT_TRUE(window.openLibrary(library.folder()));
    EXPECT_EQ(window.currentPage(), QStringLiteral("compare"));
    EXPECT_TRUE(window.comparePage().showsDemoCard());
    EXPECT_EQ(MainWindow::rememberedLibrary(), library.folder());
}

TEST_F(MainWindowTest, TheDemoQueuesThreeRunsAndShowsThem) {
    library.useWorker(testing::quick);
    MainWindow window(theme);
    ASSERT_TRUE(window.openLibrary(library.folder()));
    window.runDemo();
    EXPECT_EQ(window.workspace().queue().items().size(), 3u);
    EXPECT_FALSE(window.comparePage().showsDemoCard());
    EXPECT_TRUE(eventually([&] { return window.workspace().queue().items().empty(); }));
    EXPECT_EQ(window.workspace().runs().size(), 3u);
}

TEST_F(MainWindowTest, TheRailHasOnlyPagesThatExist) {
    MainWindow window(theme);
    ASSERT_TRUE(window.openLibrary(library.folder()));
    for (const QString& name : MainWindow::pageNames()) {
        auto* button = window.findChild<QToolButton*>(QStringLiteral("rail.") + name);
        ASSERT_NE(button, nullptr) << name.toStdString();
        button->click();
        EXPECT_EQ(window.currentPage(), name);
    }
    EXPECT_FALSE(window.showPage(QStringLiteral("matrix")));
}

TEST_F(MainWindowTest, PlacesOnPagesCanBeOpenedAndFound) {
    const auto run = library.makeRun("looked into");
    MainWindow window(theme);
    ASSERT_TRUE(window.openLibrary(library.folder()));
    ASSERT_TRUE(window.showPage(QStringLiteral("inspect/spectra")));
    EXPECT_EQ(window.currentPage(), QStringLiteral("inspect"));
    EXPECT_EQ(window.inspectPage().currentTab(), QStringLiteral("spectra"));
    EXPECT_EQ(window.inspectPage().run(), run);
    ASSERT_TRUE(window.showPage(QStringLiteral("reproduce/table1")));
    EXPECT_EQ(window.reproducePage().section(), QStringLiteral("table1"));
    EXPECT_FALSE(window.showPage(QStringLiteral("inspection/spectra")));
    auto* search = window.findChild<SearchField*>();
    ASSERT_NE(search, nullptr);
    for (const char* words : {"lyapunov exponents", "floor under", "study gru"}) {
        search->clear();
        QTest::keyClicks(search, QLatin1String(words));
        EXPECT_GT(search->hitCount(), 0) << words;
    }
}

TEST_F(MainWindowTest, ClosingAsksOnceAndTheRunGoesOn) {
    library.useWorker(testing::untilStopped);
    const auto run = library.makeRun("goes on");
    {
        MainWindow window(theme);
        ASSERT_TRUE(window.openLibrary(library.folder()));
        window.workspace().queue().add(run);
        ASSERT_TRUE(eventually([&] {
            return window.workspace().queue().items().front().state == RunQueue::State::running;
        }));
        int asked = 0;
        bool answer = false;
        window.setCloseQuestion([&](int running) {
            EXPECT_EQ(running, 1);
            ++asked;
            return answer;
        });
        window.show();
        EXPECT_FALSE(window.close());
        answer = true;
        EXPECT_TRUE(window.close());
        EXPECT_TRUE(window.close());
        EXPECT_EQ(asked, 2);
    }
    EXPECT_EQ(readSummary(run).status, RunStatus::running);
    MainWindow again(theme);
    ASSERT_TRUE(again.openLibrary(library.folder()));
    EXPECT_EQ(again.workspace().queue().runningCount(), 1);
    EXPECT_EQ(again.experimentPage().live().run(), run);
    control::stop(run);
    EXPECT_TRUE(eventually([&] { return again.workspace().queue().items().empty(); }));
}

TEST_F(MainWindowTest, AnUnreadableLibraryIsOneMessageAndKeepsTheOldOne) {
    MainWindow window(theme);
    ASSERT_TRUE(window.openLibrary(library.folder()));
    EXPECT_FALSE(window.openLibrary("/proc/no/such/library"));
    EXPECT_FALSE(window.statusLine().words().isEmpty());
    EXPECT_EQ(window.workspace().library()->folder(), library.folder());
}

TEST_F(MainWindowTest, TrashOffersUndoInTheStatusLine) {
    const auto run = library.makeRun("undone");
    MainWindow window(theme);
    ASSERT_TRUE(window.openLibrary(library.folder()));
    ASSERT_TRUE(window.workspace().trash(run.filename().string()));
    ASSERT_TRUE(window.statusLine().canUndo());
    window.statusLine().undo();
    EXPECT_TRUE(std::filesystem::exists(run));
    EXPECT_FALSE(window.statusLine().canUndo());
}

TEST(SearchField, FindsByAllWordsTitlesFirst) {
    const std::vector<SearchHit> all = {
        {QStringLiteral("Run"), QStringLiteral("my compare"), {}, {}},
        {QStringLiteral("Page"), QStringLiteral("Compare"), {}, {}},
        {QStringLiteral("Run"), QStringLiteral("other"), QStringLiteral("grammar twn"), {}}};
    const auto hits = SearchField::matching(all, QStringLiteral("comp"));
    ASSERT_EQ(hits.size(), 2u);
    EXPECT_EQ(hits.front().title, QStringLiteral("Compare"));
    EXPECT_EQ(SearchField::matching(all, QStringLiteral("TWN gram")).size(), 1u);
    EXPECT_TRUE(SearchField::matching(all, QStringLiteral(" ")).empty());
    EXPECT_TRUE(SearchField::matching(all, QStringLiteral("nothing like it")).empty());
}

TEST_F(MainWindowTest, PicturesAndTablesOfTheManualFit) {
    HelpViewer help(theme);
    help.resize(help.minimumSize());
    help.QWidget::show();
    auto* browser = help.findChild<QTextBrowser*>();
    ASSERT_NE(browser, nullptr);
    for (const QString& page : HelpViewer::pages()) {
        help.open(page);
        QCoreApplication::processEvents();
        EXPECT_EQ(browser->horizontalScrollBar()->maximum(), 0)
            << page.toStdString() << " is wider than the window";
    }
}

TEST_F(MainWindowTest, TheManualGoesBack) {
    HelpViewer help(theme);
    help.open(QStringLiteral("compare"));
    help.QWidget::show();
    QCoreApplication::processEvents();
    auto* back = help.findChild<QPushButton*>(QStringLiteral("helpBack"));
    auto* contents = help.findChild<QPushButton*>(QStringLiteral("helpContents"));
    ASSERT_TRUE(back && contents);
    EXPECT_FALSE(back->isEnabled());
    contents->click();
    EXPECT_EQ(help.page(), QStringLiteral("index"));
    help.open(QStringLiteral("sizes"));
    back->click();
    EXPECT_EQ(help.page(), QStringLiteral("index"));
    back->click();
    EXPECT_EQ(help.page(), QStringLiteral("compare"));
    EXPECT_FALSE(back->isEnabled());
}

TEST_F(MainWindowTest, HiddenColumnsAreRemembered) {
    {
        MainWindow window(theme);
        ASSERT_TRUE(window.openLibrary(library.folder()));
        RunTable& table = window.comparePage().table();
        EXPECT_EQ(table.hiddenColumns(), QStringList{QStringLiteral("created")});
        Q_EMIT table.columnsChanged({QStringLiteral("speed"), QStringLiteral("bits")});
    }
    MainWindow window(theme);
    ASSERT_TRUE(window.openLibrary(library.folder()));
    EXPECT_EQ(window.comparePage().table().hiddenColumns(),
              (QStringList{QStringLiteral("bits"), QStringLiteral("speed")}));
}

}  // namespace
}  // namespace bitloom::ui
