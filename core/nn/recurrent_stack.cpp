#include "nn/recurrent_stack.h"

#include "base/error.h"
#include "math/kernels.h"
#include "math/rng.h"
#include "nn/dropout_mask.h"

namespace bitloom {

namespace {

template <class T>
void checkState(const std::vector<Matrix<T>>& states, std::size_t layers, std::size_t batch) {
    bool fits = states.size() == layers;
    for (const Matrix<T>& s : states) fits = fits && s.rows() == batch;
    if (!fits)
        throw InputError({}, "state",
                         "carried states do not fit the batch of " + std::to_string(batch) +
                             "; clear them to start anew");
}

template <class T>
void keepLast(std::vector<Matrix<T>>& states, std::size_t l, MatrixView<const T> last) {
    states[l].resize(last.rows, last.cols);
    std::copy_n(last.data, last.size(), states[l].data());
}

}  // namespace

template <class T>
RecurrentStack<T>::RecurrentStack(const NetworkConfig& config, const Quantizer<T>* quantizer,
                                  ParameterSet<T>& parameters, ParameterSet<T>& statistics)
    : m_dropout(config.dropout.between) {
    for (int l = 0; l < config.layers; ++l)
        m_layers.push_back(
            std::make_unique<RecurrentLayer<T>>(config, l, quantizer, parameters, statistics));
    m_masks.resize(m_layers.size() - 1);
    m_dropped.resize(m_layers.size() - 1);
}

template <class T>
MatrixView<const T> RecurrentStack<T>::forward(const LayerInput<T>& input, const PassConfig& pass,
                                               RecurrentState<T>& state) {
    m_pass = pass;
    const bool continues = !state.h.empty();
    const bool lstm = m_layers.front()->hasCells();
    if (continues) checkState(state.h, m_layers.size(), pass.batch);
    if (continues && lstm) checkState(state.c, m_layers.size(), pass.batch);
    LayerInput<T> current = input;
    for (std::size_t l = 0; l < m_layers.size(); ++l) {
        RecurrentLayer<T>& layer = *m_layers[l];
        layer.forward(current, pass, continues ? &state.h[l] : nullptr,
                      continues && !state.c.empty() ? &state.c[l] : nullptr);
        current = {};
        current.x = layer.hidden();
        current.needsGradient = true;
        if (!pass.keep || m_dropout <= 0 || l + 1 == m_layers.size()) continue;
        m_masks[l].resize(current.x.rows, current.x.cols);
        m_dropped[l].resize(current.x.rows, current.x.cols);
        drawDropoutMask<T>(m_masks[l].span(), m_dropout, pass.seed,
                           makeStream("dropout.between", l, pass.step));
        kernels::multiply<T>({current.x.data, current.x.size()}, m_masks[l].span(),
                             m_dropped[l].span());
        current.x = m_dropped[l].view();
    }
    state.h.resize(m_layers.size());
    state.c.resize(lstm ? m_layers.size() : 0);
    for (std::size_t l = 0; l < m_layers.size(); ++l) {
        keepLast(state.h, l, m_layers[l]->lastHidden());
        if (lstm) keepLast(state.c, l, m_layers[l]->lastCell());
    }
    return m_layers.back()->hidden();
}

template <class T>
void RecurrentStack<T>::backward(const LayerInput<T>& input, const OutputGradient<T>& top,
                                 MatrixView<T> dX, const ParameterSet<T>* moments) {
    OutputGradient<T> above = top;
    for (std::size_t l = m_layers.size(); l-- > 0;) {
        if (l == 0) {
            m_layers[0]->backward(input, above, dX, moments);
            return;
        }
        const bool dropped = m_dropout > 0;
        LayerInput<T> below;
        below.needsGradient = true;
        below.x = dropped ? std::as_const(m_dropped[l - 1]).view() : m_layers[l - 1]->hidden();
        Matrix<T>& gradient = m_gradients[l % 2];
        gradient.resize(top.rows.rows, top.rows.cols);
        m_layers[l]->backward(below, above, gradient.view(), moments);
        if (dropped) kernels::multiply<T>(gradient.span(), m_masks[l - 1].span(), gradient.span());
        above = {gradient.view()};
    }
}

template class RecurrentStack<float>;
template class RecurrentStack<double>;

}  // namespace bitloom
