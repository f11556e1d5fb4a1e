#pragma once
// The runs of a study as a short list: colour, name, state, and a button that
// makes those missing.

#include <QWidget>
#include <string>
#include <vector>

#include "pages/compare_charts.h"
#include "session/study_desk.h"
#include "theme/theme.h"

class QLabel;
class QPushButton;
class QVBoxLayout;

namespace bitloom::ui {

class ElidedButton;

class StudyRuns : public QWidget {
    Q_OBJECT
public:
    StudyRuns(const Theme& theme, StudyDesk& desk, Workspace& workspace, QWidget* parent = nullptr);

    /// Which members; empty = all. Colours go by their place in the study.
    void setKeys(const std::vector<std::string>& keys);
    [[nodiscard]] const std::vector<std::string>& keys() const { return m_keys; }
    /// Said beside the button, e.g. how long a run takes.
    void setHint(const QString& hint);
    /// Those that have a folder, named and coloured as here.
    [[nodiscard]] std::vector<ShownRun> shown() const;
    [[nodiscard]] QPushButton& startButton() const { return *m_start; }

Q_SIGNALS:
    /// Runs came or went; also when their state changed.
    void changed();
    void runChosen(const std::filesystem::path& run);

protected:
    void showEvent(QShowEvent* event) override;

private:
    struct Line {
        QLabel *dot, *state;
        ElidedButton* name;
    };
    void refresh();
    void rebuild();
    /// Of the run palette: its place in the study, so that it is the same in
    /// every view.
    [[nodiscard]] int colorOf(const std::string& key) const;
    [[nodiscard]] QString stateOf(const PlannedRun& run) const;

    const Theme& m_theme;
    StudyDesk& m_desk;
    Workspace& m_workspace;
    std::vector<std::string> m_keys;
    std::vector<std::string> m_built;  ///< keys there are lines for
    std::vector<Line> m_lines;
    QVBoxLayout* m_column;
    QWidget* m_list = nullptr;
    QPushButton* m_start;
    QLabel* m_note;
    QString m_hint;
};

}  // namespace bitloom::ui
