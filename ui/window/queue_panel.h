#pragma once
// The queue: at the foot of the rail a ring with percent and ETA, and opened by it the list of runs
// that train and wait, to reorder, remove and stop.

#include <QToolButton>
#include <QWidget>
#include <filesystem>

#include "session/run_queue.h"
#include "theme/theme.h"

class QLabel;
class QListWidget;
class QPushButton;
class QSpinBox;

namespace bitloom::ui {

class ProgressRing;

/// The list, shown as a popup.
class QueueList : public QWidget {
    Q_OBJECT
public:
    QueueList(const Theme& theme, RunQueue& queue, QWidget* parent = nullptr);
    void refresh();

Q_SIGNALS:
    void runChosen(const std::filesystem::path& run);
    void said(const QString& words);

private:
    [[nodiscard]] std::filesystem::path current() const;
    [[nodiscard]] int currentPlace() const;  ///< among the waiting ones; -1 = not waiting
    void updateButtons();
    void moveCurrent(int by);
    void removeCurrent();
    void stopCurrent();

    const Theme& m_theme;
    RunQueue& m_queue;
    QListWidget* m_list;
    QLabel* m_empty;
    QSpinBox* m_parallel;
    QPushButton *m_up, *m_down, *m_remove, *m_stop;
};

/// The foot of the rail.
class QueueFoot : public QWidget {
    Q_OBJECT
public:
    QueueFoot(const Theme& theme, RunQueue& queue, QWidget* parent = nullptr);
    void openList();

Q_SIGNALS:
    void runChosen(const std::filesystem::path& run);
    void said(const QString& words);

protected:
    void mouseReleaseEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    void refresh();

    RunQueue& m_queue;
    QueueList* m_list;
    ProgressRing* m_ring;
    QLabel *m_eta, *m_waiting;
    QToolButton* m_stop;
};

}  // namespace bitloom::ui
