// Mouse and keys: drag to zoom, wheel, double click and Home reset, arrows pan, + and - zoom.

#include <cmath>

#include "charts/chart.h"
#include "charts/plot.h"

namespace bitloom::ui {
namespace {

constexpr int clickTravel = 6;  // pixels; a shorter drag is a click
constexpr int flatDrag = 12;    // a drag lower than this zooms x only
constexpr double wheelStep = 0.85;

}  // namespace

void Plot::mousePressEvent(QMouseEvent* event) {
    setFocus(Qt::MouseFocusReason);
    if (event->button() != Qt::LeftButton || !m_zoomable ||
        !area().contains(event->position().toPoint())) {
        return;
    }
    m_pressed = event->position().toPoint();
    m_dragging = true;
}

void Plot::mouseMoveEvent(QMouseEvent* event) {
    const QPoint at = event->position().toPoint();
    if (m_dragging) {
        QRect rect = QRect(m_pressed, at).normalized();
        const bool flat = rect.height() < flatDrag;
        if (flat) rect = QRect(rect.left(), area().top(), rect.width(), area().height());
        m_rubber = std::abs(at.x() - m_pressed.x()) < clickTravel && flat ? QRect() : rect & area();
        replotOverlay();
    }
    m_chart.pointerMoved(event->position());
}

void Plot::mouseReleaseEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton || !m_dragging) return;
    m_dragging = false;
    const QRect rect = m_rubber;
    m_rubber = QRect();
    if (rect.isEmpty()) {
        m_chart.pointerClicked(event->position());
        return;
    }
    zoomToRect(rect);
}

void Plot::zoomToRect(const QRect& rect) {
    const AxisRange x{xAxis->pixelToCoord(rect.left()), xAxis->pixelToCoord(rect.right())};
    const AxisRange y{yAxis->pixelToCoord(rect.bottom()), yAxis->pixelToCoord(rect.top())};
    const bool wholeHeight = rect.height() >= area().height();
    setRanges(x, wholeHeight ? AxisRange{yAxis->range().lower, yAxis->range().upper} : y);
    m_chart.zoomedByUser();
}

void Plot::mouseDoubleClickEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton) return;
    m_dragging = false;
    m_rubber = QRect();
    m_chart.resetZoom();
}

void Plot::zoomAxis(QCPAxis* axis, double factor, double pixel) {
    const double centre = axis->pixelToCoord(pixel);
    const bool log = axis->scaleType() == QCPAxis::stLogarithmic;
    const QCPRange old = axis->range();
    AxisRange next;
    if (log) {
        next = {centre * std::pow(old.lower / centre, factor),
                centre * std::pow(old.upper / centre, factor)};
    } else {
        next = {centre + (old.lower - centre) * factor, centre + (old.upper - centre) * factor};
    }
    if (const auto range = drawable(next.lower, next.upper, log)) {
        axis->setRange(range->lower, range->upper);
    }
}

void Plot::panAxis(QCPAxis* axis, double share) {
    const bool log = axis->scaleType() == QCPAxis::stLogarithmic;
    const QCPRange old = axis->range();
    AxisRange next{old.lower + share * old.size(), old.upper + share * old.size()};
    if (log) {
        const double factor = std::pow(old.upper / old.lower, share);
        next = {old.lower * factor, old.upper * factor};
    }
    if (const auto range = drawable(next.lower, next.upper, log)) {
        axis->setRange(range->lower, range->upper);
    }
}

void Plot::wheelEvent(QWheelEvent* event) {
    const QPointF at = event->position();
    // Outside of the axes the wheel scrolls the page.
    const QRect reach = area().adjusted(-60, 0, 0, 40);
    if (!m_zoomable || !reach.contains(at.toPoint()) || event->angleDelta().y() == 0 ||
        m_chart.isEmpty()) {
        event->ignore();
        return;
    }
    const double factor = std::pow(wheelStep, event->angleDelta().y() / 120.0);
    const bool overY = at.x() < area().left();
    const bool overX = at.y() > area().bottom();
    const bool onlyY = overY || event->modifiers().testFlag(Qt::ControlModifier);
    if (!onlyY) zoomAxis(xAxis, factor, at.x());
    if (onlyY || (!overX && event->modifiers().testFlag(Qt::ShiftModifier))) {
        zoomAxis(yAxis, factor, at.y());
    }
    event->accept();
    m_chart.zoomedByUser();
}

void Plot::leaveEvent(QEvent* event) {
    QCustomPlot::leaveEvent(event);
    m_chart.pointerLeft();
}

void Plot::focusInEvent(QFocusEvent* event) {
    QCustomPlot::focusInEvent(event);
    m_focusRing =
        event->reason() == Qt::TabFocusReason || event->reason() == Qt::BacktabFocusReason;
    replotOverlay();
}

void Plot::focusOutEvent(QFocusEvent* event) {
    QCustomPlot::focusOutEvent(event);
    m_focusRing = false;
    replotOverlay();
}

void Plot::keyPressEvent(QKeyEvent* event) {
    const QPoint middle = area().center();
    if (!m_zoomable || m_chart.isEmpty()) {
        QWidget::keyPressEvent(event);
        return;
    }
    switch (event->key()) {
        case Qt::Key_Plus:
        case Qt::Key_Equal:
            zoomAxis(xAxis, wheelStep, middle.x());
            break;
        case Qt::Key_Minus:
            zoomAxis(xAxis, 1 / wheelStep, middle.x());
            break;
        case Qt::Key_Left:
            panAxis(xAxis, -0.1);
            break;
        case Qt::Key_Right:
            panAxis(xAxis, 0.1);
            break;
        case Qt::Key_Up:
            panAxis(yAxis, 0.1);
            break;
        case Qt::Key_Down:
            panAxis(yAxis, -0.1);
            break;
        case Qt::Key_Home:
        case Qt::Key_0:
            m_chart.resetZoom();
            return;
        default:
            QWidget::keyPressEvent(event);
            return;
    }
    m_chart.zoomedByUser();
}

}  // namespace bitloom::ui
