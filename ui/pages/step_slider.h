#pragma once
// A slider over the probed steps of a run, which need not be even: back, slider, forward, the step
// in words and whether it follows the newest one.

#include <QWidget>
#include <cstdint>
#include <vector>

#include "theme/theme.h"

class QCheckBox;
class QLabel;
class QSlider;
class QToolButton;

namespace bitloom::ui {

class StepSlider : public QWidget {
    Q_OBJECT
public:
    explicit StepSlider(const Theme& theme, QWidget* parent = nullptr);

    /// Ascending. While it follows it goes to the last, else it stays where it was.
    void setSteps(const std::vector<std::int64_t>& steps);
    [[nodiscard]] std::int64_t step() const;  ///< 0 without steps
    [[nodiscard]] bool follows() const;
    void setFollows(bool follow);
    /// To the step nearest to `step`; ends following unless that is the last.
    void goTo(double step);
    /// So many probes forward or back; at the ends it stays.
    void stepBy(int by);

Q_SIGNALS:
    void stepChanged(std::int64_t step);

private:
    void moved(int index);
    void updateWords();

    std::vector<std::int64_t> m_steps;
    QSlider* m_slider;
    QToolButton *m_back, *m_forward;
    QLabel* m_words;
    QCheckBox* m_follow;
};

}  // namespace bitloom::ui
