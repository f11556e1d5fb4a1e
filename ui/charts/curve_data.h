#pragma once
// What a CurveChart holds. Private to ui/charts.

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "charts/curve_chart.h"
#include "charts/range.h"

namespace bitloom::ui {

struct CrossMark {
    double x = 0;
    double y = 0;  ///< NaN: nothing finite before it, drawn at the top edge
    QString label;
};

struct Series {
    CurveStyle style;
    std::vector<double> x, y;
    std::vector<double> smooth;  ///< empty while smoothing is off
    std::vector<double> bandX, bandLow, bandHigh;
    std::vector<CrossMark> given;  ///< addCross()
    bool sorted = true;
    bool fresh = false;              ///< smooth and found are up to date
    std::vector<CrossMark> found;    ///< where y stops to be finite
    std::vector<QPointF> line, raw;  ///< decimated for the last prepare()

    void sort();
    void refresh(double smoothing);
    [[nodiscard]] const std::vector<double>& shown() const { return smooth.empty() ? y : smooth; }
    /// Index of the data point nearest to x; the data are sorted and not empty.
    [[nodiscard]] std::size_t nearest(double at) const;
    /// The last finite value at or before x.
    [[nodiscard]] std::optional<double> finiteBefore(double at) const;
};

struct EventMark {
    double x = 0;
    QString label;
    int run = -1;
};

struct CurveData {
    std::map<int, Series> series;
    int nextId = 0;
    std::vector<ReferenceLine> references;
    std::vector<EventMark> events;
    std::vector<Shade> shades;
    QString shadeName;
    std::optional<std::pair<double, double>> inSight;  ///< keepInSight()
    double smoothing = 0;
    std::optional<double> crosshair;
    qsizetype drawn = 0;
    QRect eventRow;  ///< where event labels are, for hover

    Series* find(int id);
    [[nodiscard]] const Series* find(int id) const;
};

/// Exponential moving average with weights that add up to 1 from the first value on; NaN stay NaN.
std::vector<double> movingAverage(const std::vector<double>& values, double weight);

}  // namespace bitloom::ui
