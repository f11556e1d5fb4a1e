#include "probe/state_gradients.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "probe/growth.h"
#include "probe/quantiles.h"

namespace bitloom {

namespace {

/// |x - y| in double; y may be null.
template <class T>
double distance(const T* x, const T* y, std::size_t n) {
    double squares = 0;
    for (std::size_t i = 0; i < n; ++i) {
        const double d = static_cast<double>(x[i]) - (y ? static_cast<double>(y[i]) : 0.0);
        squares += d * d;
    }
    return std::sqrt(squares);
}

}  // namespace

template <class T>
void StateGradients<T>::above(int layer, MatrixView<const T> gradient) {
    StateGradientNorms& norms = m_norms[static_cast<std::size_t>(layer)];
    norms.hidden.resize(gradient.rows / m_batch, m_batch);
    if (!m_withFlow) return;
    m_above.resize(gradient.rows, gradient.cols);
    for (std::size_t r = 0; r < gradient.rows; ++r)
        std::copy_n(gradient.row(r), gradient.cols, m_above.row(r));
}

template <class T>
void StateGradients<T>::cell(int layer, std::size_t t, MatrixView<const T> gradient) {
    StateGradientNorms& norms = m_norms[static_cast<std::size_t>(layer)];
    norms.cell.resize(norms.hidden.rows(), m_batch);
    for (std::size_t b = 0; b < m_batch; ++b)
        norms.cell(t, b) = distance<T>(gradient.row(b), nullptr, gradient.cols);
}

template <class T>
void StateGradients<T>::total(int layer, MatrixView<const T> gradient) {
    StateGradientNorms& norms = m_norms[static_cast<std::size_t>(layer)];
    const std::size_t steps = norms.hidden.rows();
    if (m_withFlow) norms.flow.resize(steps, m_batch);
    for (std::size_t t = 0; t < steps; ++t)
        for (std::size_t b = 0; b < m_batch; ++b) {
            const std::size_t row = t * m_batch + b;
            norms.hidden(t, b) = distance<T>(gradient.row(row), nullptr, gradient.cols);
            if (m_withFlow)
                norms.flow(t, b) = distance<T>(gradient.row(row), m_above.row(row), gradient.cols);
        }
}

double batchNorm(const Matrix<double>& norms, std::size_t t) {
    double squares = 0;
    for (std::size_t b = 0; b < norms.cols(); ++b) squares += norms(t, b) * norms(t, b);
    return std::sqrt(squares);
}

GradientProfile gradientProfile(const Matrix<double>& norms, const std::vector<int>& samples,
                                const std::vector<int>& times) {
    GradientProfile profile;
    constexpr std::array<double, 3> quartiles{0.25, 0.5, 0.75};
    std::vector<double> medians;
    auto next = times.begin();
    for (std::size_t t = 0; t < norms.rows(); ++t) {
        profile.batch.push_back(batchNorm(norms, t));
        std::vector<double> row(norms.row(t), norms.row(t) + norms.cols());
        const std::vector<double> band = quantiles(row, quartiles);
        medians.push_back(band[1]);
        if (next == times.end() || static_cast<std::size_t>(*next) != t) continue;
        ++next;
        profile.low.push_back(band[0]);
        profile.median.push_back(band[1]);
        profile.high.push_back(band[2]);
    }
    for (const int sample : samples) {
        std::vector<double>& curve = profile.samples.emplace_back();
        for (const int t : times)
            curve.push_back(norms(static_cast<std::size_t>(t), static_cast<std::size_t>(sample)));
    }
    profile.growth = fitGrowth(profile.batch);
    profile.medianGrowth = fitGrowth(medians);
    return profile;
}

template class StateGradients<float>;
template class StateGradients<double>;

}  // namespace bitloom
