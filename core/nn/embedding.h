#pragma once
// What the first layer reads: one-hot tokens as they are, embedded tokens, or frames; with dropout
// on the input.
//     embedding: x_t = mask * encoder.weight[token_t]      [T*B, E], looked up for all T at once
//     one-hot:   dropout of the single 1 becomes a factor on the looked-up product
//     frames:    x_t = mask * frame_t                      [T*B, F]

#include "data/batch.h"
#include "nn/recurrent_layer.h"

namespace bitloom {

template <class T>
class InputSide {
public:
    /// encoder: the embedding [V, E], null without one; must outlive this.
    InputSide(const NetworkConfig& config, Weight<T>* encoder)
        : m_dropout(config.dropout.input), m_encoder(encoder) {}

    /// The batch as layer 0 reads it; refers to `batch` and to this.
    /// frames, if not empty, replaces batch.frames in T's precision.
    LayerInput<T> forward(const Batch& batch, std::span<const T> frames, const PassConfig& pass);
    /// Where layer 0 leaves dL/dx; empty if nobody needs it.
    MatrixView<T> gradient();
    /// Adds to the encoder's gradient. tokens [T*B].
    void backward(std::span<const std::int32_t> tokens);

private:
    double m_dropout;
    bool m_dropped = false;
    Weight<T>* m_encoder;
    Matrix<T> m_x;
    Matrix<T> m_mask;
    Matrix<T> m_gradient;
};

}  // namespace bitloom
