#include "experiment/chart_svg.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace bitloom {
namespace {

constexpr double k_width = 560;
constexpr double k_height = 300;
constexpr double k_left = 56;
constexpr double k_right = 16;
constexpr double k_top = 16;
constexpr double k_bottom = 44;
/// Linear or logarithmic map of one axis onto pixels.
struct Axis {
    double least = 0;
    double most = 1;
    bool logarithmic = false;
    double from = 0;
    double to = 1;

    [[nodiscard]] double at(double value) const {
        const double a = logarithmic ? std::log10(least) : least;
        const double b = logarithmic ? std::log10(most) : most;
        const double v = logarithmic ? std::log10(std::max(value, 1e-300)) : value;
        return from + (to - from) * std::clamp((v - a) / (b - a), 0.0, 1.0);
    }
};

std::vector<double> linearTicks(double least, double most) {
    const double raw = (most - least) / 5;
    const double power = std::pow(10, std::floor(std::log10(raw)));
    const double step = power * (raw / power < 1.5   ? 1
                                 : raw / power < 3.5 ? 2
                                 : raw / power < 7.5 ? 5
                                                     : 10);
    std::vector<double> ticks;
    for (double tick = std::ceil(least / step) * step;
         tick <= most + step * 1e-6 && ticks.size() < 20; tick += step)
        ticks.push_back(std::abs(tick) < step * 1e-6 ? 0 : tick);
    return ticks;
}

/// Powers of ten, and 1-2-5 between them where there would be few; equal distances within less
/// than a factor of four.
std::vector<double> decadeTicks(double least, double most) {
    if (most / least < 4) return linearTicks(least, most);
    if (most / least < 300) {
        std::vector<double> fine;
        for (int decade = static_cast<int>(std::floor(std::log10(least)));
             decade <= static_cast<int>(std::floor(std::log10(most))); ++decade)
            for (const int mantissa : {1, 2, 5}) {
                const double tick = mantissa * std::pow(10, decade);
                if (tick >= least && tick <= most) fine.push_back(tick);
            }
        return fine;
    }
    const int first = static_cast<int>(std::ceil(std::log10(least) - 1e-9));
    const int last = static_cast<int>(std::floor(std::log10(most) + 1e-9));
    const int every = std::max(1, (last - first + 5) / 6);
    std::vector<double> ticks;
    for (int decade = first; decade <= last; decade += every) ticks.push_back(std::pow(10, decade));
    return ticks;
}

std::string decadeLabel(double value) {
    static constexpr std::array<const char*, 10> k_raised = {"⁰", "¹", "²", "³", "⁴",
                                                             "⁵", "⁶", "⁷", "⁸", "⁹"};
    const int exponent = static_cast<int>(std::lround(std::log10(value)));
    if (std::abs(value / std::pow(10, exponent) - 1) > 1e-6) return shortNumber(value);
    if (exponent >= -2 && exponent <= 3) return shortNumber(value);
    std::string text = exponent < 0 ? "10⁻" : "10";
    for (const char digit : std::to_string(std::abs(exponent)))
        text += k_raised[static_cast<std::size_t>(digit - '0')];
    return text;
}

/// Drawable: finite and, on a logarithmic axis, positive.
bool shows(double value, bool logarithmic) {
    return std::isfinite(value) && std::abs(value) < 1e300 && (!logarithmic || value > 0);
}

struct Extent {
    double least = std::numeric_limits<double>::infinity();
    double most = -std::numeric_limits<double>::infinity();
    void add(double value) {
        least = std::min(least, value);
        most = std::max(most, value);
    }
    [[nodiscard]] bool empty() const { return least > most; }
};

Axis makeAxis(Extent extent, bool logarithmic, bool padded) {
    Axis axis;
    axis.logarithmic = logarithmic;
    if (logarithmic) {
        if (padded && extent.most / extent.least < 1.2) {
            const double middle = std::sqrt(extent.most) * std::sqrt(extent.least);
            extent = {middle / 1.2, middle * 1.2};
        }
        const double ratio = extent.most / extent.least;
        const double room = padded      ? std::clamp(std::pow(ratio, 0.06), 1.0, 1.3)
                            : ratio > 1 ? 1.05
                                        : 2;
        axis.least = extent.least / room;
        axis.most = extent.most * room;
        return axis;
    }
    const double span = extent.most - extent.least;
    const double room =
        span > 0 ? (padded ? 0.06 * span : 0) : std::max(0.5, std::abs(extent.most) * 0.1);
    axis.least = extent.least - room;
    axis.most = extent.most + room;
    return axis;
}

std::string gridSvg(const Chart& chart, const Axis& x, const Axis& y) {
    std::string svg;
    for (const double tick :
         y.logarithmic ? decadeTicks(y.least, y.most) : linearTicks(y.least, y.most)) {
        svg += lineBetween(x.from, y.at(tick), x.to, y.at(tick), "grid");
        svg += textAt(x.from - 8, y.at(tick) + 4, "end",
                      y.logarithmic ? decadeLabel(tick) : shortNumber(tick));
    }
    const auto own =
        chart.logarithmicX ? decadeTicks(x.least, x.most) : linearTicks(x.least, x.most);
    for (const double tick : chart.xTicks.empty() ? own : chart.xTicks)
        svg += textAt(x.at(tick), y.from + 16, "middle", shortNumber(tick));
    svg += lineBetween(x.from, y.from, x.to, y.from, "axis");
    svg += textAt((x.from + x.to) / 2, k_height - 8, "middle", escaped(chart.xLabel), "label");
    svg += "<text class=\"label\" text-anchor=\"middle\" transform=\"translate(12 " +
           px((y.from + y.to) / 2) + ") rotate(-90)\">" + escaped(chart.yLabel) + "</text>\n";
    return svg;
}

std::string referencesSvg(const Chart& chart, const Axis& x, const Axis& y) {
    auto references = chart.references;
    std::erase_if(references, [&](const ChartReference& reference) {
        return !shows(reference.value, y.logarithmic);
    });
    std::sort(references.begin(), references.end(),
              [](const auto& a, const auto& b) { return a.value > b.value; });
    // Labels of neighbouring lines slide down instead of covering each other, and up again where
    // that would carry them into the axis.
    std::vector<double> labels;
    for (const ChartReference& reference : references) {
        const double at = y.at(reference.value);
        const double wanted = at + 14 < y.from ? at + 12 : at - 4;  // curves mostly come from above
        labels.push_back(labels.empty() ? wanted : std::max(wanted, labels.back() + 12));
    }
    double lowest = y.from - 4;
    for (auto label = labels.rbegin(); label != labels.rend(); ++label) {
        *label = std::min(*label, lowest);
        lowest = *label - 12;
    }
    std::string svg;
    for (std::size_t i = 0; i < references.size(); ++i) {
        const double at = y.at(references[i].value);
        svg += lineBetween(x.from, at, x.to, at, "reference");
        svg += textAt(x.to - 4, labels[i], "end", escaped(references[i].label), "note");
    }
    return svg;
}

/// Shaded stretches of the horizontal axis; the first of each label says it.
std::string spansSvg(const Chart& chart, const Axis& x, const Axis& y) {
    std::string svg;
    std::string said;
    for (const ChartSpan& span : chart.spans) {
        const double from = x.at(span.from);
        const double to = x.at(span.to);
        svg += "<rect class=\"span\" x=\"" + px(from) + "\" y=\"" + px(y.to) + "\" width=\"" +
               px(std::max(1.0, to - from)) + "\" height=\"" + px(y.from - y.to) + "\"/>\n";
        if (span.label == said) continue;
        said = span.label;
        svg += textAt(from + 4, y.to + 12, "start", escaped(span.label), "note");
    }
    return svg;
}

/// The area between the edges; a gap where one cannot be drawn.
std::string bandSvg(const ChartSeries& series, const Axis& x, const Axis& y) {
    std::string svg;
    std::string above;
    std::string below;
    const auto close = [&] {
        if (!above.empty())
            svg += "<path class=\"band " + runClass(series.style) + "\" d=\"M" + above.substr(1) +
                   below + "Z\"/>\n";
        above.clear();
        below.clear();
    };
    for (const ChartBand& band : series.band) {
        if (!shows(band.low, y.logarithmic) || !shows(band.high, y.logarithmic)) {
            close();
            continue;
        }
        const std::string at = px(x.at(band.x)) + " ";
        above += "L" + at + px(y.at(band.high));
        below.insert(0, "L" + at + px(y.at(band.low)));
    }
    close();
    return svg;
}

/// Published points: rings on a thin line.
std::string publishedSvg(const ChartSeries& series, const Axis& x, const Axis& y) {
    std::string path;
    std::string rings;
    for (const auto& [vx, vy] : series.points) {
        if (!shows(vy, y.logarithmic)) continue;
        const std::string at = px(x.at(vx)) + " " + px(y.at(vy));
        path += (path.empty() ? "M" : "L") + at;
        rings += "<circle class=\"ring\" cx=\"" + px(x.at(vx)) + "\" cy=\"" + px(y.at(vy)) +
                 "\" r=\"3\"/>";
    }
    if (path.empty()) return {};
    return "<g class=\"" + runClass(series.style) + "\"><title>" + escaped(series.label) +
           "</title><path class=\"published\" d=\"" + path + "\"/>" + rings + "</g>\n";
}

std::string seriesSvg(const ChartSeries& series, const Axis& x, const Axis& y) {
    if (series.published) return publishedSvg(series, x, y);
    std::string path;
    std::string dots;
    std::string svg;
    bool drawing = false;
    double lastX = x.from;
    double lastY = y.to;
    std::size_t run = 0;
    const auto endStroke = [&] {
        // A single point has no line: it shows as a dot.
        if (run == 1)
            dots += "<circle class=\"dot\" cx=\"" + px(lastX) + "\" cy=\"" + px(lastY) +
                    "\" r=\"2.5\"/>";
        run = 0;
        drawing = false;
    };
    for (const auto& [px1, py1] : series.points) {
        if (!shows(py1, y.logarithmic) || !shows(px1, x.logarithmic)) {
            endStroke();
            continue;
        }
        lastX = x.at(px1);
        lastY = y.at(py1);
        path += (drawing ? "L" : "M") + px(lastX) + " " + px(lastY);
        drawing = true;
        ++run;
    }
    endStroke();
    svg +=
        "<g class=\"" + runClass(series.style) + "\"><title>" + escaped(series.label) + "</title>";
    if (!path.empty())
        svg += "<path class=\"line\"" + dashAttribute(series.style) + " d=\"" + path + "\"/>";
    svg += dots;
    if (!series.cross.empty() && std::isfinite(series.crossAt)) {
        const double cx = x.at(series.crossAt);
        const double cy = series.points.empty() ? y.to : lastY;
        svg += "<path class=\"cross\" d=\"M" + px(cx - 4) + " " + px(cy - 4) + "L" + px(cx + 4) +
               " " + px(cy + 4) + "M" + px(cx - 4) + " " + px(cy + 4) + "L" + px(cx + 4) + " " +
               px(cy - 4) + "\"/>";
        const bool right = cx > (x.from + x.to) / 2;
        svg += textAt(right ? cx - 8 : cx + 8, std::max(cy + 4, y.to + 12), right ? "end" : "start",
                      escaped(series.cross), "note");
    }
    return svg + "</g>\n";
}

}  // namespace

