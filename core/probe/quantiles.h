#pragma once
// Quantiles by linear interpolation between order statistics: q of n sorted numbers lies at
// position q (n - 1).

#include <span>
#include <vector>

namespace bitloom {

/// The quantiles `at` (each in [0, 1]) of `values`, which are sorted in place; numbers that are not
/// finite are left out. NaN where nothing is left.
std::vector<double> quantiles(std::vector<double>& values, std::span<const double> at);

/// Smallest, 5%, 25%, median, 75%, 95%, largest.
std::vector<double> sevenNumbers(std::vector<double>& values);

/// Indices 0 .. count - 1 if there are no more than `most`, else `most` of them evenly spread with
/// the first and the last.
std::vector<int> spread(std::size_t count, std::size_t most);

}  // namespace bitloom
