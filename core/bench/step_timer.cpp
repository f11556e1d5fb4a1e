#include "bench/step_timer.h"

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

#include "bench/peak_memory.h"
#include "math/rng.h"
#include "nn/network.h"
#include "quant/quantizer.h"
#include "train/clip.h"
#include "train/optimizer.h"

namespace bitloom {
namespace {

constexpr double k_clip = 1.0;
/// Until the scheduler has given each thread a processor of its own and the clock has settled.
constexpr double k_warmUpSeconds = 0.3;

/// How long a turn beside other networks is, at least, after its first step.
constexpr double k_turnSeconds = 0.01;

/// A network in training on one batch.
class Trainee {
public:
    Trainee(const Workload& workload, const NetworkConfig& config, Precision precision)
        : m_workload(workload), m_network(config, 1), m_batch(randomBatch(workload)) {
        m_network.setPrecision(precision);
        TrainingConfig training;
        training.optimizer = workload.optimizer;
        const auto quantizer = makeQuantizer<float>(config.quantizer);
        m_usesMoments = quantizer && quantizer->usesSecondMoment();
        m_optimizer = makeOptimizer(training, std::as_const(m_network).parameters(), m_usesMoments);
    }

    /// Seconds of one step.
    double step() {
        const auto start = std::chrono::steady_clock::now();
        RecurrentState<float> state;
        m_network.setStep(m_steps);
        m_network.forward(m_batch, Mode::train, state);
        m_network.backward();
        const double norm = globalGradientNorm(m_network.parameters());
        m_optimizer->step(m_network.parameters(), m_workload.learningRate,
                          clipFactor(norm, k_clip));
        if (m_usesMoments && m_steps == 0) m_network.setSecondMoments(m_optimizer->secondMoments());
        m_network.weightsChanged();
        ++m_steps;
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    }

private:
    const Workload& m_workload;
    Network<float> m_network;
    const Batch m_batch;
    std::unique_ptr<Optimizer<float>> m_optimizer;
    bool m_usesMoments = false;
    std::uint64_t m_steps = 0;
};

void warmUp(Trainee& trainee) {
    double seconds = 0;
    while (seconds < k_warmUpSeconds) seconds += trainee.step();
}

double turn(Trainee& trainee) {
    trainee.step();
    std::vector<double> times;
    double seconds = 0;
    while (seconds < k_turnSeconds) {
        times.push_back(trainee.step());
        seconds += times.back();
    }
    return median(std::move(times));
}

}  // namespace

StepCost timeSteps(const Workload& workload, const NetworkConfig& config, int steps,
                   Precision precision) {
    const PeakMemory memory;
    Trainee trainee(workload, config, precision);
    warmUp(trainee);
    std::vector<double> times;
    for (int i = 0; i < steps; ++i) times.push_back(trainee.step());
    return {median(std::move(times)), memory.growth()};
}

std::vector<TurnCost> timeInTurns(const Workload& workload,
                                  const std::vector<NetworkConfig>& configs, int rounds,
                                  Precision precision) {
    std::deque<Trainee> trainees;
    for (const NetworkConfig& config : configs)
        warmUp(trainees.emplace_back(workload, config, precision));
    std::vector<std::vector<double>> seconds(configs.size()), ratios(configs.size());
    std::vector<std::size_t> order(configs.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    Rng rng(1, makeStream("bench.turns"));
    for (int round = 0; round < rounds; ++round) {
        for (std::size_t i = order.size(); i-- > 1;)
            std::swap(order[i], order[rng.below(static_cast<std::uint32_t>(i + 1))]);
        for (const std::size_t i : order) seconds[i].push_back(turn(trainees[i]));
        for (std::size_t i = 0; i < order.size(); ++i)
            ratios[i].push_back(seconds[i].back() / seconds[0].back());
    }
    std::vector<TurnCost> costs;
    for (std::size_t i = 0; i < order.size(); ++i)
        costs.push_back({median(seconds[i]), quartilesOf(ratios[i])});
    return costs;
}

}  // namespace bitloom
