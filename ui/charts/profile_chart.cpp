#include "charts/profile_chart.h"

namespace bitloom::ui {

ProfileChart::ProfileChart(const Theme& theme, QWidget* parent) : CurveChart(theme, parent) {
    Axis x;
    x.title = tr("time step t");
    setXAxis(x);
    Axis y;
    y.title = QStringLiteral("|∂L/∂hₜ|");
    y.log = true;
    setYAxis(y);
    setEmptyText(tr("The gradient reaching each time step is drawn here at the first probe."));
}

void ProfileChart::setProfile(int series, std::span<const double> norms) {
    std::vector<double> x(norms.size());
    for (std::size_t step = 0; step < norms.size(); ++step) x[step] = static_cast<double>(step + 1);
    setData(series, std::move(x), {norms.begin(), norms.end()});
}

}  // namespace bitloom::ui
