#include "nn/readout.h"

#include <functional>
#include <utility>

#include "math/gemm.h"
#include "math/kernels.h"
#include "math/rng.h"
#include "math/threads.h"
#include "nn/dropout_mask.h"

namespace bitloom {

namespace {

template <class T>
void addToRows(std::span<const T> bias, MatrixView<T> x) {
    const auto add = [&](std::size_t first, std::size_t last) {
        for (std::size_t r = first; r < last; ++r) {
            T* row = x.row(r);
            for (std::size_t j = 0; j < x.cols; ++j) row[j] += bias[j];
        }
    };
    parallelFor(x.rows, 64, std::cref(add));
}

}  // namespace

template <class T>
MatrixView<const T> Readout<T>::forward(const Batch& batch, const PassConfig& pass,
                                        MatrixView<const T> top) {
    m_pass = pass;
    m_x = top;
    const bool lastOnly = m_task == Task::classification || m_task == Task::regression;
    if (lastOnly) {
        m_lastRows.resize(pass.batch);
        for (std::size_t b = 0; b < pass.batch; ++b) {
            const std::size_t steps =
                batch.lengths.empty() ? pass.steps : static_cast<std::size_t>(batch.lengths[b]);
            m_lastRows[b] = static_cast<std::int32_t>((steps - 1) * pass.batch + b);
        }
        m_last.resize(pass.batch, top.cols);
        kernels::gatherRows<T>(top, m_lastRows, m_last.view());
        m_x = m_last.view();
    }
    m_dropped = pass.keep && m_dropout > 0;
    if (m_dropped) {
        m_mask.resize(m_x.rows, m_x.cols);
        m_droppedX.resize(m_x.rows, m_x.cols);
        drawDropoutMask<T>(m_mask.span(), m_dropout, pass.seed,
                           makeStream("dropout.output", 0, pass.step));
        kernels::multiply<T>({m_x.data, m_x.size()}, m_mask.span(), m_droppedX.span());
        m_x = m_droppedX.view();
    }
    m_logits.resize(m_x.rows, m_bias.value.size());
    gemm<T>(Transpose::no, Transpose::yes, m_x, m_decoder.effective(), T(0), m_logits.view());
    addToRows<T>(m_bias.value.span(), m_logits.view());
    return m_logits.view();
}

template <class T>
MatrixView<T> Readout<T>::backward(MatrixView<const T> dLogits) {
    const std::size_t rows = m_pass.steps * m_pass.batch;
    gemm<T>(Transpose::yes, Transpose::no, dLogits, m_x, T(1), m_decoder.gradient());
    kernels::columnSums<T>(dLogits, m_bias.gradient.span(), true);
    m_dTop.resize(rows, m_x.cols);
    const bool lastOnly = m_task == Task::classification || m_task == Task::regression;
    Matrix<T>& dX = lastOnly ? m_dLast : m_dTop;
    dX.resize(m_x.rows, m_x.cols);
    gemm<T>(Transpose::no, Transpose::no, dLogits, m_decoder.effective(), T(0), dX.view());
    if (m_dropped) kernels::multiply<T>(dX.span(), m_mask.span(), dX.span());
    if (lastOnly) {
        m_dTop.fill(0);
        kernels::scatterAddRows<T>(dX.view(), m_lastRows, m_dTop.view());
    }
    return m_dTop.view();
}

template class Readout<float>;
template class Readout<double>;

}  // namespace bitloom
