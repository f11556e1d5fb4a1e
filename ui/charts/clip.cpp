#include "charts/clip.h"

#include <cmath>

namespace bitloom::ui {
namespace {

/// Liang and Barsky 1984: cuts a-b to `area`; false if nothing is left.
bool cut(QPointF& a, QPointF& b, const QRectF& area) {
    const QPointF start = a;
    const double dx = b.x() - a.x();
    const double dy = b.y() - a.y();
    const double direction[4] = {-dx, dx, -dy, dy};
    const double distance[4] = {a.x() - area.left(), area.right() - a.x(), a.y() - area.top(),
                                area.bottom() - a.y()};
    double enter = 0;
    double leave = 1;
    for (int side = 0; side < 4; ++side) {
        if (direction[side] == 0) {
            if (distance[side] < 0) return false;
            continue;
        }
        const double at = distance[side] / direction[side];
        if (direction[side] < 0) {
            enter = std::max(enter, at);
        } else {
            leave = std::min(leave, at);
        }
    }
    if (enter > leave) return false;
    a = start + QPointF(dx, dy) * enter;
    b = start + QPointF(dx, dy) * leave;
    return true;
}

}  // namespace

std::vector<QPolygonF> clipped(const std::vector<QPointF>& line, const QRectF& area) {
    std::vector<QPolygonF> pieces;
    QPolygonF piece;
    const auto finish = [&] {
        if (piece.size() > 1) pieces.push_back(piece);
        piece.clear();
    };
    for (std::size_t index = 1; index < line.size(); ++index) {
        QPointF a = line[index - 1];
        QPointF b = line[index];
        if (std::isnan(a.y()) || std::isnan(b.y()) || !cut(a, b, area)) {
            finish();
            continue;
        }
        if (piece.isEmpty() || piece.last() != a) {
            finish();
            piece.append(a);
        }
        piece.append(b);
        if (b != line[index]) finish();
    }
    finish();
    return pieces;
}

}  // namespace bitloom::ui
