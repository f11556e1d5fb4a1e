#include "nn/recurrent_layer.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>

#include "math/gemm.h"
#include "math/kernels.h"
#include "math/rng.h"
#include "nn/thresholds.h"

namespace bitloom {

template <class T>
std::unique_ptr<Normalizer<T>> RecurrentLayer<T>::addNormalizer(const NetworkConfig& config,
                                                                const char* side, int gates,
                                                                int inputs,
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
    auto normalizer = makeNormalizer<T>(norm, tensors);
    if (std::string_view(side) != "ih") return normalizer;
    if (inputs == 1) m_scalarIh = makeScalarInputNormalizer<T>(norm, tensors, *normalizer);
    if (auto* const batch = dynamic_cast<BatchNormalizer<T>*>(normalizer.get()))
        m_tokenIh = std::make_unique<TokenBatchNormalizer<T>>(tensors, static_cast<T>(norm.epsilon),
                                                              *batch);
    return normalizer;
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
    normalizer = addNormalizer(config, side, config.gates(), width, parameters, statistics);
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
    if (config.normalization.cell)
        m_normC = addNormalizer(config, "c", 1, 0, parameters, statistics);
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
NormalizerStep RecurrentLayer<T>::stepOf(std::size_t t, const Share& share) {
    // The running statistics have moved when the segment ran the first time.
    const Statistics statistics = share.again ? Statistics::batch : m_pass.statistics;
    return {t, statistics, share.member, share.first, &*m_team};
}

template <class T>
void RecurrentLayer<T>::resize(const LayerInput<T>& input, const PassConfig& pass) {
    m_pass = pass;
    m_usesTable = !input.tokens.empty() && input.tokenScale.empty() && m_normIh->isPerSample();
    m_isNarrow = input.tokens.empty() && input.x.cols <= k_narrowWidth;
    m_isWide = input.tokens.empty() && !m_isNarrow;
    m_usesScalar = m_scalarIh && m_isNarrow && !input.needsGradient && !pass.traced;
    m_usesTokens = m_tokenIh && !input.tokens.empty() && input.tokenScale.empty() &&
                   pass.batch >= k_fewestTokens && !pass.traced;
    m_readsSource = isLstm() && input.tokenScale.empty() &&
                    (m_usesScalar || m_usesTokens || m_usesTable ||
                     (!m_affine && m_isNarrow && input.x.cols == 1));
    m_normalizesInCell = isLstm() && m_affine && !m_normC && !pass.traced;
    m_forgetsGates = m_normalizesInCell && pass.keep;
    m_team.emplace(Team::membersFor(pass.batch, k_fewestRows));
    const std::size_t members = m_team->members();
    const std::size_t batch = pass.batch;
    const std::size_t all = pass.steps * batch;
    m_keptSteps = !pass.keep           ? 1
                  : pass.recompute > 0 ? std::min(pass.recompute, pass.steps)
                                       : pass.steps;
    const std::size_t kept = m_keptSteps * batch;
    m_h.resize(all + batch, m_hidden);
    if (isLstm()) m_c.resize(kept + batch, m_hidden);
    if (isLstm() && recomputes())
        m_cStarts.resize((pass.steps + m_keptSteps - 1) / m_keptSteps * batch, m_hidden);
    // Segments of one step too: another product would sum in another order.
    m_multipliesAhead = m_isWide && pass.keep && !pass.traced;
    m_stepsAhead = 1;
    if (m_multipliesAhead)
        m_stepsAhead = std::clamp<std::size_t>(k_rowsAhead * members / batch, 1, m_keptSteps);
    m_gates.resize(m_forgetsGates ? batch : kept, m_width);
    if (m_affine) m_b.resize(kept, m_width);
    const bool keepsA = m_affine && !m_usesTable && !m_usesScalar && !m_usesTokens;
    if (keepsA) m_a.resize(kept, m_width);
    m_inner.resize(m_forgetsGates ? 0 : kept, m_hidden);
    if (m_normC) m_cellHat.resize(kept, m_hidden);
    m_shares.resize(members);
    for (std::size_t m = 0; m < members; ++m) {
        Share& share = m_shares[m];
        share.member = m;
        share.first = m_team->firstRow(m, batch);
        share.rows = m_team->firstRow(m + 1, batch) - share.first;
        share.again = false;
        share.b.resize(isLstm() ? 0 : share.rows, m_width);
    }
    if (m_usesTable)
        m_normIh->begin(1, m_ih->latent().cols(), pass.keep, 1);
    else if (!m_usesScalar && !m_usesTokens)  // these have their own
        m_normIh->begin(pass.steps, batch, pass.keep, members);
    m_normHh->begin(pass.steps, batch, pass.keep, members);
    if (m_normC) m_normC->begin(pass.steps, batch, pass.keep, members);
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
        startFrom(m_initialH, "state.h", m_h.view().rowRange(0, m_pass.batch));
    if (!isLstm()) return;
    if (c)
        std::copy_n(c->data(), c->size(), m_c.data());
    else
        startFrom(m_initialC, "state.c", m_c.view().rowRange(0, m_pass.batch));
}

template <class T>
void RecurrentLayer<T>::forward(const LayerInput<T>& input, const PassConfig& pass,
                                const Matrix<T>* h, const Matrix<T>* c) {
    resize(input, pass);
    setInitialState(h, c);
    const std::size_t members = m_team->members();
    const std::size_t rows = m_shares.front().rows;
    m_hh->pack(rows, pass.keep, members, pass.precision);
    if (m_isWide && (!m_multipliesAhead || pass.precision == Precision::bf16))
        m_ih->pack(m_stepsAhead * rows, false, members, pass.precision);
    else if (!m_usesScalar)
        makeTable();
    if (isLstm() && m_affine) {
        m_bias.resize(m_width);
        for (std::size_t j = 0; j < m_width; ++j)
            m_bias[j] = m_biasIh->value[j] + m_shiftHh->value[j] +
                        (usesGainA() ? m_shiftIh->value[j] : T(0));
    }
    const std::span<const T> bias = std::as_const(m_bias).span();
    if (m_usesScalar)
        m_scalarIh->begin({m_ih->effective().data, m_width}, {input.x.data, input.x.rows}, bias,
                          pass.steps, pass.batch, pass.statistics, pass.keep, members);
    if (m_usesTokens)
        m_tokenIh->begin(m_table.view(), input.tokens, bias, pass.steps, pass.batch, pass.keep,
                         members);
    m_team->run([&](std::size_t member) {
        Share& share = m_shares[member];
        for (std::size_t t = 0; t < m_pass.steps; ++t) {
            if (recomputes() && t % m_keptSteps == 0) beginSegment(t, share);
            forwardStep(input, t, share);
        }
    });
}

template <class T>
void RecurrentLayer<T>::beginSegment(std::size_t t, const Share& share) {
    if (!isLstm()) return;
    const MatrixView<T> start = cellState(t, share, 0);
    if (t > 0) {
        const MatrixView<T> former = cellState(t - 1, share, 1);
        std::copy_n(former.data, former.size(), start.data);
    }
    std::copy_n(start.data, start.size(), state(m_cStarts, t / m_keptSteps, share).data);
}

template <class T>
void RecurrentLayer<T>::recomputeSegment(const LayerInput<T>& input, std::size_t t, Share& share) {
    // Normalizers may reuse what members exchange in the next step of one direction, not of both.
    m_team->meet(share.member);
    if (isLstm()) {
        const MatrixView<T> start = state(m_cStarts, t / m_keptSteps, share);
        std::copy_n(start.data, start.size(), cellState(t, share, 0).data);
    }
    share.again = true;
    for (std::size_t i = 0; i < m_keptSteps; ++i) forwardStep(input, t + i, share);
    share.again = false;
    m_team->meet(share.member);
}

template <class T>
void RecurrentLayer<T>::forwardStep(const LayerInput<T>& input, std::size_t t, Share& share) {
    const MatrixView<T> gates = gatesAt(t, share);
    const MatrixView<const T> hPrevious = state(m_h, t, share);
    CellForward<T> step;
    step.norm = stepOf(t, share);
    const auto measureInput = [&] {
        if (m_usesScalar) m_scalarIh->measure(step.norm);
        if (m_usesTokens) m_tokenIh->measure(step.norm);
    };
    if (m_multipliesAhead && t % m_keptSteps % m_stepsAhead == 0) multiplyAhead(input, t, share);
    if (!m_readsSource) {
        measureInput();
        inputSide(input, t, share, gates);
    }
    if (sharesGradient()) {
        m_hh->packed().forward(hPrevious, gates, !m_readsSource, share.member);
        step.in = gateInput(input, t, share);
    } else if (m_affine) {
        const MatrixView<T> b = at(m_b, t, share);
        m_hh->packed().forward(hPrevious, b, false, share.member);
        if (m_normalizesInCell) m_normHh->startMeasure(step.norm, b);
        // While the other members' numbers are on the way.
        if (m_readsSource) measureInput();
        step.in = gateInput(input, t, share);
        if (m_normalizesInCell)
            m_normHh->completeMeasure(step.norm, b, step.in);
        else
            m_normHh->forward(step.norm, b, b, isLstm() ? MatrixView<T>{} : share.b.view());
    } else {
        m_hh->packed().forward(hPrevious, share.b.view(), false, share.member);
        step.in = gateInput(input, t, share);
    }
    step.hPrevious = hPrevious;
    if (!m_forgetsGates) {
        step.gates = gates;
        step.inner = at(m_inner, t, share);
    }
    step.h = state(m_h, t + 1, share);
    if (!isLstm()) {
        step.biasHh = std::as_const(m_biasHh->value).span();
        m_gru.forward(step);
        return;
    }
    if (m_normC) step.cellHat = at(m_cellHat, t, share);
    step.cPrevious = cellState(t, share, 0);
    step.c = cellState(t, share, 1);
    m_lstm->forward(step);
}

template <class T>
MatrixView<const T> RecurrentLayer<T>::hidden() const {
    return m_h.view().rowRange(m_pass.batch, m_pass.steps * m_pass.batch);
}

template <class T>
MatrixView<const T> RecurrentLayer<T>::cell() const {
    if (m_kind == Cell::gru || !m_pass.keep || recomputes()) return {};
    return m_c.view().rowRange(m_pass.batch, m_pass.steps * m_pass.batch);
}

template <class T>
MatrixView<const T> RecurrentLayer<T>::lastHidden() const {
    return m_h.view().rowRange(m_pass.steps * m_pass.batch, m_pass.batch);
}

template <class T>
MatrixView<const T> RecurrentLayer<T>::lastCell() const {
    if (m_kind == Cell::gru) return {};
    return m_c.view().rowRange(cellBlock(m_pass.steps - 1, 1) * m_pass.batch, m_pass.batch);
}

template class RecurrentLayer<float>;
template class RecurrentLayer<double>;

}  // namespace bitloom
