#include "nn/layer_trace.h"

#include "nn/recurrent_layer.h"

namespace bitloom {

template <class T>
LayerTrace<T> RecurrentLayer<T>::trace() const {
    const auto of = [](const Normalizer<T>* normalizer, const Matrix<T>* hat) {
        NormalizerTrace<T> trace;
        if (!normalizer || !normalizer->actsOnActivations()) return trace;
        trace.acrossBatch = !normalizer->isPerSample();
        trace.gain = normalizer->gain();
        trace.inverse = normalizer->inverseDeviation();
        trace.mean = normalizer->means();
        if (hat) trace.hat = hat->view();
        return trace;
    };
    LayerTrace<T> trace;
    trace.cell = m_kind;
    trace.steps = m_pass.steps;
    trace.batch = m_pass.batch;
    trace.width = m_hidden;
    trace.hidden = m_h.view();
    if (m_kind == Cell::lstm) trace.cells = m_c.view();
    if (m_pass.traced) {
        trace.gates = m_gates.view();
        trace.inner = m_inner.view();
    }
    trace.effectiveHh = m_hh->effective();
    trace.ih = of(m_normIh.get(), nullptr);
    trace.hh = of(m_normHh.get(), m_pass.traced ? &m_b : nullptr);
    trace.c = of(m_normC.get(), m_pass.traced ? &m_cellHat : nullptr);
    return trace;
}

template LayerTrace<float> RecurrentLayer<float>::trace() const;
template LayerTrace<double> RecurrentLayer<double>::trace() const;

}  // namespace bitloom
