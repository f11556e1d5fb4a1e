#pragma once
// Fewer points, same picture: for every pixel column the first, the least, the greatest and the
// last value.

#include <QPointF>
#include <span>
#include <vector>

namespace bitloom::ui {

/// Points of the curve (x ascending, same length as y) to draw in [lower, upper] on `columns`
/// pixels, with one point beyond each end so that lines reach the edge. At most 4 points a column;
/// a column that holds a non-finite y ends with a NaN (a gap). Columns are equal in x, or in log x
/// if `log`.
std::vector<QPointF> decimate(std::span<const double> x, std::span<const double> y, double lower,
                              double upper, int columns, bool log);

}  // namespace bitloom::ui
