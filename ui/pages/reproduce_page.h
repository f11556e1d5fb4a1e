#pragma once
// Reproduce: the guided page "Why it explodes", shared batch norm to play with,
// Table 1, and all studies. Sections are made when first shown.

#include <QWidget>
#include <filesystem>
#include <map>
#include <vector>

#include "pages/compare_charts.h"
#include "session/workspace.h"
#include "theme/theme.h"

class QComboBox;
class QListWidget;
class QStackedWidget;

namespace bitloom::ui {

class BatchNormPage;
class StoryPage;
class StudiesPage;
class Table1Page;

class ReproducePage : public QWidget {
    Q_OBJECT
public:
    ReproducePage(const Theme& theme, Workspace& workspace, QWidget* parent = nullptr);

    /// "step1" .. "step5", "batch_norm", "table1", "studies"; false for a section
    /// there is not.
    bool showSection(const QString& name);
    [[nodiscard]] QString section() const;
    /// Name and title of each section, for the search.
    static std::vector<std::pair<QString, QString>> sections();
    void showStudy(const std::string& name);

    StoryPage& story();
    BatchNormPage& batchNorm();
    Table1Page& table1();
    StudiesPage& studiesPage();

Q_SIGNALS:
    void inspectRequested(const std::filesystem::path& run);
    void compareRequested(const std::vector<ShownRun>& runs);
    void said(const QString& words);

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void open(const QString& name);

    const Theme& m_theme;
    Workspace& m_workspace;
    QListWidget* m_list;
    QWidget *m_line, *m_narrow;
    QComboBox* m_choice;  ///< in the place of the list where the window is narrow
    QStackedWidget* m_stack;
    StoryPage* m_story = nullptr;
    BatchNormPage* m_batchNorm = nullptr;
    Table1Page* m_table1 = nullptr;
    StudiesPage* m_studies = nullptr;
};

}  // namespace bitloom::ui
