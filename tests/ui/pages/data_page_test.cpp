#include "pages/data_page.h"

#include <gtest/gtest.h>

#include <QApplication>
#include <QDir>
#include <QFile>
#include <QFileDialog>
#include <QLabel>
#include <QPushButton>
#include <QTemporaryDir>

#include "ui/session/fake_worker.h"

namespace bitloom::ui {
namespace {

using testing::eventually;

/// A data folder of its own, and Qt's own file dialog, which a test can answer.
class DataPageTest : public ::testing::Test {
protected:
    DataPageTest() {
        QCoreApplication::setAttribute(Qt::AA_DontUseNativeDialogs);
        qputenv("BITLOOM_DATA", home.filePath(QStringLiteral("data")).toLocal8Bit());
    }
    ~DataPageTest() override {
        if (before.isEmpty()) {
            qunsetenv("BITLOOM_DATA");
        } else {
            qputenv("BITLOOM_DATA", before);
        }
        QCoreApplication::setAttribute(Qt::AA_DontUseNativeDialogs, false);
    }

    QString write(const QString& name, const QByteArray& bytes) {
        const QString path = home.filePath(name);
        EXPECT_TRUE(QDir().mkpath(QFileInfo(path).path()));
        QFile file(path);
        EXPECT_TRUE(file.open(QIODevice::WriteOnly));
        file.write(bytes);
        return path;
    }
    QFileDialog* ask(DataPage& page, const char* button) {
        page.findChild<QPushButton*>(QLatin1String(button))->click();
        return page.findChild<QFileDialog*>(QStringLiteral("importDialog"));
    }
    static QString report(DataPage& page) {
        const auto* label = page.findChild<QLabel*>(QStringLiteral("dataReport"));
        return label->isHidden() ? QString() : label->text();
    }
    static void choose(QFileDialog& dialog, const QString& path) {
        dialog.selectFile(path);
        static_cast<QDialog&>(dialog).accept();
    }

    QByteArray before = qgetenv("BITLOOM_DATA");
    QTemporaryDir home;
    Theme theme{Theme::Mode::light};
};

TEST_F(DataPageTest, ImportFolderTakesTheChosenFolder) {
    write(QStringLiteral("books/novel.txt"), QByteArray("It was a dark night.\n").repeated(40));
    DataPage page(theme);
    QFileDialog* dialog = ask(page, "importFolder");
    ASSERT_NE(dialog, nullptr);
    EXPECT_EQ(dialog->fileMode(), QFileDialog::Directory);
    choose(*dialog, home.filePath(QStringLiteral("books")));
    EXPECT_TRUE(page.jobs().busy());
    ASSERT_TRUE(eventually([&] { return !page.jobs().busy() && !report(page).isEmpty(); }));
    EXPECT_TRUE(report(page).contains(QStringLiteral("No file of a published set")))
        << qPrintable(report(page));
    EXPECT_TRUE(report(page).contains(QStringLiteral("novel.txt"))) << qPrintable(report(page));
    EXPECT_GT(page.rowCount(), 0);
}

TEST_F(DataPageTest, ImportFilesTakesAllThatAreChosen) {
    const QString path = write(QStringLiteral("noise.bin"), QByteArray(64, '\0'));
    const QString text =
        write(QStringLiteral("novel.txt"), QByteArray("It was a dark night.\n").repeated(40));
    DataPage page(theme);
    QFileDialog* dialog = ask(page, "importFile");
    ASSERT_NE(dialog, nullptr);
    EXPECT_EQ(dialog->fileMode(), QFileDialog::ExistingFiles);
    choose(*dialog, path);
    ASSERT_TRUE(eventually([&] { return !page.jobs().busy() && !report(page).isEmpty(); }));
    EXPECT_TRUE(report(page).contains(QStringLiteral("noise.bin"))) << qPrintable(report(page));

    // As dropped: one report for both.
    page.importFrom({path.toStdString(), text.toStdString()});
    ASSERT_TRUE(eventually([&] { return !page.jobs().busy(); }));
    EXPECT_TRUE(report(page).contains(QStringLiteral("noise.bin"))) << qPrintable(report(page));
    EXPECT_TRUE(report(page).contains(QStringLiteral("novel.txt"))) << qPrintable(report(page));
}

TEST_F(DataPageTest, CancelImportsNothing) {
    DataPage page(theme);
    QFileDialog* dialog = ask(page, "importFolder");
    ASSERT_NE(dialog, nullptr);
    dialog->reject();
    EXPECT_FALSE(page.jobs().busy());
    EXPECT_TRUE(report(page).isEmpty());
}

TEST_F(DataPageTest, AFolderThatIsGoneIsSaidInWords) {
    DataPage page(theme);
    page.importFrom({"/nonexistent/folder"});
    ASSERT_TRUE(eventually([&] { return !page.jobs().busy() && !report(page).isEmpty(); }));
    EXPECT_TRUE(report(page).contains(QStringLiteral("/nonexistent/folder")))
        << qPrintable(report(page));
}

}  // namespace
}  // namespace bitloom::ui
