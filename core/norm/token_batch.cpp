#include "norm/token_batch.h"

#include <algorithm>
#include <string>
#include <type_traits>
#include <utility>

#include "base/error.h"
#include "math/kernels.h"
#include "math/kernels_norm.h"

namespace bitloom {
namespace {

/// tokens [T*B]. Counts, then fills.
void findPlaces(std::span<const std::int32_t> tokens, std::size_t batch, std::size_t symbols,
                kernels::TokenPlaces& places) {
    std::vector<std::size_t>& first = places.first;
    first.assign(symbols + 2, 0);
    for (const std::int32_t token : tokens)
        if (token >= 0) ++first[static_cast<std::size_t>(token) + 2];
    for (std::size_t v = 2; v < first.size(); ++v) first[v] += first[v - 1];
    places.steps.resize(first.back());
    // first[v + 1] is where v goes next, and in the end where it ends.
    for (std::size_t i = 0; i < tokens.size(); ++i)
        if (tokens[i] >= 0)
            places.steps[first[static_cast<std::size_t>(tokens[i]) + 1]++] =
                static_cast<std::uint32_t>(i / batch);
    first.pop_back();
}

}  // namespace

template <class T>
void TokenBatchNormalizer<T>::begin(MatrixView<const T> table, std::span<const std::int32_t> tokens,
                                    std::span<const T> bias, std::size_t steps, std::size_t batch,
                                    bool keep, std::size_t members) {
    const auto beyond = std::find_if(tokens.begin(), tokens.end(), [&](std::int32_t token) {
        return token >= static_cast<std::int32_t>(table.rows);
    });
    if (beyond != tokens.end())
        throw InputError("token " + std::to_string(*beyond) + " is not one of " +
                         std::to_string(table.rows));
    m_batch = batch;
    m_keep = keep;
    m_table = table;
    m_tokens = tokens;
    m_base.resize(table.cols);
    std::copy(m_tensors.shift.begin(), m_tensors.shift.end(), m_base.begin());
    if (!bias.empty()) kernels::axpy<T>(T(1), bias, m_base.span());
    for (MemberRows<T>* rows : {&m_variance, &m_factor, &m_offset})
        rows->begin(members, table.cols);
    for (std::vector<Matrix<T>>* kept : {&m_means, &m_inverse}) {
        kept->resize(members);
        for (Matrix<T>& rows : *kept) rows.resize(keep ? steps : 1, table.cols);
    }
    if (!keep) return;
    findPlaces(tokens, batch, table.rows, m_places);
    m_sums.resize(members);
    // Rows of 2^n numbers would fall on the same lines of the cache.
    for (Matrix<T>& sums : m_sums) sums.resize(steps, 2 * table.cols + 16);
}

template <class T>
void TokenBatchNormalizer<T>::measure(const NormalizerStep& step) {
    const std::span<T> mean = rowOf(m_means, step), own = m_variance.of(step.member);
    std::span<const T> variance = own;
    if (isOwn(step.statistics)) {
        kernels::tokenMoments<T>(m_table, tokensOf({step.t}, m_batch), mean, own);
        m_general.keepBooksOf(step, m_means.size(), mean, variance, m_batch);
    } else {
        const auto [storedMean, storedVariance] = m_general.stored(step.t, step.statistics);
        std::copy_n(storedMean, mean.size(), mean.begin());
        variance = {storedVariance, mean.size()};
    }
    kernels::inverseDeviations<T>(variance, m_epsilon, rowOf(m_inverse, step));
    recall(step);
}

template <class T>
void TokenBatchNormalizer<T>::recall(const NormalizerStep& step) {
    kernels::foldColumns<T>(rowOf(m_means, step), rowOf(m_inverse, step),
                            {m_tensors.gain, std::as_const(m_base).span(), m_factor.of(step.member),
                             m_offset.of(step.member)});
}

template <class T>
void TokenBatchNormalizer<T>::forward(const NormalizerStep& step, MatrixView<T> y) {
    kernels::tokenNormalize<T>(m_table, tokensOf(step, y.rows), rowOf(m_means, step),
                               m_factor.of(step.member), m_tensors.shift, y);
}

template <class T>
void TokenBatchNormalizer<T>::backward(const NormalizerStep& step, MatrixView<const T> dy,
                                       MatrixView<T> gradient) {
    const std::size_t width = dy.cols;
    T* const sums = m_sums[step.member].row(step.t);
    kernels::tokenSums<T>(dy, m_table, tokensOf(step, dy.rows), rowOf(m_means, step),
                          m_factor.of(step.member), {sums, width}, {sums + width, width}, gradient);
}

template <class T>
void TokenBatchNormalizer<T>::finishBackward(std::size_t member,
                                             std::span<const MatrixView<T>> gradients) {
    const std::size_t width = m_table.cols;
    const auto [first, last] = columnsOf<T>(member, gradients.size(), width);
    const std::size_t count = last - first;
    const auto part = [first = first, count](auto* data, std::size_t rows, std::size_t stride) {
        return MatrixView<std::remove_pointer_t<decltype(data)>>(data + first, rows, count, stride);
    };
    std::vector<kernels::TokenWindowSums<T>> sums;
    for (std::size_t m = 0; m < gradients.size(); ++m) {
        Matrix<T>& s = m_sums[m];
        sums.push_back({part(s.data(), s.rows(), s.cols()),
                        part(s.data() + width, s.rows(), s.cols()),
                        part(gradients[m].data, gradients[m].rows, gradients[m].stride)});
    }
    const Matrix<T>&means = m_means[member], &inverse = m_inverse[member];
    kernels::tokenCorrect<T>(
        {part(m_table.data, m_table.rows, m_table.stride), m_places,
         part(means.data(), means.rows(), width), part(inverse.data(), inverse.rows(), width),
         m_tensors.gain.subspan(first, count), T(1) / static_cast<T>(m_batch)},
        sums, m_tensors.gainGradient.subspan(first, count),
        m_tensors.shiftGradient.subspan(first, count));
}

template class TokenBatchNormalizer<float>;
template class TokenBatchNormalizer<double>;

}  // namespace bitloom
