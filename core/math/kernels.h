#pragma once
// Elementwise and reduction kernels, one declaration for both number types: T = float runs on
// Highway (the best instruction set is chosen at run time) and on the thread budget
// (math/threads.h), T = double runs the plain twin of math/kernels_plain.h. Call them with the type
// written out: kernels::lstmForward<T>(...), so that views of mutable numbers convert.
//
// Views are row-major with any stride. Sizes are preconditions, checked by assert; a function
// throws only where it says so. "May be empty" means data == nullptr (MatrixView<T>{},
// std::span<T>{}). Outputs may alias inputs only where stated, and then only exactly. Results do
// not depend on the number of threads. In float, error bounds are those of exp (2 ulp), sigmoid and
// tanh (4 ulp).

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "math/bfloat16.h"
#include "math/matrix.h"

namespace bitloom {

/// Loss of a set of rows. `nats` is the sum over the targets, not the mean.
struct CrossEntropySum {
    double nats = 0;
    std::int64_t targets = 0;
    std::int64_t correct = 0;  ///< rows whose first largest logit is the target
};

/// One Adam update. `step` counts from 1; bias corrections are 1 - beta^step.
struct AdamStep {
    double learningRate = 0.001;
    double beta1 = 0.9;
    double beta2 = 0.999;
    double epsilon = 1e-8;
    std::int64_t step = 1;
    double gradientScale = 1;  ///< factor on the gradient first (global-norm clipping)
};

/// Sums over the entries of a block with |w| > threshold.
struct ThresholdSums {
    double absolute = 0;  ///< sum of |w|
    std::size_t count = 0;
};

namespace kernels {

// ---- LSTM, one time step; gate blocks i f g o, each H wide (kernels_lstm*.cpp) ----

/// The gates' pre-activations: gainA a + gainB b~ + bias. b~ is b, or (b - rowMean) rowRstd:
/// normalized as it is read (layer norm).
template <class T>
struct GateInput {
    MatrixView<const T> a;  ///< [B, 4H], input side
    /// [B]: a is a table [V, 4H] and row r reads its row tokens[r], of zeros if that is negative.
    std::span<const std::int32_t> tokens;
    /// [B, 1] or [B, 4], instead of a: one number for a row, or for each of its gates; with gainA.
    MatrixView<const T> stretch;
    MatrixView<const T> b;                     ///< [B, 4H], recurrent side; may be empty
    std::span<const T> gainA;                  ///< [4H]; empty: 1
    std::span<const T> gainB;                  ///< [4H]; empty: 1
    std::span<const T> bias;                   ///< [4H]; may be empty
    MatrixView<const T> rowMean{}, rowRstd{};  ///< [B, 4]; may be empty
};

/// Over the units of a gate of a row [B, 4], with dPre = dL/d(pre-activations): what the way back
/// through layer norm needs, summed while dPre is at hand.
template <class T>
struct GateSums {
    MatrixView<T> up{}, dot{};  ///< of gainB dPre and gainB dPre b~; both empty: not wanted
    MatrixView<T> stretched{};  ///< of gainA dPre; may be empty
};

/// i,f,o = s(.), g = tanh(.) of the pre-activations; c = f cPrev + i g; tanhC = tanh(c); h = o
/// tanhC. cPrev [B, H] (may alias c); out: gates [B, 4H] (may alias in.a or in.b) and tanhC [B, H]
/// (either may be empty: lstmBackwardFromInput works them out again), c, h [B, H].
/// tanhC and h both empty: stops at c (normalize_cell; lstmOutput follows).
template <class T>
void lstmForward(const GateInput<T>& in, MatrixView<const T> cPrev, MatrixView<T> gates,
                 MatrixView<T> c, MatrixView<T> tanhC, MatrixView<T> h);

/// tanhN = tanh(n), h = o tanhN for n = N(c) [B, H]; gates [B, 4H] of lstmForward. tanhN may alias
/// n.
template <class T>
void lstmOutput(MatrixView<const T> gates, MatrixView<const T> n, MatrixView<T> tanhN,
                MatrixView<T> h);

/// What the next step back will read, [B, 4H] (gates, or in.b where they are worked out again) and
/// [B, H] (hPrev for the gradient of the weights): brought into the caches while this one computes.
/// All or none are empty, but tanhC where it is worked out again.
template <class T>
struct LstmUpcoming {
    MatrixView<const T> gates, cPrev, tanhC, dh, hPrev;
};

/// One step back. In: dh [B, H] total; dc [B, H] from step t+1 only; gates, cPrev, tanhC as saved.
/// Out: dPre [B, 4H] = dL/d(pre-activations), may alias gates; dcPrev [B, H], may alias dc;
/// dcTotal [B, H] = dL/dc_t total, may be empty, must not alias dc.
/// dh and tanhC both empty: dc is the total already and the o block of dPre is left as it is
/// (normalize_cell: lstmOutputBackward has written it; dPre then must not alias gates).
template <class T>
void lstmBackward(MatrixView<const T> dh, MatrixView<const T> dc, MatrixView<const T> gates,
                  MatrixView<const T> cPrev, MatrixView<const T> tanhC, MatrixView<T> dPre,
                  MatrixView<T> dcPrev, MatrixView<T> dcTotal,
                  const LstmUpcoming<T>& upcoming = {});

/// The same without saved gates and tanh(c), from lstmForward's `in`, its c and h [B, H]; dPre may
/// alias in.a. Writes `sums` where they are wanted (`in` then has b with gainB and rowMean; for
/// `stretched` gainA too).
template <class T>
void lstmBackwardFromInput(MatrixView<const T> dh, MatrixView<const T> dc, const GateInput<T>& in,
                           MatrixView<const T> cPrev, MatrixView<const T> c, MatrixView<const T> h,
                           MatrixView<T> dPre, MatrixView<T> dcPrev, MatrixView<T> dcTotal,
                           const GateSums<T>& sums, const LstmUpcoming<T>& upcoming = {});

/// Backward of lstmOutput: dn [B, H] = dL/dN(c), and the o block of dPre [B, 4H].
template <class T>
void lstmOutputBackward(MatrixView<const T> dh, MatrixView<const T> gates,
                        MatrixView<const T> tanhN, MatrixView<T> dPre, MatrixView<T> dn);

// ---- GRU, one time step, PyTorch's form; gate blocks r z n, each H wide (kernels_gru.cpp) ----

/// r,z = s(a + b + biasIh + biasHh); m = b_n + biasHh_n; n = tanh(a_n + biasIh_n + r m);
/// h = (1 - z) n + z hPrev. a, b [B, 3H]; biases [3H], may be empty; hPrev [B, H] (may alias h);
/// out: gates [B, 3H] (may alias a or b), m [B, H] (saved), h [B, H].
template <class T>
void gruForward(MatrixView<const T> a, MatrixView<const T> b, std::span<const T> biasIh,
                std::span<const T> biasHh, MatrixView<const T> hPrev, MatrixView<T> gates,
                MatrixView<T> m, MatrixView<T> h);

/// dh [B, H] total. Out: dA [B, 3H] (input side, also d biasIh; may alias gates), dB [B, 3H]
/// (recurrent side, also d biasHh; differs from dA in the n block by the factor r; may alias gates
/// if dA does not), dhPrev [B, H] = z dh, the direct part only (may alias dh).
template <class T>
void gruBackward(MatrixView<const T> dh, MatrixView<const T> gates, MatrixView<const T> m,
                 MatrixView<const T> hPrev, MatrixView<T> dA, MatrixView<T> dB,
                 MatrixView<T> dhPrev);

// ---- Loss (kernels_loss.cpp) ----

/// Cross entropy of rows logits [N, V] with targets [N] (-1 = no target). gradient [N, V] =
/// factor (softmax - onehot), 0 in rows without a target; may alias logits, may be empty. A bias
/// [V] is added to the logits where they are read.
/// Non-finite logits give a non-finite loss. Throws InputError for a target outside [-1, V).
template <class T>
CrossEntropySum softmaxCrossEntropy(MatrixView<const T> logits,
                                    std::span<const std::int32_t> targets, T factor,
                                    MatrixView<T> gradient, std::span<const T> bias = {});

// ---- Optimizer (kernels_optimizer.cpp) ----

/// PyTorch's Adam: m += (1-b1)(g-m), v = b2 v + (1-b2) g^2,
/// p -= lr/(1-b1^t) m / (sqrt(v)/sqrt(1-b2^t) + epsilon). All of one size.
template <class T>
void adamUpdate(std::span<T> parameter, std::span<const T> gradient, std::span<T> m, std::span<T> v,
                const AdamStep& step);

/// PyTorch's SGD: buffer = momentum buffer + g, p -= lr buffer; buffer empty: p -= lr g.
template <class T>
void sgdUpdate(std::span<T> parameter, std::span<const T> gradient, std::span<T> buffer,
               double learningRate, double momentum, double gradientScale);

/// v = beta2 v + (1 - beta2) (gradientScale g)^2; no bias correction.
template <class T>
void updateSecondMoment(std::span<T> v, std::span<const T> gradient, double beta2,
                        double gradientScale);

/// x limited to [low, high]; NaN stays NaN.
template <class T>
void clip(std::span<T> x, T low, T high);

// ---- Vectors (kernels_vector.cpp); in == out is allowed ----

template <class T>
void scale(std::span<T> x, T factor);
/// y += alpha x.
template <class T>
void axpy(T alpha, std::span<const T> x, std::span<T> y);
/// y = x * mask, elementwise.
template <class T>
void multiply(std::span<const T> x, std::span<const T> mask, std::span<T> y);
/// Sum of squares in double, in fixed chunks.
template <class T>
double sumOfSquares(std::span<const T> x);
/// 1/(1 + e^-x), tanh x, e^x; NaN gives NaN, infinities their limits.
template <class T>
void sigmoid(std::span<const T> x, std::span<T> y);
template <class T>
void tanh(std::span<const T> x, std::span<T> y);
template <class T>
void exp(std::span<const T> x, std::span<T> y);

// ---- bfloat16 (kernels_bfloat16.cpp) ----

/// out = x rounded to bfloat16 (math/bfloat16.h), both [R, C] with any stride.
void roundToBFloat16(MatrixView<const float> x, MatrixView<BFloat16> out);

// ---- Matrices (kernels_matrix.cpp) ----

/// out [C] = (accumulate: +=) the sum of the rows of x [R, C]; bias gradients.
template <class T>
void columnSums(MatrixView<const T> x, std::span<T> out, bool accumulate);
/// out [N, C] row n = table [V, C] row indices[n]; a negative index gives zeros. Throws InputError
/// for an index >= V.
template <class T>
void gatherRows(MatrixView<const T> table, std::span<const std::int32_t> indices,
                MatrixView<T> out);
/// table [V, C] row indices[n] += x [N, C] row n; negative indices are skipped. Throws as
/// gatherRows.
template <class T>
void scatterAddRows(MatrixView<const T> x, std::span<const std::int32_t> indices,
                    MatrixView<T> table);
/// y [R, N] = x [R, k] table [k, N] for a k of a few: a pass over y, no product of oneDNN's.
template <class T>
void narrowProduct(MatrixView<const T> x, MatrixView<const T> table, MatrixView<T> y);
/// out [k, N] += x^T dy, for x [R, k] of narrowProduct and dy [R, N].
template <class T>
void narrowGradient(MatrixView<const T> x, MatrixView<const T> dy, MatrixView<T> out);
/// out [C, R] = x [R, C] transposed, or += when accumulate; no aliasing.
template <class T>
void transpose(MatrixView<const T> x, MatrixView<T> out, bool accumulate = false);
/// out [R] = 2-norms of the rows of x.
template <class T>
void rowNorms(MatrixView<const T> x, std::span<T> out);
/// out [R] = dot products of the rows of a and b [R, C].
template <class T>
void rowDots(MatrixView<const T> a, MatrixView<const T> b, std::span<T> out);
/// y row r = alpha[r] a row r + beta[r] b row r (beta and b both empty: alpha a); y may alias a or
/// b.
template <class T>
void combineRows(std::span<const T> alpha, MatrixView<const T> a, std::span<const T> beta,
                 MatrixView<const T> b, MatrixView<T> y);

// ---- Quantizer building blocks (kernels_quant.cpp); sums in double, in fixed chunks ----

/// Sum of |w|.
template <class T>
double absoluteSum(MatrixView<const T> w);
/// Largest |w|; 0 of nothing. NaN entries are ignored.
template <class T>
T absoluteMax(MatrixView<const T> w);
/// Sum and number of |w| > threshold.
template <class T>
ThresholdSums thresholdSums(MatrixView<const T> w, T threshold);
/// {sum of D |w|, sum of D}, D = sqrt(v) + 1e-8; v of w's shape.
template <class T>
std::pair<double, double> weightedAbsoluteSums(MatrixView<const T> w, MatrixView<const T> v);
/// out = w >= 0 ? factor : -factor (sign(0) = +1); may alias w.
template <class T>
void signs(MatrixView<const T> w, T factor, MatrixView<T> out);
/// out = positive where w > threshold, -negative where w < -threshold, else 0; may alias w.
template <class T>
void ternarize(MatrixView<const T> w, T threshold, T positive, T negative, MatrixView<T> out);

}  // namespace kernels
}  // namespace bitloom
