#pragma once
// The gains g of a layer, gate by gate, and what they multiply by: g/s with s the deviation that
// layer norm (a sample, step and gate) or batch norm (a unit and step) divides by, over a window;
// for weight norm g_j/|Q_j|. g/s, not g, is what the bounds of probe/bounds.h contain.

#include <span>
#include <string>
#include <vector>

#include "math/matrix.h"
#include "nn/layer_trace.h"
#include "probe/rows.h"

namespace bitloom {

/// Names of a cell's gates: i f g o or r z n.
std::vector<std::string> gateNames(Cell cell);

/// Layer or batch norm: the groups of one side; `names` one a gate.
template <class T>
std::vector<GainGroup> gainGroups(const NormalizerTrace<T>& trace, const std::string& side,
                                  const std::vector<std::string>& names);

/// Weight norm: `gain` [G*H] of the rows of `quantized` [G*H, in].
template <class T>
std::vector<GainGroup> gainGroups(std::span<const T> gain, MatrixView<const T> quantized,
                                  const std::string& side, const std::vector<std::string>& names);

}  // namespace bitloom
