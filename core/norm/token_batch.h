#pragma once
// Batch normalization of one-hot inputs: the pre-activations of a batch are rows of a table (the
// columns of W_ih), so a^ is never written. Every step's statistics are known before the window
// begins, without a meeting, and
//     y_b = factor (table[token_b] - mean) + shift      factor = gain / sqrt(var + eps)
// Backwards a row's share of the table's gradient is factor dy_b; what the batch's own mean and
// variance take back is, for every occurrence of v in the step,
//     factor (mean dy + (table[v] - mean) inverse^2 mean (dy (table - mean)))
// Both means are sums over the rows, to which the members of a team add without a meeting; what
// they take back is linear in table[v] and is taken back for all steps at once, after the window.
// Equal to norm/batch.h on gathered rows, which is its twin in the tests.

#include <cstdint>
#include <span>
#include <vector>

#include "math/kernels_norm.h"
#include "norm/batch.h"
#include "norm/gradient_sums.h"

namespace bitloom {

template <class T>
class TokenBatchNormalizer {
public:
    /// `general` keeps the running and the average statistics; it must outlive this.
    TokenBatchNormalizer(const NormalizerTensors<T>& tensors, T epsilon,
                         BatchNormalizer<T>& general)
        : m_tensors(tensors), m_epsilon(epsilon), m_general(general) {}

    /// Before a pass: table [V, G*H], tokens [T*B], negative = a row of zeros; both must stay valid
    /// until finishBackward(); bias [G*H]: what formOf() is to add beside the shift, or empty.
    /// Throws InputError for a token beyond the table.
    void begin(MatrixView<const T> table, std::span<const std::int32_t> tokens,
               std::span<const T> bias, std::size_t steps, std::size_t batch, Statistics statistics,
               bool keep, std::size_t members);
    /// y [R, G*H] of the step's rows; no meeting.
    void forward(const NormalizerStep& step, MatrixView<T> y) const;
    /// What a reader of the table's rows multiplies them by, and adds, instead of forward().
    struct Form {
        std::span<const T> factor;  ///< [G*H]
        std::span<const T> offset;  ///< [G*H]: shift + bias - factor mean
    };
    [[nodiscard]] Form formOf(std::size_t t) const {
        return {{m_factor.row(t), m_factor.cols()}, {m_offset.row(t), m_offset.cols()}};
    }
    /// Adds to gradient [V, G*H], the member's own.
    void backward(const NormalizerStep& step, MatrixView<const T> dy, MatrixView<T> gradient);
    /// Adds the gradients of gain and shift to the tensors. gradient [V, G*H]: the sum of the
    /// members', of which the statistics take back their part.
    void finishBackward(MatrixView<T> gradient);

private:
    void useStored(std::size_t steps, Statistics statistics);
    void useOwn(std::size_t steps, Statistics statistics);
    /// m_inverse, m_factor and m_offset of step t, of m_mean and variance [G*H].
    void makeForm(std::size_t t, const T* variance);
    [[nodiscard]] std::span<const std::int32_t> tokensOf(const NormalizerStep& step,
                                                         std::size_t rows) const {
        return m_tokens.subspan(step.t * m_batch + step.firstRow, rows);
    }

    NormalizerTensors<T> m_tensors;
    T m_epsilon;
    BatchNormalizer<T>& m_general;
    std::size_t m_batch = 0;
    MatrixView<const T> m_table;
    std::span<const std::int32_t> m_tokens;
    Buffer<T> m_base;                                 ///< shift + bias [G*H]
    Matrix<T> m_mean, m_inverse, m_factor, m_offset;  ///< [T, G*H]
    Matrix<T> m_variance;                             ///< of batch statistics [T, G*H]
    kernels::TokenPlaces m_places;
    MemberRows<T> m_sum, m_dot;  ///< of a step [G*H]
    /// What each step takes back: level and slope of kernels::tokenMeans() side by side, a member
    /// [T, 2 G*H and some].
    std::vector<Matrix<T>> m_taken;
    GradientSums<T> m_gainSum, m_shiftSum;  ///< a row a member
};

}  // namespace bitloom
