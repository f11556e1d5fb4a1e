// The way back through a window of RecurrentLayer.

#include <algorithm>
#include <cmath>
#include <utility>

#include "math/gemm.h"
#include "math/kernels.h"
#include "nn/recurrent_layer.h"

namespace bitloom {

template <class T>
void RecurrentLayer<T>::backward(const LayerInput<T>& input, MatrixView<T> dOut, MatrixView<T> dX,
                                 const ParameterSet<T>* moments) {
    const bool lstm = m_kind == Cell::lstm;
    for (Matrix<T>* m : {&m_dc, &m_dcTotal, &m_dhDirect, &m_dhInitial})
        m->resize(m_pass.batch, m_hidden);
    m_dc.fill(0);
    m_hiddenNorms.assign(m_pass.steps, 0.0);
    m_cellNorms.assign(lstm ? m_pass.steps : 0, 0.0);
    if (!input.tokens.empty()) {
        m_tableGradient.resize(m_table.rows(), m_table.cols());
        m_tableGradient.fill(0);
    }
    if (m_watch) m_watch->above(m_index, dOut);
    for (std::size_t t = m_pass.steps; t-- > 0;) backwardStep(input, dOut, t);
    if (m_watch) m_watch->total(m_index, dOut);

    // Where the steps left dL/da and dL/db of the products (see backwardStep).
    const MatrixView<T> da = m_affine ? m_b.view() : m_gates.view();
    const MatrixView<T> db = lstm || m_affine ? m_gates.view() : m_b.view();
    gemm<T>(Transpose::yes, Transpose::no, db,
            std::as_const(m_h).view().rowRange(0, m_pass.steps * m_pass.batch), T(0),
            m_hh->gradient());
    // Dropout of a one-hot input scales da in place, so plain biases come first; with a shift on
    // the same side they are its gradient, which may come out of inputGradients().
    if (!m_affine) biasGradients(da, db);
    inputGradients(input, da, dX);
    if (m_affine) biasGradients(da, db);
    m_ih->backward(moments);
    m_hh->backward(moments);
    if (!m_fromInitial) return;
    if (m_initialH) kernels::columnSums<T>(m_dhInitial.view(), m_initialH->gradient.span(), true);
    if (m_initialC) kernels::columnSums<T>(m_dc.view(), m_initialC->gradient.span(), true);
}

// Buffers are used again as soon as their content has done its work: without normalization dL/da
// replaces the gates (and dL/db of a GRU goes to m_b); with it dL/db of the product replaces the
// gates and dL/da of the product replaces b^, which is not needed once dL/db is known.
template <class T>
void RecurrentLayer<T>::backwardStep(const LayerInput<T>& input, MatrixView<T> dOut,
                                     std::size_t t) {
    const bool lstm = m_kind == Cell::lstm;
    const std::size_t batch = m_pass.batch;
    const MatrixView<T> dh = dOut.rowRange(t * batch, batch);
    const auto norm = [](MatrixView<const T> m) {
        return std::sqrt(kernels::sumOfSquares<T>({m.data, m.size()}));
    };
    m_hiddenNorms[t] = norm(dh);
    const MatrixView<T> gates = at(m_gates, t);
    CellBackward<T> step;
    step.t = t;
    step.dh = dh;
    step.gates = gates;
    step.inner = at(m_inner, t);
    step.hPrevious = state(m_h, t);
    step.da = m_affine ? m_stepA.view() : gates;
    if (lstm) {
        if (m_normC) step.cellHat = at(m_cellHat, t);
        step.cPrevious = state(m_c, t);
        step.dc = m_dc.view();
        step.dcTotal = m_dcTotal.view();
        m_lstm->backward(step);
        m_cellNorms[t] = norm(m_dcTotal.view());
        if (m_watch) m_watch->cell(m_index, t, m_dcTotal.view());
    } else {
        step.db = m_affine ? m_stepB.view() : at(m_b, t);
        step.dhDirect = m_dhDirect.view();
        m_gru.backward(step);
    }
    MatrixView<const T> db = lstm ? step.da : step.db;
    if (m_affine) {
        m_normHh->backward(t, db, at(m_b, t), gates);
        db = gates;
        if (m_usesTable)
            kernels::scatterAddRows<T>(step.da, input.tokens.subspan(t * batch, batch),
                                       m_tableGradient.view());
        else
            m_normIh->backward(t, step.da, at(m_a, t), at(m_b, t));
    }
    backwardToPrevious(dOut, t, db);
}

template <class T>
void RecurrentLayer<T>::backwardToPrevious(MatrixView<T> dOut, std::size_t t,
                                           MatrixView<const T> db) {
    MatrixView<T> previous;
    if (t > 0) {
        previous = dOut.rowRange((t - 1) * m_pass.batch, m_pass.batch);
    } else {
        if (!m_fromInitial || !m_initialH) return;
        m_dhInitial.fill(0);
        previous = m_dhInitial.view();
    }
    m_hh->packed().backward(db, previous, true);
    if (m_kind == Cell::gru)
        kernels::axpy<T>(T(1), std::as_const(m_dhDirect).span(), {previous.data, previous.size()});
}

template <class T>
void RecurrentLayer<T>::inputGradients(const LayerInput<T>& input, MatrixView<T> da,
                                       MatrixView<T> dX) {
    if (input.tokens.empty()) {
        gemm<T>(Transpose::yes, Transpose::no, da, input.x, T(0), m_ih->gradient());
        const std::span<const T> residual = m_normIh->scaleResidual();
        for (std::size_t j = 0; input.x.cols == 1 && j < residual.size(); ++j)
            if (const T w = m_ih->effective()(j, 0); w != T(0))
                m_ih->gradient()(j, 0) = residual[j] / w;
        if (dX.data) gemm<T>(Transpose::no, Transpose::no, da, m_ih->effective(), T(0), dX);
        return;
    }
    const MatrixView<T> table = m_tableGradient.view();
    if (m_usesTable && m_affine) {
        m_normIh->backward(0, table, m_table.view(), table);
    } else {
        if (!input.tokenScale.empty()) kernels::combineRows<T>(input.tokenScale, da, {}, {}, da);
        kernels::scatterAddRows<T>(da, input.tokens, table);
    }
    kernels::transpose<T>(table, m_ih->gradient());
}

template <class T>
void RecurrentLayer<T>::biasGradients(MatrixView<const T> da, MatrixView<const T> db) {
    // A bias and the shift of the same side have one gradient.
    if (m_affine) {
        std::copy_n(m_shiftIh->gradient.data(), m_width, m_biasIh->gradient.data());
        if (m_biasHh) std::copy_n(m_shiftHh->gradient.data(), m_width, m_biasHh->gradient.data());
        return;
    }
    kernels::columnSums<T>(da, m_biasIh->gradient.span(), false);
    if (m_biasHh) kernels::columnSums<T>(db, m_biasHh->gradient.span(), false);
}

template class RecurrentLayer<float>;
template class RecurrentLayer<double>;

}  // namespace bitloom
