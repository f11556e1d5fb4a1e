#pragma once
// Runs side by side: charts of the checked ones above the table of all.

#include <QWidget>
#include <filesystem>
#include <vector>

#include "session/report_writer.h"
#include "session/workspace.h"
#include "theme/theme.h"

class QLineEdit;
class QPushButton;
class QSplitter;
class QStackedWidget;

namespace bitloom::ui {

class CompareCharts;
class ProbeCharts;
class RunFilterModel;
class RunTable;
class RunTableModel;
struct ShownRun;
class Segmented;

class ComparePage : public QWidget {
    Q_OBJECT
public:
    ComparePage(const Theme& theme, Workspace& workspace, QWidget* parent = nullptr);

    /// Checks exactly these runs.
    void checkOnly(const std::vector<std::filesystem::path>& runs);
    /// The same in the colours they have where they come from.
    void checkAsShown(const std::vector<ShownRun>& runs);
    [[nodiscard]] RunTableModel& model() const { return *m_model; }
    [[nodiscard]] CompareCharts& charts() const { return *m_charts; }
    [[nodiscard]] bool showsDemoCard() const;
    /// The probes of the checked runs instead of their results.
    void showProbes(bool shown);
    [[nodiscard]] RunTable& table() const { return *m_table; }
    [[nodiscard]] ProbeCharts& probes() const { return *m_probes; }
    /// Writes the report of the checked runs, on a thread; said() tells when it is there, or what
    /// went wrong.
    void writeReport(const QString& path);

Q_SIGNALS:
    void demoRequested();
    /// A run is to be shown on the Experiment page.
    void runChosen(const std::filesystem::path& run);
    /// A run is to be shown on the page Inspect.
    void inspectRequested(const std::filesystem::path& run);
    void said(const QString& words);

private:
    QWidget* makeToolbar();
    QWidget* makeResultTools(QWidget* parent);
    QWidget* makeTable();
    void makeExportMenu(QPushButton* button);
    void refresh();
    void updateSummaries();
    void showChecked();
    void updateLayers();
    [[nodiscard]] std::vector<ShownRun> shown() const;
    void updateMetricChoice();
    void openRunMenu(const QPoint& at);
    void trashSelected();
    [[nodiscard]] const LibraryRun* selected() const;

    const Theme& m_theme;
    Workspace& m_workspace;
    ReportWriter m_reports;
    RunTableModel* m_model;
    RunFilterModel* m_sorted;
    CompareCharts* m_charts;
    ProbeCharts* m_probes;
    QStackedWidget* m_views;
    Segmented *m_view, *m_layer;
    QWidget* m_resultTools;
    QStackedWidget* m_stack;
    RunTable* m_table;
    QLineEdit* m_filter;
    Segmented* m_metric;
    bool m_everChecked = false;  ///< the first runs of a library are checked by themselves
};

}  // namespace bitloom::ui
