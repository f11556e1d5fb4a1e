#pragma once
// One run in depth: what its probes found, at any probed step, a layer and a gate at a time.

#include <QWidget>
#include <filesystem>
#include <optional>
#include <vector>

#include "models/probe_history.h"
#include "session/cli_job.h"
#include "session/run_watcher.h"
#include "session/workspace.h"
#include "theme/theme.h"

class QComboBox;
class QLabel;
class QPushButton;
class QStackedWidget;
class QTabBar;
class QTreeWidget;

namespace bitloom::ui {

class ElidedLabel;
class InspectEvents;
class InspectGradients;
class InspectSpectra;
class InspectStatistics;
class InspectTab;
class InspectWeights;
class StepSlider;

class InspectPage : public QWidget {
    Q_OBJECT
public:
    InspectPage(const Theme& theme, Workspace& workspace, QWidget* parent = nullptr);

    /// Shows a run of the library; an empty path shows the newest.
    void showRun(const std::filesystem::path& run);
    [[nodiscard]] const std::filesystem::path& run() const { return m_run; }
    /// "gradients", "spectra", "weights", "statistics", "events".
    void showTab(const QString& name);
    [[nodiscard]] QString currentTab() const;

    [[nodiscard]] const ProbeHistory& history() const { return m_history; }
    [[nodiscard]] std::int64_t step() const { return m_step; }
    /// Goes to the probed step nearest to `step` and stops following.
    void goToStep(double step);
    [[nodiscard]] InspectGradients& gradients() const { return *m_gradients; }
    [[nodiscard]] InspectSpectra& spectra() const { return *m_spectra; }
    [[nodiscard]] InspectWeights& weights() const { return *m_weights; }
    [[nodiscard]] InspectStatistics& statistics() const { return *m_statistics; }
    [[nodiscard]] bool isEmptyLibrary() const;

Q_SIGNALS:
    void runChosen(const std::filesystem::path& run);
    void demoRequested();
    /// A section of the page Reproduce.
    void sectionRequested(const QString& name);
    void said(const QString& words);

private:
    QWidget* makeHeader();
    QWidget* makeBar();
    QWidget* makeEmptyState();
    void makeTree(const Spec& spec);
    void fillRuns();
    void onNews(const std::filesystem::path& run, const RunNews& news);
    void refresh();
    void showTabs();
    void showHeader();
    void showNotice();
    void measure(bool wholeSpectrum);
    void measured(const QByteArray& output);
    [[nodiscard]] InspectTab* tab() const;

    const Theme& m_theme;
    Workspace& m_workspace;
    RunWatcher m_watcher;
    CliJob m_job;
    std::filesystem::path m_run;
    ProbeHistory m_history;
    std::optional<Spec> m_spec;
    std::optional<RunSummary> m_summary;
    std::vector<MetricRow> m_evaluations;
    std::int64_t m_step = 0;
    bool m_caughtUp = false;
    bool m_wholeWanted = false;

    QStackedWidget *m_stack, *m_tabs;
    QComboBox* m_runs;
    ElidedLabel* m_words;
    QLabel *m_status, *m_noticeWords;
    QWidget* m_notice;
    QPushButton *m_measure, *m_export, *m_experiment;
    QTreeWidget* m_tree;
    QTabBar* m_choice;
    StepSlider* m_slider;
    InspectGradients* m_gradients;
    InspectSpectra* m_spectra;
    InspectWeights* m_weights;
    InspectStatistics* m_statistics;
    InspectEvents* m_events;
};

}  // namespace bitloom::ui
