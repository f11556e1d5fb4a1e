#pragma once
// Median, least and greatest of repeated measurements, and their quartiles.

#include <algorithm>
#include <cstddef>
#include <vector>

namespace bitloom {

/// The middle value; the mean of the two middle ones of an even number; 0 of nothing.
inline double median(std::vector<double> values) {
    if (values.empty()) return 0;
    std::sort(values.begin(), values.end());
    const std::size_t half = values.size() / 2;
    return values.size() % 2 ? values[half] : (values[half - 1] + values[half]) / 2;
}

struct Spread {
    double median = 0;
    double least = 0;
    double most = 0;
};

inline Spread spreadOf(const std::vector<double>& values) {
    if (values.empty()) return {};
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    return {median(values), *least, *most};
}

struct Quartiles {
    double low = 0;
    double median = 0;
    double high = 0;
};

/// A quarter of the values is below `low`, a quarter above `high`; each is one of them.
inline Quartiles quartilesOf(std::vector<double> values) {
    if (values.empty()) return {};
    std::sort(values.begin(), values.end());
    const std::size_t quarter = (values.size() - 1) / 4;
    return {values[quarter], median(values), values[values.size() - 1 - quarter]};
}

}  // namespace bitloom
