#pragma once
// How a text is divided: a bar of three parts (training, validation, test) with two handles. The
// arrow keys move the handle in hand, Up and Down take the other one.

#include <QWidget>

#include "theme/theme.h"

namespace bitloom::ui {

class SplitSlider : public QWidget {
    Q_OBJECT
public:
    explicit SplitSlider(const Theme& theme, QWidget* parent = nullptr);

    /// Shares of the whole; out of range or not numbers: the handles stay where they are.
    void setShares(double train, double valid);
    [[nodiscard]] double train() const { return m_first / 100.0; }
    [[nodiscard]] double valid() const { return (m_second - m_first) / 100.0; }

    [[nodiscard]] QSize sizeHint() const override;

Q_SIGNALS:
    /// By the user; whole percents.
    void moved(double train, double valid);

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    [[nodiscard]] double pixel(int percent) const;
    void moveHandle(int percent);

    const Theme& m_theme;
    int m_first = 80;   ///< percent where validation begins
    int m_second = 90;  ///< percent where the test begins
    bool m_holdsSecond = false;
};

}  // namespace bitloom::ui
