#include "probe/prober.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "nn/layer_trace.h"
#include "probe/batch_statistics.h"
#include "probe/gains.h"
#include "probe/lyapunov_probe.h"
#include "probe/quantiles.h"
#include "probe/saturation.h"
#include "probe/spectra.h"

namespace bitloom {

namespace {

constexpr double k_nan = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t k_mostTimes = 200;

std::string tensorName(const char* what, const char* side, int layer) {
    return std::string("rnn.") + what + "_" + side + "_l" + std::to_string(layer);
}

}  // namespace

template <class T>
Prober<T>::Prober(const NetworkConfig& network, std::uint64_t seed, ProberOptions options)
    : m_network(network), m_seed(seed), m_options(std::move(options)) {
    if (!hasGains()) return;
    const Network<T> start(network, seed);
    setStartGains(start.parameters());
}

template <class T>
void Prober<T>::setStartGains(const ParameterSet<T>& parameters) {
    m_startGains.clear();
    for (const Parameter<T>& p : parameters)
        if (p.role == Role::gain) m_startGains[p.name].assign(p.value.begin(), p.value.end());
}

template <class T>
void Prober<T>::setSigns(std::map<std::string, SignBits> signs, std::int64_t step) {
    m_signs = std::move(signs);
    m_signsStep = step;
}

template <class T>
bool Prober<T>::hasGains() const {
    return m_network.normalization.method != "none";
}

template <class T>
std::span<const T> Prober<T>::startGain(const std::string& name) const {
    const auto found = m_startGains.find(name);
    return found == m_startGains.end() ? std::span<const T>{} : std::span<const T>(found->second);
}

template <class T>
ProbeRows Prober<T>::probe(Network<T>& network, const Batch& batch, const RecurrentState<T>& start,
                           std::int64_t step, std::span<const T> frames) {
    ProbeRows rows;
    const ProbeConfig& config = m_options.config;
    rows.gradients.step = step;
    RecurrentState<T> state = start;
    network.forward(batch, Mode::probe, state, frames);

    std::vector<Layer> layers;
    if (config.has("bounds") || config.has("spectra"))
        for (int l = 0; l < m_network.layers; ++l) layers.push_back(measureBound(network, l));
    rows.gradients.samples =
        spread(batch.size, static_cast<std::size_t>(std::max(0, config.samples)));
    rows.gradients.times = spread(batch.steps, k_mostTimes);
    measureForward(network, rows);
    measureGradients(network, batch, start, frames, layers, rows);

    if (config.has("spectra")) {
        rows.spectra.emplace();
        rows.spectra->step = step;
        for (Layer& layer : layers) rows.spectra->layers.push_back(std::move(layer.spectra));
    }
    if (config.has("bounds")) {
        rows.bounds.emplace();
        rows.bounds->step = step;
        rows.bounds->tightnessMax = std::numeric_limits<double>::quiet_NaN();
        for (Layer& layer : layers) {
            rows.bounds->tightnessMax =
                std::fmax(rows.bounds->tightnessMax, layer.row.tightnessLargest);
            rows.bounds->layers.push_back(std::move(layer.row));
        }
    }
    if (rows.weights) m_signsStep = step;
    return rows;
}

/// What is seen while the forward pass's memory is intact.
template <class T>
void Prober<T>::measureForward(Network<T>& network, ProbeRows& rows) {
    const ProbeConfig& config = m_options.config;
    const std::int64_t step = rows.gradients.step;
    if (config.has("weights")) {
        rows.weights = weightsOf(network);
        rows.weights->step = step;
    }
    if (config.has("gains") && hasGains()) {
        rows.gains.emplace();
        rows.gains->step = step;
        for (int l = 0; l < m_network.layers; ++l)
            rows.gains->layers.push_back(gainsOf(network, l));
    }
    if (config.has("statistics") && m_network.normalization.method.starts_with("batch_")) {
        rows.statistics.emplace();
        rows.statistics->step = step;
        rows.statistics->times = rows.gradients.times;
        for (int l = 0; l < m_network.layers; ++l)
            rows.statistics->layers.push_back(statisticsOf(network, l, rows.statistics->times));
    }
    if (config.has("lyapunov") && config.exponents > 0 && !rows.gradients.samples.empty()) {
        LyapunovProbeOptions options;
        options.exponents = static_cast<std::size_t>(config.exponents);
        options.samples = rows.gradients.samples;
        options.warmup = network.trace(0).steps / 5;
        options.seed = m_seed;
        LyapunovProbe<T> lyapunov(options);
        lyapunov.follow(network);
        rows.lyapunov = lyapunov.row(step);
    }
}

/// The backward passes, and with them how near the gradients come to the bounds.
template <class T>
void Prober<T>::measureGradients(Network<T>& network, const Batch& batch,
                                 const RecurrentState<T>& start, std::span<const T> frames,
                                 std::vector<Layer>& layers, ProbeRows& rows) {
    const ProbeConfig& config = m_options.config;
    GradientRow& row = rows.gradients;
    const auto profiles = [&](const StateGradients<T>& gradients) {
        std::vector<LayerGradients> result;
        for (const StateGradientNorms& norms : gradients.norms()) {
            LayerGradients& layer = result.emplace_back();
            layer.hidden = gradientProfile(norms.hidden, row.samples, row.times);
            if (norms.cell.rows() > 0)
                layer.cell = gradientProfile(norms.cell, row.samples, row.times);
        }
        return result;
    };
    StateGradients<T> total(m_network.layers, batch.size, true);
    network.backward({&total, false});
    row.total = profiles(total);
    for (const LayerGradients& layer : row.total) {
        row.hidden.push_back(layer.hidden.batch);
        if (!layer.cell.batch.empty()) row.cell.push_back(layer.cell.batch);
    }
    if (config.has("bounds"))
        for (std::size_t l = 0; l < layers.size(); ++l)
            measureTightness(layers[l].bound, total.norms()[l], layers[l].row);
    if (!config.has("last_step")) return;
    if (m_network.task == Task::classification || m_network.task == Task::regression) {
        row.last = row.total;  // the loss has no other part
        return;
    }
    RecurrentState<T> state = start;
    network.forward(batch, Mode::probe, state, frames);
    StateGradients<T> last(m_network.layers, batch.size, false);
    network.backward({&last, true});
    row.last = profiles(last);
}

template <class T>
MatrixSpectrum Prober<T>::spectrum(Network<T>& network, const char* side, int layer,
                                   bool everything) const {
    const std::string name = tensorName("weight", side, layer);
    const Parameter<T>& latent = network.parameters().at(name);
    const auto gates = static_cast<std::size_t>(m_network.gates());
    const double tolerance = m_options.spectralTolerance;
    const bool weightNorm = m_network.normalization.method == "weight";
    MatrixSpectrum result;
    result.side = side;
    if (latent.quantized || weightNorm) {
        const Matrix<T>& quantized = network.quantizedWeight(name);
        if (everything || !weightNorm)
            result.quantized = gateNorms<T>(quantized.view(), gates, tolerance);
        if (latent.quantized) result.floor = spectralFloor<T>(quantized.view(), gates);
        if (weightNorm) {
            result.effective = gateNorms<T>(network.effectiveWeight(name).view(), gates, tolerance);
            if (const auto gain = startGain(tensorName("gain", side, layer)); !gain.empty())
                result.frozen =
                    gateNorms<T>(rowsOfLength<T>(quantized.view(), gain).view(), gates, tolerance);
        }
    }
    if (everything || result.quantized.empty()) {
        if (latent.quantized && !everything) return result;
        result.latent = latent.quantized || result.quantized.empty()
                            ? gateNorms<T>(latent.view(), gates, tolerance)
                            : result.quantized;
    }
    if (result.quantized.empty()) result.quantized = result.latent;
    if (result.effective.empty()) result.effective = result.quantized;
    if (result.floor.empty()) result.floor.assign(gates, k_nan);
    return result;
}

template <class T>
typename Prober<T>::Layer Prober<T>::measureBound(Network<T>& network, int layer) const {
    const bool everything = m_options.config.has("spectra");
    const std::string& method = m_network.normalization.method;
    Layer result;
    MatrixSpectrum hh = spectrum(network, "hh", layer, everything);
    const LayerTrace<T> trace = network.trace(layer);
    LayerBound& row = result.row;
    row.form = method == "none" ? "plain" : method.starts_with("batch_") ? "batch" : method;
    result.bound = boundCoefficients<T>(trace, hh.effective);
    summarizeBound(result.bound, trace.cell, row);
    row.printed1 = row.printed2 = row.frozen1 = row.frozen2 = k_nan;
    const auto other = [&](const LayerCoefficients& coefficients, double& lambda1,
                           double& lambda2) {
        LayerBound bound;
        summarizeBound(coefficients, trace.cell, bound);
        lambda1 = bound.lambda1;
        lambda2 = bound.lambda2;
    };
    if (method == "weight") {
        const Parameter<T>& gain = network.parameters().at(tensorName("gain", "hh", layer));
        const Matrix<T>& quantized = network.quantizedWeight(tensorName("weight", "hh", layer));
        const auto printed = printedNorms<T>(quantized.view(), gain.value.span(),
                                             static_cast<std::size_t>(m_network.gates()),
                                             m_options.spectralTolerance);
        other(boundCoefficients<T>(trace, printed), row.printed1, row.printed2);
        if (!hh.frozen.empty())
            other(boundCoefficients<T>(trace, hh.frozen), row.frozen1, row.frozen2);
    } else if (hasGains()) {
        const auto gainHh = startGain(tensorName("norm", "hh", layer) + ".weight");
        const auto gainC = startGain(tensorName("norm", "c", layer) + ".weight");
        if (!gainHh.empty())
            other(boundCoefficients<T>(trace, hh.effective, gainHh, gainC), row.frozen1,
                  row.frozen2);
    }
    if (everything) {
        result.spectra.matrices.push_back(spectrum(network, "ih", layer, true));
        result.spectra.matrices.push_back(std::move(hh));
    }
    return result;
}

template <class T>
LayerGains Prober<T>::gainsOf(Network<T>& network, int layer) const {
    LayerGains result;
    const std::vector<std::string> names = gateNames(m_network.cell);
    const auto append = [&](std::vector<GainGroup> groups) {
        for (GainGroup& group : groups) result.groups.push_back(std::move(group));
    };
    const LayerTrace<T> trace = network.trace(layer);
    for (const char* side : {"ih", "hh"}) {
        if (m_network.normalization.method == "weight") {
            const Parameter<T>& gain = network.parameters().at(tensorName("gain", side, layer));
            append(gainGroups<T>(std::as_const(gain.value).span(),
                                 network.quantizedWeight(tensorName("weight", side, layer)).view(),
                                 side, names));
        } else {
            append(gainGroups<T>(side == std::string("ih") ? trace.ih : trace.hh, side, names));
        }
    }
    if (trace.c.acts()) append(gainGroups<T>(trace.c, "c", {"c"}));
    return result;
}

template <class T>
LayerStatistics Prober<T>::statisticsOf(Network<T>& network, int layer,
                                        const std::vector<int>& times) const {
    LayerStatistics result;
    const LayerTrace<T> trace = network.trace(layer);
    const auto add = [&](const NormalizerTrace<T>& side, const char* name) {
        if (!side.acts()) return;
        const std::string tensor = tensorName("norm", name, layer);
        const auto view = [&](const char* what) -> MatrixView<const T> {
            const Parameter<T>& p = network.statistics().at(tensor + what);
            const std::size_t width = side.gain.size();
            return {p.value.data(), p.value.size() / width, width};
        };
        result.sides.push_back(sideStatistics<T>(side, trace.batch, m_network.normalization.epsilon,
                                                 name, times, view(".running_mean"),
                                                 view(".running_var")));
    };
    add(trace.ih, "ih");
    add(trace.hh, "hh");
    add(trace.c, "c");
    return result;
}

template <class T>
WeightRow Prober<T>::weightsOf(Network<T>& network) {
    WeightRow row;
    const std::vector<std::string> names = gateNames(m_network.cell);
    for (int l = 0; l < m_network.layers; ++l) {
        for (const char* side : {"ih", "hh"}) {
            const std::string name = tensorName("weight", side, l);
            const Parameter<T>& latent = network.parameters().at(name);
            WeightViews<T> views{latent.view(), latent.view(), latent.view()};
            if (latent.quantized) views.quantized = network.quantizedWeight(name).view();
            views.effective = m_network.normalization.method == "weight"
                                  ? std::as_const(network.effectiveWeight(name)).view()
                                  : views.quantized;
            SignBits& before = m_signs[name];
            row.matrices.push_back(measureWeights<T>(name, latent.quantized, views, names, before));
            before = signBits<T>(latent.view());
        }
        row.saturation.push_back(gateSaturation(network.trace(l)));
    }
    return row;
}

template class Prober<float>;
template class Prober<double>;

}  // namespace bitloom
