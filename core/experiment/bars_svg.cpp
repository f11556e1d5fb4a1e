#include <algorithm>

#include "experiment/chart_svg.h"

// Horizontal bars: model sizes, and values by kind.

namespace bitloom {

std::string sizeBarsSvg(const std::vector<SizeBar>& bars) {
    double most = 0;
    for (const SizeBar& bar : bars) {
        double packed = 0;
        for (const auto& [name, kb] : bar.packedKb) packed += kb;
        most = std::max({most, bar.paperKb, packed});
    }
    if (most <= 0) return {};
    constexpr double k_row = 52;
    constexpr double k_span = 440;
    const double height = k_row * static_cast<double>(bars.size()) + 8;
    std::string svg =
        "<svg viewBox=\"0 0 560 " + px(height) + "\" role=\"img\" aria-label=\"Model size\">\n";
    double top = 4;
    const auto rect = [&](double x, double y, double width, const std::string& css,
                          const std::string& title) {
        svg += "<rect class=\"" + css + "\" x=\"" + px(x) + "\" y=\"" + px(y) + "\" width=\"" +
               px(width) + "\" height=\"10\"><title>" + escaped(title) + "</title></rect>";
    };
    for (const SizeBar& bar : bars) {
        svg += "<g class=\"" + runClass(bar.style) + "\">";
        svg += textAt(0, top + 11, "start", escaped(bar.label), "name");
        const double paper = std::max(1.5, bar.paperKb / most * k_span);
        rect(0, top + 18, paper, "paper", "paper's formula: " + shortNumber(bar.paperKb) + " KB");
        svg += textAt(paper + 6, top + 27, "start", shortNumber(bar.paperKb) + " KB paper", "tick");
        double x = 0;
        double total = 0;
        for (const auto& [name, kb] : bar.packedKb) {
            total += kb;
            if (kb <= 0) continue;
            const double width = kb / most * k_span;
            rect(x, top + 31, width, "part part-" + name, name + ": " + shortNumber(kb) + " KB");
            x += width;
        }
        svg += textAt(std::max(1.5, x) + 6, top + 40, "start", shortNumber(total) + " KB packed",
                      "tick");
        svg += "</g>\n";
        top += k_row;
    }
    return svg + "</svg>\n";
}

std::string valueBarsSvg(const std::vector<ValueBar>& bars, double most, const std::string& unit) {
    double greatest = most;
    std::size_t rows = 0;
    for (const ValueBar& bar : bars) {
        rows += bar.values.size();
        if (most <= 0)
            for (const auto& [name, value] : bar.values) greatest = std::max(greatest, value);
    }
    if (rows == 0 || greatest <= 0) return {};
    constexpr double k_row = 16;
    constexpr double k_head = 22;
    constexpr double k_names = 150;
    constexpr double k_span = 330;
    const double height =
        k_row * static_cast<double>(rows) + (k_head + 6) * static_cast<double>(bars.size()) + 4;
    std::string svg = "<svg viewBox=\"0 0 560 " + px(height) + "\" role=\"img\">\n";
    double top = 0;
    for (const ValueBar& bar : bars) {
        svg += "<g class=\"" + runClass(bar.style) + "\">";
        svg += textAt(0, top + 14, "start", escaped(bar.label), "name");
        top += k_head;
        for (const auto& [name, value] : bar.values) {
            const bool published = name == "published";
            const double width = std::max(1.5, std::clamp(value / greatest, 0.0, 1.0) * k_span);
            svg += textAt(k_names - 8, top + 10, "end", escaped(name), "tick");
            svg += "<rect class=\"" + std::string(published ? "paper" : "part") + "\" x=\"" +
                   px(k_names) + "\" y=\"" + px(top + 2) + "\" width=\"" + px(width) +
                   "\" height=\"9\"/>";
            svg += textAt(k_names + width + 6, top + 10, "start", shortNumber(value) + unit);
            top += k_row;
        }
        svg += "</g>\n";
        top += 6;
    }
    return svg + "</svg>\n";
}

std::string lineSampleSvg(int style) {
    return "<svg class=\"sample " + runClass(style) +
           "\" viewBox=\"0 0 28 10\" width=\"28\" height=\"10\" aria-hidden=\"true\"><path "
           "class=\"line\"" +
           dashAttribute(style) + " d=\"M0 5L28 5\"/></svg>";
}

}  // namespace bitloom
