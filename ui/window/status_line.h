#pragma once
// One line at the foot of the window for what just happened, with Undo where it can be undone.

#include <QTimer>
#include <QWidget>
#include <functional>

class QPushButton;

namespace bitloom::ui {

class ElidedLabel;

class StatusLine : public QWidget {
    Q_OBJECT
public:
    explicit StatusLine(QWidget* parent = nullptr);

    /// Shows `words` for a while; with `undo`, a button that does it once.
    void say(const QString& words, std::function<void()> undo = {});
    [[nodiscard]] QString words() const;
    [[nodiscard]] bool canUndo() const { return static_cast<bool>(m_undo); }
    void undo();

private:
    ElidedLabel* m_label;
    QPushButton* m_button;
    std::function<void()> m_undo;
    QTimer m_timer;
};

}  // namespace bitloom::ui
