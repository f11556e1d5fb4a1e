#pragma once
// Charts as SVG text for reports: lines on linear or logarithmic axes and horizontal size bars.
// Colours are CSS variables (--run-1 .. --run-12), so one picture serves light and dark pages.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "experiment/svg_parts.h"

namespace bitloom {

/// Edges of a shaded area at x.
struct ChartBand {
    double x = 0;
    double low = 0;
    double high = 0;
};

struct ChartSeries {
    std::string label;
    int style = 0;                                  ///< run number: colour and dash pattern
    std::vector<std::pair<double, double>> points;  ///< x ascending; NaN breaks the line
    std::string cross;                 ///< not empty: a cross at the end with this note
    double crossAt = 0;                ///< x of the cross
    std::vector<ChartBand> band = {};  ///< shaded behind the line; x ascending
    bool published = false;            ///< numbers read off the paper: rings on a thin line
};

/// A thin dashed line across the chart with a label at its edge.
struct ChartReference {
    double value = 0;
    std::string label;
};

/// A shaded stretch of the horizontal axis.
struct ChartSpan {
    double from = 0;
    double to = 0;
    std::string label;
};

struct Chart {
    std::string title;
    std::string xLabel;
    std::string yLabel;
    bool logarithmic = false;
    std::vector<ChartSeries> series;
    std::vector<ChartReference> references;
    std::vector<ChartSpan> spans = {};
    bool logarithmicX = false;
    std::vector<double> xTicks = {};  ///< where the horizontal axis has numbers; empty: round ones
};

/// A run of the value chart: a bar for each named value.
struct ValueBar {
    std::string label;
    int style = 0;
    std::vector<std::pair<std::string, double>> values;  ///< the name "published" is drawn pale
};

/// A row of the size chart: kilobytes by the paper's formula and packed, the latter cut into its
/// parts.
struct SizeBar {
    std::string label;
    int style = 0;
    double paperKb = 0;
    std::vector<std::pair<std::string, double>>
        packedKb;  ///< weights, scales, norm, statistics, biases
};

/// 560 x 300 units. An empty string if there is nothing to draw.
std::string chartSvg(const Chart& chart);
/// The inside of that picture, for a picture of several.
std::string chartMarks(const Chart& chart);
/// @param most value of a full bar, 0 = the greatest. @param unit behind each value: " %"
std::string valueBarsSvg(const std::vector<ValueBar>& bars, double most, const std::string& unit);
std::string sizeBarsSvg(const std::vector<SizeBar>& bars);
/// A short sample of a run's line for tables.
std::string lineSampleSvg(int style);

/// At most 2 x buckets points: the least and the greatest of each stretch, in order; NaN is kept.
std::vector<std::pair<double, double>> thinned(const std::vector<std::pair<double, double>>& points,
                                               std::size_t buckets);

}  // namespace bitloom
