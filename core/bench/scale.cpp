#include "bench/scale.h"

#include <algorithm>

#include "base/error.h"
#include "experiment/chart_file.h"
#include "experiment/chart_svg.h"

namespace bitloom {
namespace {

/// One line a variant of y over the size; `of` may say nothing of a point.
Chart chartOf(const ScaleSize& size, const std::vector<ScalePoint>& points,
              const std::string& yLabel,
              const std::function<std::optional<double>(const StepCost&)>& of) {
    Chart chart;
    chart.xLabel = size.axis;
    chart.yLabel = yLabel;
    chart.logarithmic = true;
    chart.logarithmicX = true;
    for (const ScalePoint& point : points) {
        if (std::find(chart.xTicks.begin(), chart.xTicks.end(), point.value) == chart.xTicks.end())
            chart.xTicks.push_back(point.value);
        const auto y = of(point.cost);
        if (!y) continue;
        auto line = std::find_if(chart.series.begin(), chart.series.end(),
                                 [&](const ChartSeries& s) { return s.label == point.variant; });
        if (line == chart.series.end()) {
            ChartSeries series;
            series.label = point.variant;
            series.style = static_cast<int>(chart.series.size());
            chart.series.push_back(series);
            line = std::prev(chart.series.end());
        }
        line->points.emplace_back(point.value, *y);
    }
    for (ChartSeries& series : chart.series) std::sort(series.points.begin(), series.points.end());
    return chart;
}

}  // namespace

const std::vector<ScaleSize>& scaleSizes() {
    static const std::vector<ScaleSize> table{
        {"hidden", "d", "hidden units d", &Workload::hidden, {64, 128, 256, 512, 1024, 2048}},
        {"window", "T", "time steps T", &Workload::steps, {25, 50, 100, 200, 400, 800}},
        {"batch", "B", "batch B", &Workload::batch, {8, 16, 32, 64, 128, 256}},
        {"vocabulary", "V", "vocabulary V", &Workload::vocabulary, {50, 200, 1000, 4000, 16000}},
        {"layers", "", "layers", &Workload::layers, {1, 2, 3, 4, 6}},
    };
    return table;
}

ScaleSize findScaleSize(const std::string& name) {
    std::string known;
    for (const ScaleSize& size : scaleSizes()) {
        if (name == size.name || (!name.empty() && name == size.letter)) return size;
        known += (known.empty() ? "" : ", ") + size.name;
        if (!size.letter.empty()) known += " (" + size.letter + ")";
    }
    throw InputError("--scale", name, "not a size of a training step; those are " + known);
}

Workload scaledWorkload(const Workload& workload, const ScaleSize& size, int value) {
    if (value < 1) throw InputError("--sizes", std::to_string(value), "expected 1 or more");
    if (workload.*(size.member) == 0)
        throw InputError("--scale", size.name, workload.name + " has none");
    Workload scaled = workload;
    scaled.*(size.member) = value;
    return scaled;
}

std::string scaleSvg(const Workload& workload, const ScaleSize& size,
                     const std::vector<ScalePoint>& points) {
    Chart time = chartOf(size, points, "ms a step",
                         [](const StepCost& cost) { return std::optional(cost.seconds * 1e3); });
    time.title = workload.name + ": a training step against " + size.axis;
    Chart memory =
        chartOf(size, points, "memory, MiB", [](const StepCost& cost) -> std::optional<double> {
            if (!cost.memoryBytes) return std::nullopt;
            return static_cast<double>(*cost.memoryBytes) / (1 << 20);
        });
    memory.title = "Peak memory of the training";
    return chartFileSvg({time, memory});
}

}  // namespace bitloom
