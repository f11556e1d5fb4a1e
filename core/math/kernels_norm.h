#pragma once
// The kernels of layer and batch normalization; the rules are those of math/kernels.h: views of
// any stride, sizes are preconditions, "may be empty" means data == nullptr.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "math/matrix.h"

namespace bitloom::kernels {

/// Each row of x [B, G*H] in `groups` = G groups: xhat = (x - mean) / sqrt(biased var + epsilon),
/// y = gain xhat + shift. gain, shift [G*H] (shift may be empty); out: xhat [B, G*H] (saved, may
/// alias x), rstd [B, G] (saved), y [B, G*H] (must not alias
/// xhat; may alias x; may be empty).
template <class T>
void layerNormForward(MatrixView<const T> x, std::size_t groups, std::span<const T> gain,
                      std::span<const T> shift, T epsilon, MatrixView<T> xhat, MatrixView<T> rstd,
                      MatrixView<T> y);

/// What a reader that normalizes x itself needs of it: mean, rstd [B, G].
template <class T>
void layerNormMoments(MatrixView<const T> x, std::size_t groups, T epsilon, MatrixView<T> mean,
                      MatrixView<T> rstd);

/// dx [B, G*H] (may alias dy); dgain, dshift [G*H] are added to (dshift may be empty).
template <class T>
void layerNormBackward(MatrixView<const T> dy, MatrixView<const T> xhat, MatrixView<const T> rstd,
                       std::size_t groups, std::span<const T> gain, MatrixView<T> dx,
                       std::span<T> dgain, std::span<T> dshift);

/// The same from x with layerNormMoments, and with the sums over a row's gate at hand (GateSums of
/// math/kernels.h): up of gain dy, dot of gain dy xhat [B, G]. dshift is wanted; dstretch [G*H] +=
/// the sums over the rows of dy stretch, stretch [B, G] (both may be empty).
template <class T>
void layerNormBackwardFromSums(MatrixView<const T> dy, MatrixView<const T> x,
                               MatrixView<const T> mean, MatrixView<const T> rstd,
                               MatrixView<const T> up, MatrixView<const T> dot,
                               MatrixView<const T> stretch, std::span<const T> gain,
                               MatrixView<T> dx, std::span<T> dgain, std::span<T> dshift,
                               std::span<T> dstretch);

/// Batch normalization in parts, so that the members of a team can each do some rows of a batch
/// and exchange sums between them. mean [C] of the rows of x [R, C] and squares [C] = the sum of
/// squared deviations from it.
template <class T>
void columnMoments(MatrixView<const T> x, std::span<T> mean, std::span<T> squares);

/// What makes a normalized row of x, y = factor x + offset: factor = gain rstd, offset = shift -
/// factor mean. All [C]; gain and shift are given.
template <class T>
struct FoldedNorm {
    std::span<const T> gain, shift;
    std::span<T> factor, offset;
};

/// The moments of all rows from those of parts: means, squares [P, C] of columnMoments of
/// rows[p] rows each (Chan, Golub & LeVeque 1979). Out, [C]: mean, variance (biased), rstd = 1 /
/// sqrt(variance + epsilon); and `folded`, unless it is empty.
template <class T>
void mergeMoments(MatrixView<const T> means, MatrixView<const T> squares,
                  std::span<const std::size_t> rows, T epsilon, std::span<T> mean,
                  std::span<T> variance, std::span<T> rstd, const FoldedNorm<T>& folded);

/// xhat = (x - mean) rstd (may alias x), y = gain xhat + shift (may alias x, not xhat; may be
/// empty: the reader of xhat does the rest). All [R, C] or [C]; shift may be empty.
template <class T>
void normalizeColumns(MatrixView<const T> x, std::span<const T> mean, std::span<const T> rstd,
                      std::span<const T> gain, std::span<const T> shift, MatrixView<T> xhat,
                      MatrixView<T> y);

/// y = factor (x - mean) + shift with given statistics, factor = gain / sqrt(variance + epsilon);
/// y may alias x.
template <class T>
void batchNormApply(MatrixView<const T> x, std::span<const T> mean, std::span<const T> factor,
                    std::span<const T> shift, MatrixView<T> y);

/// inverse [C] = 1 / sqrt(variance + epsilon).
template <class T>
void inverseDeviations(std::span<const T> variance, T epsilon, std::span<T> inverse);

/// Fills factor and offset of `folded`, of which nothing is empty.
template <class T>
void foldColumns(std::span<const T> mean, std::span<const T> rstd, const FoldedNorm<T>& folded);

/// sum [C] = sums of the rows of dy, dot [C] = sums of dy (x - mean); mean empty: x is xhat, and
/// these are the gradients of shift and gain. stretched [C] = sums of dy stretch, stretch [R, 1]
/// (both may be empty).
template <class T>
void normalizedSums(MatrixView<const T> dy, MatrixView<const T> x, std::span<const T> mean,
                    MatrixView<const T> stretch, std::span<T> sum, std::span<T> dot,
                    std::span<T> stretched);

/// The sums of all rows from those of parts: sums, dots [P, C] of normalizedSums, `centered`: with
/// its mean. Out, [C]: meanUp, meanDot for normalizeColumnsBackward with the same mean, `share` of
/// the totals; factor = gain rstd; dshift and dgain += what part `own` gives.
template <class T>
void mergeSums(MatrixView<const T> sums, MatrixView<const T> dots, bool centered, std::size_t own,
               T share, std::span<const T> gain, std::span<const T> rstd, std::span<T> meanUp,
               std::span<T> meanDot, std::span<T> factor, std::span<T> dgain, std::span<T> dshift);

/// running += momentum (batch - running) for mean and variance [C], the variance times `unbiased`.
template <class T>
void moveStatistics(std::span<const T> mean, std::span<const T> variance, T momentum, T unbiased,
                    std::span<T> runningMean, std::span<T> runningVariance);

/// dx = factor (dy - meanUp - (x - mean) meanDot) with mergeSums; mean empty: x is xhat. dx may
/// alias dy.
template <class T>
void normalizeColumnsBackward(MatrixView<const T> dy, MatrixView<const T> x,
                              std::span<const T> mean, std::span<const T> meanUp,
                              std::span<const T> meanDot, std::span<const T> factor,
                              MatrixView<T> dx);

/// Batch normalization of rows that are rows of a table [V, C] (one-hot inputs), which are gathered
/// as they are needed (kernels_token_norm.cpp). rows[n] < 0 is a row of zeros; every other index is
/// below V. mean, variance [C], biased, of the gathered rows.
template <class T>
void tokenMoments(MatrixView<const T> table, std::span<const std::int32_t> rows, std::span<T> mean,
                  std::span<T> variance);

/// y row n = factor (table row rows[n] - mean) + shift, factor = gain / sqrt(variance + epsilon).
template <class T>
void tokenNormalize(MatrixView<const T> table, std::span<const std::int32_t> rows,
                    std::span<const T> mean, std::span<const T> factor, std::span<const T> shift,
                    MatrixView<T> y);

/// sum [C] = sums of the rows of dy, dot [C] = sums of dy (table row - mean), and
/// gradient [V, C] row rows[n] += factor dy row n.
template <class T>
void tokenSums(MatrixView<const T> dy, MatrixView<const T> table,
               std::span<const std::int32_t> rows, std::span<const T> mean,
               std::span<const T> factor, std::span<T> sum, std::span<T> dot,
               MatrixView<T> gradient);

/// Where tokens stand in a window: v in steps[k] for k = first[v] .. first[v + 1] - 1, as often as
/// it stands there.
struct TokenPlaces {
    std::vector<std::size_t> first;    ///< [V + 1]
    std::vector<std::uint32_t> steps;  ///< [first[V]]
};

/// A window on its way back: the statistics of its steps, mean and 1 / sqrt(variance + epsilon).
template <class T>
struct TokenWindow {
    MatrixView<const T> table;  ///< [V, C]
    const TokenPlaces& places;
    MatrixView<const T> mean, inverse;  ///< [T, C]
    std::span<const T> gain;            ///< [C]
    T share;                            ///< 1 / rows of a step
};

/// What tokenSums() of a member of a team has left of it.
template <class T>
struct TokenWindowSums {
    MatrixView<T> sum, dot;  ///< [T, C]
    MatrixView<T> gradient;  ///< [V, C]
};

/// Adds up the members' sums and takes back, for all steps at once, what the batch's own mean and
/// variance do from every row that is table row v: dshift += sum, dgain += inverse dot [C], and
/// from gradient row v, for every place of v,
///     level + slope (table row v)   slope = share gain inverse^3 dot
///                                   level = share gain inverse sum - slope mean
/// All is left with members[0]: the gradient, level for sum and slope for dot.
template <class T>
void tokenCorrect(const TokenWindow<T>& window, std::span<const TokenWindowSums<T>> members,
                  std::span<T> dgain, std::span<T> dshift);

/// Rows that are one vector, stretched: y [R, G*H] = factor s + shift, s [R, G] a number a row and
/// group, factor and shift [G*H].
template <class T>
void stretchRow(MatrixView<const T> s, std::span<const T> factor, std::span<const T> shift,
                MatrixView<T> y);
/// Its gradients from dy [R, G*H]: dFactor, dShift [G*H] are added to; ds [R, G] is written unless
/// it is empty (factor is read for it alone).
template <class T>
void stretchRowBackward(MatrixView<const T> dy, MatrixView<const T> s, std::span<const T> factor,
                        std::span<T> dFactor, std::span<T> dShift, MatrixView<T> ds);
/// inverse = 1 / sqrt(w^2 variance + epsilon), factor = gain w inverse, all [G*H].
template <class T>
void stretchFactors(std::span<const T> w, std::span<const T> gain, T variance, T epsilon,
                    std::span<T> inverse, std::span<T> factor);
/// Of a factor gain w inverse with inverse = 1 / sqrt(w^2 v + epsilon), all [G*H]: dGain += dFactor
/// w inverse, and dWeight += dFactor inverse^3, to be multiplied by gain epsilon in the end.
template <class T>
void stretchFactorBackward(std::span<const T> dFactor, std::span<const T> w,
                           std::span<const T> inverse, std::span<T> dGain, std::span<T> dWeight);

}  // namespace bitloom::kernels
