#include "nn/network.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "base/error.h"
#include "math/threads.h"
#include "nn/check.h"
#include "nn/embedding.h"
#include "nn/initialization.h"
#include "nn/loss.h"
#include "nn/readout.h"
#include "nn/recurrent_stack.h"

namespace bitloom {

namespace {

void checkBatch(const NetworkConfig& config, const Batch& batch, Mode mode) {
    const auto expect = [](const char* field, std::size_t is, std::size_t should) {
        if (is != should)
            throw InputError(
                {}, field,
                "there are " + std::to_string(is) + " numbers, expected " + std::to_string(should));
    };
    if (batch.steps == 0 || batch.size == 0) throw InputError("the batch is empty");
    const std::size_t rows = batch.steps * batch.size;
    const auto features = static_cast<std::size_t>(config.features);
    if (batch.features != features)
        throw InputError({}, "features",
                         "the batch has " + std::to_string(batch.features) +
                             " features a step, the network reads " + std::to_string(features));
    if (features > 0) {
        expect("frames", batch.frames.size(), rows * features);
    } else {
        expect("tokens", batch.tokens.size(), rows);
        for (const std::int32_t token : batch.tokens)
            if (token < 0 || token >= config.vocabulary)
                throw InputError({}, "tokens",
                                 std::to_string(token) + " is not in 0 .. " +
                                     std::to_string(config.vocabulary - 1));
    }
    if (!batch.lengths.empty()) {
        expect("lengths", batch.lengths.size(), batch.size);
        for (const std::int32_t length : batch.lengths)
            if (length < 1 || static_cast<std::size_t>(length) > batch.steps)
                throw InputError(
                    {}, "lengths",
                    std::to_string(length) + " is not in 1 .. " + std::to_string(batch.steps));
    }
    const bool ownStatistics =
        mode == Mode::train || mode == Mode::probe || mode == Mode::evaluate_batch_statistics;
    if (ownStatistics && batch.size == 1 && config.normalization.method.rfind("batch", 0) == 0)
        throw InputError({}, "training.batch",
                         "batch normalization needs at least 2 sequences a batch");
}

Statistics statisticsOf(Mode mode) {
    switch (mode) {
        case Mode::train:
            return Statistics::train;
        case Mode::probe:
            return Statistics::batch;
        case Mode::evaluate:
            return Statistics::running;
        case Mode::evaluate_batch_statistics:
            return Statistics::batch;
        case Mode::evaluate_true_average:
            return Statistics::average;
        case Mode::evaluate_step_average:
            return Statistics::per_step;
    }
    return Statistics::running;
}

/// Zeroes the gradient of the logits but for each sequence's last step. Tasks that read the last
/// step alone have no other.
template <class T>
void keepLastSteps(Task task, const Batch& batch, Matrix<T>& dLogits) {
    if (task == Task::classification || task == Task::regression) return;
    for (std::size_t row = 0; row < dLogits.rows(); ++row) {
        const std::size_t b = row % batch.size;
        const std::size_t steps =
            batch.lengths.empty() ? batch.steps : static_cast<std::size_t>(batch.lengths[b]);
        if (row / batch.size + 1 != steps) std::fill_n(dLogits.row(row), dLogits.cols(), T(0));
    }
}

}  // namespace

template <class T>
struct Network<T>::State {
    NetworkConfig config;
    std::uint64_t seed = 0;
    std::uint64_t step = 0;
    ParameterSet<T> parameters;
    ParameterSet<T> statistics;
    const ParameterSet<T>* moments = nullptr;
    std::unique_ptr<Quantizer<T>> quantizer;
    std::unique_ptr<Weight<T>> encoder;  ///< null without embedding
    std::unique_ptr<Weight<T>> decoder;  ///< null when tied
    std::unique_ptr<RecurrentStack<T>> stack;
    std::unique_ptr<InputSide<T>> inputSide;
    std::unique_ptr<Readout<T>> readout;

    bool stale = true;       ///< weights must be quantized again
    bool canGoBack = false;  ///< the last forward kept what backward() reads
    Batch batch;             ///< of the last forward; its inputs are read by backward()
    LayerInput<T> input;
    bool traced = false;  ///< of the last forward
    Matrix<T> dLogits;    ///< when traced
    Precision precision = Precision::fp32;
    std::size_t recompute = 0;
    std::vector<std::vector<double>> hiddenNorms;
    std::vector<std::vector<double>> cellNorms;
    std::map<std::string, Matrix<T>> quantizedCopies;
    std::map<std::string, Matrix<T>> effectiveCopies;

    std::unique_ptr<Weight<T>> addMatrix(const std::string& name, int rows, int cols,
                                         bool quantized) {
        const bool works = quantizer && quantized;
        Parameter<T>& latent =
            parameters.add(name + ".weight", {rows, cols}, works ? Role::latent : Role::weight);
        latent.quantized = works;
        Parameter<T>* scales = nullptr;
        if (works && quantizer->hasTrainedScales()) {
            const auto blocks = static_cast<std::int64_t>(
                quantizerBlocks(config.quantizer, static_cast<std::size_t>(rows), 0));
            scales = &parameters.add(name + ".scale", {blocks, 2}, Role::scale);
        }
        return std::make_unique<Weight<T>>(latent, scales, works ? quantizer.get() : nullptr,
                                           config.quantizer, 0, nullptr);
    }

