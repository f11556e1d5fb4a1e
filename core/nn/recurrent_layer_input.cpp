// Where the cells of RecurrentLayer get their input side from.

#include <algorithm>
#include <utility>

#include "math/kernels.h"
#include "nn/recurrent_layer.h"

namespace bitloom {

template <class T>
void RecurrentLayer<T>::makeTable() {
    const MatrixView<const T> w = m_ih->effective();
    m_table.resize(w.cols, w.rows);
    kernels::transpose<T>(w, m_table.view());
    if (!m_usesTable || !m_affine) return;
    m_tableOut.resize(w.cols, w.rows);
    m_normIh->forward({0, m_pass.statistics}, m_table.view(), m_table.view(), m_tableOut.view());
}

template <class T>
void RecurrentLayer<T>::multiplyAhead(const LayerInput<T>& input, std::size_t t, Share& share) {
    const std::size_t first = t % m_keptSteps;
    const std::size_t steps = std::min({m_stepsAhead, m_keptSteps - first, m_pass.steps - t});
    const std::size_t rows = steps * share.rows;
    share.x.resize(m_stepsAhead * share.rows, input.x.cols);
    for (std::size_t i = 0; i < steps; ++i) {
        const MatrixView<const T> x = state(input.x, t + i, share);
        std::copy_n(x.data, x.size(), share.x.row(i * share.rows));
    }
    const MatrixView<const T> x = share.x.view().rowRange(0, rows);
    MatrixView<T> a = at(m_affine ? m_a : m_gates, t, share);
    a.rows = rows;
    if (m_pass.precision == Precision::bf16)
        m_ih->packed().forward(x, a, false, share.member);
    else
        product<T, T>(x, std::as_const(m_table).view(), false, a);
}

/// a [R, G*H] = W_ih x_t, unless it is there.
template <class T>
void RecurrentLayer<T>::inputProduct(const LayerInput<T>& input, std::size_t t, Share& share,
                                     MatrixView<T> a) {
    if (m_multipliesAhead) return;
    const std::size_t row = t * m_pass.batch + share.first;
    if (!input.tokens.empty()) {
        const Matrix<T>& table = m_usesTable && m_affine ? m_tableOut : m_table;
        kernels::gatherRows<T>(table.view(), input.tokens.subspan(row, share.rows), a);
        if (!input.tokenScale.empty())
            kernels::combineRows<T>(input.tokenScale.subspan(row, share.rows), a, {}, {}, a);
        return;
    }
    const MatrixView<const T> x = input.x.rowRange(row, share.rows);
    if (m_isNarrow)
        kernels::narrowProduct<T>(x, std::as_const(m_table).view(), a);
    else
        m_ih->packed().forward(x, a, false, share.member);
}

/// The input side of a step where the cell does not read it from its source: gates [R, G*H] =
/// N(W_ih x_t), or a^ in m_a where the gain is apart.
template <class T>
void RecurrentLayer<T>::inputSide(const LayerInput<T>& input, std::size_t t, Share& share,
                                  MatrixView<T> gates) {
    const NormalizerStep step = stepOf(t, share);
    if (m_usesScalar) {
        m_scalarIh->forward(step, gates);
    } else if (m_usesTokens) {
        m_tokenIh->forward(step, gates);
    } else if (m_affine && !m_usesTable) {
        const MatrixView<T> a = at(m_a, t, share);
        inputProduct(input, t, share, a);
        m_normIh->forward(step, a, a, usesGainA() ? MatrixView<T>{} : gates);
    } else {
        inputProduct(input, t, share, gates);
    }
}

template <class T>
kernels::GateInput<T> RecurrentLayer<T>::gateInput(const LayerInput<T>& input, std::size_t t,
                                                   Share& share) {
    kernels::GateInput<T> in;
    const MatrixView<T> gates = gatesAt(t, share);
    in.bias = std::as_const(m_biasIh->value).span();
    if (!isLstm()) {
        in.a = gates;
        in.b = share.b.view();
        return in;
    }
    if (m_affine) {
        in.b = at(m_b, t, share);
        in.gainB = m_normHh->gain();
        in.bias = std::as_const(m_bias).span();
    } else if (m_readsSource) {
        in.b = gates;
    }
    if (!m_readsSource) {
        in.a = usesGainA() ? at(m_a, t, share) : gates;
        if (usesGainA()) in.gainA = m_normIh->gain();
        return in;
    }
    const std::size_t row = t * m_pass.batch + share.first;
    if (m_usesScalar) {
        const ScalarForm<T> form = m_scalarIh->formOf(stepOf(t, share), share.rows);
        in.stretch = form.stretch;
        in.gainA = form.factor;
        in.bias = form.shift;
    } else if (m_isNarrow) {
        in.stretch = input.x.rowRange(row, share.rows);
        in.gainA = {m_table.data(), m_width};
    } else {
        in.a = m_usesTable && m_affine ? m_tableOut.view() : m_table.view();
        in.tokens = input.tokens.subspan(row, share.rows);
        if (m_usesTokens) {
            const auto form = m_tokenIh->formOf(share.member);
            in.gainA = form.factor;
            in.bias = form.offset;
        }
    }
    return in;
}

template class RecurrentLayer<float>;
template class RecurrentLayer<double>;

}  // namespace bitloom
