#pragma once
// Batch-norm statistics over time steps as curves: the batch's and the running ones, with time
// steps shaded whose input hardly varies in the batch.

#include <string>

#include "charts/curve_chart.h"
#include "models/probe_history.h"

namespace bitloom::ui {

/// The statistics of a side ("ih", "hh", "c"), or nullptr.
const SideStatistics* sideOf(const LayerStatistics* layer, const std::string& side);

enum class StatisticsKind { mean, variance };

/// Replaces what `chart` shows. `unit` is a place in the side's chosen units, -1 = median and 5 to
/// 95 % of all units.
void drawStatistics(CurveChart& chart, const StatisticsRow& row, int layer, const std::string& side,
                    StatisticsKind kind, int unit = -1);

}  // namespace bitloom::ui
