#pragma once
// From the top layer to the logits: every step (language model, labelling) or the last step of each
// sequence (classification, regression), dropout, and one product with the decoder:
//     logits = (mask * h) W^T + bias        [T*B, V] or [B, outputs]

#include "data/batch.h"
#include "nn/recurrent_layer.h"

namespace bitloom {

template <class T>
class Readout {
public:
    /// decoder [outputs, H] and bias [outputs] must outlive this.
    Readout(const NetworkConfig& config, Weight<T>& decoder, Parameter<T>& bias)
        : m_task(config.task), m_dropout(config.dropout.output), m_decoder(decoder), m_bias(bias) {}

    /// top [T*B, H]; the view must stay valid until backward().
    MatrixView<const T> forward(const Batch& batch, const PassConfig& pass,
                                MatrixView<const T> top);
    /// dLogits as the logits; adds to the gradients of decoder and bias. Returns dL/d(top) [T*B,
    /// H].
    MatrixView<T> backward(MatrixView<const T> dLogits);

    [[nodiscard]] MatrixView<const T> logits() const { return m_logits.view(); }

private:
    Task m_task;
    double m_dropout;
    bool m_dropped = false;
    Weight<T>& m_decoder;
    Parameter<T>& m_bias;
    PassConfig m_pass;
    std::vector<std::int32_t> m_lastRows;  ///< row of each sequence's last step
    MatrixView<const T> m_x;               ///< what the decoder multiplies
    Matrix<T> m_last;                      ///< [B, H]
    Matrix<T> m_mask;
    Matrix<T> m_droppedX;
    Matrix<T> m_logits;
    Matrix<T> m_dLast;
    Matrix<T> m_dTop;
};

}  // namespace bitloom
