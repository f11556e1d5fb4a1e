#pragma once
// Charts as an SVG file of their own, for documents: on a light ground, with their colours, fonts
// and legend inside, in plain SVG that Qt and browsers draw alike.

#include <string>
#include <vector>

#include "experiment/chart_svg.h"

namespace bitloom {

/// The charts one under another, each under its title, and on top one legend of the series of all
/// (series of one label are one entry). Charts with nothing to draw are left out; "" if none is
/// left.
std::string chartFileSvg(const std::vector<Chart>& charts);

}  // namespace bitloom
