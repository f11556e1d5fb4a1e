#pragma once
// Bounds on the state gradient of one layer, on the current minibatch.
//
// LSTM (Hou et al. 2019, propositions 1 to 4), n_k = |W_hk|_2 of the effective matrix:
//     |dL/dh_{t-1}| <= l1 |dL/dh_t| + l2 |dL/dc_{t+1}|
//     l2 = k_i n_i/4 + c1 k_f n_f/4 + k_g n_g        l1 = v l2 + k_o n_o/4
// with c1 = max |c| over the time steps (the state before the window included) and units of a
// sample. k = 1 without normalization and with weight norm; layer norm: k = max_j |g_j|/s over the
// gate's units, s the deviation of that sample, step and gate; v = 1, or max_j |g_j|/s of the
// normalized cell state (normalize_cell). Batch norm couples the samples, so the bound is one on
// squared norms over the minibatch, k = max_j |g_j|/s_j and c2 = max |c| over the minibatch:
//     |dL/dh_{t-1}|^2 <= l1 |dL/dh_t|^2 + l2 |dL/dc_{t+1}|^2
//     l2 = (k_i n_i)^2/2 + c2^2 (k_f n_f)^2/2 + 8 (k_g n_g)^2        l1 = v^2 l2 + (k_o n_o)^2/4
// GRU (derived in resources/help/gradient-science.md), m = N(W_hn h) + b_hn:
//     |dL/dh_{t-1}| <= l1 |dL/dh_t|
//     l1 = max z + max|h_{t-1} - n| k_z n_z/4 + max(1-z) ( k_n n_n + max|m| k_r n_r/4 )
// over the units of a sample; with batch norm over the minibatch, on norms over the minibatch.
//
// On the left stands what flows through step t (probe/state_gradients.h), on the right total
// derivatives. k and the GRU's maxima are those of step t; the lambda of a sample is its largest
// over t = 1 .. T-1 (the steps whose flow reaches an h of the window), and lambda_1 reports the
// mean over samples. Deviation: the paper's c1 has no such mean; the largest is reported beside it.

#include <span>
#include <vector>

#include "math/matrix.h"
#include "nn/layer_trace.h"
#include "probe/rows.h"
#include "probe/state_gradients.h"

namespace bitloom {

/// The bound of every step and sample.
struct LayerCoefficients {
    bool squared = false;
    bool wholeBatch = false;            ///< one column, for the minibatch
    Matrix<double> lambda1;             ///< [T, B | 1]
    Matrix<double> lambda2;             ///< [T, B | 1], zeros for a GRU
    Matrix<double> carry;               ///< [T, B | 1], GRU: max z
    std::vector<Matrix<double>> parts;  ///< a gate each [T, B | 1]: its share of lambda1
    std::vector<double> gamma;          ///< [B | 1]
};

/// @param norms spectral norms n_k of the recurrent gates.
/// @param gainHh, gainC replace the gains of the trace's normalizers; may be empty.
template <class T>
LayerCoefficients boundCoefficients(const LayerTrace<T>& trace, std::span<const double> norms,
                                    std::span<const T> gainHh = {}, std::span<const T> gainC = {});

/// lambda1, lambda2, gamma and parts of the row; the rest of it stays.
void summarizeBound(const LayerCoefficients& coefficients, Cell cell, LayerBound& bound);

/// Fills the row's tightness: flow over the bound's right side, a step t = 1 .. T-1. NaN where the
/// right side is zero, below 1e-30 or not finite; zero on both sides is not counted as left out.
void measureTightness(const LayerCoefficients& coefficients, const StateGradientNorms& norms,
                      LayerBound& bound);

/// A ratio above this is a violation: rounding and the iteration's rest stay well below it.
constexpr double k_tightnessLimit = 1.001;

}  // namespace bitloom
