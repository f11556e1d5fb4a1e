#include "norm/token_batch.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "base/error.h"
#include "math/kernels.h"
#include "math/kernels_norm.h"
#include "math/threads.h"

namespace bitloom {
namespace {

/// tokens [T*B]. Counts, then fills.
kernels::TokenPlaces placesOf(std::span<const std::int32_t> tokens, std::size_t batch,
                              std::size_t symbols) {
    kernels::TokenPlaces places;
    constexpr std::size_t none = std::numeric_limits<std::size_t>::max();
    std::vector<std::size_t> steps(symbols, 0), seen(symbols, none), next(symbols, 0);
    const auto inOrder = [&](const auto& body) {
        for (std::size_t i = 0; i < tokens.size(); ++i) {
            if (tokens[i] < 0) continue;
            const auto v = static_cast<std::size_t>(tokens[i]);
            const std::size_t t = i / batch;
            body(v, t, seen[v] != t);
            seen[v] = t;
        }
    };
    inOrder([&](std::size_t v, std::size_t, bool isNew) { steps[v] += isNew; });
    std::size_t all = 0;
    places.first.push_back(0);
    for (std::size_t v = 0; v < symbols; ++v) {
        seen[v] = none;
        next[v] = all;
        if (steps[v] == 0) continue;
        places.tokens.push_back(static_cast<std::int32_t>(v));
        places.first.push_back(all += steps[v]);
    }
    places.steps.resize(all);
    places.counts.resize(all);
    inOrder([&](std::size_t v, std::size_t t, bool isNew) {
        next[v] += isNew;
        places.steps[next[v] - 1] = t;
        places.counts[next[v] - 1] += 1;
    });
    return places;
}

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
    m_base.resize(table.cols);
    std::copy(m_tensors.shift.begin(), m_tensors.shift.end(), m_base.begin());
    if (!bias.empty()) kernels::axpy<T>(T(1), bias, m_base.span());
    for (Matrix<T>* m : {&m_mean, &m_inverse, &m_factor, &m_offset}) m->resize(steps, table.cols);
    if (statistics != Statistics::train && statistics != Statistics::batch)
        useStored(steps, statistics);
    else
        useOwn(steps, statistics);
    if (!keep) return;
    m_places = placesOf(tokens, batch, table.rows);
    m_taken.resize(members);
    // Rows of 2^n numbers would fall on the same lines of the cache.
    for (Matrix<T>& taken : m_taken) taken.resize(steps, 2 * table.cols + 16);
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
    T* const taken = m_taken[step.member].row(t);
    kernels::tokenMeans<T>(sum, dot, T(1) / static_cast<T>(m_batch), mean,
                           {m_inverse.row(t), width}, factor, {taken, width},
                           {taken + width, width}, m_gainSum.of(step.member),
                           m_shiftSum.of(step.member));
}

template <class T>
void TokenBatchNormalizer<T>::finishBackward(MatrixView<T> gradient) {
    m_gainSum.addTo(m_tensors.gainGradient);
    m_shiftSum.addTo(m_tensors.shiftGradient);
    const std::size_t width = m_table.cols;
    Matrix<T>& taken = m_taken.front();
    for (std::size_t m = 1; m < m_taken.size(); ++m)
        kernels::axpy<T>(T(1), std::as_const(m_taken[m]).span(), taken.span());
    kernels::tokenCorrect<T>(m_table, m_places, {taken.data(), taken.rows(), width, taken.cols()},
                             {taken.data() + width, taken.rows(), width, taken.cols()}, gradient);
}

template class TokenBatchNormalizer<float>;
template class TokenBatchNormalizer<double>;

}  // namespace bitloom
