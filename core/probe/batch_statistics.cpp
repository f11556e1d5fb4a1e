#include "probe/batch_statistics.h"

#include <algorithm>
#include <array>

#include "probe/quantiles.h"

namespace bitloom {

namespace {

constexpr std::size_t k_units = 4;
constexpr std::array<double, 3> k_band{0.05, 0.5, 0.95};

void addBand(std::vector<double> values, UnitBand& band) {
    const std::vector<double> q = quantiles(values, k_band);
    band.low.push_back(q[0]);
    band.median.push_back(q[1]);
    band.high.push_back(q[2]);
}

}  // namespace

template <class T>
SideStatistics sideStatistics(const NormalizerTrace<T>& trace, std::size_t batch, double epsilon,
                              const std::string& side, const std::vector<int>& times,
                              MatrixView<const T> runningMean,
                              MatrixView<const T> runningVariance) {
    SideStatistics result;
    result.side = side;
    const std::size_t width = trace.gain.size();
    result.units = spread(width, k_units);
    for (auto* curves : {&result.unitMean, &result.unitVariance, &result.unitRunningMean,
                         &result.unitRunningVariance})
        curves->resize(result.units.size());
    const double unbiased = static_cast<double>(batch) / static_cast<double>(batch - 1);
    const auto add = [&](auto&& valueOf, UnitBand& band, std::vector<std::vector<double>>& units) {
        std::vector<double> values(width);
        for (std::size_t j = 0; j < width; ++j) values[j] = valueOf(j);
        for (std::size_t u = 0; u < units.size(); ++u)
            units[u].push_back(values[static_cast<std::size_t>(result.units[u])]);
        addBand(std::move(values), band);
    };
    for (const int time : times) {
        const auto t = static_cast<std::size_t>(time);
        add([&](std::size_t j) { return static_cast<double>(trace.mean(t, j)); }, result.mean,
            result.unitMean);
        add(
            [&](std::size_t j) {
                const auto inverse = static_cast<double>(trace.inverse(t, j));
                return std::max(0.0, 1 / (inverse * inverse) - epsilon) * unbiased;
            },
            result.variance, result.unitVariance);
    }
    for (std::size_t i = 0; i < (runningMean.rows == 1 ? 1 : times.size()); ++i) {
        const std::size_t row = std::min(static_cast<std::size_t>(times[i]), runningMean.rows - 1);
        add([&](std::size_t j) { return static_cast<double>(runningMean(row, j)); },
            result.runningMean, result.unitRunningMean);
        add([&](std::size_t j) { return static_cast<double>(runningVariance(row, j)); },
            result.runningVariance, result.unitRunningVariance);
    }
    return result;
}

template SideStatistics sideStatistics(const NormalizerTrace<float>&, std::size_t, double,
                                       const std::string&, const std::vector<int>&,
                                       MatrixView<const float>, MatrixView<const float>);
template SideStatistics sideStatistics(const NormalizerTrace<double>&, std::size_t, double,
                                       const std::string&, const std::vector<int>&,
                                       MatrixView<const double>, MatrixView<const double>);

}  // namespace bitloom