std::string chartMarks(const Chart& chart) {
    Extent xs;
    Extent ys;
    for (const ChartSeries& series : chart.series) {
        for (const auto& [x, y] : series.points) {
            if (shows(x, chart.logarithmicX)) xs.add(x);
            if (shows(y, chart.logarithmic)) ys.add(y);
        }
        for (const ChartBand& band : series.band)
            for (const double edge : {band.low, band.high})
                if (shows(edge, chart.logarithmic)) ys.add(edge);
        if (!series.cross.empty() && std::isfinite(series.crossAt)) xs.add(series.crossAt);
    }
    if (xs.empty() || ys.empty()) return {};
    for (const ChartReference& reference : chart.references)
        if (shows(reference.value, chart.logarithmic)) ys.add(reference.value);
    Axis x = makeAxis(xs, chart.logarithmicX, false);
    Axis y = makeAxis(ys, chart.logarithmic, true);
    x.from = k_left;
    x.to = k_width - k_right;
    y.from = k_height - k_bottom;
    y.to = k_top;
    std::string svg = spansSvg(chart, x, y);
    svg += gridSvg(chart, x, y);
    svg += referencesSvg(chart, x, y);
    for (const ChartSeries& series : chart.series) svg += bandSvg(series, x, y);
    for (const ChartSeries& series : chart.series) svg += seriesSvg(series, x, y);
    return svg;
}

