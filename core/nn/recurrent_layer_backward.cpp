// The way back through a window of RecurrentLayer.

#include <algorithm>
#include <cmath>
#include <utility>

#include "math/gemm.h"
#include "math/kernels.h"
#include "nn/recurrent_layer.h"

namespace bitloom {

template <class T>
void RecurrentLayer<T>::beginBackward(Share& share, const LayerInput<T>& input) {
    for (Matrix<T>* m : {&share.dc, &share.dcTotal, &share.dhDirect, &share.dhInitial})
        m->resize(share.rows, m_hidden);
    share.dc.fill(0);
    share.da.resize(share.rows, m_width);
    const bool readsApart = m_usesTable || m_usesScalar || m_usesTokens;
    if (!isLstm() || (m_affine && !m_isWide && !readsApart)) share.db.resize(share.rows, m_width);
    if (m_isWide && sharesGradient())
        share.hh.begin(m_width, {m_hidden, input.x.cols}, share.rows, m_pass.steps,
                       m_pass.precision);
    else
        share.hh.begin(m_width, {m_hidden}, share.rows, m_pass.steps, m_pass.precision);
    if (m_isWide && !sharesGradient())
        share.ih.begin(m_width, {input.x.cols}, share.rows, m_pass.steps, m_pass.precision);
    if (!m_isWide && !m_usesScalar) {
        share.table.resize(m_table.rows(), m_width);
        share.table.fill(0);
    }
    share.biasIh.resize(m_width);
    share.biasIh.fill(0);
    share.biasHh.resize(m_width);
    share.biasHh.fill(0);
    share.hiddenSquares.assign(m_pass.steps, 0.0);
    share.cellSquares.assign(isLstm() ? m_pass.steps : 0, 0.0);
}

template <class T>
void RecurrentLayer<T>::backward(const LayerInput<T>& input, OutputGradient<T> above,
                                 MatrixView<T> dX, const ParameterSet<T>* moments) {
    if (dX.data && m_isWide && m_pass.precision == Precision::bf16)
        m_ih->pack(m_stepsAhead * m_shares.front().rows, true, m_team->members(), m_pass.precision);
    if (m_watch) {
        std::fill_n(above.rows.data, above.emptySteps * m_pass.batch * m_hidden, T(0));
        above.emptySteps = 0;
        m_watch->above(m_index, above.rows);
        m_cellGradients.resize(isLstm() ? m_pass.steps * m_pass.batch : 0, m_hidden);
    }
    m_team->run([&](std::size_t member) {
        Share& share = m_shares[member];
        beginBackward(share, input);
        for (std::size_t t = m_pass.steps; t-- > 0;) {
            const std::size_t end = t + 1;
            if (end < m_pass.steps && end % m_keptSteps == 0)
                recomputeSegment(input, end - m_keptSteps, share);
            backwardStep(input, above, dX, t, share);
        }
        finishBlock(share.hh, m_isWide && sharesGradient() ? dX : MatrixView<T>{}, 0, share);
        if (m_isWide && !sharesGradient()) finishBlock(share.ih, dX, 0, share);
        if (m_usesTokens) mergeTables(member);
    });
    addShares();
    if (m_watch) {
        for (std::size_t t = m_pass.steps; isLstm() && t-- > 0;)
            m_watch->cell(m_index, t,
                          m_cellGradients.view().rowRange(t * m_pass.batch, m_pass.batch));
        m_watch->total(m_index, above.rows);
    }
    m_ih->backward(moments);
    m_hh->backward(moments);
}

template <class T>
void RecurrentLayer<T>::backwardStep(const LayerInput<T>& input, const OutputGradient<T>& above,
                                     MatrixView<T> dX, std::size_t t, Share& share) {
    const auto squares = [](MatrixView<const T> m) {
        return kernels::sumOfSquares<T>({m.data, m.size()});
    };
    CellBackward<T> step;
    step.norm = stepOf(t, share);
    step.dh = above.rows.rowRange(t * m_pass.batch + share.first, share.rows);
    ScalarInputSums<T> scalarSums;
    if (m_usesScalar) m_scalarIh->recall(step.norm);
    if (m_usesTokens) m_tokenIh->recall(step.norm);
    if (m_forgetsGates) {
        step.in = gateInput(input, t, share);
        m_normHh->recall(step.norm, share.rows, step.in);
        step.sums = m_normHh->sumsOf(step.norm, share.rows);
        if (m_usesScalar) scalarSums = m_scalarIh->sumsOf(step.norm, share.rows, step.sums);
        step.h = state(m_h, t + 1, share);
        step.c = cellState(t, share, 1);
    } else {
        step.gates = gatesAt(t, share);
        step.inner = at(m_inner, t, share);
    }
    step.hPrevious = state(m_h, t, share);
    // The norm's way back may work in place where nothing else reads what it gets: one-hot inputs
    // do, but before completeBackward(), and only batch norm has their form.
    const bool inPlace = sharesGradient() || ((m_usesScalar || m_usesTokens) && m_forgetsGates);
    step.da = inPlace ? share.hh.next() : !m_affine && m_isWide ? share.ih.next() : share.da.view();
    if (isLstm()) {
        if (m_normC) step.cellHat = at(m_cellHat, t, share);
        step.cPrevious = cellState(t, share, 0);
        step.dc = share.dc.view();
        step.dcTotal = share.dcTotal.view();
        // Within a segment; what is recomputed is fresh anyway.
        if (t % m_keptSteps > 0) {
            const std::size_t row = (t - 1) * m_pass.batch + share.first;
            step.upcoming.gates = m_forgetsGates ? at(m_b, t - 1, share) : gatesAt(t - 1, share);
            step.upcoming.cPrev = cellState(t - 1, share, 0);
            step.upcoming.hPrev = state(m_h, t - 1, share);
            if (!m_forgetsGates) step.upcoming.tanhC = at(m_inner, t - 1, share);
            step.upcoming.dh = above.rows.rowRange(row, share.rows);
        }
        m_lstm->backward(step);
    } else {
        step.db = m_affine ? share.db.view() : share.hh.next();
        step.dhDirect = share.dhDirect.view();
        m_gru.backward(step);
    }
    const MatrixView<T> db = isLstm() ? step.da : step.db, next = share.hh.next();
    // Where the cell normalizes, what does not need the other members is done while their sums are
    // on the way. A general input side under batch norm waits for them itself.
    if (m_forgetsGates)
        m_normHh->startBackward(step.norm, db, step.in, step.sums, scalarSums, next);
    share.hiddenSquares[t] = squares(step.dh);
    if (isLstm()) share.cellSquares[t] = squares(share.dcTotal.view());
    if (isLstm() && m_watch)
        std::copy_n(share.dcTotal.data(), share.dcTotal.size(),
                    state(m_cellGradients, t, share).data);
    MatrixView<T> da = step.da;
    if (m_affine) {
        da = throughInputNorm(step.norm, step.da, share);
    } else {
        kernels::columnSums<T>(step.da, share.biasIh.span(), true);
        if (!isLstm()) kernels::columnSums<T>(step.db, share.biasHh.span(), true);
    }
    if (m_forgetsGates)
        m_normHh->completeBackward(step.norm, db, step.in, next);
    else if (m_affine)
        m_normHh->backward(step.norm, db, at(m_b, t, share), next);
    backwardToPrevious(above, t, share);
    inputBackward(input, dX, t, share, da);
}

template <class T>
MatrixView<T> RecurrentLayer<T>::throughInputNorm(const NormalizerStep& step, MatrixView<T> da,
                                                  Share& share) {
    // The table's rows are normalized once, after the window.
    if (m_usesTable) return da;
    if (m_usesScalar && m_forgetsGates) {
        m_scalarIh->takeSums(step, share.rows);
    } else if (m_usesScalar) {
        m_scalarIh->backward(step, da);
    } else if (m_usesTokens) {
        m_tokenIh->backward(step, da, share.table.view());
    } else {
        const MatrixView<const T> dy = da;
        // An LSTM's dL/d(pre-activations) is still to be read by the recurrent side.
        if (m_isWide)
            da = share.ih.next();
        else if (isLstm())
            da = share.db.view();
        m_normIh->backward(step, dy, at(m_a, step.t, share), da);
    }
    return da;
}

template <class T>
void RecurrentLayer<T>::backwardToPrevious(const OutputGradient<T>& above, std::size_t t,
                                           Share& share) {
    MatrixView<T> previous;
    if (t > 0) {
        previous = above.rows.rowRange((t - 1) * m_pass.batch + share.first, share.rows);
    } else {
        if (!m_fromInitial || !m_initialH) return;
        share.dhInitial.fill(0);
        previous = share.dhInitial.view();
    }
    const bool holdsMore = t == 0 || t - 1 >= above.emptySteps;
    share.hh.multiply(m_hh->packed(), previous, holdsMore, share.member);
    if (!isLstm())
        kernels::axpy<T>(T(1), std::as_const(share.dhDirect).span(),
                         {previous.data, previous.size()});
}

/// What da of a step gives to W_ih and x; takes the step into the gradient of W_hh.
template <class T>
void RecurrentLayer<T>::inputBackward(const LayerInput<T>& input, MatrixView<T> dX, std::size_t t,
                                      Share& share, MatrixView<T> da) {
    const std::size_t row = t * m_pass.batch + share.first;
    const MatrixView<const T> h = state(m_h, t, share);
    if (m_isWide) {
        const MatrixView<const T> x = input.x.rowRange(row, share.rows);
        if (sharesGradient()) {
            if (share.hh.push({h, x})) finishBlock(share.hh, dX, t, share);
            return;
        }
        if (share.ih.push({x})) finishBlock(share.ih, dX, t, share);
    } else if (m_isNarrow) {
        const MatrixView<const T> x = input.x.rowRange(row, share.rows);
        if (!m_usesScalar) kernels::narrowGradient<T>(x, da, share.table.view());
        if (dX.data)
            gemm<T>(Transpose::no, Transpose::no, da, m_ih->effective(), T(0),
                    dX.rowRange(row, share.rows));
    } else if (!m_usesTokens) {
        MatrixView<const T> rows = da;
        if (!input.tokenScale.empty()) {
            kernels::combineRows<T>(input.tokenScale.subspan(row, share.rows), da, {}, {},
                                    share.da.view());
            rows = share.da.view();
        }
        kernels::scatterAddRows<T>(rows, input.tokens.subspan(row, share.rows), share.table.view());
    }
    if (share.hh.push({h})) finishBlock(share.hh, {}, t, share);
}

template <class T>
void RecurrentLayer<T>::finishBlock(WeightGradient<T>& block, MatrixView<T> dX, std::size_t t,
                                    Share& share) {
    const std::size_t steps = block.filled();
    if (dX.data && steps > 0) {
        share.dx.resize(steps * share.rows, dX.cols);
        block.multiplyBlock(*m_ih, share.dx.view(), share.member);
        for (std::size_t i = 0; i < steps; ++i) {
            const MatrixView<T> to = state(dX, t + steps - 1 - i, share);
            std::copy_n(share.dx.row(i * share.rows), to.size(), to.data);
        }
    }
    block.finish();
}

template <class T>
void RecurrentLayer<T>::mergeTables(std::size_t member) {
    m_team->meet(member);
    std::vector<MatrixView<T>> tables;
    for (Share& share : m_shares) tables.push_back(share.table.view());
    m_tokenIh->finishBackward(member, tables);
}

/// Adds up what the threads have collected.
template <class T>
void RecurrentLayer<T>::addShares() {
    m_hiddenNorms.assign(m_pass.steps, 0.0);
    m_cellNorms.assign(isLstm() ? m_pass.steps : 0, 0.0);
    for (const Share& share : m_shares) {
        share.hh.give(0, m_hh->gradient(), share.member > 0);
        for (std::size_t t = 0; t < m_hiddenNorms.size(); ++t)
            m_hiddenNorms[t] += share.hiddenSquares[t];
        for (std::size_t t = 0; t < m_cellNorms.size(); ++t) m_cellNorms[t] += share.cellSquares[t];
        if (m_fromInitial && m_initialH)
            kernels::columnSums<T>(share.dhInitial.view(), m_initialH->gradient.span(), true);
        if (m_fromInitial && m_initialC)
            kernels::columnSums<T>(share.dc.view(), m_initialC->gradient.span(), true);
        if (m_affine) continue;
        kernels::axpy<T>(T(1), share.biasIh.span(), m_biasIh->gradient.span());
        if (m_biasHh) kernels::axpy<T>(T(1), share.biasHh.span(), m_biasHh->gradient.span());
    }
    for (std::vector<double>* norms : {&m_hiddenNorms, &m_cellNorms})
        for (double& norm : *norms) norm = std::sqrt(norm);
    addInputGradient();
    if (!m_usesScalar && !m_usesTokens) m_normIh->finishBackward();
    m_normHh->finishBackward();
    if (m_normC) m_normC->finishBackward();
    if (!m_affine) return;
    if (m_usesScalar && m_forgetsGates)
        std::copy_n(m_shiftHh->gradient.data(), m_width, m_shiftIh->gradient.data());
    // A bias and the shift of the same side have one gradient.
    std::copy_n(m_shiftIh->gradient.data(), m_width, m_biasIh->gradient.data());
    if (m_biasHh) std::copy_n(m_shiftHh->gradient.data(), m_width, m_biasHh->gradient.data());
}

template <class T>
void RecurrentLayer<T>::addInputGradient() {
    if (m_isWide) {
        for (const Share& share : m_shares)
            if (sharesGradient())
                share.hh.give(1, m_ih->gradient(), share.member > 0);
            else
                share.ih.give(0, m_ih->gradient(), share.member > 0);
        return;
    }
    if (m_usesScalar) {
        const MatrixView<T> gradient = m_ih->gradient();
        m_scalarIh->finishBackward({gradient.data, gradient.size()});
        return;
    }
    Matrix<T>& table = m_shares.front().table;
    for (std::size_t m = 1; m < m_shares.size() && !m_usesTokens; ++m)
        kernels::axpy<T>(T(1), std::as_const(m_shares[m].table).span(), table.span());
    if (m_usesTable && m_affine) m_normIh->backward({}, table.view(), m_table.view(), table.view());
    kernels::transpose<T>(table.view(), m_ih->gradient());
}

template class RecurrentLayer<float>;
template class RecurrentLayer<double>;

}  // namespace bitloom
