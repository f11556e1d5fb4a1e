#include "charts/curve_painter.h"

#include <QFontMetricsF>
#include <algorithm>
#include <cmath>
#include <optional>

#include "charts/clip.h"
#include "charts/curve_data.h"
#include "charts/plot.h"

namespace bitloom::ui {
namespace {

constexpr double faintStrength = 0.45;
constexpr double rawStrength = 0.22;
constexpr double bandStrength = 0.16;
constexpr double pointSpacing = 9;  // pixels; closer points are not marked

QColor strength(QColor color, double alpha) {
    color.setAlphaF(static_cast<float>(alpha));
    return color;
}

QColor ink(const CurveLook& look, int run) {
    return run < 0 ? Theme::color(Token::muted, look.dark) : Theme::runColor(run, look.dark);
}

/// x per pixel, in the middle of the area.
double resolution(const CurveLook& look) {
    const double middle = look.plot.area().center().x();
    return look.plot.xAt(middle + 1) - look.plot.xAt(middle);
}

std::vector<QPointF> toPixels(const Plot& plot, const std::vector<QPointF>& points) {
    std::vector<QPointF> pixels;
    pixels.reserve(points.size());
    for (const QPointF& point : points) {
        pixels.push_back(std::isnan(point.y()) ? point : plot.pixel(point.x(), point.y()));
    }
    return pixels;
}

void paintBand(QCPPainter& painter, const CurveLook& look, const Series& series) {
    const QRectF area = look.plot.area();
    QPolygonF outline;
    const auto flush = [&] {
        if (outline.size() > 2) painter.drawPolygon(outline);
        outline.clear();
    };
    painter.setPen(Qt::NoPen);
    painter.setBrush(strength(ink(look, series.style.run), bandStrength));
    // Upwards along the low edge, back along the high one; a gap closes the polygon.
    std::vector<QPointF> low;
    std::vector<QPointF> high;
    const auto close = [&] {
        for (const QPointF& point : low) outline.append(point);
        for (auto point = high.rbegin(); point != high.rend(); ++point) outline.append(*point);
        flush();
        low.clear();
        high.clear();
    };
    for (std::size_t index = 0; index < series.bandX.size(); ++index) {
        if (!std::isfinite(series.bandX[index]) || !std::isfinite(series.bandLow[index]) ||
            !std::isfinite(series.bandHigh[index])) {
            close();
            continue;
        }
        const auto keep = [&](double y) {
            const QPointF at = look.plot.pixel(series.bandX[index], y);
            return QPointF(std::clamp(at.x(), area.left() - 1, area.right() + 1),
                           std::clamp(at.y(), area.top() - 1, area.bottom() + 1));
        };
        low.push_back(keep(series.bandLow[index]));
        high.push_back(keep(series.bandHigh[index]));
    }
    close();
}

void paintLine(QCPPainter& painter, const CurveLook& look, const std::vector<QPointF>& points,
               const QPen& pen) {
    painter.setPen(pen);
    painter.setBrush(Qt::NoBrush);
    const QRectF area = QRectF(look.plot.area()).adjusted(-1, -1, 1, 1);
    for (const QPolygonF& piece : clipped(toPixels(look.plot, points), area)) {
        painter.drawPolyline(piece);
    }
}

void paintPoints(QCPPainter& painter, const CurveLook& look, const Series& series) {
    const std::vector<QPointF> pixels = toPixels(look.plot, series.line);
    const bool alone = pixels.size() == 1;
    if (!series.style.points && !alone) return;
    const QRectF area = QRectF(look.plot.area()).adjusted(-1, -1, 1, 1);
    if (pixels.size() > 1 && area.width() / static_cast<double>(pixels.size()) < pointSpacing) {
        return;
    }
    painter.save();
    // A run's last point lies on the edge of the area: it is drawn whole.
    painter.setClipRect(area.adjusted(-3, -3, 3, 3));
    painter.setPen(Qt::NoPen);
    painter.setBrush(ink(look, series.style.run));
    for (const QPointF& at : pixels) {
        if (!std::isnan(at.y()) && area.contains(at)) painter.drawEllipse(at, 2.5, 2.5);
    }
    painter.restore();
}

/// Text on a patch of background, kept inside of the area.
void paintText(QCPPainter& painter, const CurveLook& look, const QString& text, QRectF box,
               const QColor& color) {
    const QRectF area = look.plot.area();
    if (box.right() > area.right()) box.moveRight(area.right());
    if (box.left() < area.left()) box.moveLeft(area.left());
    if (box.top() < area.top()) box.moveTop(area.top());
    if (box.bottom() > area.bottom()) box.moveBottom(area.bottom());
    painter.setPen(Qt::NoPen);
    painter.setBrush(strength(Theme::color(Token::raised, look.dark), 0.85));
    painter.drawRect(box.adjusted(-2, 0, 2, 0));
    painter.setPen(color);
    painter.drawText(box, Qt::AlignCenter, text);
}

bool crosses(const QRectF& box, const QPolygonF& curve) {
    for (qsizetype i = 1; i < curve.size(); ++i) {
        QPointF a = curve[i - 1];
        QPointF b = curve[i];
        if (a.x() > b.x()) std::swap(a, b);
        if (!(a.x() <= box.right() && b.x() >= box.left())) continue;
        const double slope = b.x() > a.x() ? (b.y() - a.y()) / (b.x() - a.x()) : 0;
        const double from =
            slope == 0 ? a.y() : a.y() + slope * (std::max(a.x(), box.left()) - a.x());
        const double to =
            slope == 0 ? b.y() : a.y() + slope * (std::min(b.x(), box.right()) - a.x());
        if (std::max(from, to) >= box.top() && std::min(from, to) <= box.bottom()) return true;
    }
    return false;
}

/// Where the label of a level line goes: above it at its right edge, else below it, else farther
/// left, off other labels and, if there is such a place, off the curves.
QRectF labelBox(const QRectF& area, const std::vector<QRectF>& taken,
                const std::vector<QPolygonF>& curves, double line, const QSizeF& size) {
    const auto free = [&](const QRectF& box) {
        return box.top() >= area.top() && box.bottom() <= area.bottom() &&
               std::none_of(taken.begin(), taken.end(),
                            [&box](const QRectF& other) { return other.intersects(box); });
    };
    std::optional<QRectF> second;
    const double right = area.right() - size.width() - 4;
    for (double left = right; left > area.left() + 4; left -= size.width() / 2 + 8) {
        for (const double top : {line - size.height() - 2, line + 2}) {
            const QRectF box(QPointF(left, top), size);
            if (!free(box)) continue;
            if (std::none_of(curves.begin(), curves.end(),
                             [&](const QPolygonF& curve) { return crosses(box, curve); })) {
                return box;
            }
            if (!second) second = box;
        }
    }
    return second.value_or(
        QRectF(QPointF(right, std::max(line - size.height() - 2, area.top())), size));
}

void paintReferences(QCPPainter& painter, const CurveLook& look) {
    const QRectF area = look.plot.area();
    const QFontMetricsF metrics(painter.font());
    std::vector<const ReferenceLine*> lines;
    for (const ReferenceLine& line : look.data.references) lines.push_back(&line);
    // From the top of the picture down, so that the lower one of a close pair has its label below.
    std::stable_sort(lines.begin(), lines.end(),
                     [](const ReferenceLine* a, const ReferenceLine* b) { return a->at > b->at; });
    std::vector<QRectF> taken;
    std::vector<QPolygonF> curves;
    for (const auto& [id, series] : look.data.series) {
        if (!series.style.visible || lines.empty()) continue;
        for (const QPolygonF& piece : clipped(toPixels(look.plot, series.line), area)) {
            curves.push_back(piece);
        }
    }
    for (const ReferenceLine* line : lines) {
        const bool level = line->orientation == Qt::Horizontal;
        const QPointF at = level ? look.plot.pixel(0, line->at) : look.plot.pixel(line->at, 1);
        const double place = level ? at.y() : at.x();
        if (place < (level ? area.top() : area.left()) - 1 ||
            place > (level ? area.bottom() : area.right()) + 1) {
            continue;
        }
        QPen pen(ink(look, line->run), 1);
        pen.setDashPattern({4, 4});
        painter.setPen(pen);
        const double sharp = std::floor(place) + 0.5;
        painter.drawLine(level ? QLineF(area.left(), sharp, area.right(), sharp)
                               : QLineF(sharp, area.top(), sharp, area.bottom()));
        if (line->label.isEmpty()) continue;
        const QSizeF size(metrics.horizontalAdvance(line->label), metrics.height());
        const QRectF box = level ? labelBox(area, taken, curves, sharp, size)
                                 : QRectF(QPointF(sharp + 4, area.top() + 2), size);
        taken.push_back(box);
        paintText(painter, look, line->label, box, ink(look, line->run));
    }
}

void paintEvents(QCPPainter& painter, const CurveLook& look) {
    const QRectF area = look.plot.area();
    const QFontMetricsF metrics(painter.font());
    double free = area.left();
    std::vector<const EventMark*> events;
    for (const EventMark& event : look.data.events) events.push_back(&event);
    std::sort(events.begin(), events.end(),
              [](const EventMark* a, const EventMark* b) { return a->x < b->x; });
    for (const EventMark* event : events) {
        const double x = std::floor(look.plot.pixel(event->x, 1).x()) + 0.5;
        if (x < area.left() || x > area.right()) continue;
        const QColor color = ink(look, event->run);
        QPen pen(strength(color, 0.7), 1);
        pen.setDashPattern({1, 3});
        painter.setPen(pen);
        painter.drawLine(QLineF(x, area.top(), x, area.bottom()));
        painter.setPen(Qt::NoPen);
        painter.setBrush(color);
        painter.drawPolygon(
            QPolygonF({{x - 4, area.top()}, {x + 4, area.top()}, {x, area.top() + 6}}));
        const double width = metrics.horizontalAdvance(event->label);
        if (event->label.isEmpty() || x + 6 < free || x + 6 + width > area.right()) continue;
        paintText(painter, look, event->label, QRectF(x + 7, area.top(), width, metrics.height()),
                  color);
        free = x + 6 + width + 12;
    }
}

void paintCross(QCPPainter& painter, const CurveLook& look, const Series& series,
                const CrossMark& cross) {
    const QRectF area = look.plot.area();
    QPointF at = std::isnan(cross.y) ? QPointF(look.plot.pixel(cross.x, 1).x(), area.top() + 8)
                                     : look.plot.pixel(cross.x, cross.y);
    if (at.x() < area.left() - 1 || at.x() > area.right() + 1) return;
    at.setY(std::clamp(at.y(), area.top() + 8, area.bottom() - 8));
    at.setX(std::clamp(at.x(), area.left() + 6, area.right() - 6));
    painter.setPen(QPen(ink(look, series.style.run), 1.6));
    constexpr double arm = 4.5;
    painter.drawLine(QLineF(at.x() - arm, at.y() - arm, at.x() + arm, at.y() + arm));
    painter.drawLine(QLineF(at.x() - arm, at.y() + arm, at.x() + arm, at.y() - arm));
    const QFontMetricsF metrics(painter.font());
    const double width = metrics.horizontalAdvance(cross.label);
    QRectF box(at.x() + 8, at.y() - metrics.height() / 2, width, metrics.height());
    if (box.right() > area.right()) box.moveRight(at.x() - 8);
    paintText(painter, look, cross.label, box, Theme::color(Token::bad, look.dark));
}

/// A value under the crosshair.
struct Readout {
    QPointF at;
    QColor color;
    QString text;
};

/// The values beside the crosshair at the heights of their points, one below the other where they
/// are close; as many as there is room for.
void paintReadouts(QCPPainter& painter, const CurveLook& look, double x,
                   std::vector<Readout> values) {
    const QRectF area = look.plot.area();
    const QFontMetricsF metrics(painter.font());
    const double height = metrics.height();
    const auto room = static_cast<std::size_t>(std::max(0.0, area.height() / height));
    std::sort(values.begin(), values.end(),
              [](const Readout& a, const Readout& b) { return a.at.y() < b.at.y(); });
    if (values.size() > room) values.resize(room);
    double width = 0, next = area.top();
    std::vector<double> tops;
    for (const Readout& value : values) {
        width = std::max(width, metrics.horizontalAdvance(value.text));
        tops.push_back(std::max(value.at.y() - height / 2, next));
        next = tops.back() + height;
    }
    next = area.bottom();
    for (std::size_t i = tops.size(); i-- > 0;) {
        tops[i] = std::min(tops[i], next - height);
        next = tops[i];
    }
    const bool right = x + 10 + width <= area.right();
    for (std::size_t i = 0; i < values.size(); ++i) {
        // The patch under the text ends at the point: a piece of curve between looks like a minus.
        const double own = metrics.horizontalAdvance(values[i].text) + 4;
        paintText(painter, look, values[i].text,
                  QRectF(right ? x + 6 : x - 6 - own, tops[i], own, height), values[i].color);
    }
}

}  // namespace

QColor shadeColor(bool dark) {
    QColor color = Theme::color(Token::muted, dark);
    color.setAlphaF(0.22F);
    return color;
}

void paintCurves(QCPPainter& painter, const CurveLook& look) {
    const QRectF area = look.plot.area();
    painter.setPen(Qt::NoPen);
    painter.setBrush(shadeColor(look.dark));
    for (const Shade& shade : look.data.shades) {
        const double from = std::max(look.plot.pixel(shade.from, 1).x(), area.left());
        const double to = std::min(look.plot.pixel(shade.to, 1).x(), area.right());
        if (to > from) painter.drawRect(QRectF(from, area.top(), to - from, area.height()));
    }
    for (const auto& [id, series] : look.data.series) {
        if (series.style.visible && !series.bandX.empty()) paintBand(painter, look, series);
    }
    for (const auto& [id, series] : look.data.series) {
        if (!series.style.visible) continue;
        QPen pen = Theme::runPen(series.style.run, look.dark);
        if (series.style.faint) pen.setColor(strength(pen.color(), faintStrength));
        if (series.style.dashed) pen.setDashPattern({3, 3});
        if (!series.raw.empty()) {
            QPen under(strength(pen.color(), rawStrength), 1);
            paintLine(painter, look, series.raw, under);
        }
        paintLine(painter, look, series.line, pen);
        paintPoints(painter, look, series);
    }
}

void paintMarks(QCPPainter& painter, const CurveLook& look) {
    painter.setFont(Theme::font(TextSize::caption));
    // An empty chart says what will be in it: no lines through its words.
    if (!look.empty) paintReferences(painter, look);
    paintEvents(painter, look);
    for (const auto& [id, series] : look.data.series) {
        if (!series.style.visible) continue;
        for (CrossMark cross : series.found) {
            cross.label =
                QStringLiteral("%1 %2").arg(look.xName.isEmpty() ? QStringLiteral("x") : look.xName,
                                            placeText(cross.x, resolution(look)));
            paintCross(painter, look, series, cross);
        }
        for (CrossMark cross : series.given) {
            cross.y = series.finiteBefore(cross.x).value_or(std::nan(""));
            paintCross(painter, look, series, cross);
        }
    }
}

void paintCrosshair(QCPPainter& painter, const CurveLook& look) {
    if (!look.data.crosshair || look.exporting) return;
    const QRectF area = look.plot.area();
    const double x = std::floor(look.plot.pixel(*look.data.crosshair, 1).x()) + 0.5;
    if (x < area.left() || x > area.right()) return;
    painter.setFont(Theme::figures(TextSize::caption));
    painter.setPen(QPen(strength(Theme::color(Token::muted, look.dark), 0.6), 1));
    painter.drawLine(QLineF(x, area.top(), x, area.bottom()));
    std::vector<Readout> values;
    for (const auto& [id, series] : look.data.series) {
        if (!series.style.visible || series.x.empty()) continue;
        const std::size_t index = series.nearest(*look.data.crosshair);
        const double y = series.shown().size() > index ? series.shown()[index] : std::nan("");
        if (!std::isfinite(y)) continue;
        const QPointF at = look.plot.pixel(series.x[index], y);
        if (!area.adjusted(-4, -4, 4, 4).contains(at)) continue;
        painter.setPen(QPen(Theme::color(Token::raised, look.dark), 1.5));
        painter.setBrush(ink(look, series.style.run));
        painter.drawEllipse(at, 3.5, 3.5);
        values.push_back({at, ink(look, series.style.run), QString::number(y, 'g', 4)});
    }
    paintReadouts(painter, look, x, std::move(values));
    // The place on the x axis, over its labels.
    const QString text = placeText(*look.data.crosshair, resolution(look));
    const QFontMetricsF metrics(painter.font());
    const double width = metrics.horizontalAdvance(text) + 10;
    QRectF box(x - width / 2, area.bottom() + 3, width, metrics.height() + 2);
    if (box.right() > area.right() + 10) box.moveRight(area.right() + 10);
    if (box.left() < area.left() - 20) box.moveLeft(area.left() - 20);
    painter.setPen(Qt::NoPen);
    painter.setBrush(Theme::color(Token::text, look.dark));
    painter.drawRoundedRect(box, 3, 3);
    painter.setPen(Theme::color(Token::raised, look.dark));
    painter.drawText(box, Qt::AlignCenter, text);
}

}  // namespace bitloom::ui
