#include "charts/curve_data.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace bitloom::ui {
namespace {

constexpr std::size_t mostCrosses =
    8;  // of one series; a curve in and out of NaN says no more with a hundred

}  // namespace

std::vector<double> movingAverage(const std::vector<double>& values, double weight) {
    std::vector<double> result;
    result.reserve(values.size());
    double sum = 0;
    double total = 0;
    for (const double value : values) {
        if (!std::isfinite(value)) {
            result.push_back(value);
            continue;
        }
        sum = weight * sum + (1 - weight) * value;
        total = weight * total + (1 - weight);
        result.push_back(sum / total);
    }
    return result;
}

Series* CurveData::find(int id) {
    const auto found = series.find(id);
    return found == series.end() ? nullptr : &found->second;
}

const Series* CurveData::find(int id) const {
    const auto found = series.find(id);
    return found == series.end() ? nullptr : &found->second;
}

void Series::sort() {
    if (sorted) return;
    std::vector<std::size_t> order(x.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [this](std::size_t a, std::size_t b) { return x[a] < x[b]; });
    std::vector<double> newX(x.size());
    std::vector<double> newY(x.size());
    for (std::size_t index = 0; index < order.size(); ++index) {
        newX[index] = x[order[index]];
        newY[index] = y[order[index]];
    }
    x = std::move(newX);
    y = std::move(newY);
    sorted = true;
}

void Series::refresh(double smoothing) {
    if (fresh) return;
    sort();
    smooth = smoothing > 0 ? movingAverage(y, smoothing) : std::vector<double>();
    found.clear();
    const std::vector<double>& values = shown();
    double last = std::nan("");
    bool inside = true;
    for (std::size_t index = 0; index < values.size(); ++index) {
        if (std::isfinite(values[index])) {
            last = values[index];
            inside = true;
        } else if (inside) {
            inside = false;
            if (found.size() < mostCrosses) found.push_back({x[index], last, {}});
        }
    }
    fresh = true;
}

std::size_t Series::nearest(double at) const {
    const auto index =
        static_cast<std::size_t>(std::lower_bound(x.begin(), x.end(), at) - x.begin());
    const bool before = index == x.size() || (index > 0 && at - x[index - 1] < x[index] - at);
    return before ? index - 1 : index;
}

std::optional<double> Series::finiteBefore(double at) const {
    const std::vector<double>& values = shown();
    auto index = static_cast<std::size_t>(std::upper_bound(x.begin(), x.end(), at) - x.begin());
    while (index-- > 0) {
        if (std::isfinite(values[index])) return values[index];
    }
    return {};
}

}  // namespace bitloom::ui
