#pragma once
// The state Jacobian of a recurrent layer times tangent vectors, along a trajectory the layer has
// run: (h, c)_{t-1} -> (h, c)_t of an LSTM, h_{t-1} -> h_t of a GRU, the layer's input given.
//
//     p  = N'(W_hh dh)                                   (pre-activations)
//     LSTM: dc' = f dc + c f(1-f) p_f + g i(1-i) p_i + i(1-g^2) p_g
//           dh' = tanh(N(c')) o(1-o) p_o + o (1 - tanh^2 N(c')) N'(dc')
//     GRU:  dr = r(1-r) p_r   dz = z(1-z) p_z   dn = (1-n^2)(r p_n + m dr)
//           dh' = (1-z) dn + (h-n) dz + z dh
// N' of layer norm is the exact derivative g/s (p - mean p - x^ mean(x^ p)). Batch norm in training
// couples the samples through its statistics; BatchNormJacobian says how that is treated:
//     constant   statistics are constants, N' = g/s: every sample has a Jacobian of its own, the
//                one of the network with frozen statistics, as it runs in evaluation
//     whole      the exact derivative: tangents of the whole batch move together, as the training
//                gradient does
// The rows of a tangent matrix are tangent after tangent, a row a sample.

#include <cstddef>
#include <vector>

#include "math/matrix.h"
#include "nn/layer_trace.h"

namespace bitloom {

enum class BatchNormJacobian { constant, whole };

template <class T>
class StateJacobian {
public:
    /// @param samples the batch's rows to follow; with BatchNormJacobian::whole and batch norm they
    /// must be all of them in order. The trace's memory must outlive this.
    StateJacobian(const LayerTrace<T>& trace, std::vector<std::size_t> samples,
                  BatchNormJacobian batchNorm);

    /// Numbers of a state: 2H (h before c) or H.
    [[nodiscard]] std::size_t stateSize() const;
    /// tangents [k * samples, stateSize()]: of the state before step t on entry, after it on exit.
    void apply(std::size_t t, MatrixView<T> tangents);

private:
    void normalize(const NormalizerTrace<T>& norm, std::size_t t, std::size_t gates,
                   MatrixView<T> p);
    void normalizeWhole(const NormalizerTrace<T>& norm, std::size_t t, MatrixView<T> p);
    void lstm(std::size_t t, MatrixView<T> tangents);
    void gru(std::size_t t, MatrixView<T> tangents);

    LayerTrace<T> m_trace;
    std::vector<std::size_t> m_samples;
    BatchNormJacobian m_batchNorm;
    Matrix<T> m_products;  ///< [k * samples, G*H]
    Matrix<T> m_cells;     ///< [k * samples, H]
};

}  // namespace bitloom
