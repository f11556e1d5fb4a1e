#pragma once
// Lyapunov exponents: the growth rates, in nats a step, of small differences between states,
//     lambda_i = lim 1/T sum_t log R_t(i, i),      J_t Q_{t-1} = Q_t R_t   (QR, R(i, i) > 0)
// for the k largest, along one or several trajectories. Gradients explode asymptotically exactly
// when the largest is above 0 (the product of the transposed Jacobians has the same growth rates).
// Source: Benettin, Galgani, Giorgilli & Strelcyn, Meccanica 15 (1980); for recurrent networks Vogt
// et al. 2020. The first `warmup` steps only turn the vectors into place and are not counted.

#include <cstdint>
#include <functional>
#include <vector>

#include "math/matrix.h"
#include "probe/rows.h"

namespace bitloom {

struct LyapunovOptions {
    std::size_t exponents = 8;     ///< k, at most the state's size
    std::size_t trajectories = 1;  ///< S, each with exponents of its own
    std::size_t stateSize = 1;     ///< n, numbers of a row
    /// Rows that make one state together: 1, or the batch with batch norm's whole Jacobian (then
    /// trajectories is 1).
    std::size_t rowsOfState = 1;
    std::size_t warmup = 0;
    std::uint64_t seed = 1;  ///< of the random start
};

template <class T>
class LyapunovEstimator {
public:
    explicit LyapunovEstimator(const LyapunovOptions& options);

    /// One step: `jacobian` multiplies the rows [k * S * rowsOfState, n], tangent after tangent.
    void step(const std::function<void(MatrixView<T>)>& jacobian);
    /// Steps counted so far, those of the warm-up left out.
    [[nodiscard]] std::size_t steps() const { return m_steps; }
    /// Exponents and how the first one converged; NaN before a step was counted.
    [[nodiscard]] LayerLyapunov result() const;

private:
    void orthonormalize(bool counts);
    [[nodiscard]] double estimate(std::size_t trajectory, std::size_t i) const;

    LyapunovOptions m_options;
    Matrix<T> m_tangents;
    Matrix<double> m_sums;  ///< of log R(i, i) [S, k]
    std::size_t m_seen = 0;
    std::size_t m_steps = 0;
    std::vector<std::vector<double>> m_history;  ///< [step][S] first exponent
};

}  // namespace bitloom
