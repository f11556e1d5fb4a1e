#pragma once
// Layer and batch normalization of a = w x where x is one number (a pixel): the pre-activations of
// a gate are the same vector w [G*H], stretched. Both are then
//     y_bj = A_j s_b + shift_j
// with A and s known without looking at a, so a and a^ are never written:
//     layer, a gate of H units   A = gain (w - mean w)               s = x / sqrt(x^2 var w + eps)
//     batch                      A = gain w / sqrt(w^2 var x + eps)  s = x - mean x
// (means and variances of w over the gate's units, of x over the batch of a time step; evaluation
// with stored statistics: A = gain w / sqrt(var + eps), s = x, and shift - gain mean / sqrt(var +
// eps)). The gradients follow from dA_j = sum_b dy_bj s_b and, for layer norm, ds_b = sum_j dy_bj
// A_j. Batch norm: dL/dw = sum_t dA gain eps / (w^2 var + eps)^(3/2): what a general backward pass
// would lose to cancellation, since x^ hardly depends on the size of w.
//
// x takes no gradient: it is given, not computed.

#include <memory>
#include <vector>

#include "math/kernels.h"
#include "math/kernels_norm.h"
#include "norm/normalizer.h"

namespace bitloom {

/// y = factor stretch + shift.
template <class T>
struct ScalarForm {
    MatrixView<const T> stretch;  ///< s [R, 1], or [R, G]
    std::span<const T> factor;    ///< A [G*H]
    std::span<const T> shift;     ///< [G*H], and the bias
};

template <class T>
class ScalarInputNormalizer {
public:
    virtual ~ScalarInputNormalizer() = default;

    /// Before a pass: w [G*H] the effective weights, x [T*B] the inputs of all steps; both must
    /// stay valid until finishBackward(); bias [G*H]: what formOf() is to add to the shift, or
    /// empty.
    virtual void begin(std::span<const T> w, std::span<const T> x, std::span<const T> bias,
                       std::size_t steps, std::size_t batch, Statistics statistics, bool keep,
                       std::size_t members) = 0;
    /// What the member needs of a step; forward, and again before its way back. Every member calls
    /// the first at every step, in order; no meeting.
    virtual void measure(const NormalizerStep& step) = 0;
    virtual void recall(const NormalizerStep& step) = 0;
    /// y [R, G*H] of the step's rows, with the bias; after measure().
    void forward(const NormalizerStep& step, MatrixView<T> y) const {
        const ScalarForm<T> form = formOf(step, y.rows);
        kernels::stretchRow<T>(form.stretch, form.factor, form.shift, y);
    }
    /// The same, for a reader that multiplies itself; of `rows` rows, valid until the member's next
    /// step; after measure() or recall().
    [[nodiscard]] virtual ScalarForm<T> formOf(const NormalizerStep& step,
                                               std::size_t rows) const = 0;
    /// After recall(), as the two that follow.
    virtual void backward(const NormalizerStep& step, MatrixView<const T> dy) = 0;
    /// The same in two, where the recurrent side's way back reads dy anyway: what it is to sum (the
    /// cell too: of `sums`, `stretched`), and what follows from the sums. Not the shift's gradient,
    /// which is that of the recurrent side.
    virtual ScalarInputSums<T> sumsOf(const NormalizerStep& step, std::size_t rows,
                                      kernels::GateSums<T>& sums) = 0;
    virtual void takeSums(const NormalizerStep& step, std::size_t rows) = 0;
    /// Adds the gradients of gain and shift to the tensors and writes dL/dw [G*H].
    virtual void finishBackward(std::span<T> dw) = 0;
};

/// The form for one input of `config`'s normalization; null if it has none (none, weight).
/// `general` is the normalizer of the same tensors: it keeps the average statistics.
template <class T>
std::unique_ptr<ScalarInputNormalizer<T>> makeScalarInputNormalizer(
    const NormalizationConfig& config, const NormalizerTensors<T>& tensors, Normalizer<T>& general);

}  // namespace bitloom
