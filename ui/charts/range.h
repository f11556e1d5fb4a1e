#pragma once
// Axis ranges that stay finite whatever the data is, and labels of ticks.

#include <QString>
#include <optional>

namespace bitloom::ui {

/// The extent of the finite values seen so far; on a log axis only positive ones count.
class Extent {
public:
    explicit Extent(bool log = false) : m_log(log) {}
    void add(double value);
    [[nodiscard]] bool empty() const { return m_count == 0; }
    [[nodiscard]] double least() const { return m_least; }
    [[nodiscard]] double most() const { return m_most; }

private:
    bool m_log;
    int m_count = 0;
    double m_least = 0, m_most = 0;
};

struct AxisRange {
    double lower = 0, upper = 1;
};

/// The largest magnitude an axis shows; larger values are drawn at its edge.
inline constexpr double axisLimit = 1e200;

/// A drawable range around `extent`: finite, lower < upper, positive on a log axis. `padding` is
/// the free share at each end. An empty extent is 0..1 (log: 0.1..10); a single value gets room
/// around it.
AxisRange rangeAround(const Extent& extent, bool log, double padding,
                      std::optional<double> least = {}, std::optional<double> most = {});

/// `range` if it can be drawn, else nothing.
std::optional<AxisRange> drawable(double lower, double upper, bool log);

/// A tick as short text: 0.25, 12, 20k, 1.5M, 2e-7; `step` between ticks decides the digits. 'C'
/// numbers.
QString tickText(double value, double step);

/// A value of any size for a legend or a sentence: 1.94, 0.0021, 1.7·10¹¹, with '−' for minus.
QString powerText(double value, int digits = 3);

/// The same as a power of ten whatever its size: 10⁻³, 1.9·10⁰. For labels that stand together.
QString scientificText(double value, int digits = 3);

/// A value of a curve for a label: four significant digits, 1.494, 0.0021, 1.2e-9, 12 340.
QString valueText(double value);

/// A place on the x axis, with the decimals that `resolution` (x per pixel) can tell: 5201, 0.25.
QString placeText(double value, double resolution);

}  // namespace bitloom::ui
