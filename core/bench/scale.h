#pragma once
// How a training step grows with one size of a workload, the others as they are.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "bench/step_timer.h"
#include "bench/workload.h"

namespace bitloom {

/// A size that can be varied.
struct ScaleSize {
    std::string name;         ///< as in a specification: "hidden"
    std::string letter;       ///< as in formulas: "d"; "" if it has none
    std::string axis;         ///< of the chart: "hidden units d"
    int Workload::*member;    ///< where it stands
    std::vector<int> points;  ///< measured unless others are asked for
};

const std::vector<ScaleSize>& scaleSizes();

/// By name or letter. Throws InputError("--scale") that lists them.
ScaleSize findScaleSize(const std::string& name);

/// `workload` with one size set. Throws InputError("--sizes") for a value below 1, and for a size
/// the workload does not have: frames know no vocabulary.
Workload scaledWorkload(const Workload& workload, const ScaleSize& size, int value);

struct ScalePoint {
    std::string variant;
    int value = 0;
    StepCost cost;
};

/// Time, and where it was measured memory, against the size: two charts in one SVG file of its
/// own, a line each variant.
/// @param workload the one it started from, for the title.
std::string scaleSvg(const Workload& workload, const ScaleSize& size,
                     const std::vector<ScalePoint>& points);

}  // namespace bitloom
