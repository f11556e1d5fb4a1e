#pragma once
// Polylines cut at the edges of the plot area. Done by hand because SVG files keep no clip of the
// painter and because a far-off pixel (a value of 1e300) breaks dashes in QPainter.

#include <QPointF>
#include <QPolygonF>
#include <QRectF>
#include <vector>

namespace bitloom::ui {

/// The pieces of the polyline inside `area`. A point with a NaN ends a piece.
std::vector<QPolygonF> clipped(const std::vector<QPointF>& line, const QRectF& area);

}  // namespace bitloom::ui
