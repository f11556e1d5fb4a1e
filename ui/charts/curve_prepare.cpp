// From the data to what is drawn: automatic ranges, then decimation to the pixels of the plot.

#include <algorithm>
#include <cmath>

#include "charts/curve_chart.h"
#include "charts/curve_data.h"
#include "charts/curve_painter.h"
#include "charts/decimate.h"
#include "charts/plot.h"

namespace bitloom::ui {
namespace {

constexpr double freeShare = 0.06;  // of the y range, at each end

QString named(const Axis& axis) {
    if (axis.unit.isEmpty() || axis.unit == axis.title) return axis.title;
    if (axis.title.isEmpty()) return axis.unit;
    return QStringLiteral("%1 (%2)").arg(axis.title, axis.unit);
}

}  // namespace

void CurveChart::prepare(int width) {
    Plot& screen = plot();
    std::vector<KeyEntry> key;
    for (auto& [id, series] : m_data->series) {
        series.refresh(m_data->smoothing);
        // A band alone is named by the curve in its middle.
        const bool bare = series.x.empty() && !series.bandX.empty();
        const QString& name = series.style.group.isEmpty() ? series.style.name : series.style.group;
        if (!series.style.visible || bare || name.isEmpty()) continue;
        if (!series.style.group.isEmpty() &&
            std::any_of(key.begin(), key.end(),
                        [&name](const KeyEntry& known) { return known.name == name; })) {
            continue;
        }
        KeyEntry entry{name, Theme::runPen(series.style.run, drawDark())};
        if (series.style.faint) {
            QColor color = entry.pen.color();
            color.setAlphaF(0.45F);
            entry.pen.setColor(color);
        }
        if (series.style.dashed) entry.pen.setDashPattern({3, 3});
        key.push_back(entry);
    }
    if (!m_data->shades.empty() && !m_data->shadeName.isEmpty()) {
        key.push_back({m_data->shadeName, QPen(shadeColor(drawDark()), 1), true});
    }
    if (!keyVisible(key.size())) key.clear();
    screen.setKey(std::move(key), width);
    screen.setWords(caption(), named(yAxis()), named(xAxis()));
    screen.setScales(xAxis().log, yAxis().log);
    screen.setBare(isEmpty());

    if (!isZoomed()) {
        Extent x(xAxis().log);
        Extent y(yAxis().log);
        for (const auto& [id, series] : m_data->series) {
            if (!series.style.visible) continue;
            if (!series.x.empty()) {
                x.add(series.x.back());
                // On a log axis the first positive x counts.
                for (const double value : series.x) {
                    if (!xAxis().log || value > 0) {
                        x.add(value);
                        break;
                    }
                }
            }
            for (const double value : series.shown()) y.add(value);
            for (const double value : series.bandLow) y.add(value);
            for (const double value : series.bandHigh) y.add(value);
        }
        if (m_data->inSight && !x.empty()) {
            x.add(m_data->inSight->first);
            x.add(m_data->inSight->second);
        }
        const bool empty = y.empty();
        for (const ReferenceLine& line : m_data->references) {
            if (!line.inRange) continue;
            // A lone floor line says nothing of where curves will be.
            if (line.orientation == Qt::Horizontal && !empty) y.add(line.at);
            if (line.orientation == Qt::Vertical && !x.empty()) x.add(line.at);
        }
        screen.setRanges(rangeAround(x, xAxis().log, 0, xAxis().least, xAxis().most),
                         rangeAround(y, yAxis().log, freeShare, yAxis().least, yAxis().most));
    }

    const Ranges shown = ranges();
    const int columns = std::max(width - 60, 50);
    m_data->drawn = 0;
    for (auto& [id, series] : m_data->series) {
        series.line.clear();
        series.raw.clear();
        if (!series.style.visible) continue;
        series.line =
            decimate(series.x, series.shown(), shown.xLeast, shown.xMost, columns, xAxis().log);
        if (!series.smooth.empty()) {
            series.raw =
                decimate(series.x, series.y, shown.xLeast, shown.xMost, columns, xAxis().log);
        }
        m_data->drawn += static_cast<qsizetype>(series.line.size() + series.raw.size());
    }
}

}  // namespace bitloom::ui
