#include "pages/split_slider.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <algorithm>
#include <array>
#include <cmath>

namespace bitloom::ui {

namespace {
constexpr int barHeight = 8;
constexpr double handle = 7;  // radius
constexpr int leastTrain = 1;
constexpr double gapOfWords = 8;
}  // namespace

SplitSlider::SplitSlider(const Theme& theme, QWidget* parent) : QWidget(parent), m_theme(theme) {
    setFocusPolicy(Qt::StrongFocus);
    setCursor(Qt::PointingHandCursor);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setAccessibleName(tr("Split into training, validation and test"));
    connect(&theme, &Theme::themeChanged, this, qOverload<>(&QWidget::update));
}

QSize SplitSlider::sizeHint() const {
    return {160, 2 * spacing::gap + fontMetrics().height() + barHeight};
}

void SplitSlider::setShares(double train, double valid) {
    if (!std::isfinite(train) || !std::isfinite(valid)) return;
    const int first = static_cast<int>(std::lround(std::clamp(train, -1.0, 2.0) * 100));
    const int second = static_cast<int>(std::lround(std::clamp(train + valid, -1.0, 2.0) * 100));
    if (first < leastTrain || second < first || second > 100) return;
    if (first == m_first && second == m_second) return;
    m_first = first;
    m_second = second;
    update();
}

double SplitSlider::pixel(int percent) const {
    return handle + percent / 100.0 * (width() - 2 * handle);
}

void SplitSlider::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const double top = height() - handle - barHeight / 2.0 - 2;
    const std::array<int, 4> edges = {0, m_first, m_second, 100};
    std::array<QString, 3> words = {tr("train"), tr("valid"), tr("test")};
    const std::array<double, 3> strengths = {1, 0.55, 0.25};
    painter.setFont(Theme::font(TextSize::caption));
    const QFontMetricsF metrics(painter.font());
    double free = 0, rest = 0;  // where words may begin, and what those still to come need
    for (std::size_t i = 0; i < words.size(); ++i) {
        words.at(i) += QStringLiteral(" %1 %").arg(edges.at(i + 1) - edges.at(i));
        rest += metrics.horizontalAdvance(words.at(i)) + gapOfWords;
    }
    for (std::size_t i = 0; i < words.size(); ++i) {
        const double left = pixel(edges.at(i)), right = pixel(edges.at(i + 1));
        QColor color = m_theme.color(Token::accent);
        color.setAlphaF(static_cast<float>(strengths.at(i)));
        painter.fillRect(QRectF(left, top, right - left, barHeight), color);
        // The words stand over the middle of their part, and push each other to the right.
        const double wide = metrics.horizontalAdvance(words.at(i));
        const double at = std::max(free, std::min((left + right - wide) / 2, width() - rest));
        painter.setPen(m_theme.color(Token::muted));
        painter.drawText(QRectF(at, 0, wide + 1, metrics.height()), words.at(i));
        free = at + wide + gapOfWords;
        rest -= wide + gapOfWords;
    }
    for (const bool second : {false, true}) {
        const bool held = hasFocus() && second == m_holdsSecond;
        painter.setPen(QPen(m_theme.color(held ? Token::text : Token::accent), held ? 2 : 1.5));
        painter.setBrush(m_theme.color(Token::raised));
        painter.drawEllipse(QPointF(pixel(second ? m_second : m_first), top + barHeight / 2.0),
                            handle - 1, handle - 1);
    }
}

void SplitSlider::moveHandle(int percent) {
    const int first = m_first, second = m_second;
    if (m_holdsSecond)
        m_second = std::clamp(percent, m_first, 100);
    else
        m_first = std::clamp(percent, leastTrain, m_second);
    if (first == m_first && second == m_second) return;
    update();
    Q_EMIT moved(train(), valid());
}

void SplitSlider::mousePressEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton) return;
    const double x = event->position().x();
    const double toFirst = std::abs(x - pixel(m_first));
    const double toSecond = std::abs(x - pixel(m_second));
    // Of two at one place the one that can go where the pointer is.
    m_holdsSecond = toSecond < toFirst || (toSecond == toFirst && x > pixel(m_second));
    update();
    mouseMoveEvent(event);
}

void SplitSlider::mouseMoveEvent(QMouseEvent* event) {
    if (!(event->buttons() & Qt::LeftButton)) return;
    const double share = (event->position().x() - handle) / std::max(1.0, width() - 2 * handle);
    moveHandle(static_cast<int>(std::lround(std::clamp(share, 0.0, 1.0) * 100)));
}

void SplitSlider::keyPressEvent(QKeyEvent* event) {
    const int here = m_holdsSecond ? m_second : m_first;
    switch (event->key()) {
        case Qt::Key_Left:
            return moveHandle(here - 1);
        case Qt::Key_Right:
            return moveHandle(here + 1);
        case Qt::Key_Up:
        case Qt::Key_Down:
            m_holdsSecond = !m_holdsSecond;
            return update();
        default:
            QWidget::keyPressEvent(event);
    }
}

}  // namespace bitloom::ui
