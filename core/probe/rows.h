#pragma once
// What a probe of one training step finds, as plain values: one row a file of the run folder's
// probes/, written by the worker (experiment/probe_writer.h) and read back by everybody else
// (experiment/probe_reader.h). A number that was not finite is NaN here and null in the file.
//
// Every row belongs to one training step s: it is measured on that step's batch with the weights
// before that step's update, so s - 1 updates have been made and s = 1 shows the start.
// Gates are in the order of the parameters: LSTM i f g o, GRU r z n.

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

namespace bitloom {

/// A line through log |dL/dx_t|: |dL/dx_t| = exp(intercept) rate^(T-1-t), by least squares over the
/// steps from .. to (t counts from 0) whose norm is finite and above 1e-30.
struct GrowthFit {
    double rate = 0;       ///< factor a step backwards; NaN with fewer than 3 points
    double intercept = 0;  ///< log of the line at t = T - 1
    int from = 0;          ///< first and last time step used
    int to = 0;
    int points = 0;   ///< steps used
    int ignored = 0;  ///< steps that were zero, below 1e-30 or not finite
};

/// |dL/dx_t| of one layer by time step, x = h or c.
struct GradientProfile {
    std::vector<double> batch;                 ///< [T] 2-norm over the whole minibatch
    std::vector<double> low, median, high;     ///< [times] quartiles of the samples' norms
    std::vector<std::vector<double>> samples;  ///< [chosen sample][times]
    GrowthFit growth;                          ///< of the batch's norms
    GrowthFit medianGrowth;                    ///< of the median over all samples, every step
};

struct LayerGradients {
    GradientProfile hidden;
    GradientProfile cell;  ///< empty for a GRU
};

/// probes/state_gradients.jsonl
struct GradientRow {
    std::int64_t step = 0;
    std::vector<std::vector<double>> hidden;  ///< [layer][t] = total[layer].hidden.batch
    std::vector<std::vector<double>> cell;    ///< [layer][t] = total[layer].cell.batch; GRU: none
    std::vector<int> samples;                 ///< which sequences of the batch were chosen
    std::vector<int> times;  ///< time steps of the curves a sample; all of them up to T = 200
    std::vector<LayerGradients> total;  ///< of the loss, a layer each
    std::vector<LayerGradients> last;   ///< of the last step's part of the loss alone
};

/// The bound on one layer's state gradient, and how near the gradient comes.
struct LayerBound {
    std::string form;      ///< plain | weight | layer | batch: what the norms were multiplied by
    bool squared = false;  ///< batch norm, LSTM: the bound is on squared norms over the minibatch
    double lambda1 = 0;    ///< mean over samples (batch norm: of the minibatch)
    double lambda1Largest = 0;
    double lambda2 = 0;  ///< LSTM; NaN for a GRU
    double lambda2Largest = 0;
    double gamma = 0;  ///< LSTM c1 = max |c| of a sample; GRU max |W_hn h + b_hn|; mean, largest
    double gammaLargest = 0;
    std::vector<double> parts;  ///< each gate's share of lambda1, mean over samples
    double carry = 0;           ///< GRU: the share max z; LSTM 0
    double printed1 = 0;  ///< weight norm: with g_max |D^-1 W| for |W|, as the paper prints it
    double printed2 = 0;  ///< NaN for other normalizations
    double frozen1 = 0;   ///< with the gains held at their start; NaN without gains
    double frozen2 = 0;
    std::vector<double> tightness;  ///< [T-1], t = 1 .. T-1: |dL/dh_{t-1}| from step t on over
                                    ///< the bound's right side, the largest of the samples
    std::vector<double> tightnessMedian;
    double tightnessLargest = 0;  ///< 0 if all gradients are zero, NaN if none could be compared
    int violations = 0;           ///< (sample, step) pairs above 1.001: an error in the program
    int compared = -1;            ///< pairs with a ratio; -1 in records of earlier versions
    int leftOut = -1;  ///< pairs without one that are not zero: not finite or below 1e-30
};

/// A lambda of this bound as it compares with other bounds': the root where the bound is on squared
/// norms.
[[nodiscard]] inline double plainLambda(const LayerBound& bound, double lambda) {
    return bound.squared ? std::sqrt(lambda) : lambda;
}

/// probes/bounds.jsonl
struct BoundRow {
    std::int64_t step = 0;
    std::vector<LayerBound> layers;
    double tightnessMax = 0;  ///< largest of the layers'; NaN if none could be compared
};

/// Spectral norms of one matrix, a gate each.
struct MatrixSpectrum {
    std::string side;               ///< ih | hh
    std::vector<double> latent;     ///< of W
    std::vector<double> quantized;  ///< of Q(W); = latent in full precision
    std::vector<double> effective;  ///< of what multiplies; = quantized without weight norm
    std::vector<double> floor;  ///< (1-s) B1 sqrt(d) of Q(W), s its share of zeros, B1 its smallest
                                ///< level, d = max(rows, columns); NaN in full precision
    std::vector<double> frozen;  ///< effective with the gains held at their start; weight norm only
};
struct LayerSpectra {
    std::vector<MatrixSpectrum> matrices;
};

/// probes/spectra.jsonl
struct SpectrumRow {
    std::int64_t step = 0;
    std::vector<LayerSpectra> layers;
};

/// Lyapunov exponents of one layer's state Jacobian along the batch's trajectories, nats a step.
struct LayerLyapunov {
    std::vector<double> exponents;   ///< [k] mean over samples, the largest first but for what a
                                     ///< finite window leaves in disorder
    std::vector<double> low, high;   ///< [k] smallest and largest over samples
    std::vector<int> runningSteps;   ///< steps after which the estimate stood at ...
    std::vector<double> running;     ///< ... this first exponent (mean over samples)
    std::vector<double> runningLow;  ///< smallest and largest over samples
    std::vector<double> runningHigh;
};

/// probes/lyapunov.jsonl
struct LyapunovRow {
    std::int64_t step = 0;
    int samples = 0;         ///< trajectories followed
    int steps = 0;           ///< steps the mean runs over
    int warmup = 0;          ///< steps before them, which only turn the vectors
    std::string statistics;  ///< none | constant | whole: batch norm's statistics in the Jacobian
    std::vector<LayerLyapunov> layers;
};

/// Quantiles: smallest, 5%, 25%, median, 75%, 95%, largest.
struct GainGroup {
    std::string side;  ///< ih | hh | c
    std::string gate;
    std::vector<double> gain;   ///< [7] of g over the gate's units
    std::vector<double> ratio;  ///< [7] of g/s over units, samples (layer) and time steps; weight
                                ///< norm: of g_j/|Q_j|
    double largest = 0;         ///< max |g|
};
struct LayerGains {
    std::vector<GainGroup> groups;
};

/// probes/gains.jsonl: written with weight, layer and batch normalization.
struct GainRow {
    std::int64_t step = 0;
    std::vector<LayerGains> layers;
};

/// One quantity over the units: 5%, median, 95% at each of `times`.
struct UnitBand {
    std::vector<double> low, median, high;
};
/// Batch statistics of the step's batch against the running ones.
struct SideStatistics {
    std::string side;                       ///< ih | hh | c
    UnitBand mean, variance;                ///< [times] of the batch, over units; variance unbiased
    UnitBand runningMean, runningVariance;  ///< [1] shared, [times] separate
    std::vector<int> units;                 ///< a few chosen units
    std::vector<std::vector<double>> unitMean, unitVariance;                ///< [unit][times]
    std::vector<std::vector<double>> unitRunningMean, unitRunningVariance;  ///< [unit][1 | times]
};
struct LayerStatistics {
    std::vector<SideStatistics> sides;
};

/// probes/statistics.jsonl: written with batch normalization.
struct StatisticsRow {
    std::int64_t step = 0;
    std::vector<int> times;  ///< time steps, at most 200 of them
    std::vector<LayerStatistics> layers;
};

/// Counts in equal bins from low to high.
struct Histogram {
    double low = 0;
    double high = 0;
    std::vector<std::int64_t> counts;
};
struct GateWeights {
    std::string gate;
    double scale = 0;     ///< mean |Q| over what is not zero
    double sparsity = 0;  ///< share of zeros in Q
    double flipRate = 0;  ///< share of latent signs that changed since the last probe; NaN at first
    double distance = 0;  ///< mean |W - Q(W)|
    double relativeDistance = 0;  ///< |W - Q(W)| / |Q(W)| as 2-norms
    std::int64_t distinct = 0;    ///< different values of Q(W)
};
struct MatrixWeights {
    std::string name;  ///< rnn.weight_hh_l0
    bool quantized = false;
    Histogram latent;
    Histogram effective;               ///< what multiplies: Q(W), after weight norm
    std::vector<double> levels;        ///< values of Q(W) if at most 32, ascending ...
    std::vector<std::int64_t> counts;  ///< ... and how often each occurs
    std::vector<GateWeights> gates;
};
/// Share of a gate's activations near its ends, over time steps, samples and units.
struct GateSaturation {
    std::string gate;
    double low = 0;   ///< below 0.05; LSTM g and GRU n: below -0.95
    double high = 0;  ///< above 0.95
};
struct LayerSaturation {
    std::vector<GateSaturation> gates;
};

/// probes/weights.jsonl
struct WeightRow {
    std::int64_t step = 0;
    std::vector<MatrixWeights> matrices;
    std::vector<LayerSaturation> saturation;
};

}  // namespace bitloom
