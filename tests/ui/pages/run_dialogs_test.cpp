#include "pages/run_dialogs.h"

#include <gtest/gtest.h>

#include <QApplication>
#include <QInputDialog>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>

#include "session/workspace.h"
#include "ui/session/fake_worker.h"

namespace bitloom::ui {
namespace {

using testing::FakeLibrary;

class RunDialogsTest : public ::testing::Test {
protected:
    void SetUp() override {
        folder = library.makeRun("described");
        ASSERT_TRUE(workspace.open(library.folder()));
        run = workspace.find(folder).value();
    }
    QInputDialog& dialog(const char* name) {
        return *parent.findChild<QInputDialog*>(QLatin1String(name));
    }
    /// As a new session reads it from the disk.
    LibraryRun kept() const {
        Workspace other;
        EXPECT_TRUE(other.open(library.folder()));
        return other.find(folder).value();
    }

    FakeLibrary library;
    std::filesystem::path folder;
    Workspace workspace;
    LibraryRun run;
    QWidget parent;
};

TEST_F(RunDialogsTest, TagsAreTrimmedAndKept) {
    editTags(&parent, workspace, run);
    auto* edit = dialog("tagsDialog").findChild<QLineEdit*>();
    ASSERT_NE(edit, nullptr);
    QTest::keyClicks(edit, QStringLiteral(" ternary ,, PTB chars,"));
    QTest::keyClick(edit, Qt::Key_Return);
    const std::vector<std::string> wanted{"ternary", "PTB chars"};
    EXPECT_EQ(workspace.find(folder)->tags, wanted);
    EXPECT_EQ(kept().tags, wanted);
}

TEST_F(RunDialogsTest, ANoteOfManyLinesIsKeptAndTabLeavesIt) {
    editNote(&parent, workspace, run);
    auto* edit = dialog("noteDialog").findChild<QPlainTextEdit*>();
    ASSERT_NE(edit, nullptr);
    EXPECT_TRUE(edit->tabChangesFocus());
    QTest::keyClicks(edit, QStringLiteral("first"));
    QTest::keyClick(edit, Qt::Key_Return);
    QTest::keyClicks(edit, QStringLiteral("second"));
    dialog("noteDialog").accept();
    EXPECT_EQ(workspace.find(folder)->note, "first\nsecond");
    EXPECT_EQ(kept().note, "first\nsecond");
}

TEST_F(RunDialogsTest, CancelKeepsWhatWas) {
    workspace.setNote(run.id, "old");
    editNote(&parent, workspace, workspace.find(folder).value());
    auto* edit = dialog("noteDialog").findChild<QPlainTextEdit*>();
    ASSERT_NE(edit, nullptr);
    EXPECT_EQ(edit->toPlainText(), QStringLiteral("old"));
    QTest::keyClicks(edit, QStringLiteral("new"));
    dialog("noteDialog").reject();
    EXPECT_EQ(kept().note, "old");
}

}  // namespace
}  // namespace bitloom::ui
