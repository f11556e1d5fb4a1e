#include "probe/bounds.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace bitloom {

namespace {

constexpr double k_nan = std::numeric_limits<double>::quiet_NaN();

template <class T>
double largestOf(const T* x, std::size_t n) {
    double largest = 0;
    for (std::size_t i = 0; i < n; ++i)
        largest = std::max(largest, std::abs(static_cast<double>(x[i])));
    return largest;
}

/// max_j |g_j|/s over the units of one gate.
template <class T>
class NormFactor {
public:
    NormFactor(const NormalizerTrace<T>& trace, std::span<const T> gain, std::size_t batch,
               std::size_t width)
        : m_trace(trace), m_gain(gain.empty() ? trace.gain : gain), m_batch(batch), m_width(width) {
        if (!trace.acts() || trace.acrossBatch) return;
        for (std::size_t g = 0; g * width < m_gain.size(); ++g)
            m_largest.push_back(largestOf(m_gain.data() + g * width, width));
    }
    [[nodiscard]] double operator()(std::size_t t, std::size_t b, std::size_t gate) const {
        if (!m_trace.acts()) return 1;
        if (!m_trace.acrossBatch)
            return m_largest[gate] * static_cast<double>(m_trace.inverse(t * m_batch + b, gate));
        double largest = 0;
        for (std::size_t j = gate * m_width; j < (gate + 1) * m_width; ++j)
            largest = std::max(largest, std::abs(static_cast<double>(m_gain[j]) *
                                                 static_cast<double>(m_trace.inverse(t, j))));
        return largest;
    }

private:
    const NormalizerTrace<T>& m_trace;
    std::span<const T> m_gain;
    std::size_t m_batch;
    std::size_t m_width;
    std::vector<double> m_largest;
};

struct GruMaxima {
    double z = 0, oneMinusZ = 0, difference = 0, m = 0;
    void join(const GruMaxima& other) {
        z = std::max(z, other.z);
        oneMinusZ = std::max(oneMinusZ, other.oneMinusZ);
        difference = std::max(difference, other.difference);
        m = std::max(m, other.m);
    }
};

template <class T>
GruMaxima gruMaxima(const LayerTrace<T>& trace, std::size_t t, std::size_t b) {
    GruMaxima maxima;
    const T* gates = trace.at(trace.gates, t).row(b);
    const T* m = trace.at(trace.inner, t).row(b);
    const T* h = trace.hiddenBefore(t).row(b);
    const std::size_t width = trace.width;
    for (std::size_t j = 0; j < width; ++j) {
        const auto z = static_cast<double>(gates[width + j]);
        const auto n = static_cast<double>(gates[2 * width + j]);
        maxima.join({z, 1 - z, std::abs(static_cast<double>(h[j]) - n),
                     std::abs(static_cast<double>(m[j]))});
    }
    return maxima;
}

/// Largest of values [T, n], t = 1 .. T-1, in a column; the step it is at.
std::size_t stepOfLargest(const Matrix<double>& values, std::size_t column) {
    const std::size_t first = values.rows() > 1 ? 1 : 0;
    std::size_t best = first;
    for (std::size_t t = first; t < values.rows(); ++t) {
        if (std::isnan(values(t, column))) return t;
        if (values(t, column) > values(best, column)) best = t;
    }
    return best;
}

double mean(std::span<const double> values) {
    double sum = 0;
    for (const double v : values) sum += v;
    return sum / static_cast<double>(values.size());
}

}  // namespace

template <class T>
LayerCoefficients boundCoefficients(const LayerTrace<T>& trace, std::span<const double> norms,
                                    std::span<const T> gainHh, std::span<const T> gainC) {
    const bool lstm = trace.cell == Cell::lstm;
    const NormFactor<T> factor(trace.hh, gainHh, trace.batch, trace.width);
    const NormFactor<T> cellFactor(trace.c, gainC, trace.batch, trace.width);
    LayerCoefficients result;
    result.wholeBatch =
        (trace.hh.acts() && trace.hh.acrossBatch) || (trace.c.acts() && trace.c.acrossBatch);
    result.squared = result.wholeBatch && lstm;
    const std::size_t columns = result.wholeBatch ? 1 : trace.batch;
    for (Matrix<double>* m : {&result.lambda1, &result.lambda2, &result.carry})
        m->resize(trace.steps, columns);
    result.parts.resize(norms.size());
    for (Matrix<double>& part : result.parts) part.resize(trace.steps, columns);
    result.gamma.assign(columns, 0);

    if (lstm)
        for (std::size_t r = 0; r < trace.cells.rows; ++r) {
            double& gamma = result.gamma[result.wholeBatch ? 0 : r % trace.batch];
            gamma = std::max(gamma, largestOf(trace.cells.row(r), trace.width));
        }
    for (std::size_t t = 0; t < trace.steps; ++t)
        for (std::size_t b = 0; b < columns; ++b) {
            std::array<double, 4> part{};
            for (std::size_t g = 0; g < norms.size(); ++g) part[g] = factor(t, b, g) * norms[g];
            double carry = 0;
            if (lstm) {
                const double v = cellFactor(t, b, 0);
                const double c1 = result.gamma[b];
                part = {part[0] / 4, c1 * part[1] / 4, part[2], part[3] / 4};
                if (result.squared)
                    part = {8 * part[0] * part[0], 8 * part[1] * part[1], 8 * part[2] * part[2],
                            4 * part[3] * part[3]};
                result.lambda2(t, b) = part[0] + part[1] + part[2];
                const double toCell = result.squared ? v * v : v;
                for (std::size_t g = 0; g < 3; ++g) part[g] *= toCell;
            } else {
                GruMaxima maxima;
                for (std::size_t s = result.wholeBatch ? 0 : b;
                     s < (result.wholeBatch ? trace.batch : b + 1); ++s)
                    maxima.join(gruMaxima(trace, t, s));
                carry = maxima.z;
                part = {maxima.oneMinusZ * maxima.m * part[0] / 4, maxima.difference * part[1] / 4,
                        maxima.oneMinusZ * part[2], 0};
                if (t > 0 || trace.steps == 1)
                    result.gamma[b] = std::max(result.gamma[b], maxima.m);
            }
            result.carry(t, b) = carry;
            result.lambda1(t, b) = carry + part[0] + part[1] + part[2] + part[3];
            for (std::size_t g = 0; g < norms.size(); ++g) result.parts[g](t, b) = part[g];
        }
    return result;
}

