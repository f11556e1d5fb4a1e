#pragma once
// How one run becomes a curve of each kind of probe chart. Private to pages/probe_charts.

#include "charts/curve_chart.h"
#include "pages/probe_charts.h"

namespace bitloom::ui {

/// Title, axes and empty text of a kind; what does not depend on runs.
void setUpProbeChart(CurveChart& chart, ProbeKind kind);

/// A curve with a band, and the levels drawn beside it.
struct ProbeCurve {
    std::vector<double> x, y, low, high;
    std::vector<ReferenceLine> references;
    QString error;  ///< at the last point: what cannot be (a bound that is broken)
};
ProbeCurve probeCurve(const ProbeCharts::Shown& shown, ProbeKind kind, int layer, bool atStart);

}  // namespace bitloom::ui
