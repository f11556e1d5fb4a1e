#include "norm/token_batch.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "math/kernels.h"
#include "math/kernels_norm.h"
#include "math/threads.h"

namespace bitloom {

namespace {

constexpr std::size_t columnGrain = 64;

/// The distinct tokens of a step that are not negative, and how often each comes.
template <class T>
struct Distinct {
    std::vector<std::int32_t> rows;
    std::vector<T> counts;

    explicit Distinct(std::span<const std::int32_t> tokens) {
        std::vector<std::int32_t> sorted(tokens.begin(), tokens.end());
        std::sort(sorted.begin(), sorted.end());
        for (const std::int32_t token : sorted) {
            if (token < 0) continue;
            if (rows.empty() || rows.back() != token) {
                rows.push_back(token);
                counts.push_back(T(0));
            }
            counts.back() += T(1);
        }
    }
};

}  // namespace

template <class T>
void TokenBatchNormalizer<T>::begin(MatrixView<const T> table, std::span<const std::int32_t> tokens,
                                    std::span<const T> bias, std::size_t steps, std::size_t batch,
                                    Statistics statistics, bool keep, std::size_t members) {
    const auto beyond = std::find_if(tokens.begin(), tokens.end(), [&](std::int32_t token) {
        return token >= static_cast<std::int32_t>(table.rows);
    });
    if (beyond != tokens.end())
        throw InputError("token " + std::to_string(*beyond) + " is not one of " +
                         std::to_string(table.rows));
    m_batch = batch;
    m_table = table;
    m_tokens = tokens;
    m_members = members;
    m_base.resize(table.cols);
    std::copy(m_tensors.shift.begin(), m_tensors.shift.end(), m_base.begin());
    if (!bias.empty()) kernels::axpy<T>(T(1), bias, m_base.span());
    for (Matrix<T>* m : {&m_mean, &m_inverse, &m_factor, &m_offset}) m->resize(steps, table.cols);
    if (statistics != Statistics::train && statistics != Statistics::batch)
        useStored(steps, statistics);
    else
        useOwn(steps, statistics);
    if (!keep) return;
    for (Matrix<T>* m : {&m_sums, &m_dots}) m->resize(steps * members, table.cols);
}

template <class T>
void TokenBatchNormalizer<T>::makeForm(std::size_t t, const T* variance) {
    const std::size_t width = m_table.cols;
    kernels::tokenForm<T>({m_mean.row(t), width}, {variance, width}, m_tensors.gain,
                          std::as_const(m_base).span(), m_epsilon, {m_inverse.row(t), width},
                          {m_factor.row(t), width}, {m_offset.row(t), width});
}

template <class T>
void TokenBatchNormalizer<T>::useStored(std::size_t steps, Statistics statistics) {
    for (std::size_t t = 0; t < steps; ++t) {
        const auto [mean, variance] = m_general.stored(t, statistics);
        std::copy_n(mean, m_mean.cols(), m_mean.row(t));
        makeForm(t, variance);
    }
}

template <class T>
void TokenBatchNormalizer<T>::useOwn(std::size_t steps, Statistics statistics) {
    const std::size_t width = m_table.cols;
    Matrix<T> variances(steps, width);
    parallelFor(steps, 1, [&](std::size_t first, std::size_t last) {
        for (std::size_t t = first; t < last; ++t) {
            kernels::tokenMoments<T>(m_table, m_tokens.subspan(t * m_batch, m_batch),
                                     {m_mean.row(t), width}, {variances.row(t), width});
            makeForm(t, variances.row(t));
        }
    });
    for (std::size_t t = 0; t < steps; ++t)
        m_general.keepBooks(t, statistics, {m_mean.row(t), width}, {variances.row(t), width},
                            m_batch);
}

template <class T>
void TokenBatchNormalizer<T>::forward(const NormalizerStep& step, MatrixView<T> y) const {
    kernels::tokenNormalize<T>(m_table, tokensOf(step, y.rows), {m_mean.row(step.t), y.cols},
                               {m_factor.row(step.t), y.cols}, m_tensors.shift, y);
}

template <class T>
void TokenBatchNormalizer<T>::backward(const NormalizerStep& step, MatrixView<const T> dy,
                                       MatrixView<T> gradient) {
    const std::size_t row = step.t * m_members + step.member;
    kernels::tokenSums<T>(dy, m_table, tokensOf(step, dy.rows), {m_mean.row(step.t), dy.cols},
                          {m_factor.row(step.t), dy.cols}, {m_sums.row(row), dy.cols},
                          {m_dots.row(row), dy.cols}, gradient);
}

template <class T>
void TokenBatchNormalizer<T>::finishBackward(MatrixView<T> gradient) {
    const std::size_t steps = m_mean.rows(), width = m_mean.cols();
    std::vector<Distinct<T>> distinct;
    for (std::size_t t = 0; t < steps; ++t)
        distinct.emplace_back(m_tokens.subspan(t * m_batch, m_batch));
    const T share = T(1) / static_cast<T>(m_batch);
    parallelFor(width, columnGrain, [&](std::size_t first, std::size_t last) {
        for (std::size_t t = 0; t < steps; ++t) {
            const MatrixView<T> sums = m_sums.view().rowRange(t * m_members, m_members);
            const MatrixView<T> dots = m_dots.view().rowRange(t * m_members, m_members);
            const std::span<T> meanUp{sums.row(0), width}, meanDot{dots.row(0), width};
            kernels::tokenTotals<T>(sums, dots, share, {m_inverse.row(t), width},
                                    {m_factor.row(t), width}, first, last, meanUp, meanDot,
                                    m_tensors.gainGradient, m_tensors.shiftGradient);
            kernels::tokenCorrect<T>(m_table, distinct[t].rows, distinct[t].counts,
                                     {m_mean.row(t), width}, meanUp, meanDot, first, last,
                                     gradient);
        }
    });
}

template class TokenBatchNormalizer<float>;
template class TokenBatchNormalizer<double>;

}  // namespace bitloom
