#include "probe/verify_run.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "base/error.h"
#include "base/files.h"
#include "math/kernels.h"
#include "nn/layer_trace.h"
#include "nn/network.h"
#include "probe/bounds.h"
#include "probe/spectra.h"

namespace bitloom {

namespace {

constexpr double k_tolerance = 1e-4;
constexpr double k_tolerance_batch_norm = 1e-3;
/// Elements with a gradient below this share of the tensor's largest have no reliable sign, and the
/// sign is all that a first Adam step keeps of it.
constexpr double k_adam_exempt = 1e-6;
/// |a - b| / |b| as 2-norms; |a - b| where b is zero; infinity for anything not finite.
class Difference {
public:
    void add(double a, double b) {
        m_difference += (a - b) * (a - b);
        m_reference += b * b;
    }
    /// @param least the norm of b counts as at least this
    [[nodiscard]] double relative(double least = 0) const {
        const double difference = std::sqrt(m_difference);
        if (!std::isfinite(difference)) return std::numeric_limits<double>::infinity();
        const double reference = std::max(std::sqrt(m_reference), least);
        return reference > 0 ? difference / reference : difference;
    }

private:
    double m_difference = 0;
    double m_reference = 0;
};

template <class T>
class Run {
public:
    Run(std::filesystem::path file, VerifyCase reference, const VerifyWeights* weights,
        Rng* disturbance, double leastGradient)
        : m_file(std::move(file)),
          m_case(std::move(reference)),
          m_weights(weights),
          m_disturbance(disturbance),
          m_leastGradient(leastGradient),
          m_network(weights ? withoutQuantizer(m_case.config) : m_case.config, 1) {}

    VerifyResult operator()() {
        m_result.name = m_case.name;
        const bool batchNorm = m_case.config.normalization.method.rfind("batch", 0) == 0;
        m_result.tolerance = batchNorm ? k_tolerance_batch_norm : k_tolerance;
        load(m_network.parameters(), m_case.parameters, "parameters");
        load(m_network.statistics(), m_case.running, "running");
        loadSecondMoments();
        if (m_weights) takeWeights();
        compareWeights();
        compareTraining();
        compareLambda();
        compareUpdate();
        compareEvaluation();
        for (const VerifyGroup& g : m_result.groups)
            m_result.worst = std::max(m_result.worst, g.error);
        return std::move(m_result);
    }

private:
    [[noreturn]] void fail(const std::string& field, const std::string& why) const {
        throw InputError(utf8(m_file), field, why);
    }

    const VerifyTensor& find(const VerifyTensors& tensors, const std::string& group,
                             const std::string& name,
                             const std::vector<std::int64_t>& shape) const {
        const auto found = tensors.find(name);
        if (found == tensors.end()) fail(group + "." + name, "is missing");
        if (found->second.shape != shape) fail(group + "." + name, "has the wrong shape");
        return found->second;
    }

    void load(ParameterSet<T>& set, const VerifyTensors& tensors, const std::string& group) const {
        for (Parameter<T>& p : set) {
            const VerifyTensor& from = find(tensors, group, p.name, p.shape);
            // A latent weight next to a threshold must not change its level.
            const bool keeps = p.quantized && !m_weights && !m_case.config.quantizer.method.empty();
            for (std::size_t i = 0; i < p.value.size(); ++i)
                p.value[i] = static_cast<T>(from.values[i] * (keeps ? 1 : disturbed()));
        }
        for (const auto& [name, tensor] : tensors)
            if (!set.find(name)) fail(group + "." + name, "is no tensor of this network");
    }

    void loadSecondMoments() {
        if (m_case.secondMoment.empty()) return;
        for (const Parameter<T>& p : m_network.parameters()) {
            if (!p.quantized) continue;
            const VerifyTensor& from = find(m_case.secondMoment, "second_moment", p.name, p.shape);
            Parameter<T>& v = m_moments.add(p.name, p.shape, p.role, false);
            for (std::size_t i = 0; i < v.value.size(); ++i) {
                if (from.values[i] < 0) fail("second_moment." + p.name, "must not be negative");
                v.value[i] = static_cast<T>(from.values[i]);
            }
        }
        m_network.setSecondMoments(&m_moments);
    }

