#include "probe/verify_choice.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <utility>

#include "math/rng.h"
#include "nn/network.h"
#include "probe/verify_open_rows.h"

namespace bitloom {

namespace {

constexpr int k_sweeps = 8;       // over the open rows
constexpr int k_starts = 40;      // descents, all but the first from a random choice
constexpr double k_found = 1e-9;  // relative error of the evidence

int cyclesOf(const VerifyCase& reference) {
    return reference.config.quantizer.iterations > 0 ? reference.config.quantizer.iterations : 2;
}

/// The case's network without its quantizer; its weights are given.
class Evidence {
public:
    Evidence(const VerifyCase& reference, ChoiceEvidence kind)
        : m_case(reference), m_kind(kind), m_network(plain(reference.config), 1) {
        for (const auto& [name, tensor] : reference.parameters)
            std::copy(tensor.values.begin(), tensor.values.end(),
                      m_network.parameters().at(name).value.begin());
        if (kind == ChoiceEvidence::evaluation_loss) setStatistics(reference.runningAfter);
    }

    void set(const OpenRow& open, std::span<const double> values) {
        Parameter<double>& p = m_network.parameters().at(open.weight);
        std::copy(values.begin(), values.end(),
                  p.value.begin() + static_cast<std::ptrdiff_t>(open.row * values.size()));
    }
    void set(const VerifyWeights& weights) {
        for (const auto& [name, w] : weights)
            std::copy_n(w.data(), w.size(), m_network.parameters().at(name).value.data());
    }

    /// How far the network is from what the file says, relative to that.
    double error() {
        m_network.weightsChanged();
        RecurrentState<double> start;
        if (m_kind == ChoiceEvidence::evaluation_loss) {
            const double nats =
                m_network.forward(m_case.batch, Mode::evaluate, start, m_case.frames).nats;
            return std::abs(nats - m_case.evaluationLoss) / std::abs(m_case.evaluationLoss);
        }
        m_network.forward(m_case.batch, Mode::train, start, m_case.frames);
        const MatrixView<const double> is = m_network.logits();
        double squares = 0, size = 0;
        for (std::size_t i = 0; i < is.size(); ++i) {
            const double should = m_case.logits.values[i];
            squares += (is.data[i] - should) * (is.data[i] - should);
            size += should * should;
        }
        return std::sqrt(squares / size);
    }

private:
    static NetworkConfig plain(NetworkConfig config) {
        config.quantizer.method.clear();
        return config;
    }
    void setStatistics(const VerifyTensors& statistics) {
        for (const auto& [name, tensor] : statistics)
            std::copy(tensor.values.begin(), tensor.values.end(),
                      m_network.statistics().at(name).value.begin());
    }

    const VerifyCase& m_case;
    ChoiceEvidence m_kind;
    Network<double> m_network;
};

/// One row after another takes its best choice, until none does better. @return the error left
double descend(Evidence& evidence, const std::vector<OpenRow>& rows, VerifyWeights& weights) {
    evidence.set(weights);
    double error = evidence.error();
    bool better = true;
    for (int sweep = 0; sweep < k_sweeps && better && error > k_found; ++sweep) {
        better = false;
        for (const OpenRow& open : rows) {
            Matrix<double>& w = weights.at(open.weight);
            for (const std::vector<double>& candidate : open.possible) {
                evidence.set(open, candidate);
                const double now = evidence.error();
                if (!(now < error * (1 - 1e-9))) continue;
                error = now;
                better = true;
                std::copy(candidate.begin(), candidate.end(), w.row(open.row));
            }
            evidence.set(open, {w.row(open.row), w.cols()});
        }
    }
    return error;
}

}  // namespace

VerifyWeights ownWeights(const VerifyCase& reference) {
    Network<double> network(reference.config, 1);
    ParameterSet<double> moments;
    for (Parameter<double>& p : network.parameters()) {
        const std::vector<double>& values = reference.parameters.at(p.name).values;
        std::copy(values.begin(), values.end(), p.value.begin());
        if (!p.quantized || reference.secondMoment.empty()) continue;
        const std::vector<double>& v = reference.secondMoment.at(p.name).values;
        std::copy(v.begin(), v.end(), moments.add(p.name, p.shape, p.role, false).value.begin());
    }
    if (!reference.secondMoment.empty()) network.setSecondMoments(&moments);
    VerifyWeights weights;
    for (const auto& [name, quantized] : reference.quantized)
        weights[name] = network.quantizedWeight(name);
    return weights;
}

std::vector<OpenRow> openRows(const VerifyCase& reference) {
    std::vector<OpenRow> rows;
    if (reference.config.quantizer.method != "alternating") return rows;
    for (const auto& [name, tensor] : reference.quantized) {
        const auto latent = reference.parameters.find(name);
        if (latent == reference.parameters.end() || latent->second.shape != tensor.shape) continue;
        const auto cols = static_cast<std::size_t>(tensor.shape[1]);
        for (std::size_t r = 0; r < static_cast<std::size_t>(tensor.shape[0]); ++r) {
            const std::span<const double> w(latent->second.values.data() + r * cols, cols);
            OpenRow row{name, r,
                        possibleRows(w, reference.config.quantizer.bits, cyclesOf(reference))};
            if (row.possible.size() > 1) rows.push_back(std::move(row));
        }
    }
    return rows;
}

VerifyWeights takeRows(const std::vector<OpenRow>& rows, const VerifyTensors& from,
                       const VerifyWeights& base) {
    VerifyWeights weights = base;
    for (const OpenRow& open : rows) {
        const auto found = from.find(open.weight);
        if (found == from.end()) continue;
        Matrix<double>& w = weights.at(open.weight);
        if (found->second.values.size() != w.size()) continue;
        std::copy_n(found->second.values.data() + open.row * w.cols(), w.cols(), w.row(open.row));
    }
    return weights;
}

VerifyWeights inferRows(const VerifyCase& reference, const std::vector<OpenRow>& rows,
                        VerifyWeights start, ChoiceEvidence kind) {
    Evidence evidence(reference, kind);
    VerifyWeights best = start;
    double bestError = std::numeric_limits<double>::infinity();
    Rng rng(1, makeStream("verify.choice"));
    for (int attempt = 0; attempt < k_starts && bestError > k_found; ++attempt) {
        if (attempt > 0)
            for (const OpenRow& open : rows) {
                const auto& chosen =
                    open.possible[rng.below(static_cast<std::uint32_t>(open.possible.size()))];
                std::copy(chosen.begin(), chosen.end(), start.at(open.weight).row(open.row));
            }
        const double error = descend(evidence, rows, start);
        if (error < bestError) {
            bestError = error;
            best = start;
        }
    }
    return best;
}

}  // namespace bitloom
