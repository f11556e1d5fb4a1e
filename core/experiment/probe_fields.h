#pragma once
// The fields of the probe rows by their names in probes/*.jsonl: one list for writing and reading.
// probeFields(row, visit) calls visit(key, member) for each; the row may be const.

#include <type_traits>

#include "probe/rows.h"

namespace bitloom {

template <class R, class Row>
concept ProbeRow = std::is_same_v<std::remove_const_t<R>, Row>;

/// Rows that hold nothing but their layers.
template <class R>
concept LayersRow = ProbeRow<R, SpectrumRow> || ProbeRow<R, GainRow>;

template <LayersRow R, class Visit>
void probeFields(R& r, Visit&& visit) {
    visit("step", r.step);
    visit("layers", r.layers);
}

template <ProbeRow<GrowthFit> R, class Visit>
void probeFields(R& r, Visit&& visit) {
    visit("rate", r.rate);
    visit("intercept", r.intercept);
    visit("from", r.from);
    visit("to", r.to);
    visit("points", r.points);
    visit("ignored", r.ignored);
}

template <ProbeRow<GradientProfile> R, class Visit>
void probeFields(R& r, Visit&& visit) {
    visit("batch", r.batch);
    visit("low", r.low);
    visit("median", r.median);
    visit("high", r.high);
    visit("samples", r.samples);
    visit("growth", r.growth);
    visit("median_growth", r.medianGrowth);
}

template <ProbeRow<LayerGradients> R, class Visit>
void probeFields(R& r, Visit&& visit) {
    visit("hidden", r.hidden);
    visit("cell", r.cell);
}

template <ProbeRow<GradientRow> R, class Visit>
void probeFields(R& r, Visit&& visit) {
    visit("step", r.step);
    visit("hidden", r.hidden);
    visit("cell", r.cell);
    visit("samples", r.samples);
    visit("times", r.times);
    visit("total", r.total);
    visit("last", r.last);
}

template <ProbeRow<LayerBound> R, class Visit>
void probeFields(R& r, Visit&& visit) {
    visit("form", r.form);
    visit("squared", r.squared);
    visit("lambda_1", r.lambda1);
    visit("lambda_1_largest", r.lambda1Largest);
    visit("lambda_2", r.lambda2);
    visit("lambda_2_largest", r.lambda2Largest);
    visit("gamma", r.gamma);
    visit("gamma_largest", r.gammaLargest);
    visit("parts", r.parts);
    visit("carry", r.carry);
    visit("printed_1", r.printed1);
    visit("printed_2", r.printed2);
    visit("frozen_1", r.frozen1);
    visit("frozen_2", r.frozen2);
    visit("tightness", r.tightness);
    visit("tightness_median", r.tightnessMedian);
    visit("tightness_largest", r.tightnessLargest);
    visit("violations", r.violations);
    visit("compared", r.compared);
    visit("left_out", r.leftOut);
}

template <ProbeRow<BoundRow> R, class Visit>
void probeFields(R& r, Visit&& visit) {
    visit("step", r.step);
    visit("layers", r.layers);
    visit("tightness_max", r.tightnessMax);
}

template <ProbeRow<MatrixSpectrum> R, class Visit>
void probeFields(R& r, Visit&& visit) {
    visit("side", r.side);
    visit("latent", r.latent);
    visit("quantized", r.quantized);
    visit("effective", r.effective);
    visit("floor", r.floor);
    visit("frozen", r.frozen);
}

template <ProbeRow<LayerSpectra> R, class Visit>
void probeFields(R& r, Visit&& visit) {
    visit("matrices", r.matrices);
}

template <ProbeRow<LayerLyapunov> R, class Visit>
void probeFields(R& r, Visit&& visit) {
    visit("exponents", r.exponents);
    visit("low", r.low);
    visit("high", r.high);
    visit("running_steps", r.runningSteps);
    visit("running", r.running);
    visit("running_low", r.runningLow);
    visit("running_high", r.runningHigh);
}

template <ProbeRow<LyapunovRow> R, class Visit>
void probeFields(R& r, Visit&& visit) {
    visit("step", r.step);
    visit("samples", r.samples);
    visit("steps", r.steps);
    visit("warmup", r.warmup);
    visit("statistics", r.statistics);
    visit("layers", r.layers);
}

template <ProbeRow<GainGroup> R, class Visit>
void probeFields(R& r, Visit&& visit) {
    visit("side", r.side);
    visit("gate", r.gate);
    visit("gain", r.gain);
    visit("ratio", r.ratio);
    visit("largest", r.largest);
}

template <ProbeRow<LayerGains> R, class Visit>
void probeFields(R& r, Visit&& visit) {
    visit("groups", r.groups);
}

template <ProbeRow<UnitBand> R, class Visit>
void probeFields(R& r, Visit&& visit) {
    visit("low", r.low);
    visit("median", r.median);
    visit("high", r.high);
}

template <ProbeRow<SideStatistics> R, class Visit>
void probeFields(R& r, Visit&& visit) {
    visit("side", r.side);
    visit("mean", r.mean);
    visit("variance", r.variance);
    visit("running_mean", r.runningMean);
    visit("running_variance", r.runningVariance);
    visit("units", r.units);
    visit("unit_mean", r.unitMean);
    visit("unit_variance", r.unitVariance);
    visit("unit_running_mean", r.unitRunningMean);
    visit("unit_running_variance", r.unitRunningVariance);
}

template <ProbeRow<LayerStatistics> R, class Visit>
void probeFields(R& r, Visit&& visit) {
    visit("sides", r.sides);
}

template <ProbeRow<StatisticsRow> R, class Visit>
void probeFields(R& r, Visit&& visit) {
    visit("step", r.step);
    visit("times", r.times);
    visit("layers", r.layers);
}

template <ProbeRow<Histogram> R, class Visit>
void probeFields(R& r, Visit&& visit) {
    visit("low", r.low);
    visit("high", r.high);
    visit("counts", r.counts);
}

template <ProbeRow<GateWeights> R, class Visit>
void probeFields(R& r, Visit&& visit) {
    visit("gate", r.gate);
    visit("scale", r.scale);
    visit("sparsity", r.sparsity);
    visit("flip_rate", r.flipRate);
    visit("distance", r.distance);
    visit("relative_distance", r.relativeDistance);
    visit("distinct", r.distinct);
}

template <ProbeRow<MatrixWeights> R, class Visit>
void probeFields(R& r, Visit&& visit) {
    visit("name", r.name);
    visit("quantized", r.quantized);
    visit("latent", r.latent);
    visit("effective", r.effective);
    visit("levels", r.levels);
    visit("counts", r.counts);
    visit("gates", r.gates);
}

template <ProbeRow<GateSaturation> R, class Visit>
void probeFields(R& r, Visit&& visit) {
    visit("gate", r.gate);
    visit("low", r.low);
    visit("high", r.high);
}

template <ProbeRow<LayerSaturation> R, class Visit>
void probeFields(R& r, Visit&& visit) {
    visit("gates", r.gates);
}

template <ProbeRow<WeightRow> R, class Visit>
void probeFields(R& r, Visit&& visit) {
    visit("step", r.step);
    visit("matrices", r.matrices);
    visit("saturation", r.saturation);
}

}  // namespace bitloom
