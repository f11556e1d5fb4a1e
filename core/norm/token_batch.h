#pragma once
// Batch normalization of one-hot inputs: the pre-activations of a batch are rows of a table (the
// columns of W_ih), so a^ is never written. Each member of a team works out a step's statistics for
// itself, without a meeting, from the rows of all, and
//     y_b = factor (table[token_b] - mean) + shift      factor = gain / sqrt(var + eps)
// Backwards a row's share of the table's gradient is factor dy_b; what the batch's own mean and
// variance take back is, for every occurrence of v in the step,
//     factor (mean dy + (table[v] - mean) inverse^2 mean (dy (table - mean)))
// Both means are sums over the rows, which the members keep; what they take back is linear in
// table[v] and is taken back for all steps at once, after the window.
// Equal to norm/batch.h on gathered rows, which is its twin in the tests.

#include <cstdint>
#include <span>
#include <vector>

#include "math/kernels_norm.h"
#include "norm/batch.h"
#include "norm/member_rows.h"

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
               std::span<const T> bias, std::size_t steps, std::size_t batch, bool keep,
               std::size_t members);
    /// What the member needs of a step; forward, and again before its way back. Every member calls
    /// the first at every step, in order; no meeting.
    void measure(const NormalizerStep& step);
    void recall(const NormalizerStep& step);
    /// y [R, G*H] of the step's rows, after measure().
    void forward(const NormalizerStep& step, MatrixView<T> y);
    /// What a reader of the table's rows multiplies them by, and adds, instead of forward(); valid
    /// until the member's next step.
    struct Form {
        std::span<const T> factor;  ///< [G*H]
        std::span<const T> offset;  ///< [G*H]: shift + bias - factor mean
    };
    [[nodiscard]] Form formOf(std::size_t member) const {
        return {m_factor.of(member), m_offset.of(member)};
    }
    /// Adds to gradient [V, G*H], the member's own, after recall().
    void backward(const NormalizerStep& step, MatrixView<const T> dy, MatrixView<T> gradient);
    /// By every member after a meeting: the first of gradients [V, G*H], one a member, becomes
    /// their sum without what the statistics take back, and the gradients of gain and shift are
    /// added to the tensors. Each does its part of the columns.
    void finishBackward(std::size_t member, std::span<const MatrixView<T>> gradients);

private:
    /// Of the step as the member has them [G*H].
    std::span<T> rowOf(std::vector<Matrix<T>>& kept, const NormalizerStep& step) {
        Matrix<T>& rows = kept[step.member];
        return {rows.row(m_keep ? step.t : 0), rows.cols()};
    }
    [[nodiscard]] std::span<const std::int32_t> tokensOf(const NormalizerStep& step,
                                                         std::size_t rows) const {
        return m_tokens.subspan(step.t * m_batch + step.firstRow, rows);
    }

    NormalizerTensors<T> m_tensors;
    T m_epsilon;
    BatchNormalizer<T>& m_general;
    std::size_t m_batch = 0;
    bool m_keep = false;
    MatrixView<const T> m_table;
    std::span<const std::int32_t> m_tokens;
    Buffer<T> m_base;                              ///< shift + bias [G*H]
    MemberRows<T> m_variance, m_factor, m_offset;  ///< of a step [G*H]
    /// By each member for itself: means and 1/sqrt(var + eps) [T, G*H], of one step where nothing
    /// goes back.
    std::vector<Matrix<T>> m_means, m_inverse;
    kernels::TokenPlaces m_places;
    /// The sums of each step and what comes of them, a member: kernels::TokenWindowSums side by
    /// side [T, 2 G*H and some].
    std::vector<Matrix<T>> m_sums;
};

}  // namespace bitloom
