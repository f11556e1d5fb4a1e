#include "nn/embedding.h"

#include <utility>

#include "math/kernels.h"
#include "math/rng.h"
#include "nn/dropout_mask.h"

namespace bitloom {

template <class T>
LayerInput<T> InputSide<T>::forward(const Batch& batch, std::span<const T> frames,
                                    const PassConfig& pass) {
    const std::size_t rows = pass.steps * pass.batch;
    m_dropped = pass.keep && m_dropout > 0;
    LayerInput<T> input;
    const bool oneHot = batch.features == 0 && !m_encoder;
    std::size_t width = 1;
    if (batch.features > 0) {
        width = batch.features;
        m_x.resize(rows, width);
        if (frames.empty())
            std::copy(batch.frames.begin(), batch.frames.end(), m_x.span().begin());
        else
            std::copy(frames.begin(), frames.end(), m_x.span().begin());
    } else if (m_encoder) {
        width = m_encoder->effective().cols;
        m_x.resize(rows, width);
        kernels::gatherRows<T>(m_encoder->effective(), batch.tokens, m_x.view());
    } else {
        input.tokens = batch.tokens;
    }
    if (m_dropped) {
        m_mask.resize(rows, width);
        drawDropoutMask<T>(m_mask.span(), m_dropout, pass.seed,
                           makeStream("dropout.input", 0, pass.step));
        if (oneHot)
            input.tokenScale = std::as_const(m_mask).span();
        else
            kernels::multiply<T>(m_x.span(), m_mask.span(), m_x.span());
    }
    if (!oneHot) input.x = m_x.view();
    input.needsGradient = m_encoder != nullptr;
    return input;
}

template <class T>
MatrixView<T> InputSide<T>::gradient() {
    if (!m_encoder) return {};
    m_gradient.resize(m_x.rows(), m_x.cols());
    return m_gradient.view();
}

template <class T>
void InputSide<T>::backward(std::span<const std::int32_t> tokens) {
    if (!m_encoder) return;
    if (m_dropped) kernels::multiply<T>(m_gradient.span(), m_mask.span(), m_gradient.span());
    kernels::scatterAddRows<T>(m_gradient.view(), tokens, m_encoder->gradient());
}

template class InputSide<float>;
template class InputSide<double>;

}  // namespace bitloom
