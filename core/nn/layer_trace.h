#pragma once
// What a forward pass left in a recurrent layer, for those who look (core/probe): views of the
// layer's own memory, valid after a forward in Mode::train or Mode::probe until backward() or the
// next forward.

#include <cstddef>
#include <span>

#include "math/matrix.h"
#include "nn/config.h"

namespace bitloom {

/// One normalizer's part in a pass; empty without layer or batch norm on that side.
template <class T>
struct NormalizerTrace {
    bool acrossBatch = false;     ///< batch norm: statistics a time step, over the samples
    std::span<const T> gain;      ///< [G*H]
    MatrixView<const T> inverse;  ///< 1/sqrt(var + eps): layer [T*B, G], batch [T, G*H]
    MatrixView<const T> mean;     ///< batch: [T, G*H]
    MatrixView<const T> hat;      ///< x^ [T*B, G*H]; as gates

    [[nodiscard]] bool acts() const { return inverse.data != nullptr; }
};

template <class T>
struct LayerTrace {
    Cell cell = Cell::lstm;
    std::size_t steps = 0;            ///< T
    std::size_t batch = 0;            ///< B
    std::size_t width = 0;            ///< H
    MatrixView<const T> hidden;       ///< [(T+1)*B, H], the state before the window first
    MatrixView<const T> cells;        ///< [(T+1)*B, H], LSTM
    MatrixView<const T> gates;        ///< [T*B, G*H] after their functions; in Mode::probe alone
    MatrixView<const T> inner;        ///< [T*B, H]: LSTM tanh(c) or tanh(N(c)), GRU W_hn h + b_hn;
                                      ///< in Mode::probe alone
    MatrixView<const T> effectiveHh;  ///< the recurrent matrix as it multiplies [G*H, H]
    NormalizerTrace<T> ih;            ///< without `hat`; layer norm over one-hot inputs has a row a
                                      ///< symbol
    NormalizerTrace<T> hh;
    NormalizerTrace<T> c;  ///< of the cell state

    /// h_{t-1} and h_t; c_{t-1} and c_t; everything of step t, [B, ...].
    [[nodiscard]] MatrixView<const T> hiddenBefore(std::size_t t) const {
        return hidden.rowRange(t * batch, batch);
    }
    [[nodiscard]] MatrixView<const T> cellsBefore(std::size_t t) const {
        return cells.rowRange(t * batch, batch);
    }
    [[nodiscard]] MatrixView<const T> at(MatrixView<const T> window, std::size_t t) const {
        return window.rowRange(t * batch, batch);
    }
};

/// Sees the gradients of a backward pass go by. Called on the calling thread.
template <class T>
class BackwardWatch {
public:
    virtual ~BackwardWatch() = default;
    /// [T*B, H]: dL/dh_t of the layer from above: all but what comes through its own next step.
    virtual void above(int layer, MatrixView<const T> gradient) = 0;
    /// [B, H]: dL/dc_t in total; LSTM, from the last step to the first.
    virtual void cell(int layer, std::size_t t, MatrixView<const T> gradient) = 0;
    /// [T*B, H]: dL/dh_t in total.
    virtual void total(int layer, MatrixView<const T> gradient) = 0;
};

}  // namespace bitloom
