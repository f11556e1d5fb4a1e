#pragma once
// Design on the left, the live run on the right.

#include <QWidget>
#include <filesystem>
#include <vector>

#include "experiment/spec.h"
#include "session/run_queue.h"
#include "theme/theme.h"

namespace bitloom::ui {

class DesignPanel;
class LivePanel;

class ExperimentPage : public QWidget {
    Q_OBJECT
public:
    ExperimentPage(const Theme& theme, RunQueue& queue, QWidget* parent = nullptr);

    [[nodiscard]] DesignPanel& design() const { return *m_design; }
    [[nodiscard]] LivePanel& live() const { return *m_live; }
    /// Shows a run on the right.
    void showRun(const std::filesystem::path& run);

Q_SIGNALS:
    void startRequested(const std::vector<bitloom::Spec>& specs);
    void demoRequested();
    void said(const QString& words);
    /// The run shown is to be looked into on the page Inspect.
    void inspectRequested(const std::filesystem::path& run);

private:
    DesignPanel* m_design;
    LivePanel* m_live;
};

}  // namespace bitloom::ui
