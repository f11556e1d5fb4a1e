#include "window/progress_ring.h"

#include <QPainter>
#include <algorithm>

namespace bitloom::ui {

ProgressRing::ProgressRing(const Theme& theme, QWidget* parent) : QWidget(parent), m_theme(theme) {
    setFixedSize(sizeHint());
    connect(&theme, &Theme::themeChanged, this, QOverload<>::of(&QWidget::update));
}

void ProgressRing::setShare(double share, bool paused) {
    if (share == m_share && paused == m_paused) return;
    m_share = share;
    m_paused = paused;
    update();
}

void ProgressRing::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF circle = QRectF(rect()).adjusted(4, 4, -4, -4);
    painter.setPen(QPen(m_theme.color(Token::hairline), 3));
    painter.drawEllipse(circle);
    if (m_share < 0) return;
    const Token token = m_paused ? Token::muted : Token::accent;
    QPen pen(m_theme.color(token), 3);
    pen.setCapStyle(Qt::RoundCap);
    painter.setPen(pen);
    constexpr int wholeTurn = 360 * 16;
    const int span = static_cast<int>(std::clamp(m_share, 0.005, 1.0) * wholeTurn);
    painter.drawArc(circle, 90 * 16, -span);
    painter.setPen(m_theme.color(Token::text));
    painter.setFont(Theme::figures(TextSize::caption));
    painter.drawText(rect(), Qt::AlignCenter,
                     QString::number(static_cast<int>(std::clamp(m_share, 0.0, 1.0) * 100)));
}

}  // namespace bitloom::ui
