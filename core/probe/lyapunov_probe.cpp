#include "probe/lyapunov_probe.h"

#include <cassert>

namespace bitloom {

template <class T>
void LyapunovProbe<T>::follow(const Network<T>& network) {
    const NetworkConfig& config = network.config();
    m_hasBatchNorm = config.normalization.method.starts_with("batch_");
    const bool whole = m_hasBatchNorm && m_options.batchNorm == BatchNormJacobian::whole;
    for (int l = 0; l < config.layers; ++l) {
        const LayerTrace<T> trace = network.trace(l);
        assert(trace.gates.data);
        std::vector<std::size_t> samples;
        if (whole)
            for (std::size_t b = 0; b < trace.batch; ++b) samples.push_back(b);
        else
            samples.assign(m_options.samples.begin(), m_options.samples.end());
        StateJacobian<T> jacobian(trace, samples, m_options.batchNorm);
        if (m_layers.size() == static_cast<std::size_t>(l)) {
            LyapunovOptions options;
            options.exponents = m_options.exponents;
            options.trajectories = whole ? 1 : samples.size();
            options.rowsOfState = whole ? samples.size() : 1;
            options.stateSize = jacobian.stateSize();
            options.warmup = m_options.warmup;
            options.seed = m_options.seed + static_cast<std::uint64_t>(l);
            m_layers.emplace_back(options);
        }
        LyapunovEstimator<T>& estimator = m_layers[static_cast<std::size_t>(l)];
        for (std::size_t t = 0; t < trace.steps; ++t)
            estimator.step([&](MatrixView<T> tangents) { jacobian.apply(t, tangents); });
    }
}

template <class T>
LyapunovRow LyapunovProbe<T>::row(std::int64_t step) const {
    const bool whole = m_hasBatchNorm && m_options.batchNorm == BatchNormJacobian::whole;
    LyapunovRow row;
    row.step = step;
    row.samples = static_cast<int>(m_options.samples.size());
    row.warmup = static_cast<int>(m_options.warmup);
    row.statistics = !m_hasBatchNorm ? "none" : whole ? "whole" : "constant";
    for (const LyapunovEstimator<T>& layer : m_layers) {
        row.steps = static_cast<int>(layer.steps());
        row.layers.push_back(layer.result());
    }
    return row;
}

template class LyapunovProbe<float>;
template class LyapunovProbe<double>;

}  // namespace bitloom
