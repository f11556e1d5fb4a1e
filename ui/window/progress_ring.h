#pragma once
// A thin ring that fills with the share done; a dot in its middle while paused.

#include <QWidget>

#include "theme/theme.h"

namespace bitloom::ui {

class ProgressRing : public QWidget {
    Q_OBJECT
public:
    explicit ProgressRing(const Theme& theme, QWidget* parent = nullptr);
    /// `share` in [0, 1]; less than 0 = nothing runs.
    void setShare(double share, bool paused = false);
    [[nodiscard]] double share() const { return m_share; }
    [[nodiscard]] QSize sizeHint() const override { return {36, 36}; }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    const Theme& m_theme;
    double m_share = -1;
    bool m_paused = false;
};

}  // namespace bitloom::ui
