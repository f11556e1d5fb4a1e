#pragma once
// How a distribution moves over training: a median line between two bands, 25 to 75 % and 5 to 95
// %, a group (gate) in its own colour.

#include <map>
#include <vector>

#include "charts/curve_chart.h"

namespace bitloom::ui {

/// 5, 25, 50, 75 and 95 % of the values lie below these. Values that are not finite leave a gap.
struct Quantiles {
    double p5 = 0, p25 = 0, p50 = 0, p75 = 0, p95 = 0;
};

/// Quantiles of `values`, those that are not finite left out; all NaN if none is left. Linear
/// between order statistics.
Quantiles quantilesOf(std::vector<double> values);

class DistributionChart : public CurveChart {
    Q_OBJECT
public:
    using CurveChart::CurveChart;

    /// Returns the group's id for setGroup(); `run` is a colour of the run palette.
    int addGroup(const QString& name, int run);
    void setGroup(int group, const std::vector<double>& x, const std::vector<Quantiles>& quantiles);
    /// Whether 5 to 95 % are drawn too; off, several groups can be told apart.
    void setOuterBands(bool drawn);
    /// Forgets groups, references and events.
    void clearGroups();

    /// x, then the five quantiles of each group.
    [[nodiscard]] QString csv() const override;

private:
    struct Group {
        QString name;
        int median = -1, outer = -1;  ///< series
        std::vector<double> x;
        std::vector<Quantiles> quantiles;
    };
    std::map<int, Group> m_groups;
    int m_nextGroup = 0;
    bool m_outer = true;
};

}  // namespace bitloom::ui
