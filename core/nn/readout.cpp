#include "nn/readout.h"

#include <algorithm>
#include <functional>
#include <type_traits>
#include <utility>

#include "math/gemm.h"
#include "math/kernels.h"
#include "math/rng.h"
#include "math/threads.h"
#include "nn/dropout_mask.h"
#include "nn/thresholds.h"

namespace bitloom {

namespace {

template <class T>
void addToRows(std::span<const T> bias, MatrixView<T> x) {
    const auto add = [&](std::size_t first, std::size_t last) {
        for (std::size_t r = first; r < last; ++r) kernels::axpy<T>(T(1), bias, {x.row(r), x.cols});
    };
    parallelFor(x.rows, 64, std::cref(add));
}

template <class T>
void roundRows(MatrixView<const T> from, MatrixView<BFloat16> to) {
    if constexpr (std::is_same_v<T, float>) kernels::roundToBFloat16(from, to);
}

/// Columns first .. first + count of a matrix.
template <class E>
MatrixView<const E> columns(const Matrix<E>& m, std::size_t first, std::size_t count) {
    return {m.data() + first, m.rows(), count, m.cols()};
}

}  // namespace

template <class T>
void Readout<T>::takeRows(const Batch& batch, const PassConfig& pass, MatrixView<const T> top) {
    m_pass = pass;
    m_x = top;
    m_hasLogits = false;
    if (lastOnly()) {
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
    if (!m_dropped) return;
    m_mask.resize(m_x.rows, m_x.cols);
    m_droppedX.resize(m_x.rows, m_x.cols);
    drawDropoutMask<T>(m_mask.span(), m_dropout, pass.seed,
                       makeStream("dropout.output", 0, pass.step));
    kernels::multiply<T>({m_x.data, m_x.size()}, m_mask.span(), m_droppedX.span());
    m_x = m_droppedX.view();
}

template <class T>
void Readout<T>::computeLogits() {
    m_logits.resize(m_x.rows, m_bias.value.size());
    gemm<T>(Transpose::no, Transpose::yes, m_x, m_decoder.effective(), T(0), m_logits.view());
    addToRows<T>(m_bias.value.span(), m_logits.view());
    m_hasLogits = true;
}

template <class T>
MatrixView<const T> Readout<T>::logits() {
    if (!m_hasLogits) computeLogits();
    return m_logits.view();
}

template <class T>
MatrixView<const T> Readout<T>::forward(const Batch& batch, const PassConfig& pass,
                                        MatrixView<const T> top) {
    takeRows(batch, pass, top);
    return logits();
}

/// dL/d(what the decoder multiplies) [N, H].
template <class T>
Matrix<T>& Readout<T>::inputGradient() {
    Matrix<T>& dX = lastOnly() ? m_dLast : m_dTop;
    dX.resize(m_x.rows, m_x.cols);
    return dX;
}

template <class T>
OutputGradient<T> Readout<T>::toTop(Matrix<T>& dX) {
    if (m_dropped) kernels::multiply<T>(dX.span(), m_mask.span(), dX.span());
    if (!lastOnly()) return {m_dTop.view()};
    m_dTop.resize(m_pass.steps * m_pass.batch, m_x.cols);
    // Steps before the end of the shortest sequence have no gradient.
    const auto first = static_cast<std::size_t>(*std::ranges::min_element(m_lastRows));
    const std::size_t emptySteps = first / m_pass.batch;
    std::fill(m_dTop.row(emptySteps * m_pass.batch), m_dTop.data() + m_dTop.size(), T(0));
    kernels::scatterAddRows<T>(dX.view(), m_lastRows, m_dTop.view());
    return {m_dTop.view(), emptySteps};
}

template <class T>
OutputGradient<T> Readout<T>::backward(MatrixView<const T> dLogits) {
    gemm<T>(Transpose::yes, Transpose::no, dLogits, m_x, T(1), m_decoder.gradient());
    kernels::columnSums<T>(dLogits, m_bias.gradient.span(), true);
    Matrix<T>& dX = inputGradient();
    gemm<T>(Transpose::no, Transpose::no, dLogits, m_decoder.effective(), T(0), dX.view());
    return toTop(dX);
}

template <class T>
LossResult Readout<T>::train(const Batch& batch, const PassConfig& pass, MatrixView<const T> top,
                             const BatchLoss<T>& loss) {
    takeRows(batch, pass, top);
    const std::size_t rows = m_x.rows, outputs = m_bias.value.size();
    const bool rounds = pass.precision == Precision::bf16;
    Team team(Team::membersFor(rows, k_fewestTileRows));
    const std::size_t members = team.members();
    const std::size_t tileRows =
        std::min(std::clamp((rounds ? k_roundedTileSize : k_tileSize) / outputs, k_fewestTileRows,
                            k_mostTileRows),
                 (rows + members - 1) / members);
    m_tileRows = tileRows;
    m_sumsTiles = outputs * m_x.cols <= k_smallDecoder;
    if (!m_sumsTiles && rounds) {
        m_roundedDLogits.resize(rows, outputs);
        m_roundedX.resize(rows, m_x.cols);
    }
    if (!m_sumsTiles && !rounds) m_dLogits.resize(rows, outputs);
    m_shares.resize(members);
    for (std::size_t m = 0; m < members; ++m) {
        Share& share = m_shares[m];
        share.first = team.firstRow(m, rows);
        share.rows = team.firstRow(m + 1, rows) - share.first;
        share.bias.resize(outputs);
        share.bias.fill(T(0));
        if (m_sumsTiles) {
            share.sum.resize(outputs, m_x.cols);
            share.sum.fill(T(0));
        }
        if (m_sumsTiles || rounds) share.tile.resize(tileRows, outputs);
        share.loss = {};
    }
    m_decoder.pack(tileRows, true, members, pass.precision);
    Matrix<T>& dX = inputGradient();
    team.run([&](std::size_t m) { trainTiles(m_shares[m], m, loss, dX.view()); });
    LossResult total;
    for (const Share& share : m_shares) {
        total.nats += share.loss.nats;
        total.targets += share.loss.targets;
        total.correct += share.loss.correct;
    }
    return loss.mean(total);
}

template <class T>
void Readout<T>::trainTiles(Share& share, std::size_t member, const BatchLoss<T>& loss,
                            MatrixView<T> dX) {
    const bool rounds = m_pass.precision == Precision::bf16;
    const std::size_t outputs = m_bias.value.size();
    const std::size_t last = share.first + share.rows;
    const std::size_t tileRows = m_tileRows;
    for (std::size_t row = share.first; row < last; row += tileRows) {
        const std::size_t rows = std::min(tileRows, last - row);
        const bool inPlace = !m_sumsTiles && !rounds;
        const MatrixView<T> tile =
            inPlace ? m_dLogits.view().rowRange(row, rows) : share.tile.view().rowRange(0, rows);
        m_decoder.packed().forward(m_x.rowRange(row, rows), tile, false, member);
        addToRows<T>(std::as_const(m_bias.value).span(), tile);
        const LossResult sums = loss.sums(row, tile, tile);
        share.loss.nats += sums.nats;
        share.loss.targets += sums.targets;
        share.loss.correct += sums.correct;
        kernels::columnSums<T>(tile, share.bias.span(), true);
        if (rounds) {
            Matrix<BFloat16>& whole = m_sumsTiles ? share.rounded : m_roundedDLogits;
            if (m_sumsTiles) whole.resize(tileRows, outputs);
            const MatrixView<BFloat16> to = whole.view().rowRange(m_sumsTiles ? 0 : row, rows);
            roundRows<T>(tile, to);
            m_decoder.packed().backward(MatrixView<const BFloat16>(to), dX.rowRange(row, rows),
                                        false, member);
        } else {
            m_decoder.packed().backward(tile, dX.rowRange(row, rows), false, member);
        }
        addTile(share, row, rows);
    }
}

/// What a tile gives to the decoder's gradient: at once if it is small, else only x is rounded.
template <class T>
void Readout<T>::addTile(Share& share, std::size_t row, std::size_t rows) {
    const MatrixView<const T> x = m_x.rowRange(row, rows);
    if (m_pass.precision != Precision::bf16) {
        if (m_sumsTiles)
            transposedProduct<T, T>(std::as_const(share.tile).view().rowRange(0, rows), x, true,
                                    share.sum.view());
        return;
    }
    if (m_sumsTiles) share.roundedX.resize(m_tileRows, x.cols);
    const MatrixView<BFloat16> to = m_sumsTiles ? share.roundedX.view().rowRange(0, rows)
                                                : m_roundedX.view().rowRange(row, rows);
    roundRows<T>(x, to);
    if constexpr (std::is_same_v<T, float>)
        if (m_sumsTiles)
            transposedProduct<BFloat16, T>(std::as_const(share.rounded).view().rowRange(0, rows),
                                           std::as_const(share.roundedX).view().rowRange(0, rows),
                                           true, share.sum.view());
}

template <class T>
OutputGradient<T> Readout<T>::finishTraining() {
    for (const Share& share : m_shares) {
        kernels::axpy<T>(T(1), share.bias.span(), m_bias.gradient.span());
        if (m_sumsTiles) {
            const MatrixView<T> gradient = m_decoder.gradient();
            kernels::axpy<T>(T(1), share.sum.span(), {gradient.data, gradient.size()});
        }
    }
    if (!m_sumsTiles) addDecoderGradient();
    return toTop(lastOnly() ? m_dLast : m_dTop);
}

/// A large decoder's, by threads of output units each.
template <class T>
void Readout<T>::addDecoderGradient() {
    const std::size_t outputs = m_bias.value.size();
    Team team(m_shares.size());
    team.run([&](std::size_t member) {
        const std::size_t first = Team::shareStart(member, team.members(), outputs);
        const std::size_t count = Team::shareStart(member + 1, team.members(), outputs) - first;
        const MatrixView<T> sum = m_decoder.gradient().rowRange(first, count);
        if (m_pass.precision != Precision::bf16)
            transposedProduct<T, T>(columns(m_dLogits, first, count), m_x, true, sum);
        else if constexpr (std::is_same_v<T, float>)
            transposedProduct<BFloat16, T>(columns(m_roundedDLogits, first, count),
                                           std::as_const(m_roundedX).view(), true, sum);
    });
}

template class Readout<float>;
template class Readout<double>;

}  // namespace bitloom