void summarizeBound(const LayerCoefficients& coefficients, Cell cell, LayerBound& bound) {
    const std::size_t columns = coefficients.lambda1.cols();
    std::vector<double> lambda1, lambda2;
    bound.squared = coefficients.squared;
    bound.parts.assign(coefficients.parts.size(), 0);
    bound.carry = 0;
    const auto share = 1 / static_cast<double>(columns);
    for (std::size_t b = 0; b < columns; ++b) {
        const std::size_t t = stepOfLargest(coefficients.lambda1, b);
        lambda1.push_back(coefficients.lambda1(t, b));
        lambda2.push_back(coefficients.lambda2(stepOfLargest(coefficients.lambda2, b), b));
        for (std::size_t g = 0; g < bound.parts.size(); ++g)
            bound.parts[g] += share * coefficients.parts[g](t, b);
        bound.carry += share * coefficients.carry(t, b);
    }
    bound.lambda1 = mean(lambda1);
    bound.lambda1Largest = *std::max_element(lambda1.begin(), lambda1.end());
    bound.lambda2 = cell == Cell::lstm ? mean(lambda2) : k_nan;
    bound.lambda2Largest =
        cell == Cell::lstm ? *std::max_element(lambda2.begin(), lambda2.end()) : k_nan;
    bound.gamma = mean(coefficients.gamma);
    bound.gammaLargest = *std::max_element(coefficients.gamma.begin(), coefficients.gamma.end());
}

void measureTightness(const LayerCoefficients& coefficients, const StateGradientNorms& norms,
                      LayerBound& bound) {
    constexpr double k_smallest = 1e-30;
    const std::size_t steps = norms.hidden.rows();
    const bool cells = norms.cell.rows() > 0;
    const auto ratio = [&](std::size_t t, std::size_t b) {
        const auto at = [&](const Matrix<double>& m, std::size_t row) {
            return coefficients.wholeBatch ? batchNorm(m, row) : m(row, b);
        };
        double left = at(norms.flow, t - 1);
        double hidden = at(norms.hidden, t);
        double cell = cells && t + 1 < steps ? at(norms.cell, t + 1) : 0;
        const std::size_t column = coefficients.wholeBatch ? 0 : b;
        const double l1 = coefficients.lambda1(t, column);
        const double l2 = coefficients.lambda2(t, column);
        const double right = coefficients.squared
                                 ? std::hypot(std::sqrt(l1) * hidden, std::sqrt(l2) * cell)
                                 : l1 * hidden + l2 * cell;
        if (std::isfinite(left) && std::isfinite(right) && right >= k_smallest) return left / right;
        if (left != 0 || right != 0) ++bound.leftOut;
        return k_nan;
    };
    bound.tightness.clear();
    bound.tightnessMedian.clear();
    bound.tightnessLargest = 0;
    bound.violations = bound.compared = bound.leftOut = 0;
    const std::size_t columns = coefficients.wholeBatch ? 1 : norms.hidden.cols();
    for (std::size_t t = 1; t < steps; ++t) {
        std::vector<double> row;
        for (std::size_t b = 0; b < columns; ++b)
            if (const double r = ratio(t, b); std::isfinite(r)) row.push_back(r);
        if (row.empty()) {
            bound.tightness.push_back(k_nan);
            bound.tightnessMedian.push_back(k_nan);
            continue;
        }
        bound.compared += static_cast<int>(row.size());
        std::sort(row.begin(), row.end());
        bound.tightness.push_back(row.back());
        bound.tightnessMedian.push_back((row[(row.size() - 1) / 2] + row[row.size() / 2]) / 2);
        bound.tightnessLargest = std::max(bound.tightnessLargest, row.back());
        bound.violations += static_cast<int>(
            std::count_if(row.begin(), row.end(), [](double r) { return r > k_tightnessLimit; }));
    }
    if (bound.compared == 0 && bound.leftOut > 0) bound.tightnessLargest = k_nan;
}

template LayerCoefficients boundCoefficients(const LayerTrace<float>&, std::span<const double>,
                                             std::span<const float>, std::span<const float>);
template LayerCoefficients boundCoefficients(const LayerTrace<double>&, std::span<const double>,
                                             std::span<const double>, std::span<const double>);

}  // namespace bitloom
