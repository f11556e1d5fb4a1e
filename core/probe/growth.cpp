#include "probe/growth.h"

#include <cmath>
#include <limits>

namespace bitloom {

namespace {

constexpr double k_smallest = 1e-30;  // float gradients below it have lost digits to underflow
constexpr int k_fewest = 3;

}  // namespace

GrowthFit fitGrowth(std::span<const double> norms) {
    GrowthFit fit;
    double n = 0, sumX = 0, sumY = 0, sumXX = 0, sumXY = 0;
    for (std::size_t t = 0; t < norms.size(); ++t) {
        if (!std::isfinite(norms[t]) || norms[t] <= k_smallest) {
            ++fit.ignored;
            continue;
        }
        const auto x = static_cast<double>(norms.size() - 1 - t);
        const double y = std::log(norms[t]);
        if (fit.points == 0) fit.from = static_cast<int>(t);
        fit.to = static_cast<int>(t);
        ++fit.points;
        n += 1;
        sumX += x;
        sumY += y;
        sumXX += x * x;
        sumXY += x * y;
    }
    if (fit.points < k_fewest) {
        fit.rate = fit.intercept = std::numeric_limits<double>::quiet_NaN();
        return fit;
    }
    const double slope = (n * sumXY - sumX * sumY) / (n * sumXX - sumX * sumX);
    fit.rate = std::exp(slope);
    fit.intercept = (sumY - slope * sumX) / n;
    return fit;
}

}  // namespace bitloom
