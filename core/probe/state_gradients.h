#pragma once
// |dL/dh_t| and |dL/dc_t| by time step, a sample each and over the minibatch.
//
// L is the loss the optimizer sees: the mean over the batch's targets, so a sample's norm carries
// the factor 1/targets (the paper's figures 2 and 3 do, too). dL/dh_t is the total derivative
// through every later step of the window. The flow of step t is the part of dL/dh_{t-1} that comes
// through step t of the same layer: what is left without the losses, and the layers above, that
// read h_{t-1} directly. It is what the bounds of probe/bounds.h are about.

#include <vector>

#include "math/matrix.h"
#include "nn/layer_trace.h"
#include "probe/rows.h"

namespace bitloom {

/// 2-norms of one layer's state gradients, [T, B].
struct StateGradientNorms {
    Matrix<double> hidden;  ///< |dL/dh_t|
    Matrix<double> cell;    ///< |dL/dc_t|, LSTM
    Matrix<double> flow;    ///< row t: |dL/dh_t - from above|: through step t + 1; T - 1: 0
};

/// Collects the norms of one backward pass.
template <class T>
class StateGradients final : public BackwardWatch<T> {
public:
    /// @param batch B of the pass.
    StateGradients(int layers, std::size_t batch, bool withFlow)
        : m_batch(batch), m_withFlow(withFlow), m_norms(static_cast<std::size_t>(layers)) {}

    void above(int layer, MatrixView<const T> gradient) override;
    void cell(int layer, std::size_t t, MatrixView<const T> gradient) override;
    void total(int layer, MatrixView<const T> gradient) override;

    [[nodiscard]] const std::vector<StateGradientNorms>& norms() const { return m_norms; }

private:
    std::size_t m_batch;
    bool m_withFlow;
    Matrix<T> m_above;
    std::vector<StateGradientNorms> m_norms;
};

/// The profile of norms [T, B]: the minibatch, quartiles and chosen samples at `times`, growth.
GradientProfile gradientProfile(const Matrix<double>& norms, const std::vector<int>& samples,
                                const std::vector<int>& times);

/// 2-norm over the samples of a row.
double batchNorm(const Matrix<double>& norms, std::size_t t);

}  // namespace bitloom