    Weight<T>& decoderWeight() { return decoder ? *decoder : *encoder; }

    template <class Visit>
    void forEachWeight(const Visit& visit) {
        if (encoder) visit(*encoder);
        for (std::size_t l = 0; l < stack->size(); ++l) {
            visit(stack->layer(l).weightIh());
            visit(stack->layer(l).weightHh());
        }
        if (decoder) visit(*decoder);
    }

    void refreshWeights() {
        if (!stale) return;
        forEachWeight([this](Weight<T>& w) { w.refresh(moments, seed, step); });
        stale = false;
    }

    /// Clears the gradients that are added to. Those of the layers' weights and the decoder's are
    /// written.
    void clearGradients() {
        std::vector<const Parameter<T>*> written;
        forEachWeight([&](Weight<T>& w) {
            if (&w != encoder.get() || !decoder) written.push_back(&w.latent());
        });
        for (Parameter<T>& p : parameters) {
            if (std::find(written.begin(), written.end(), &p) != written.end()) continue;
            p.overGradient([&](std::size_t first, std::size_t count) {
                std::fill_n(p.gradient.begin() + first, count, T(0));
            });
        }
    }

    Weight<T>& find(const std::string& name) {
        Weight<T>* found = nullptr;
        forEachWeight([&](Weight<T>& w) {
            if (w.latent().name == name) found = &w;
        });
        if (!found) throw InputError({}, name, "no such weight matrix in this network");
        return *found;
    }
};

namespace {

template <class T>
const Matrix<T>& copyOf(MatrixView<const T> from, Matrix<T>& to) {
    to.resize(from.rows, from.cols);
    std::copy_n(from.data, from.size(), to.data());
    return to;
}

}  // namespace

template <class T>
Network<T>::Network(const NetworkConfig& config, std::uint64_t seed)
    : m_state(std::make_unique<State>()) {
    checkNetwork(config);
    State& s = *m_state;
    s.config = config;
    s.seed = seed;
    s.quantizer = makeQuantizer<T>(config.quantizer);
    if (config.embedding > 0)
        s.encoder =
            s.addMatrix("encoder", config.vocabulary, config.embedding, config.quantizer.encoder);
    s.stack =
        std::make_unique<RecurrentStack<T>>(config, s.quantizer.get(), s.parameters, s.statistics);
    if (!config.tied)
        s.decoder = s.addMatrix("decoder", config.outputs, config.hidden, config.quantizer.decoder);
    Parameter<T>& bias = s.parameters.add("decoder.bias", {config.outputs}, Role::bias);
    s.inputSide = std::make_unique<InputSide<T>>(config, s.encoder.get());
    s.readout = std::make_unique<Readout<T>>(config, s.decoderWeight(), bias);
    initializeParameters(config, seed, s.parameters);
}

template <class T>
Network<T>::~Network() = default;
template <class T>
Network<T>::Network(Network&&) noexcept = default;
template <class T>
Network<T>& Network<T>::operator=(Network&&) noexcept = default;

template <class T>
const NetworkConfig& Network<T>::config() const {
    return m_state->config;
}

template <class T>
ParameterSet<T>& Network<T>::parameters() {
    return m_state->parameters;
}

template <class T>
const ParameterSet<T>& Network<T>::parameters() const {
    return m_state->parameters;
}

template <class T>
ParameterSet<T>& Network<T>::statistics() {
    return m_state->statistics;
}

template <class T>
void Network<T>::weightsChanged() {
    m_state->stale = true;
}

template <class T>
void Network<T>::setSecondMoments(const ParameterSet<T>* moments) {
    m_state->moments = moments;
    m_state->stale = true;
}

template <class T>
void Network<T>::setPrecision(Precision precision) {
    if (std::is_same_v<T, double> && precision != Precision::fp32)
        throw WorkError("only single-precision networks multiply in bf16");
    m_state->precision = precision;
}

template <class T>
void Network<T>::setRecompute(std::size_t steps) {
    m_state->recompute = steps;
}

template <class T>
void Network<T>::setStep(std::uint64_t step) {
    State& s = *m_state;
    if (s.step != step && s.quantizer && s.quantizer->isStochastic()) s.stale = true;
    s.step = step;
}

template <class T>
LossResult Network<T>::forward(const Batch& batch, Mode mode, RecurrentState<T>& state,
                               std::span<const T> frames) {
    State& s = *m_state;
    const FlushToZero guard;
    checkBatch(s.config, batch, mode);
    if (!frames.empty() && frames.size() != batch.frames.size())
        throw InputError({}, "frames", "are not as many as the batch has");
    if (mode == Mode::evaluate_true_average || mode == Mode::evaluate_step_average)
        for (const Normalizer<T>* n : s.stack->layer(0).normalizers())
            if (!n->hasAverage())
                throw InputError(
                    "no average of batch statistics was collected for this evaluation");
    PassConfig pass;
    pass.steps = batch.steps;
    pass.batch = batch.size;
    pass.keep = mode == Mode::train || mode == Mode::probe;
    pass.statistics = statisticsOf(mode);
    pass.stateNoise = pass.keep ? s.config.init.stateNoise : 0.0;
    pass.seed = s.seed;
    pass.step = s.step;
    pass.precision = s.precision;
    pass.traced = mode == Mode::probe;
    pass.recompute = pass.traced ? 0 : s.recompute;
    s.canGoBack = false;
    s.batch = batch;
    s.refreshWeights();
    s.input = s.inputSide->forward(s.batch, frames, pass);
    const MatrixView<const T> top = s.stack->forward(s.input, pass, state);
    const BatchLoss<T> loss(s.config.task, s.batch, s.config.outputs);
    LossResult result;
    if (pass.keep && !pass.traced) {
        result = s.readout->train(s.batch, pass, top, loss);
    } else {
        const MatrixView<const T> logits = s.readout->forward(s.batch, pass, top);
        MatrixView<T> dLogits;
        if (pass.keep) {
            s.dLogits.resize(logits.rows, logits.cols);
            dLogits = s.dLogits.view();
        }
        result = loss.mean(loss.sums(0, logits, dLogits));
    }
    s.traced = pass.traced;
    s.canGoBack = pass.keep;
    return result;
}

template <class T>
void Network<T>::backward(const BackwardOptions<T>& options) {
    State& s = *m_state;
    if (!s.canGoBack) throw WorkError("backward() needs a forward pass in training mode before it");
    const FlushToZero guard;
    s.canGoBack = false;
    if (options.lastStepOnly && !s.traced)
        throw WorkError("the last step's gradient alone needs a forward pass in probe mode");
    if (options.lastStepOnly) keepLastSteps<T>(s.config.task, s.batch, s.dLogits);
    for (std::size_t l = 0; l < s.stack->size(); ++l) s.stack->layer(l).setWatch(options.watch);
    s.clearGradients();
    const OutputGradient<T> dTop =
        s.traced ? s.readout->backward(s.dLogits.view()) : s.readout->finishTraining();
    s.stack->backward(s.input, dTop, s.inputSide->gradient(), s.moments);
    s.inputSide->backward(s.batch.tokens);
    if (s.encoder && s.decoder) s.encoder->setGradientRows(s.batch.tokens);
    if (s.encoder) s.encoder->backward(s.moments);
    if (s.decoder) s.decoder->backward(s.moments);
    s.hiddenNorms.resize(s.stack->size());
    s.cellNorms.resize(s.config.cell == Cell::lstm ? s.stack->size() : 0);
    for (std::size_t l = 0; l < s.stack->size(); ++l) {
        s.hiddenNorms[l] = s.stack->layer(l).hiddenGradientNorms();
        if (l < s.cellNorms.size()) s.cellNorms[l] = s.stack->layer(l).cellGradientNorms();
    }
}

template <class T>
LayerTrace<T> Network<T>::trace(int l) const {
    return std::as_const(*m_state->stack).layer(static_cast<std::size_t>(l)).trace();
}

template <class T>
MatrixView<const T> Network<T>::logits() const {
    return m_state->readout->logits();
}

template <class T>
const std::vector<std::vector<double>>& Network<T>::hiddenGradientNorms() const {
    return m_state->hiddenNorms;
}

template <class T>
const std::vector<std::vector<double>>& Network<T>::cellGradientNorms() const {
    return m_state->cellNorms;
}

template <class T>
MatrixView<const T> Network<T>::hiddenStates(int l) const {
    return std::as_const(*m_state->stack).layer(static_cast<std::size_t>(l)).hidden();
}

template <class T>
MatrixView<const T> Network<T>::cellStates(int l) const {
    return std::as_const(*m_state->stack).layer(static_cast<std::size_t>(l)).cell();
}

template <class T>
const Matrix<T>& Network<T>::quantizedWeight(const std::string& name) {
    m_state->refreshWeights();
    return copyOf<T>(m_state->find(name).quantized(), m_state->quantizedCopies[name]);
}

template <class T>
const Matrix<T>& Network<T>::effectiveWeight(const std::string& name) {
    m_state->refreshWeights();
    return copyOf<T>(m_state->find(name).effective(), m_state->effectiveCopies[name]);
}

template <class T>
void Network<T>::beginStatisticsAverage() {
    for (std::size_t l = 0; l < m_state->stack->size(); ++l)
        for (Normalizer<T>* n : m_state->stack->layer(l).normalizers()) n->beginAverage();
}

template <class T>
void Network<T>::endStatisticsAverage() {
    for (std::size_t l = 0; l < m_state->stack->size(); ++l)
        for (Normalizer<T>* n : m_state->stack->layer(l).normalizers())
            n->endAverage(m_state->config.normalization.trueAverage);
}

template class Network<float>;
template class Network<double>;

}  // namespace bitloom
