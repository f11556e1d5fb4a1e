#pragma once
// Which runs the page of shared batch norm looks at: its study's, or any run of the library with
// batch normalization; and measuring such a run's checkpoint in a child process, its test under
// every kind of statistics included.

#include <QWidget>
#include <filesystem>
#include <map>
#include <optional>

#include "experiment/probe_answer.h"
#include "session/cli_job.h"
#include "session/workspace.h"

class QComboBox;
class QLabel;
class QPushButton;

namespace bitloom::ui {

class BatchNormRun : public QWidget {
    Q_OBJECT
public:
    explicit BatchNormRun(Workspace& workspace, QWidget* parent = nullptr);

    /// The run chosen; empty: the study's.
    [[nodiscard]] const std::filesystem::path& run() const { return m_run; }
    /// Its name; empty for the study's.
    [[nodiscard]] QString name() const;
    /// Does nothing if the library has no such run with batch normalization.
    void choose(const std::filesystem::path& run);
    /// What was measured of a run since the window opened, or nullptr.
    [[nodiscard]] const ProbeAnswer* answer(const std::filesystem::path& run) const;

    /// Measures the chosen run's last checkpoint: minutes for long sequences, seconds if it was
    /// tested already.
    void measure();
    /// The run chosen holds a test under every kind of statistics: no need to make it again.
    void setTested(bool tested);
    void stop();
    [[nodiscard]] bool measuring() const { return m_job.busy(); }

Q_SIGNALS:
    /// Another run was chosen, or something of one was measured.
    void changed();
    void said(const QString& words);

private:
    void fill();
    void updateButton();
    void measured(const QByteArray& output);

    Workspace& m_workspace;
    CliJob m_job;
    std::filesystem::path m_run, m_measuring;
    std::map<std::filesystem::path, ProbeAnswer> m_answers;
    bool m_tested = false;
    QComboBox* m_box;
    QPushButton* m_measure;
    QLabel *m_note, *m_caption;
};

}  // namespace bitloom::ui
