#pragma once
// The GRU cell in PyTorch's form (reset after the product), gates r z n:
//     r,z = s(a + bias_ih + b + bias_hh)     m = b_n + bias_hh,n     n = tanh(a_n + bias_ih,n + r
//     m) h_t = (1 - z) n + z h_{t-1}
// with a = N(W_ih x_t), b = N(W_hh h_{t-1}) [B, 3H]. Source: Cho et al. 2014; the placement of r is
// cuDNN's and torch.nn.GRU's, not the paper's, so that W_hn h is one product with the others.

#include "nn/cell_step.h"

namespace bitloom {

template <class T>
class GruCell {
public:
    void forward(const CellForward<T>& step) const;
    void backward(const CellBackward<T>& step) const;
};

}  // namespace bitloom
