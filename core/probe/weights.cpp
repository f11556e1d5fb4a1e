#include "probe/weights.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <map>

namespace bitloom {

namespace {

constexpr std::size_t k_bins = 64;
constexpr std::size_t k_mostLevels = 32;

/// How often each value of w occurs, as long as there are few; empty when there are many.
template <class T>
std::map<T, std::int64_t> fewLevels(MatrixView<const T> w) {
    std::map<T, std::int64_t> levels;
    typename std::map<T, std::int64_t>::iterator last = levels.end();
    for (std::size_t i = 0; i < w.size(); ++i) {
        const T value = w.data[i] == T(0) ? T(0) : w.data[i];  // -0 is 0
        if (std::isnan(value)) return {};
        if (last == levels.end() || last->first != value) last = levels.try_emplace(value, 0).first;
        ++last->second;
        if (levels.size() > k_mostLevels) return {};
    }
    return levels;
}

template <class T>
std::int64_t distinctValues(MatrixView<const T> w) {
    const auto levels = fewLevels(w);
    if (!levels.empty()) return static_cast<std::int64_t>(levels.size());
    std::vector<T> values(w.data, w.data + w.size());
    std::erase_if(values, [](T v) { return std::isnan(v); });
    std::sort(values.begin(), values.end());
    return std::unique(values.begin(), values.end()) - values.begin();
}

double flipRate(const SignBits& before, const SignBits& now, std::size_t first, std::size_t count) {
    if (before.size() != now.size() || count == 0) return std::numeric_limits<double>::quiet_NaN();
    std::size_t flips = 0;
    for (std::size_t i = first; i < first + count;) {
        const std::size_t bit = i % 64;
        const std::size_t here = std::min(64 - bit, first + count - i);
        std::uint64_t changed = (before[i / 64] ^ now[i / 64]) >> bit;
        if (here < 64) changed &= (std::uint64_t{1} << here) - 1;
        flips += static_cast<std::size_t>(std::popcount(changed));
        i += here;
    }
    return static_cast<double>(flips) / static_cast<double>(count);
}

template <class T>
GateWeights measureGate(MatrixView<const T> latent, MatrixView<const T> quantized) {
    GateWeights gate;
    double size = 0, nonZero = 0, distance = 0, squaredDistance = 0, squares = 0;
    for (std::size_t i = 0; i < latent.size(); ++i) {
        const auto q = static_cast<double>(quantized.data[i]);
        const double d = static_cast<double>(latent.data[i]) - q;
        size += std::abs(q);
        nonZero += q != 0 ? 1 : 0;
        distance += std::abs(d);
        squaredDistance += d * d;
        squares += q * q;
    }
    const auto count = static_cast<double>(latent.size());
    gate.scale = nonZero > 0 ? size / nonZero : 0;
    gate.sparsity = 1 - nonZero / count;
    gate.distance = distance / count;
    gate.relativeDistance = squares > 0 ? std::sqrt(squaredDistance / squares) : 0;
    gate.distinct = distinctValues(quantized);
    return gate;
}

}  // namespace

template <class T>
SignBits signBits(MatrixView<const T> w) {
    SignBits bits((w.size() + 63) / 64, 0);
    for (std::size_t i = 0; i < w.size(); ++i)
        bits[i / 64] |= std::uint64_t{w.data[i] < T(0)} << (i % 64);
    return bits;
}

template <class T>
Histogram histogram(MatrixView<const T> w, std::size_t bins) {
    Histogram result;
    T low = std::numeric_limits<T>::max();
    T high = std::numeric_limits<T>::lowest();
    for (std::size_t i = 0; i < w.size(); ++i) {
        if (!std::isfinite(w.data[i])) continue;
        low = std::min(low, w.data[i]);
        high = std::max(high, w.data[i]);
    }
    result.counts.assign(bins, 0);
    if (low > high) return result;
    result.low = static_cast<double>(low);
    result.high = static_cast<double>(high);
    const double factor = low < high ? static_cast<double>(bins) / (result.high - result.low) : 0;
    for (std::size_t i = 0; i < w.size(); ++i) {
        if (!std::isfinite(w.data[i])) continue;
        const auto bin =
            static_cast<std::size_t>((static_cast<double>(w.data[i]) - result.low) * factor);
        ++result.counts[std::min(bin, bins - 1)];
    }
    return result;
}

template <class T>
MatrixWeights measureWeights(const std::string& name, bool quantized, const WeightViews<T>& views,
                             const std::vector<std::string>& gates, const SignBits& before) {
    MatrixWeights result;
    result.name = name;
    result.quantized = quantized;
    result.latent = histogram(views.latent, k_bins);
    result.effective = histogram(views.effective, k_bins);
    for (const auto& [level, count] : fewLevels(views.quantized)) {
        result.levels.push_back(static_cast<double>(level));
        result.counts.push_back(count);
    }
    const SignBits now = signBits(views.latent);
    const std::size_t rows = views.latent.rows / gates.size();
    for (std::size_t g = 0; g < gates.size(); ++g) {
        GateWeights gate = measureGate(views.latent.rowRange(g * rows, rows),
                                       views.quantized.rowRange(g * rows, rows));
        gate.gate = gates[g];
        const std::size_t count = rows * views.latent.cols;
        gate.flipRate = flipRate(before, now, g * count, count);
        result.gates.push_back(std::move(gate));
    }
    return result;
}

template SignBits signBits(MatrixView<const float>);
template SignBits signBits(MatrixView<const double>);
template Histogram histogram(MatrixView<const float>, std::size_t);
template Histogram histogram(MatrixView<const double>, std::size_t);
template MatrixWeights measureWeights(const std::string&, bool, const WeightViews<float>&,
                                      const std::vector<std::string>&, const SignBits&);
template MatrixWeights measureWeights(const std::string&, bool, const WeightViews<double>&,
                                      const std::vector<std::string>&, const SignBits&);

}  // namespace bitloom
