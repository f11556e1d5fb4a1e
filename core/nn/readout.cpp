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
#include "nn/rounding.h"
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
    gemm<T>(Transpose::yes, Transpose::no, dLogits, m_x, T(0), m_decoder.gradient());
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
    m_rounds = pass.precision == Precision::bf16;
    Team team(Team::membersFor(rows, k_fewestTileRows));
    const std::size_t members = team.members();
    const std::size_t share = (rows + members - 1) / members;
    const std::size_t most =
        std::min(std::clamp((m_rounds ? k_roundedTileSize : k_tileSize) / outputs, k_fewestTileRows,
                            k_mostTileRows),
                 share);
    const std::size_t tiles = (share + most - 1) / most;
    m_tileRows = (share + tiles - 1) / tiles;
    m_sumsTiles = outputs * m_x.cols <= k_smallDecoder;
    m_isUnpacked = !m_sumsTiles && !m_rounds && m_tileRows >= k_fewestUnpackedRows;
    if (!m_sumsTiles && m_rounds) {
        m_roundedDLogits.resize(rows, outputs);
        m_roundedXTransposed.resize(m_x.cols, rows + k_padding);
    }
    if (!m_sumsTiles && !m_rounds) {
        m_dLogits.resize(rows, outputs);
        m_xTransposed.resize(m_x.cols, rows + k_padding);
    }
    m_shares.resize(members);
    for (std::size_t m = 0; m < members; ++m) beginShare(m_shares[m], m, team);
    if (m_isUnpacked) {
        m_decoderTransposed.resize(m_x.cols, outputs);
        kernels::transpose<T>(m_decoder.effective(), m_decoderTransposed.view());
    } else {
        m_decoder.pack(m_tileRows, true, members, pass.precision);
    }
    Matrix<T>& dX = inputGradient();
    team.run([&](std::size_t m) { trainTiles(m_shares[m], m, loss, dX.view()); });
    LossResult total;
    for (const Share& of : m_shares) {
        total.nats += of.loss.nats;
        total.targets += of.loss.targets;
        total.correct += of.loss.correct;
    }
    return loss.mean(total);
}

template <class T>
void Readout<T>::beginShare(Share& share, std::size_t member, const Team& team) const {
    const std::size_t outputs = m_bias.value.size();
    share.first = team.firstRow(member, m_x.rows);
    share.rows = team.firstRow(member + 1, m_x.rows) - share.first;
    share.loss = {};
    share.bias.resize(outputs);
    share.bias.fill(T(0));
    if (m_sumsTiles || m_rounds) share.tile.resize(m_tileRows, outputs);
    if (!m_sumsTiles) return;
    share.sum.resize(outputs, m_x.cols);
    share.sum.fill(T(0));
    if (!m_rounds) {
        share.transposed.resize(outputs, m_tileRows + k_padding);
        return;
    }
    share.rounded.resize(m_tileRows, outputs);
    share.roundedTransposed.resize(outputs, m_tileRows + k_padding);
    share.roundedX.resize(m_tileRows, m_x.cols);
}

template <class T>
void Readout<T>::trainTiles(Share& share, std::size_t member, const BatchLoss<T>& loss,
                            MatrixView<T> dX) {
    const std::size_t last = share.first + share.rows;
    const std::span<const T> bias = std::as_const(m_bias.value).span();
    for (std::size_t row = share.first; row < last; row += m_tileRows) {
        const std::size_t rows = std::min(m_tileRows, last - row);
        const bool inPlace = !m_sumsTiles && !m_rounds;
        const MatrixView<T> tile =
            inPlace ? m_dLogits.view().rowRange(row, rows) : share.tile.view().rowRange(0, rows);
        const MatrixView<T> dx = dX.rowRange(row, rows);
        const MatrixView<const T> x = m_x.rowRange(row, rows);
        if (m_isUnpacked)
            product<T, T>(x, std::as_const(m_decoderTransposed).view(), false, tile);
        else
            m_decoder.packed().forward(x, tile, false, member);
        const LossResult sums = loss.sums(row, tile, tile, bias);
        share.loss.nats += sums.nats;
        share.loss.targets += sums.targets;
        share.loss.correct += sums.correct;
        kernels::columnSums<T>(tile, share.bias.span(), true);
        if (m_rounds) {
            const MatrixView<BFloat16> to = m_sumsTiles
                                                ? share.rounded.view().rowRange(0, rows)
                                                : m_roundedDLogits.view().rowRange(row, rows);
            roundTo<T>(tile, to);
            m_decoder.packed().backward(MatrixView<const BFloat16>(to), dx, false, member);
        } else if (m_isUnpacked) {
            product<T, T>(tile, m_decoder.effective(), false, dx);
        } else {
            m_decoder.packed().backward(tile, dx, false, member);
        }
        if (m_sumsTiles)
            addTile(share, row, rows);
        else
            keepRows(share, row, rows);
    }
}