    static NetworkConfig withoutQuantizer(NetworkConfig config) {
        config.quantizer.method.clear();
        return config;
    }
    void takeWeights() {
        for (const auto& [name, weight] : *m_weights) {
            Parameter<T>& p = m_network.parameters().at(name);
            for (std::size_t i = 0; i < weight.size(); ++i)
                p.value[i] = static_cast<T>(weight.data()[i] * disturbed());
        }
    }
    [[nodiscard]] double disturbed() const {
        return m_disturbance ? 1 + (2 * m_disturbance->uniformDouble() - 1) * 0x1p-24 : 1;
    }

    void note(const char* group, const std::string& tensor, double error) {
        if (m_result.groups.empty() || m_result.groups.back().name != group)
            m_result.groups.push_back({group, tensor, error});
        VerifyGroup& last = m_result.groups.back();
        if (error > last.error) last = {group, tensor, error};
    }
    template <class Values>
    void compare(const char* group, const std::string& name, const Values& is,
                 std::span<const double> should, double least = 0) {
        Difference difference;
        for (std::size_t i = 0; i < should.size(); ++i)
            difference.add(static_cast<double>(is[i]), should[i]);
        note(group, name, difference.relative(least));
    }
    void compareNumber(const char* group, const std::string& name, double is, double should) {
        Difference difference;
        difference.add(is, should);
        note(group, name, difference.relative());
    }

    void compareWeights() {
        const auto compareAll = [&](const char* group, const VerifyTensors& tensors,
                                    auto&& weight) {
            for (const auto& [name, should] : tensors) {
                const Parameter<T>* p = m_network.parameters().find(name);
                const std::string field = "expected." + std::string(group) + "." + name;
                if (!p || p->role != Role::latent) fail(field, "is no weight of this network");
                if (should.shape != p->shape) fail(field, "has the wrong shape");
                compare(group, name, weight(name).span(), should.values);
            }
        };
        compareAll(
            "quantized", m_case.quantized, [this](const std::string& name) -> auto& {
                return m_network.quantizedWeight(name);
            });
        compareAll(
            "effective", m_case.effective, [this](const std::string& name) -> auto& {
                return m_network.effectiveWeight(name);
            });
    }

    LossResult forward(Mode mode) {
        RecurrentState<T> start;
        std::vector<T> frames(m_case.frames.begin(), m_case.frames.end());
        return m_network.forward(m_case.batch, mode, start, frames);
    }

    void compareTraining() {
        const LossResult loss = forward(Mode::train);
        const MatrixView<const T> logits = m_network.logits();
        compare("logits", "logits", std::span<const T>(logits.data, logits.size()),
                m_case.logits.values);
        compareNumber("loss", "loss", loss.nats, m_case.loss);
        measureLambda();
        m_network.backward();
        compareGradients();
        for (std::size_t l = 0; l < m_case.stateGradientNorms.size(); ++l)
            compare("state_gradients", "layer " + std::to_string(l),
                    m_network.hiddenGradientNorms()[l], m_case.stateGradientNorms[l]);
        for (const Parameter<T>& p : m_network.statistics())
            compare("running", p.name, p.value,
                    find(m_case.runningAfter, "expected.running", p.name, p.shape).values);
    }

    /// torch clips gradients in place, so a file may hold them as clipped; its own norms tell.
    void compareGradients() {
        double squares = 0;
        for (const auto& [name, gradient] : m_case.gradients)
            for (const double g : gradient.values) squares += g * g;
        const double clip = std::min(1.0, m_case.clipNorm / (m_case.gradientNorm + 1e-6));
        const double clipped = clip * m_case.gradientNorm;
        const bool isClipped = std::abs(std::sqrt(squares) - clipped) <= 1e-6 * clipped;
        for (const Parameter<T>& p : m_network.parameters()) {
            std::vector<double> gradient(p.gradient.begin(), p.gradient.end());
            if (isClipped)
                for (double& g : gradient) g *= clip;
            compare("gradients", p.name, gradient,
                    find(m_case.gradients, "expected.gradients", p.name, p.shape).values,
                    m_leastGradient * std::sqrt(squares));
        }
    }

