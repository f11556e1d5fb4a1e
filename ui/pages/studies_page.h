#pragma once
// All studies: the question, its runs at either size, and the way to a
// comparison and a report.

#include <QWidget>
#include <filesystem>
#include <vector>

#include "pages/compare_charts.h"
#include "session/report_writer.h"
#include "session/study_desk.h"
#include "theme/theme.h"

class QLabel;
class QListWidget;
class QPushButton;

namespace bitloom::ui {

class ElidedLabel;
class LayerTable;
class Segmented;
class StudyRuns;

class StudiesPage : public QWidget {
    Q_OBJECT
public:
    StudiesPage(const Theme& theme, Workspace& workspace, QWidget* parent = nullptr);

    void showStudy(const std::string& name);
    [[nodiscard]] std::string current() const;
    [[nodiscard]] StudyDesk& desk() { return m_desk; }
    /// Writes the report of the study shown, on a thread; said() tells when it is there, or what
    /// went wrong.
    void writeReport(const QString& path);

Q_SIGNALS:
    void compareRequested(const std::vector<ShownRun>& runs);
    void inspectRequested(const std::filesystem::path& run);
    void table1Requested();
    void said(const QString& words);

private:
    QWidget* makeDetail();
    void showDetail(const Study& study);
    void updateButtons();
    void showAnswer();

    const Theme& m_theme;
    Workspace& m_workspace;
    StudyDesk m_desk;
    ReportWriter m_reports;
    QListWidget* m_list;
    ElidedLabel* m_title;
    QLabel *m_question, *m_look, *m_findings;
    LayerTable* m_layers;
    Segmented* m_scale;
    StudyRuns* m_runs;
    QPushButton *m_compare, *m_report, *m_table1;
};

}  // namespace bitloom::ui
