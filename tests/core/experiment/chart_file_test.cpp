#include "experiment/chart_file.h"

#include <gtest/gtest.h>

#include <string>

namespace bitloom {
namespace {

std::size_t occurrences(const std::string& text, const std::string& part) {
    std::size_t count = 0;
    for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
    return count;
}

Chart lineChart(const std::string& title, const std::string& label) {
    Chart chart;
    chart.title = title;
    chart.xLabel = "x";
    chart.yLabel = "y";
    ChartSeries series;
    series.label = label;
    series.points = {{1, 1}, {10, 5}, {100, 7}};
    chart.series = {series};
    return chart;
}

TEST(ChartFile, IsAPictureOfItsOwn) {
    const std::string svg = chartFileSvg({lineChart("A & B", "one"), lineChart("C", "one")});
    EXPECT_EQ(svg.rfind("<svg xmlns=\"http://www.w3.org/2000/svg\"", 0), 0u);
    EXPECT_EQ(occurrences(svg, "<svg"), 1u);
    EXPECT_EQ(occurrences(svg, "</svg>"), 1u);
    EXPECT_NE(svg.find("A &amp; B"), std::string::npos);
    EXPECT_EQ(svg.find("var("), std::string::npos);      // Qt knows no variables
    EXPECT_EQ(occurrences(svg, "class=\"entry\""), 1u);  // one label, one entry
    EXPECT_EQ(occurrences(svg, "class=\"title\""), 2u);
    EXPECT_EQ(occurrences(svg, "class=\"line\" stroke=\"#"), 3u);  // legend and two charts
    EXPECT_EQ(occurrences(svg, "<g "), occurrences(svg, "</g>"));
}

TEST(ChartFile, LeavesOutWhatIsEmpty) {
    EXPECT_EQ(chartFileSvg({}), "");
    EXPECT_EQ(chartFileSvg({Chart{}}), "");
    EXPECT_EQ(occurrences(chartFileSvg({Chart{}, lineChart("C", "one")}), "class=\"title\""), 1u);
}

TEST(ChartSvg, LogarithmicAxisPutsDecadesApartEvenly) {
    Chart chart = lineChart("L", "one");
    chart.logarithmicX = true;
    chart.xTicks = {1, 10, 100};
    const std::string svg = chartSvg(chart);
    const auto tickAt = [&](const std::string& text) {
        const std::size_t end = svg.find(" y=\"272.0\" text-anchor=\"middle\">" + text + "<");
        EXPECT_NE(end, svg.npos) << text;
        const std::size_t start = svg.rfind("x=\"", end) + 3;
        return std::stod(svg.substr(start, end - start));
    };
    EXPECT_NEAR(tickAt("10") - tickAt("1"), tickAt("100") - tickAt("10"), 0.2);
}

}  // namespace
}  // namespace bitloom
