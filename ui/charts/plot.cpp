#include "charts/plot.h"

#include <QFontMetrics>
#include <QResizeEvent>
#include <cmath>

#include "charts/chart.h"
#include "charts/ticker.h"

namespace bitloom::ui {
namespace {

constexpr int keyRow = 18;
constexpr int lowHeight = 128;

}  // namespace

void KeyElement::setEntries(std::vector<KeyEntry> entries, int width) {
    m_entries = std::move(entries);
    m_places.clear();
    const QFontMetrics metrics(m_font);
    int x = 0;
    int y = 0;
    for (const KeyEntry& entry : m_entries) {
        const int need = std::min(width, 28 + metrics.horizontalAdvance(entry.name) + 16);
        if (x > 0 && x + need > width) {
            x = 0;
            y += keyRow;
        }
        m_places.emplace_back(x, y, need, keyRow);
        x += need;
    }
    const int height = m_entries.empty() ? 0 : y + keyRow;
    setMinimumSize(0, height);
    setMaximumSize(QWIDGETSIZE_MAX, height);
}

void KeyElement::draw(QCPPainter* painter) {
    painter->setFont(m_font);
    const QFontMetrics metrics(m_font);
    for (std::size_t index = 0; index < m_places.size(); ++index) {
        const QRect place = m_places[index].translated(rect().topLeft());
        const int middle = place.center().y();
        if (m_entries[index].filled) {
            painter->setPen(Qt::NoPen);
            painter->setBrush(m_entries[index].pen.color());
            painter->drawRect(QRect(place.left() + 10, middle - 4, 9, 9));
        } else {
            painter->setPen(m_entries[index].pen);
            painter->drawLine(QLineF(place.left(), middle + 0.5, place.left() + 22, middle + 0.5));
        }
        painter->setPen(m_text);
        const QRect words = place.adjusted(28, 0, 0, 0);
        painter->drawText(
            words, Qt::AlignVCenter | Qt::AlignLeft,
            metrics.elidedText(m_entries[index].name, Qt::ElideMiddle, words.width()));
    }
}

QRect AreaLayer::clipRect() const {
    return m_clipped ? mParentPlot->axisRect()->rect() : QCPLayerable::clipRect();
}

Plot::Plot(Chart& chart)
    : QCustomPlot(nullptr),
      m_chart(chart),
      m_title(new QCPTextElement(this)),
      m_yName(new QCPTextElement(this)),
      m_key(new KeyElement(this)) {
    setLocale(QLocale::c());
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    // QCustomPlot keeps what it does not use from its parents: the chart has the context menu, the
    // page the wheel.
    setAttribute(Qt::WA_NoMousePropagation, false);
    setAntialiasedElements(QCP::aePlottables | QCP::aeItems);
    setNoAntialiasingOnDrag(false);
    addLayer(QStringLiteral("curves"), layer(QStringLiteral("main")), limAbove);
    addLayer(QStringLiteral("marks"), layer(QStringLiteral("curves")), limAbove);
    addLayer(QStringLiteral("crosshair"), layer(QStringLiteral("marks")), limAbove);
    layer(QStringLiteral("crosshair"))->setMode(QCPLayer::lmBuffered);
    m_band = new AreaLayer(this, QStringLiteral("crosshair"), [this](QCPPainter& painter) {
        if (m_focusRing) {
            painter.setBrush(Qt::NoBrush);
            painter.setPen(QPen(Theme::color(Token::accent, m_dark), 1));
            painter.drawRect(area().adjusted(0, 0, -1, -1));
        }
        if (m_rubber.isEmpty()) return;
        QColor fill = Theme::color(Token::accent, m_dark);
        painter.setPen(QPen(fill, 1));
        fill.setAlphaF(0.1F);
        painter.setBrush(fill);
        painter.drawRect(m_rubber);
    });

    plotLayout()->setRowSpacing(2);
    plotLayout()->setMargins(QMargins(12, 8, 4, 4));
    m_key->setVisible(false);
    m_title->setTextFlags(Qt::AlignLeft | Qt::AlignVCenter);
    m_yName->setTextFlags(Qt::AlignLeft | Qt::AlignVCenter);
    for (QCPTextElement* element : {m_title, m_yName}) {
        element->setMargins(QMargins(0, 0, 0, 2));
        element->setVisible(false);
    }
    m_key->setMargins(QMargins(0, 0, 0, 0));
    m_key->setMinimumMargins(QMargins(0, 0, 0, 0));

    axisRect()->setRangeDrag({});
    axisRect()->setRangeZoom({});
    // Room kept for four figures, so that nothing moves when labels grow.
    axisRect()->setMinimumMargins(QMargins(40, 8, 14, 18));
    for (QCPAxis* axis : {xAxis, yAxis}) {
        axis->setTickLength(0, 0);
        axis->setTickPen(Qt::NoPen);
        axis->setSubTicks(false);
        axis->setNumberFormat(QStringLiteral("gb"));
        axis->setNumberPrecision(4);
        axis->setTickLabelPadding(6);
        axis->setLabelPadding(4);
        axis->grid()->setSubGridVisible(false);
        axis->grid()->setZeroLinePen(Qt::NoPen);
    }
    yAxis->setBasePen(Qt::NoPen);
    for (QCPAxis* axis : {xAxis, yAxis}) axis->setTicker(makeTicker(*axis, false));
}

void Plot::restyle(bool dark) {
    m_dark = dark;
    const auto use = [dark](Token token) { return Theme::color(token, dark); };
    setBackground(QBrush(use(Token::raised)));
    const QFont small = Theme::figures(TextSize::caption);
    for (QCPAxis* axis : {xAxis, yAxis}) {
        axis->setTickLabelFont(small);
        axis->setLabelFont(Theme::font(TextSize::caption));
        axis->setTickLabelColor(use(Token::muted));
        axis->setLabelColor(use(Token::muted));
        axis->grid()->setPen(QPen(use(Token::hairline), 1));
    }
    xAxis->setBasePen(QPen(use(Token::hairline), 1));
    m_title->setFont(Theme::font(TextSize::body, true));
    m_title->setTextColor(use(Token::text));
    m_yName->setFont(Theme::font(TextSize::caption));
    m_yName->setTextColor(use(Token::muted));
    m_key->setLook(Theme::font(TextSize::caption), use(Token::text));
}

void Plot::showText(QCPTextElement* element, const QString& text) {
    element->setText(text);
    element->setVisible(!text.isEmpty());
}

void Plot::setWords(const QString& title, const QString& yName, const QString& xName) {
    // A low plot is left to its curves: its tick labels stay, what they count goes.
    const bool low = viewport().height() < lowHeight;
    showText(m_title, title);
    showText(m_yName, low ? QString() : yName);
    xAxis->setLabel(low ? QString() : xName);
    // The rows above the axes exist only while they say something.
    QCPLayoutGrid* grid = plotLayout();
    std::vector<QCPLayoutElement*> wanted;
    if (!title.isEmpty()) wanted.push_back(m_title);
    if (m_key->maximumSize().height() > 0) wanted.push_back(m_key);
    if (!m_yName->text().isEmpty()) wanted.push_back(m_yName);
    wanted.push_back(axisRect());
    bool same = grid->rowCount() == static_cast<int>(wanted.size());
    for (int row = 0; same && row < grid->rowCount(); ++row) {
        same = grid->element(row, 0) == wanted[static_cast<std::size_t>(row)];
    }
    if (same) return;
    QCPAxisRect* axes = axisRect();
    for (QCPLayoutElement* element :
         std::initializer_list<QCPLayoutElement*>{m_title, m_key, m_yName, axes}) {
        if (element->layout() == grid) grid->take(element);
    }
    grid->simplify();
    int row = 0;
    for (QCPLayoutElement* element : wanted) grid->addElement(row++, 0, element);
    m_key->setVisible(m_key->maximumSize().height() > 0);
}

void Plot::setScales(bool logX, bool logY) {
    const auto set = [](QCPAxis* axis, bool log) {
        const auto type = log ? QCPAxis::stLogarithmic : QCPAxis::stLinear;
        if (axis->scaleType() == type) return;
        axis->setScaleType(type);
        axis->setTicker(makeTicker(*axis, log));
    };
    set(xAxis, logX);
    set(yAxis, logY);
}

void Plot::setRanges(const AxisRange& x, const AxisRange& y) {
    const bool logX = xAxis->scaleType() == QCPAxis::stLogarithmic;
    const bool logY = yAxis->scaleType() == QCPAxis::stLogarithmic;
    if (const auto range = drawable(x.lower, x.upper, logX)) {
        xAxis->setRange(range->lower, range->upper);
    }
    if (const auto range = drawable(y.lower, y.upper, logY)) {
        yAxis->setRange(range->lower, range->upper);
    }
}

void Plot::setKey(std::vector<KeyEntry> entries, int width) {
    m_key->setEntries(std::move(entries), std::max(width - 32, 80));
}

void Plot::setBare(bool bare) {
    for (QCPAxis* axis : {xAxis, yAxis}) {
        axis->setTickLabels(!bare);
        axis->grid()->setVisible(!bare);
    }
}

void Plot::setCategoryY(int margin) {
    yAxis->setTicks(false);
    yAxis->setTickLabels(false);
    yAxis->grid()->setVisible(false);
    axisRect()->setMinimumMargins(QMargins(margin, 4, 16, 18));
}

void Plot::setRightMargin(int margin) {
    QMargins margins = axisRect()->minimumMargins();
    margins.setRight(margin);
    axisRect()->setMinimumMargins(margins);
}

QPointF Plot::pixel(double x, double y) const {
    const auto on = [](const QCPAxis* axis, double value) {
        if (axis->scaleType() == QCPAxis::stLogarithmic && value <= 0) {
            // Zero has no place on a log axis: it is drawn at the lower edge.
            return axis->coordToPixel(axis->range().lower);
        }
        const double at = axis->coordToPixel(value);
        return std::isnan(at) ? at : std::clamp(at, -1e6, 1e6);
    };
    return {on(xAxis, x), on(yAxis, y)};
}

void Plot::draw() {
    // There is no buffer to paint into while the plot has no size.
    if (viewport().isEmpty() || size().isEmpty()) return;
    layOut();
    replot(QCustomPlot::rpQueuedReplot);
}

void Plot::resizeEvent(QResizeEvent* event) {
    if (!event->size().isEmpty()) QCustomPlot::resizeEvent(event);
}

void Plot::replotOverlay() {
    if (size().isEmpty()) return;
    layer(QStringLiteral("crosshair"))->replot();
}

}  // namespace bitloom::ui
