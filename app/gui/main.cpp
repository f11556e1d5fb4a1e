// The workbench. Reads a few options, opens the window on a library, and can take its own picture.

#include <QApplication>
#include <QCommandLineParser>
#include <QElapsedTimer>
#include <QTimer>
#include <clocale>
#include <cstdio>
#include <string_view>

#include "base/files.h"
#include "theme/theme.h"
#include "window/main_window.h"
#include "window/settings.h"

namespace {

using bitloom::ui::Theme;

/// --theme, else what was chosen last, else the system's.
Theme::Mode themeMode(const QString& wanted) {
    if (wanted == QStringLiteral("light")) return Theme::Mode::light;
    if (wanted == QStringLiteral("dark")) return Theme::Mode::dark;
    if (wanted == QStringLiteral("system")) return Theme::Mode::system;
    const int kept = bitloom::ui::openSettings()
                         ->value(QStringLiteral("theme"), static_cast<int>(Theme::Mode::system))
                         .toInt();
    return kept == static_cast<int>(Theme::Mode::light)  ? Theme::Mode::light
           : kept == static_cast<int>(Theme::Mode::dark) ? Theme::Mode::dark
                                                         : Theme::Mode::system;
}

int badUsage(const QString& words) {
    std::fprintf(stderr, "bitloom: %s\n", qPrintable(words));
    return 2;
}

/// --help and --version need no display, which QApplication would insist on.
bool wantsWordsOnly(int argc, char** argv) {
    for (int i = 1; i < argc; ++i) {
        const std::string_view word = argv[i];
        for (const char* asked : {"-h", "--help", "--help-all", "-v", "--version"})
            if (word == asked) return true;
    }
    return false;
}

}  // namespace

int main(int argc, char** argv) {
    QCoreApplication::setApplicationName(QStringLiteral("bitloom"));
    QCoreApplication::setApplicationVersion(QStringLiteral(BITLOOM_VERSION));
    QGuiApplication::setApplicationDisplayName(QStringLiteral("Bitloom"));
    QGuiApplication::setDesktopFileName(QStringLiteral("org.bitloom.Bitloom"));

    QCommandLineParser parser;
    parser.setApplicationDescription(QStringLiteral("Workbench for low-bit recurrent networks"));
    parser.addHelpOption();
    parser.addVersionOption();
    const QCommandLineOption library(QStringLiteral("library"),
                                     QStringLiteral("Folder of runs to open."),
                                     QStringLiteral("DIR"));
    const QCommandLineOption page(
        QStringLiteral("page"),
        QStringLiteral("Page to show: %1.")
            .arg(bitloom::ui::MainWindow::pageNames().join(QStringLiteral(", "))),
        QStringLiteral("NAME"));
    const QCommandLineOption theme(
        QStringLiteral("theme"), QStringLiteral("light, dark or system."), QStringLiteral("NAME"));
    const QCommandLineOption size(QStringLiteral("size"), QStringLiteral("Size of the window."),
                                  QStringLiteral("WxH"));
    const QCommandLineOption screenshot(QStringLiteral("screenshot"),
                                        QStringLiteral("Write a picture of the window and end."),
                                        QStringLiteral("FILE.png"));
    const QCommandLineOption after(QStringLiteral("after"),
                                   QStringLiteral("Milliseconds before the picture (1500)."),
                                   QStringLiteral("MS"), QStringLiteral("1500"));
    const QCommandLineOption demo(QStringLiteral("demo"),
                                  QStringLiteral("Run the demo comparison at once."));
    parser.addOptions({library, page, theme, size, screenshot, after, demo});
    if (wantsWordsOnly(argc, argv)) {
        const QCoreApplication words(argc, argv);
        parser.process(words);  // ends the program
    }
    QApplication application(argc, argv);
    // QApplication takes the user's locale; numbers in files and fields keep their point.
    std::setlocale(LC_NUMERIC, "C");
    QLocale::setDefault(QLocale::c());
    parser.process(application);

    const QStringList themes{QStringLiteral("light"), QStringLiteral("dark"),
                             QStringLiteral("system")};
    if (parser.isSet(theme) && !themes.contains(parser.value(theme))) {
        return badUsage(QStringLiteral("--theme is light, dark or system"));
    }
    const QStringList pages = bitloom::ui::MainWindow::pageNames();
    if (parser.isSet(page) && !pages.contains(parser.value(page))) {
        return badUsage(
            QStringLiteral("--page is one of %1").arg(pages.join(QStringLiteral(", "))));
    }
    bool fine = false;
    const int wait = parser.value(after).toInt(&fine);
    if (!fine || wait < 0) return badUsage(QStringLiteral("--after is a number of milliseconds"));

    Theme look(themeMode(parser.value(theme)));
    look.apply(application);
    QApplication::setWindowIcon(Theme::programIcon());
    bitloom::ui::MainWindow window(look);
    if (parser.isSet(size)) {
        const QStringList sides = parser.value(size).split(QLatin1Char('x'));
        const int width = sides.value(0).toInt();
        const int height = sides.value(1).toInt();
        if (width < 1 || height < 1) return badUsage(QStringLiteral("--size is like 1440x900"));
        window.resize(width, height);
    }
    if (parser.isSet(page)) window.showPage(parser.value(page));
    const auto folder = parser.isSet(library)
                            ? bitloom::pathFromUtf8(parser.value(library).toStdString())
                            : bitloom::ui::MainWindow::rememberedLibrary();
    if (!window.openLibrary(folder) && window.currentPage().isEmpty()) {
        window.showPage(QStringLiteral("experiment"));
    }
    if (parser.isSet(demo)) window.runDemo();
    if (parser.isSet(page)) window.showPage(parser.value(page));
    window.show();

    int result = 0;
    if (parser.isSet(screenshot)) {
        QTimer::singleShot(wait, &window, [&] {
            if (!window.grab().save(parser.value(screenshot))) {
                result = 1;
                std::fprintf(stderr, "bitloom: %s cannot be written\n",
                             qPrintable(parser.value(screenshot)));
            }
            QCoreApplication::exit(result);
        });
    }
    return application.exec();
}
