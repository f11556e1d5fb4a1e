#pragma once
// The frame of an HTML report: one self-contained page, light and dark, printable; and the words
// its tables and charts share.

#include <string>
#include <vector>

#include "experiment/catalog.h"
#include "experiment/chart_svg.h"

namespace bitloom {

/// The page around `body` (HTML). `title` and `heading` are plain text.
std::string reportPage(const std::string& title, const std::string& heading,
                       const std::string& body);

/// A framed chart with its title and a note under it; "" for an empty chart.
std::string card(const std::string& title, const std::string& svg, const std::string& note = "");
std::string card(const Chart& chart, const std::string& note = "");

std::string metricLabel(const std::string& metric);
bool higherIsBetter(const std::string& metric);
/// Accuracy is read in percent, everything else as it is.
double shown(const std::string& metric, double value);
/// The label of a catalog entry, or its name.
std::string labelOf(const std::vector<Entry>& table, const std::string& name);

}  // namespace bitloom
