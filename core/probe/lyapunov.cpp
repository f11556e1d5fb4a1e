#include "probe/lyapunov.h"

#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <limits>

#include "math/rng.h"
#include "probe/quantiles.h"

namespace bitloom {

namespace {

constexpr std::size_t k_historyPoints = 40;

}  // namespace

template <class T>
LyapunovEstimator<T>::LyapunovEstimator(const LyapunovOptions& options) : m_options(options) {
    m_options.exponents =
        std::min(m_options.exponents, m_options.stateSize * m_options.rowsOfState);
    m_tangents.resize(m_options.exponents * m_options.trajectories * m_options.rowsOfState,
                      m_options.stateSize);
    m_sums.resize(m_options.trajectories, m_options.exponents);
    Rng rng(m_options.seed, makeStream("lyapunov"));
    for (T& x : m_tangents.span()) x = static_cast<T>(rng.normal());
    orthonormalize(false);
}

template <class T>
void LyapunovEstimator<T>::step(const std::function<void(MatrixView<T>)>& jacobian) {
    jacobian(m_tangents.view());
    const bool counts = m_seen++ >= m_options.warmup;
    if (counts) ++m_steps;
    orthonormalize(counts);
    if (!counts) return;
    std::vector<double>& now = m_history.emplace_back();
    for (std::size_t s = 0; s < m_options.trajectories; ++s) now.push_back(estimate(s, 0));
}

/// QR of each trajectory's tangents; counts: adds log R(i, i) to the sums.
template <class T>
void LyapunovEstimator<T>::orthonormalize(bool counts) {
    using EigenMatrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>;
    const std::size_t k = m_options.exponents;
    const std::size_t trajectories = m_options.trajectories;
    const std::size_t n = m_options.stateSize;
    const std::size_t rows = m_options.rowsOfState;
    EigenMatrix columns(static_cast<Eigen::Index>(n * rows), static_cast<Eigen::Index>(k));
    for (std::size_t s = 0; s < trajectories; ++s) {
        // Tangent i of trajectory s starts at this row.
        const auto row = [&](std::size_t i) { return (i * trajectories + s) * rows; };
        for (std::size_t i = 0; i < k; ++i)
            std::copy_n(m_tangents.row(row(i)), n * rows,
                        columns.col(static_cast<Eigen::Index>(i)).data());
        const Eigen::HouseholderQR<EigenMatrix> qr(columns);
        if (counts)
            for (std::size_t i = 0; i < k; ++i) {
                const auto at = static_cast<Eigen::Index>(i);
                m_sums(s, i) += std::log(std::abs(static_cast<double>(qr.matrixQR()(at, at))));
            }
        columns.setIdentity();
        columns.applyOnTheLeft(qr.householderQ());
        for (std::size_t i = 0; i < k; ++i)
            std::copy_n(columns.col(static_cast<Eigen::Index>(i)).data(), n * rows,
                        m_tangents.row(row(i)));
    }
}

template <class T>
double LyapunovEstimator<T>::estimate(std::size_t trajectory, std::size_t i) const {
    return m_steps == 0 ? std::numeric_limits<double>::quiet_NaN()
                        : m_sums(trajectory, i) / static_cast<double>(m_steps);
}

template <class T>
LayerLyapunov LyapunovEstimator<T>::result() const {
    LayerLyapunov layer;
    const auto add = [](const std::vector<double>& values, std::vector<double>& middle,
                        std::vector<double>& low, std::vector<double>& high) {
        double sum = 0;
        for (const double v : values) sum += v;
        middle.push_back(sum / static_cast<double>(values.size()));
        low.push_back(*std::min_element(values.begin(), values.end()));
        high.push_back(*std::max_element(values.begin(), values.end()));
    };
    for (std::size_t i = 0; i < m_options.exponents; ++i) {
        std::vector<double> values;
        for (std::size_t s = 0; s < m_options.trajectories; ++s) values.push_back(estimate(s, i));
        add(values, layer.exponents, layer.low, layer.high);
    }
    for (const int at : spread(m_history.size(), k_historyPoints)) {
        layer.runningSteps.push_back(at + 1);
        add(m_history[static_cast<std::size_t>(at)], layer.running, layer.runningLow,
            layer.runningHigh);
    }
    return layer;
}

template class LyapunovEstimator<float>;
template class LyapunovEstimator<double>;

}  // namespace bitloom
