#pragma once
// Charts as SVG text for reports: lines on linear or logarithmic axes and horizontal size bars.
// Colours are CSS variables (--run-1 .. --run-12), so one picture serves light and dark pages.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bitloom {

struct ChartSeries {
    std::string label;
    int style = 0;                                  ///< run number: colour and dash pattern
    std::vector<std::pair<double, double>> points;  ///< x ascending; NaN breaks the line
    std::string cross;   ///< not empty: a cross at the end with this note
    double crossAt = 0;  ///< x of the cross
};

/// A thin dashed line across the chart with a label at its edge.
struct ChartReference {
    double value = 0;
    std::string label;
};

struct Chart {
    std::string title;
    std::string xLabel;
    std::string yLabel;
    bool logarithmic = false;
    std::vector<ChartSeries> series;
    std::vector<ChartReference> references;
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
std::string sizeBarsSvg(const std::vector<SizeBar>& bars);
/// A short sample of a run's line for tables.
std::string lineSampleSvg(int style);

/// Text made safe for HTML and SVG: & < > quotes, control characters and broken UTF-8 replaced.
std::string escaped(std::string_view text);
/// "1.494", "12.4 k", "1.2e+07": three or four digits, locale-proof.
std::string shortNumber(double value);

/// At most 2 x buckets points: the least and the greatest of each stretch, in order; NaN is kept.
std::vector<std::pair<double, double>> thinned(const std::vector<std::pair<double, double>>& points,
                                               std::size_t buckets);

}  // namespace bitloom