    /// The file's bound takes the batch's largest |c| (probe/bounds.h: the largest of the samples).
    void measureLambda() {
        for (std::size_t l = 0; l < m_case.lambda.size(); ++l) {
            const std::string weight = "rnn.weight_hh_l" + std::to_string(l);
            constexpr double tolerance = 1e-12;
            m_gateNorms.push_back(
                gateNorms<T>(m_network.effectiveWeight(weight).view(), 4, tolerance));
            const LayerTrace<T> trace = m_network.trace(static_cast<int>(l));
            LayerBound& bound = m_bounds.emplace_back();
            summarizeBound(boundCoefficients<T>(trace, m_gateNorms.back()), trace.cell, bound);
        }
    }

    void compareLambda() {
        for (std::size_t l = 0; l < m_case.lambda.size(); ++l) {
            const std::string layer = "_l" + std::to_string(l);
            const VerifyLambda& should = m_case.lambda[l];
            const LayerBound& is = m_bounds[l];
            compareNumber("lambda", "lambda_1" + layer, is.lambda1Largest, should.lambda1);
            compareNumber("lambda", "lambda_2" + layer, is.lambda2Largest, should.lambda2);
            for (std::size_t g = 0; g < 4; ++g)
                compareNumber("lambda", std::string("norm_") + "ifgo"[g] + layer, m_gateNorms[l][g],
                              should.gates[g]);
            compareNumber("lambda", "gamma" + layer, is.gammaLargest, should.gamma);
        }
    }

    /// Clipping by the global norm over every gradient, then the first step of Adam, as torch.
    void compareUpdate() {
        double squares = 0;
        for (const Parameter<T>& p : m_network.parameters())
            squares += kernels::sumOfSquares<T>(p.gradient.span());
        const double norm = std::sqrt(squares);
        compareNumber("gradient_norm", "gradient_norm_before_clip", norm, m_case.gradientNorm);
        AdamStep step;
        step.learningRate = m_case.learningRate;
        step.beta1 = m_case.adam[0];
        step.beta2 = m_case.adam[1];
        step.epsilon = m_case.adam[2];
        step.gradientScale = std::min(1.0, m_case.clipNorm / (norm + 1e-6));
        double wholeLargest = 0;
        for (const auto& [name, gradient] : m_case.gradients)
            for (const double g : gradient.values)
                wholeLargest = std::max(wholeLargest, std::abs(g));
        for (const Parameter<T>& p : m_network.parameters()) {
            const std::vector<double>& before = m_case.parameters.at(p.name).values;
            std::vector<T> value(before.begin(), before.end());
            Buffer<T> m(value.size());
            Buffer<T> v(value.size());
            kernels::adamUpdate<T>(std::span<T>(value), p.gradient.span(), m.span(), v.span(),
                                   step);
            const auto& should =
                find(m_case.parametersAfterAdam, "expected.parameters_after_adam", p.name, p.shape)
                    .values;
            const auto& gradient = m_case.gradients.at(p.name).values;
            double largest = m_leastGradient > 0 ? wholeLargest : 0;
            for (const double g : gradient) largest = std::max(largest, std::abs(g));
            Difference difference;
            for (std::size_t i = 0; i < should.size(); ++i)
                if (std::abs(gradient[i]) > k_adam_exempt * largest)
                    difference.add(static_cast<double>(value[i]), should[i]);
            note("adam", p.name, difference.relative());
        }
    }

    void compareEvaluation() {
        compareNumber("evaluation_loss", "evaluation_loss", forward(Mode::evaluate).nats,
                      m_case.evaluationLoss);
    }

    std::filesystem::path m_file;
    VerifyCase m_case;
    const VerifyWeights* m_weights;
    Rng* m_disturbance;
    double m_leastGradient;
    Network<T> m_network;
    ParameterSet<T> m_moments;
    std::vector<std::vector<double>> m_gateNorms;  ///< a layer with a lambda to compare each
    std::vector<LayerBound> m_bounds;
    VerifyResult m_result;
};

}  // namespace

template <class T>
VerifyResult runCase(const std::filesystem::path& file, const VerifyCase& reference,
                     const VerifyWeights* weights, Rng* disturbance, double leastGradient) {
    return Run<T>(file, reference, weights, disturbance, leastGradient)();
}

template VerifyResult runCase<float>(const std::filesystem::path&, const VerifyCase&,
                                     const VerifyWeights*, Rng*, double);
template VerifyResult runCase<double>(const std::filesystem::path&, const VerifyCase&,
                                      const VerifyWeights*, Rng*, double);

}  // namespace bitloom
