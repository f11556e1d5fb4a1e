#pragma once
// The LSTM cell (Hochreiter & Schmidhuber 1997; gates in PyTorch's order i f g o):
//     i,f,o = s(a + b + bias)   g = tanh(a + b + bias)   c_t = f c_{t-1} + i g   h_t = o tanh(c_t)
// with a = N(W_ih x_t), b = N(W_hh h_{t-1}) [B, 4H]. With a normalizer for the cell state
// h_t = o tanh(N(c_t)); c_t itself is carried on unnormalized (Cooijmans et al. 2016).

#include "nn/cell_step.h"

namespace bitloom {

template <class T>
class LstmCell {
public:
    /// @param cellNormalizer N of the cell state, may be null; must outlive this.
    explicit LstmCell(Normalizer<T>* cellNormalizer = nullptr) : m_normalizer(cellNormalizer) {}

    void forward(const CellForward<T>& step) const;
    void backward(const CellBackward<T>& step) const;

private:
    Normalizer<T>* m_normalizer;
};

}  // namespace bitloom
