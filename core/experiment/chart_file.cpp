#include "experiment/chart_file.h"

#include <algorithm>

namespace bitloom {
namespace {

constexpr double k_width = 592;
constexpr double k_margin = 16;
constexpr double k_chartHeight = 300;
constexpr double k_titleHeight = 20;
constexpr double k_legendRow = 18;
constexpr double k_letterWidth = 6.4;  // of 11 px text, generously
constexpr double k_sampleWidth = 28;

// The selectors of the report's page without variables, which Qt does not know.
constexpr const char* k_style = R"(
text{font-family:Inter,"Segoe UI","Noto Sans",sans-serif}
.tick,.label,.note{font-size:11px;fill:#67707b}.entry{font-size:11px;fill:#1b1f24}
.title{font-size:13px;font-weight:600;fill:#1b1f24}
.ground{fill:#ffffff;stroke:#e3e6ea;stroke-width:1}
.grid{stroke:#e3e6ea;stroke-width:1}.axis{stroke:#b3b8be;stroke-width:1}
.reference{stroke:#67707b;stroke-width:1;stroke-dasharray:4 4}
.line{fill:none;stroke-width:1.4;stroke-linejoin:round}
.dot{fill:currentColor}.cross{stroke:currentColor;stroke-width:1.8;fill:none}
.band{fill:currentColor;opacity:.14}.span{fill:#67707b;opacity:.12}
.published{fill:none;stroke:currentColor;stroke-width:1;opacity:.5}
.ring{fill:none;stroke:currentColor;stroke-width:1.2}
)";

/// Samples with their labels from `top` on, in as many rows as they need; moves `top` below.
std::string legendSvg(const std::vector<Chart>& charts, double& top) {
    std::vector<const ChartSeries*> entries;
    for (const Chart& chart : charts)
        for (const ChartSeries& series : chart.series)
            if (std::none_of(entries.begin(), entries.end(),
                             [&](const ChartSeries* e) { return e->label == series.label; }))
                entries.push_back(&series);
    std::string svg;
    double x = k_margin;
    for (const ChartSeries* series : entries) {
        const double width =
            k_sampleWidth + 24 + k_letterWidth * static_cast<double>(series->label.size());
        if (x > k_margin && x + width > k_width - k_margin) {
            x = k_margin;
            top += k_legendRow;
        }
        svg += "<g class=\"" + runClass(series->style) + "\"><path class=\"line\"" +
               dashAttribute(series->style) + " d=\"M" + px(x) + " " + px(top + 8) + "L" +
               px(x + k_sampleWidth) + " " + px(top + 8) + "\"/></g>";
        svg += textAt(x + k_sampleWidth + 6, top + 12, "start", escaped(series->label), "entry");
        x += width;
    }
    top += k_legendRow;
    return svg;
}

/// Qt draws no dashed line in currentColor: gives the lines of each run their colour by name.
std::string withLineColours(std::string svg) {
    const std::string line = "class=\"line\"";
    for (int style = 0; style < k_runStyles; ++style) {
        const std::string group = "<g class=\"" + runClass(style) + "\">";
        const std::string coloured = line + " stroke=\"" + runColour(style, false) + "\"";
        for (std::size_t at = svg.find(group); at != svg.npos; at = svg.find(group, at + 1)) {
            const std::size_t found = svg.find(line, at);
            if (found != svg.npos && found < svg.find("</g>", at))
                svg.replace(found, line.size(), coloured);
        }
    }
    return svg;
}

}  // namespace

std::string chartFileSvg(const std::vector<Chart>& charts) {
    double top = k_margin;
    std::string body = legendSvg(charts, top);
    bool any = false;
    std::string title;
    for (const Chart& chart : charts) {
        const std::string marks = chartMarks(chart);
        if (marks.empty()) continue;
        if (!any) title = chart.title;
        any = true;
        top += 8;
        body += textAt(k_margin, top + 14, "start", escaped(chart.title), "title");
        top += k_titleHeight;
        body += "<g transform=\"translate(" + px(k_margin) + " " + px(top) + ")\">\n" + marks +
                "</g>\n";
        top += k_chartHeight;
    }
    if (!any) return {};
    const double height = top + k_margin / 2;
    std::string style = k_style;
    for (int i = 0; i < k_runStyles; ++i)
        style += "." + runClass(i) + "{color:" + runColour(i, false) + "}";
    return "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + px(k_width) + "\" height=\"" +
           px(height) + "\" viewBox=\"0 0 " + px(k_width) + " " + px(height) + "\">\n<title>" +
           escaped(title) + "</title>\n<style>" + style +
           "</style>\n<rect class=\"ground\" x=\"0.5\" y=\"0.5\" width=\"" + px(k_width - 1) +
           "\" height=\"" + px(height - 1) + "\" rx=\"8\"/>\n" + withLineColours(body) + "</svg>\n";
}

}  // namespace bitloom