std::string chartSvg(const Chart& chart) {
    const std::string marks = chartMarks(chart);
    if (marks.empty()) return {};
    return "<svg viewBox=\"0 0 560 300\" role=\"img\" aria-label=\"" + escaped(chart.title) +
           "\">\n" + marks + "</svg>\n";
}

std::vector<std::pair<double, double>> thinned(const std::vector<std::pair<double, double>>& points,
                                               std::size_t buckets) {
    if (points.size() <= 2 * buckets || buckets == 0) return points;
    std::vector<std::pair<double, double>> out;
    for (std::size_t b = 0; b < buckets; ++b) {
        const std::size_t begin = b * points.size() / buckets;
        const std::size_t end = (b + 1) * points.size() / buckets;
        std::size_t least = begin;
        std::size_t most = begin;
        std::size_t broken = end;
        for (std::size_t i = begin; i < end; ++i) {
            if (std::isnan(points[i].second)) {
                broken = i;
                continue;
            }
            // NaN compares false: a first NaN gives way to any number.
            if (!(points[i].second >= points[least].second)) least = i;
            if (!(points[i].second <= points[most].second)) most = i;
        }
        if (broken < end)
            out.emplace_back(points[begin].first, points[broken].second);  // stays a gap
        if (std::isnan(points[least].second)) continue;
        out.push_back(points[std::min(least, most)]);
        if (least != most) out.push_back(points[std::max(least, most)]);
    }
    return out;
}

}  // namespace bitloom
