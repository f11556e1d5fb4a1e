#pragma once
// From the top layer to the logits: every step (language model, labelling) or the last step of each
// sequence (classification, regression), dropout, and one product with the decoder:
//     logits = (mask * h) W^T + bias        [T*B, V] or [B, outputs]
//
// Training goes on to the loss and back while a tile of rows is in the cache: logits, softmax, its
// gradient and dL/dh of some rows, then the next rows; threads take tiles of their own rows. The
// logits of a large vocabulary (V = 10,000: 28 MB a window) never go to memory as such.

#include <vector>

#include "data/batch.h"
#include "nn/loss.h"
#include "nn/recurrent_layer.h"

namespace bitloom {

template <class T>
class Readout {
public:
    /// decoder [outputs, H] and bias [outputs] must outlive this.
    Readout(const NetworkConfig& config, Weight<T>& decoder, Parameter<T>& bias)
        : m_task(config.task), m_dropout(config.dropout.output), m_decoder(decoder), m_bias(bias) {}

    /// top [T*B, H]; the view must stay valid until the next pass.
    MatrixView<const T> forward(const Batch& batch, const PassConfig& pass,
                                MatrixView<const T> top);
    /// dLogits as the logits of forward(); writes the decoder's gradient, adds to the bias's.
    /// Returns dL/d(top).
    OutputGradient<T> backward(MatrixView<const T> dLogits);

    /// Both in one for training: the loss, with everything backward() leaves kept for
    /// finishTraining().
    LossResult train(const Batch& batch, const PassConfig& pass, MatrixView<const T> top,
                     const BatchLoss<T>& loss);
    /// Writes the decoder's gradient and adds to the bias's, which train() leaves alone; dL/d(top).
    OutputGradient<T> finishTraining();

    /// Of the last pass; computed here after train(), which keeps none.
    [[nodiscard]] MatrixView<const T> logits();

private:
    /// What one thread works with.
    struct Share {
        std::size_t first = 0, rows = 0;
        Matrix<T> tile;        ///< logits, then their gradient [tile rows, V]
        Matrix<T> transposed;  ///< of a tile's gradient; bf16: of that or of x, to be rounded
        Matrix<BFloat16> rounded, roundedTransposed, roundedX;
        Matrix<T> sum;  ///< the decoder's gradient [V, H]; a large one's, of some units [H, units]
        Buffer<T> bias;
        LossResult loss;
    };

    [[nodiscard]] bool lastOnly() const {
        return m_task == Task::classification || m_task == Task::regression;
    }
    void takeRows(const Batch& batch, const PassConfig& pass, MatrixView<const T> top);
    void computeLogits();
    void beginShare(Share& share, std::size_t member, const Team& team) const;
    void trainTiles(Share& share, std::size_t member, const BatchLoss<T>& loss, MatrixView<T> dX);
    void addTile(Share& share, std::size_t row, std::size_t rows);
    void keepRows(Share& share, std::size_t row, std::size_t rows);
    void writeDecoderGradient();
    OutputGradient<T> toTop(Matrix<T>& dX);
    [[nodiscard]] Matrix<T>& inputGradient();

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
    bool m_hasLogits = false;
    Matrix<T> m_logits;
    std::vector<Share> m_shares;
    std::size_t m_tileRows = 1;
    bool m_rounds = false;          ///< bf16
    bool m_sumsTiles = false;       ///< small decoder: gradients are added tile by tile
    bool m_isUnpacked = false;      ///< tiles multiply a large decoder that is not packed
    Matrix<T> m_decoderTransposed;  ///< W^T [H, V], unpacked
    // Of a large decoder: gradient of the logits [N, V] and x^T [H, N and padding].
    Matrix<T> m_dLogits, m_xTransposed;
    Matrix<BFloat16> m_roundedDLogits, m_roundedXTransposed;
    Matrix<T> m_dLast;
    Matrix<T> m_dTop;
};

}  // namespace bitloom
