#pragma once
// What probes say, in words. Every sentence is made from the figures given; nothing is claimed that
// they do not show.

#include <QString>

#include "experiment/run_folder.h"
#include "probe/rows.h"

namespace bitloom::ui {

/// "Gradients grow by a factor of 1.94 a step backwards: from t = 100 to t = 61 that is 1.7e11."
QString growthWords(const GrowthFit& fit);
/// "×1.94 a step"; "–" without a fit.
QString rateText(double rate);

/// What the first exponent of a layer means for gradients; empty without exponents.
QString lyapunovWords(const LayerLyapunov& layer);

/// Bound against actual: the largest tightness, or the error a violation is.
QString tightnessWords(const BoundRow& row, int layer);
/// lambda_1 and lambda_2 beside the measured growth: how much of what the bound allows happens.
QString boundWords(const LayerBound& bound, const GrowthFit& growth);

/// The sign of the first exponent beside the growth of the last step's gradient.
QString agreementWords(const LayerLyapunov& layer, const GrowthFit& growth);

/// How the running variance of W_ih x differs from the batch's over the time steps; empty without
/// statistics.
QString statisticsWords(const StatisticsRow& row, int layer);
/// Time steps (from 0) whose input hardly varies within the batch, less than a thousandth of the
/// largest variance: the black border of an image.
std::vector<int> quietTimes(const StatisticsRow& row, int layer);

/// Test or validation accuracy with each kind of statistics.
struct StatisticsAccuracy {
    std::optional<double> running, batch, perStep, average;
    double chance = 0;  ///< of guessing: 1 / classes
};
/// Which statistics work and which do not; empty if only one is known.
QString accuracyWords(const StatisticsAccuracy& accuracy);

}  // namespace bitloom::ui
