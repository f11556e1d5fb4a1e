#include "norm/token_batch.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "math/kernels.h"
#include "math/kernels_norm.h"
#include "math/threads.h"

namespace bitloom {
namespace {

/// Steps whose tokens are worth a second thread.
constexpr std::size_t k_stepGrain = 16;

}  // namespace

template <class T>
void TokenBatchNormalizer<T>::Distinct::of(std::span<const std::int32_t> tokens) {
    rows.assign(tokens.begin(), tokens.end());
    std::sort(rows.begin(), rows.end());
    counts.clear();
    std::size_t kept = 0;
    for (const std::int32_t token : rows) {
        if (token < 0) continue;
        if (kept == 0 || rows[kept - 1] != token) {
            rows[kept++] = token;
            counts.push_back(T(0));
        }
        counts.back() += T(1);
    }
    rows.resize(kept);
}

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
    m_base.resize(table.cols);
    std::copy(m_tensors.shift.begin(), m_tensors.shift.end(), m_base.begin());
    if (!bias.empty()) kernels::axpy<T>(T(1), bias, m_base.span());
    for (Matrix<T>* m : {&m_mean, &m_inverse, &m_factor, &m_offset}) m->resize(steps, table.cols);
    if (statistics != Statistics::train && statistics != Statistics::batch)
        useStored(steps, statistics);
    else
        useOwn(steps, statistics);
    if (!keep) return;
    m_distinct.resize(steps);
    for (Distinct& distinct : m_distinct) {  // the threads below must not throw
        distinct.rows.reserve(batch);
        distinct.counts.reserve(batch);
    }
    parallelFor(steps, k_stepGrain, [&](std::size_t first, std::size_t last) {
        for (std::size_t t = first; t < last; ++t)
            m_distinct[t].of(m_tokens.subspan(t * batch, batch));
    });
    m_sum.begin(members, table.cols);
    m_dot.begin(members, table.cols);
    m_gainSum.begin(members, table.cols);
    m_shiftSum.begin(members, table.cols);
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
    m_variance.resize(steps, width);
    parallelFor(steps, 1, [&](std::size_t first, std::size_t last) {
        for (std::size_t t = first; t < last; ++t) {
            kernels::tokenMoments<T>(m_table, m_tokens.subspan(t * m_batch, m_batch),
                                     {m_mean.row(t), width}, {m_variance.row(t), width});
            makeForm(t, m_variance.row(t));
        }
    });
    for (std::size_t t = 0; t < steps; ++t)
        m_general.keepBooks(t, statistics, {m_mean.row(t), width}, {m_variance.row(t), width},
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
    const std::size_t t = step.t, width = dy.cols;
    const std::span<T> sum = m_sum.of(step.member), dot = m_dot.of(step.member);
    const std::span<const T> mean{m_mean.row(t), width}, factor{m_factor.row(t), width};
    kernels::tokenSums<T>(dy, m_table, tokensOf(step, dy.rows), mean, factor, sum, dot, gradient);
    kernels::tokenMeans<T>(sum, dot, T(1) / static_cast<T>(m_batch), {m_inverse.row(t), width},
                           factor, sum, dot, m_gainSum.of(step.member), m_shiftSum.of(step.member));
    kernels::tokenCorrect<T>(m_table, m_distinct[t].rows, m_distinct[t].counts, mean, sum, dot,
                             gradient);
}

template <class T>
void TokenBatchNormalizer<T>::finishBackward() {
    m_gainSum.addTo(m_tensors.gainGradient);
    m_shiftSum.addTo(m_tensors.shiftGradient);
}

template class TokenBatchNormalizer<float>;
template class TokenBatchNormalizer<double>;

}  // namespace bitloom
