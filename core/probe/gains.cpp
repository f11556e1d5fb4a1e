#include "probe/gains.h"

#include <algorithm>
#include <cmath>

#include "probe/quantiles.h"

namespace bitloom {

namespace {

/// Samples of g/s a gate that quantiles are taken from; more would only cost time.
constexpr std::size_t k_mostRatios = 20000;

template <class T>
GainGroup group(const std::string& side, const std::string& gate, std::span<const T> gain,
                std::vector<double> ratios) {
    GainGroup result;
    result.side = side;
    result.gate = gate;
    std::vector<double> values;
    for (const T g : gain) {
        values.push_back(static_cast<double>(g));
        result.largest = std::max(result.largest, std::abs(values.back()));
    }
    result.gain = sevenNumbers(values);
    result.ratio = sevenNumbers(ratios);
    return result;
}

}  // namespace

std::vector<std::string> gateNames(Cell cell) {
    if (cell == Cell::lstm) return {"i", "f", "g", "o"};
    return {"r", "z", "n"};
}

template <class T>
std::vector<GainGroup> gainGroups(const NormalizerTrace<T>& trace, const std::string& side,
                                  const std::vector<std::string>& names) {
    std::vector<GainGroup> groups;
    const std::size_t width = trace.gain.size() / names.size();
    for (std::size_t g = 0; g < names.size(); ++g) {
        // Layer norm has a deviation a gate, batch norm one a unit. Every n-th pair, n chosen so
        // that units and rows are both covered evenly.
        const std::size_t rows = trace.inverse.rows;
        const std::size_t stride = std::max<std::size_t>(1, rows * width / k_mostRatios) | 1;
        std::vector<double> ratios;
        for (std::size_t at = 0; at < rows * width; at += stride) {
            const std::size_t row = at / width;
            const std::size_t unit = g * width + at % width;
            ratios.push_back(static_cast<double>(trace.gain[unit]) *
                             static_cast<double>(trace.inverse(row, trace.acrossBatch ? unit : g)));
        }
        groups.push_back(
            group<T>(side, names[g], trace.gain.subspan(g * width, width), std::move(ratios)));
    }
    return groups;
}

template <class T>
std::vector<GainGroup> gainGroups(std::span<const T> gain, MatrixView<const T> quantized,
                                  const std::string& side, const std::vector<std::string>& names) {
    std::vector<GainGroup> groups;
    const std::size_t width = gain.size() / names.size();
    for (std::size_t g = 0; g < names.size(); ++g) {
        std::vector<double> ratios;
        for (std::size_t r = g * width; r < (g + 1) * width; ++r) {
            double squares = 0;
            for (std::size_t j = 0; j < quantized.cols; ++j)
                squares +=
                    static_cast<double>(quantized(r, j)) * static_cast<double>(quantized(r, j));
            if (squares > 0) ratios.push_back(static_cast<double>(gain[r]) / std::sqrt(squares));
        }
        groups.push_back(
            group<T>(side, names[g], gain.subspan(g * width, width), std::move(ratios)));
    }
    return groups;
}

template std::vector<GainGroup> gainGroups(const NormalizerTrace<float>&, const std::string&,
                                           const std::vector<std::string>&);
template std::vector<GainGroup> gainGroups(const NormalizerTrace<double>&, const std::string&,
                                           const std::vector<std::string>&);
template std::vector<GainGroup> gainGroups(std::span<const float>, MatrixView<const float>,
                                           const std::string&, const std::vector<std::string>&);
template std::vector<GainGroup> gainGroups(std::span<const double>, MatrixView<const double>,
                                           const std::string&, const std::vector<std::string>&);

}  // namespace bitloom
