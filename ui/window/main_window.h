#pragma once
// The window: rail, top bar, pages, status line. It assembles and remembers the layout; the work is
// in the pages, the workspace and the workers.

#include <QMainWindow>
#include <filesystem>
#include <functional>
#include <map>
#include <vector>

#include "session/workspace.h"
#include "theme/theme.h"

class QButtonGroup;
class QStackedWidget;
class QToolButton;

namespace bitloom::ui {

class ComparePage;
class DataPage;
class ExperimentPage;
class HelpViewer;
class InspectPage;
class QueueFoot;
class ReproducePage;
class StatusLine;
class TopBar;
struct SearchHit;

class MainWindow : public QMainWindow {
    Q_OBJECT
public:
    explicit MainWindow(Theme& theme, QWidget* parent = nullptr);
    ~MainWindow() override;

    /// Opens the library and shows its newest run; an unreadable one leaves the window as it was
    /// and says so.
    bool openLibrary(const std::filesystem::path& folder);
    /// The library of the last session, else the default one.
    static std::filesystem::path rememberedLibrary();

    /// A page of pageNames(), or a place on one: "inspect/spectra", "reproduce/table1",
    /// "compare/probes". False for a page there is not.
    bool showPage(const QString& name);
    [[nodiscard]] QString currentPage() const;
    static QStringList pageNames();

    [[nodiscard]] Workspace& workspace() { return m_workspace; }
    [[nodiscard]] StatusLine& statusLine() const { return *m_status; }
    ExperimentPage& experimentPage();
    ComparePage& comparePage();
    InspectPage& inspectPage();
    ReproducePage& reproducePage();
    /// Queues the demo's three runs and shows them side by side.
    void runDemo();
    void openHelp(const QString& page);

    /// Replaces the question asked on closing while `running` workers train (tests): answer true =
    /// close.
    void setCloseQuestion(std::function<bool(int running)> question);

protected:
    void closeEvent(QCloseEvent* event) override;

private:
    QWidget* makeRail();
    void makeShortcuts();
    QWidget* page(const QString& name);
    void startRuns(const std::vector<Spec>& specs);
    void showRun(const std::filesystem::path& run);
    void inspectRun(const std::filesystem::path& run);
    void showSection(const QString& name);
    void askForLibrary();
    void rememberLibrary(const std::filesystem::path& folder);
    void setThemeMode(Theme::Mode mode);
    void restoreLayout();
    void saveLayout();
    [[nodiscard]] std::vector<SearchHit> searchHits();

    Theme& m_theme;
    Workspace m_workspace;
    TopBar* m_top;
    StatusLine* m_status;
    QStackedWidget* m_stack;
    QButtonGroup* m_rail;
    std::map<QString, QWidget*> m_pages;  ///< made when first shown
    HelpViewer* m_help = nullptr;
    std::function<bool(int)> m_closeQuestion;
    bool m_closeAgreed = false;
};

}  // namespace bitloom::ui
