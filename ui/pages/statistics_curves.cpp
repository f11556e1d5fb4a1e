#include "pages/statistics_curves.h"

#include <QCoreApplication>
#include <algorithm>

#include "models/probe_words.h"

namespace bitloom::ui {
namespace {

constexpr int batchColor = 0;
constexpr int runningColor = 1;
constexpr double eps = 1e-5;  ///< of the normalization

/// Runs of neighbouring time steps as grounds; `times` are those there is a measurement of.
std::vector<Shade> shadesOf(const std::vector<int>& steps, const std::vector<int>& times) {
    std::vector<Shade> shades;
    for (std::size_t i = 0; i < times.size(); ++i) {
        if (!std::binary_search(steps.begin(), steps.end(), times[i])) continue;
        const double before = i > 0 ? (times[i] - times[i - 1]) / 2.0 : 0.5;
        const double after = i + 1 < times.size() ? (times[i + 1] - times[i]) / 2.0 : 0.5;
        const Shade next{times[i] + 1 - before, times[i] + 1 + after};
        if (!shades.empty() && shades.back().to >= next.from - 1e-9) {
            shades.back().to = next.to;
        } else {
            shades.push_back(next);
        }
    }
    return shades;
}

/// One value for all time steps is drawn as a level line.
std::vector<double> spread(const std::vector<double>& values, std::size_t count) {
    return values.size() == 1 ? std::vector<double>(count, values.front()) : values;
}

}  // namespace

const SideStatistics* sideOf(const LayerStatistics* layer, const std::string& side) {
    if (!layer) return nullptr;
    for (const SideStatistics& each : layer->sides) {
        if (each.side == side) return &each;
    }
    return nullptr;
}

void drawStatistics(CurveChart& chart, const StatisticsRow& row, int layer, const std::string& side,
                    StatisticsKind kind, int unit) {
    const auto tr = [](const char* words) {
        return QCoreApplication::translate("StatisticsCurves", words);
    };
    chart.clear();
    const SideStatistics* found = sideOf(layerOf(&row, layer), side);
    if (!found) return;
    const bool variance = kind == StatisticsKind::variance;
    std::vector<double> x;
    for (const int t : row.times) x.push_back(t + 1);
    chart.setShades(shadesOf(quietTimes(row, layer), row.times),
                    tr("input hardly varies in the batch"));
    const int own = chart.addSeries({tr("batch"), batchColor});
    const int kept = chart.addSeries({tr("running"), runningColor});
    const auto& units = variance ? found->unitVariance : found->unitMean;
    if (unit >= 0 && static_cast<std::size_t>(unit) < units.size()) {
        const auto index = static_cast<std::size_t>(unit);
        const auto& running = variance ? found->unitRunningVariance : found->unitRunningMean;
        chart.setData(own, x, units[index]);
        if (index < running.size()) chart.setData(kept, x, spread(running[index], x.size()));
    } else {
        const UnitBand& batch = variance ? found->variance : found->mean;
        const UnitBand& running = variance ? found->runningVariance : found->runningMean;
        chart.setData(own, x, batch.median);
        chart.setBand(own, x, batch.low, batch.high);
        chart.setData(kept, x, spread(running.median, x.size()));
        chart.setBand(kept, x, spread(running.low, x.size()), spread(running.high, x.size()));
    }
    if (variance) chart.setReferences({{eps, QStringLiteral("eps"), Qt::Horizontal, -1, true}});
}

}  // namespace bitloom::ui
