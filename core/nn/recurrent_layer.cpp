#include "nn/recurrent_layer.h"

#include <cmath>
#include <string>
#include <utility>

#include "math/gemm.h"
#include "math/kernels.h"
#include "math/rng.h"

namespace bitloom {

template <class T>
std::unique_ptr<Normalizer<T>> RecurrentLayer<T>::addNormalizer(const NetworkConfig& config,
                                                                const char* side, int gates,
                                                                ParameterSet<T>& parameters,
                                                                ParameterSet<T>& statistics) {
    const NormalizationConfig& norm = config.normalization;
    NormalizerTensors<T> tensors;
    tensors.gates = static_cast<std::size_t>(gates);
    const std::int64_t width = static_cast<std::int64_t>(gates) * config.hidden;
    if (norm.method == "weight") {
        Parameter<T>& gain =
            parameters.add("rnn.gain_" + std::string(side) + m_suffix, {width}, Role::gain);
        tensors.gain = std::as_const(gain.value).span();
        tensors.gainGradient = gain.gradient.span();
    } else if (norm.method != "none") {
        const std::string name = "rnn.norm_" + std::string(side) + m_suffix;
        Parameter<T>& gain = parameters.add(name + ".weight", {width}, Role::gain);
        Parameter<T>& shift = parameters.add(name + ".bias", {width}, Role::bias);
        tensors.gain = std::as_const(gain.value).span();
        tensors.gainGradient = gain.gradient.span();
        tensors.shift = std::as_const(shift.value).span();
        tensors.shiftGradient = shift.gradient.span();
        if (norm.method != "layer") {
            std::vector<std::int64_t> shape{width};
            if (norm.method == "batch_separate") shape.insert(shape.begin(), norm.maxSteps);
            const std::size_t rows = shape.size() == 2 ? static_cast<std::size_t>(shape[0]) : 1;
            const auto view = [&](const char* what, T start) -> MatrixView<T> {
                Parameter<T>& p = statistics.add(name + what, shape, Role::statistic, false);
                p.value.fill(start);
                return {p.value.data(), rows, static_cast<std::size_t>(width)};
            };
            tensors.runningMean = view(".running_mean", T(0));
            tensors.runningVariance = view(".running_var", T(1));
        }
    }
    return makeNormalizer<T>(norm, tensors);
}

template <class T>
std::unique_ptr<Weight<T>> RecurrentLayer<T>::addWeight(const NetworkConfig& config,
                                                        const char* side, int width, bool quantized,
                                                        const Quantizer<T>* quantizer,
                                                        std::unique_ptr<Normalizer<T>>& normalizer,
                                                        ParameterSet<T>& parameters,
                                                        ParameterSet<T>& statistics) {
    const auto rows = static_cast<std::int64_t>(m_width);
    Parameter<T>& latent =
        parameters.add("rnn.weight_" + std::string(side) + m_suffix, {rows, width}, Role::latent);
    normalizer = addNormalizer(config, side, config.gates(), parameters, statistics);
    latent.quantized = quantizer && quantized;
    if (!latent.quantized)
        return std::make_unique<Weight<T>>(latent, nullptr, nullptr, config.quantizer, m_hidden,
                                           normalizer.get());
    Parameter<T>* scales = nullptr;
    if (quantizer->hasTrainedScales())
        scales = &parameters.add(
            "rnn.scale_" + std::string(side) + m_suffix,
            {static_cast<std::int64_t>(quantizerBlocks(config.quantizer, m_width, m_hidden)), 2},
            Role::scale);
    return std::make_unique<Weight<T>>(latent, scales, quantizer, config.quantizer, m_hidden,
                                       normalizer.get());
}

template <class T>
RecurrentLayer<T>::RecurrentLayer(const NetworkConfig& config, int index,
                                  const Quantizer<T>* quantizer, ParameterSet<T>& parameters,
                                  ParameterSet<T>& statistics)
    : m_index(index),
      m_kind(config.cell),
      m_hidden(static_cast<std::size_t>(config.hidden)),
      m_width(static_cast<std::size_t>(config.gates()) * m_hidden),
      m_suffix("_l" + std::to_string(index)),
      m_affine(false) {
    const auto width = static_cast<std::int64_t>(m_width);
    m_ih = addWeight(config, "ih", config.inputWidth(index), config.quantizer.weightIh, quantizer,
                     m_normIh, parameters, statistics);
    m_hh = addWeight(config, "hh", config.hidden, config.quantizer.weightHh, quantizer, m_normHh,
                     parameters, statistics);
    if (config.normalization.cell) m_normC = addNormalizer(config, "c", 1, parameters, statistics);
    m_affine = m_normIh->actsOnActivations();
    m_biasIh = &parameters.add("rnn.bias_ih" + m_suffix, {width}, Role::bias);
    if (m_kind == Cell::gru)
        m_biasHh = &parameters.add("rnn.bias_hh" + m_suffix, {width}, Role::bias);
    else
        m_lstm.emplace(m_normC.get());
    if (config.init.learnableState) {
        m_initialH = &parameters.add("rnn.h0" + m_suffix, {config.hidden}, Role::state);
        if (m_kind == Cell::lstm)
            m_initialC = &parameters.add("rnn.c0" + m_suffix, {config.hidden}, Role::state);
    }
    if (m_affine) {
        m_shiftIh = &parameters.at("rnn.norm_ih" + m_suffix + ".bias");
        m_shiftHh = &parameters.at("rnn.norm_hh" + m_suffix + ".bias");
    }
    m_normalizers = {m_normIh.get(), m_normHh.get()};
    if (m_normC) m_normalizers.push_back(m_normC.get());
}

template <class T>
void RecurrentLayer<T>::resize(const PassConfig& pass, bool rows) {
    m_pass = pass;
    const std::size_t batch = pass.batch;
    const std::size_t all = pass.steps * batch;
    const std::size_t kept = pass.keep ? all : batch;
    const bool lstm = m_kind == Cell::lstm;
    m_h.resize(all + batch, m_hidden);
    if (lstm) m_c.resize(all + batch, m_hidden);
    // A window of input products lands in the gates, or, to be normalized, in a^.
    m_gates.resize(rows && !m_affine ? all : kept, m_width);
    if (m_affine && !m_usesTable) m_a.resize(rows ? all : kept, m_width);
    m_b.resize(m_affine || !lstm ? kept : batch, m_width);
    m_inner.resize(kept, m_hidden);
    if (m_normC) m_cellHat.resize(kept, m_hidden);
    m_stepA.resize(batch, m_width);
    m_stepB.resize(batch, m_width);
    m_normIh->begin(m_usesTable ? 1 : pass.steps, m_usesTable ? m_ih->latent().cols() : batch,
                    pass.keep);
    m_normHh->begin(pass.steps, batch, pass.keep);
    if (m_normC) m_normC->begin(pass.steps, batch, pass.keep);
}

template <class T>
void RecurrentLayer<T>::startFrom(const Parameter<T>* initial, const char* purpose,
                                  MatrixView<T> out) {
    for (std::size_t b = 0; b < out.rows; ++b)
        for (std::size_t j = 0; j < out.cols; ++j) out(b, j) = initial ? initial->value[j] : T(0);
    if (m_pass.stateNoise <= 0) return;
    Rng rng(m_pass.seed, makeStream(purpose, static_cast<std::uint64_t>(m_index), m_pass.step));
    for (std::size_t b = 0; b < out.rows; ++b)
        for (std::size_t j = 0; j < out.cols; ++j)
            out(b, j) += static_cast<T>(m_pass.stateNoise * rng.normal());
}

template <class T>
void RecurrentLayer<T>::setInitialState(const Matrix<T>* h, const Matrix<T>* c) {
    m_fromInitial = h == nullptr;
    if (h)
        std::copy_n(h->data(), h->size(), m_h.data());
    else
        startFrom(m_initialH, "state.h", state(m_h, 0));
    if (m_kind == Cell::gru) return;
    if (c)
        std::copy_n(c->data(), c->size(), m_c.data());
    else
        startFrom(m_initialC, "state.c", state(m_c, 0));
}

template <class T>
void RecurrentLayer<T>::makeTable() {
    const MatrixView<const T> w = m_ih->effective();
    m_table.resize(w.cols, w.rows);
    kernels::transpose<T>(w, m_table.view());
    if (!m_usesTable || !m_affine) return;
    m_tableOut.resize(w.cols, w.rows);
    m_normIh->forward(0, m_table.view(), m_table.view(), m_tableOut.view(), m_pass.statistics);
}

template <class T>
void RecurrentLayer<T>::forward(const LayerInput<T>& input, const PassConfig& pass,
                                const Matrix<T>* h, const Matrix<T>* c) {
    const bool rows = input.tokens.empty();
    m_usesTable = !rows && input.tokenScale.empty() && m_normIh->isPerSample();
    resize(pass, rows);
    setInitialState(h, c);
    m_hh->pack(pass.batch, pass.keep);
    if (rows)
        gemm<T>(Transpose::no, Transpose::yes, input.x, m_ih->effective(), T(0),
                m_affine ? m_a.view() : m_gates.view());
    else
        makeTable();
    for (std::size_t t = 0; t < pass.steps; ++t) forwardStep(input, t);
}

template <class T>
void RecurrentLayer<T>::forwardStep(const LayerInput<T>& input, std::size_t t) {
    const std::size_t batch = m_pass.batch;
    const MatrixView<T> gates = at(m_gates, t);
    const bool normalizeA = m_affine && !m_usesTable;
    const MatrixView<T> a = normalizeA ? at(m_a, t) : gates;
    if (!input.tokens.empty()) {
        const Matrix<T>& table = m_usesTable && m_affine ? m_tableOut : m_table;
        kernels::gatherRows<T>(table.view(), input.tokens.subspan(t * batch, batch), a);
        if (!input.tokenScale.empty())
            kernels::combineRows<T>(input.tokenScale.subspan(t * batch, batch), a, {}, {}, a);
    }
    if (normalizeA) m_normIh->forward(t, a, a, gates, m_pass.statistics);
    MatrixView<T> b = at(m_b, t);
    m_hh->packed().forward(state(m_h, t), b);
    if (m_affine) {
        m_normHh->forward(t, b, b, m_stepB.view(), m_pass.statistics);
        b = m_stepB.view();
    }
    CellForward<T> step;
    step.t = t;
    step.statistics = m_pass.statistics;
    step.a = gates;
    step.b = b;
    step.biasIh = std::as_const(m_biasIh->value).span();
    step.hPrevious = state(m_h, t);
    step.gates = gates;
    step.inner = at(m_inner, t);
    step.h = state(m_h, t + 1);
    if (m_kind == Cell::gru) {
        step.biasHh = std::as_const(m_biasHh->value).span();
        m_gru.forward(step);
        return;
    }
    if (m_normC) step.cellHat = at(m_cellHat, t);
    step.cPrevious = state(m_c, t);
    step.c = state(m_c, t + 1);
    m_lstm->forward(step);
}

template <class T>
MatrixView<const T> RecurrentLayer<T>::hidden() const {
    return m_h.view().rowRange(m_pass.batch, m_pass.steps * m_pass.batch);
}

template <class T>
MatrixView<const T> RecurrentLayer<T>::cell() const {
    if (m_kind == Cell::gru) return {};
    return m_c.view().rowRange(m_pass.batch, m_pass.steps * m_pass.batch);
}

template <class T>
MatrixView<const T> RecurrentLayer<T>::lastHidden() const {
    return m_h.view().rowRange(m_pass.steps * m_pass.batch, m_pass.batch);
}

template <class T>
MatrixView<const T> RecurrentLayer<T>::lastCell() const {
    if (m_kind == Cell::gru) return {};
    return m_c.view().rowRange(m_pass.steps * m_pass.batch, m_pass.batch);
}

template class RecurrentLayer<float>;
template class RecurrentLayer<double>;

}  // namespace bitloom
