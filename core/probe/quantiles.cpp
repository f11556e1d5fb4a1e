#include "probe/quantiles.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace bitloom {

std::vector<double> quantiles(std::vector<double>& values, std::span<const double> at) {
    std::erase_if(values, [](double v) { return !std::isfinite(v); });
    std::sort(values.begin(), values.end());
    std::vector<double> result;
    for (const double q : at) {
        if (values.empty()) {
            result.push_back(std::numeric_limits<double>::quiet_NaN());
            continue;
        }
        const double place = q * static_cast<double>(values.size() - 1);
        const auto below = static_cast<std::size_t>(place);
        const std::size_t above = std::min(below + 1, values.size() - 1);
        const double share = place - static_cast<double>(below);
        result.push_back(values[below] + share * (values[above] - values[below]));
    }
    return result;
}

std::vector<double> sevenNumbers(std::vector<double>& values) {
    constexpr std::array<double, 7> at{0, 0.05, 0.25, 0.5, 0.75, 0.95, 1};
    return quantiles(values, at);
}

std::vector<int> spread(std::size_t count, std::size_t most) {
    const std::size_t n = std::min(count, most);
    std::vector<int> result(n);
    for (std::size_t i = 0; i < n; ++i)
        result[i] = static_cast<int>(n == count ? i : n == 1 ? 0 : i * (count - 1) / (n - 1));
    return result;
}

}  // namespace bitloom