/// What a tile gives to the gradient of a small decoder: dlogits^T x.
template <class T>
void Readout<T>::addTile(Share& share, std::size_t row, std::size_t rows) {
    const MatrixView<const T> x = m_x.rowRange(row, rows);
    const MatrixView<const T> tile = share.tile.view().rowRange(0, rows);
    if (!m_rounds) {
        const MatrixView<T> transposed = share.transposed.view().columnRange(0, rows);
        kernels::transpose<T>(tile, transposed);
        product<T, T>(transposed, x, true, share.sum.view());
        return;
    }
    const MatrixView<BFloat16> roundedTransposed =
        share.roundedTransposed.view().columnRange(0, rows);
    const MatrixView<BFloat16> roundedX = share.roundedX.view().rowRange(0, rows);
    roundTransposed<T>(tile, share.transposed, roundedTransposed);
    roundTo<T>(x, roundedX);
    if constexpr (std::is_same_v<T, float>)
        product<BFloat16, T>(roundedTransposed, roundedX, true, share.sum.view());
}

/// What the gradient of a large decoder will read of a tile's rows besides dlogits: x^T.
template <class T>
void Readout<T>::keepRows(Share& share, std::size_t row, std::size_t rows) {
    const MatrixView<const T> x = m_x.rowRange(row, rows);
    if (m_rounds)
        roundTransposed<T>(x, share.transposed, m_roundedXTransposed.view().columnRange(row, rows));
    else
        kernels::transpose<T>(x, m_xTransposed.view().columnRange(row, rows));
}

template <class T>
OutputGradient<T> Readout<T>::finishTraining() {
    const MatrixView<T> gradient = m_decoder.gradient();
    for (const Share& share : m_shares) {
        kernels::axpy<T>(T(1), share.bias.span(), m_bias.gradient.span());
        if (!m_sumsTiles) continue;
        if (&share == &m_shares.front())
            std::copy(share.sum.span().begin(), share.sum.span().end(), gradient.data);
        else
            kernels::axpy<T>(T(1), share.sum.span(), {gradient.data, gradient.size()});
    }
    if (!m_sumsTiles) writeDecoderGradient();
    return toTop(lastOnly() ? m_dLast : m_dTop);
}

/// A large decoder's, by threads of output units each: of some units at a time dW^T = x^T dlogits,
/// which is in the cache when it is turned.
template <class T>
void Readout<T>::writeDecoderGradient() {
    const std::size_t outputs = m_bias.value.size(), rows = m_x.rows;
    Team team(m_shares.size());
    team.run([&](std::size_t member) {
        Matrix<T>& sum = m_shares[member].sum;
        const std::size_t last = Team::shareStart(member + 1, team.members(), outputs);
        for (std::size_t first = Team::shareStart(member, team.members(), outputs); first < last;
             first += k_unitsAtOnce) {
            const std::size_t count = std::min(k_unitsAtOnce, last - first);
            sum.resize(m_x.cols, count);
            if (!m_rounds)
                product<T, T>(std::as_const(m_xTransposed).view().columnRange(0, rows),
                              std::as_const(m_dLogits).view().columnRange(first, count), false,
                              sum.view());
            else if constexpr (std::is_same_v<T, float>)
                product<BFloat16, T>(
                    std::as_const(m_roundedXTransposed).view().columnRange(0, rows),
                    std::as_const(m_roundedDLogits).view().columnRange(first, count), false,
                    sum.view());
            kernels::transpose<T>(sum.view(), m_decoder.gradient().rowRange(first, count));
        }
    });
}

template class Readout<float>;
template class Readout<double>;

}  // namespace bitloom
