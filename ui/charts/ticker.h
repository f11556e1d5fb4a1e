#pragma once
// Ticks as many as an axis has room for. Private to ui/charts.

#include <QSharedPointer>
#include <vector>

#include "charts/custom_plot.h"

namespace bitloom::ui {

/// Ticks of a log axis, at most `most` of them: 1-2-5 and finer within a decade, powers of ten over
/// several. Empty if they would be fewer than three within less than two decades: equal distances
/// tell more there.
std::vector<double> logTicks(double lower, double upper, int most);

/// Whether labels between these are plain numbers; else all are powers of ten.
bool plainTicks(double lower, double upper);
/// A label of such a tick: 0.003, or 3·10⁻⁵.
QString logTickText(double tick, bool plain);

/// A ticker for `axis`: labels that would touch their neighbour are left out.
QSharedPointer<QCPAxisTicker> makeTicker(const QCPAxis& axis, bool log);

/// How many ticks `axis` has room for now: 2 to 6 on x, 2 to 4 on y.
int tickRoom(const QCPAxis& axis);

}  // namespace bitloom::ui
