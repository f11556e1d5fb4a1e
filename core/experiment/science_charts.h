#pragma once
// Charts of what the probes measured, for reports: the bound over training with the paper's curve,
// gradients by time step, growth, tightness, Lyapunov exponents, spectral norms, gains, and the
// statistics of batch normalization over time steps. Each is empty where the runs hold no such
// records.

#include <string>
#include <vector>

#include "experiment/chart_svg.h"
#include "experiment/comparison.h"

namespace bitloom {

struct ScienceChart {
    Chart chart;
    std::string note;
};

/// All charts that these runs' records allow, in reading order; one a layer where runs have
/// several.
std::vector<ScienceChart> scienceCharts(const std::vector<ComparedRun>& runs);

/// Test results by kind of statistics, a bar each, of the runs with batch normalization.
std::vector<ValueBar> statisticsBars(const std::vector<ComparedRun>& runs);

/// Stretches of a run's time steps whose inputs hardly vary over the batch: the black border of an
/// image. Empty for other data.
std::vector<ChartSpan> quietSteps(const StatisticsRow& row);

/// The cards of all of these as HTML; "" if there are none.
std::string scienceBody(const std::vector<ComparedRun>& runs);

}  // namespace bitloom
