#pragma once
// Right side of the Experiment page: one run as it trains, its events, and what can be done to it.
// All it knows comes from the run folder; all it wants goes into control.json.

#include <QWidget>
#include <filesystem>
#include <optional>

#include "session/run_queue.h"
#include "session/run_watcher.h"
#include "theme/theme.h"

class QLabel;
class QLineEdit;
class QListWidget;
class QPushButton;
class QStackedWidget;

namespace bitloom::ui {

class ElidedLabel;
class LiveCharts;

class LivePanel : public QWidget {
    Q_OBJECT
public:
    LivePanel(const Theme& theme, RunQueue& queue, QWidget* parent = nullptr);

    /// Follows `run`; an empty path shows the empty state.
    void show(const std::filesystem::path& run);
    using QWidget::show;
    [[nodiscard]] const std::filesystem::path& run() const { return m_run; }
    [[nodiscard]] const std::optional<RunSummary>& summary() const { return m_summary; }
    [[nodiscard]] LiveCharts& charts() const { return *m_charts; }

    /// As the buttons do; what went wrong is told by said().
    void pauseOrContinue();
    void step();
    void stop();
    void resume();
    /// New total of epochs; a run that has ended is queued again.
    void extendTo(int epochs);
    void extendStepsTo(int steps);
    void changeLearningRate(const QString& rate);

Q_SIGNALS:
    void said(const QString& words);
    /// The run's spec is to be shown in the form.
    void designRequested(const std::string& json);
    void demoRequested();
    void inspectRequested(const std::filesystem::path& run);

private:
    QWidget* makeHeader();
    QWidget* makeControls();
    QWidget* makeEmptyState();
    void onNews(const std::filesystem::path& run, const RunNews& news);
    void addEvents(const std::vector<EventRow>& events);
    void showSummary();
    void updateControls();
    void askExtend();
    void extended(const QString& trouble, const QString& done);
    void tell(const QString& trouble, const QString& done);
    [[nodiscard]] bool isLive() const;

    const Theme& m_theme;
    RunQueue& m_queue;
    RunWatcher m_watcher;
    std::filesystem::path m_run;
    std::optional<RunSummary> m_summary;
    std::optional<Spec> m_spec;
    std::optional<DatasetInfo> m_dataset;
    double m_rate = 0;  ///< learning rate of the last step
    double m_speed = 0;
    bool m_gone = false;

    QStackedWidget* m_stack;
    ElidedLabel *m_title, *m_progress;
    QLabel *m_status, *m_banner;
    LiveCharts* m_charts;
    QListWidget* m_events;
    QPushButton *m_pause, *m_step, *m_stop, *m_resume, *m_extend, *m_design;
    QLineEdit* m_rateEdit;
    QPushButton* m_rateSet;
};

}  // namespace bitloom::ui
