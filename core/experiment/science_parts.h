#pragma once
// What the charts of probes share. Used by science_charts.cpp and science_gradients.cpp.

#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "experiment/science_charts.h"

namespace bitloom::science_parts {

constexpr double k_nan = std::numeric_limits<double>::quiet_NaN();

using Runs = std::vector<ComparedRun>;
using Points = std::vector<std::pair<double, double>>;

/// Layers that get charts of their own: the most any run has, but not many.
std::size_t layersOf(const Runs& runs);
/// ", layer 2" where runs have several.
std::string layerWords(const Runs& runs, std::size_t layer);
ChartSeries seriesFor(const Runs& runs, std::size_t i, Points points);
Chart chartOf(const std::string& title, const std::string& x, const std::string& y,
              bool logarithmic);
/// A series a run: `value` of every bound row that has this layer.
void addBounds(Chart& chart, const Runs& runs, std::size_t layer,
               const std::function<double(const LayerBound&)>& value);

/// |dL/dh_t| by time step at the start, at the end and of the last loss alone; growth.
void addGradients(std::vector<ScienceChart>& charts, const Runs& runs, std::size_t layer);
void addTightness(std::vector<ScienceChart>& charts, const Runs& runs, std::size_t layer);
void addLyapunov(std::vector<ScienceChart>& charts, const Runs& runs, std::size_t layer);

}  // namespace bitloom::science_parts
