#include "bench/step_timer.h"

#include <chrono>
#include <utility>
#include <vector>

#include "bench/median.h"
#include "bench/peak_memory.h"
#include "nn/network.h"
#include "quant/quantizer.h"
#include "train/clip.h"
#include "train/optimizer.h"

namespace bitloom {
namespace {

constexpr double k_clip = 1.0;
/// Until the scheduler has given each thread a processor of its own and the clock has settled.
constexpr double k_warmUpSeconds = 0.3;

}  // namespace

StepCost timeSteps(const Workload& workload, const NetworkConfig& config, int steps,
                   Precision precision) {
    const PeakMemory memory;
    Network<float> network(config, 1);
    network.setPrecision(precision);
    TrainingConfig training;
    training.optimizer = workload.optimizer;
    const auto quantizer = makeQuantizer<float>(config.quantizer);
    const bool moments = quantizer && quantizer->usesSecondMoment();
    const auto optimizer = makeOptimizer(training, std::as_const(network).parameters(), moments);
    const Batch batch = randomBatch(workload);
    std::vector<double> times;
    double warmUp = 0;
    for (int i = 0; times.size() < static_cast<std::size_t>(steps); ++i) {
        const auto start = std::chrono::steady_clock::now();
        RecurrentState<float> state;
        network.setStep(static_cast<std::uint64_t>(i));
        network.forward(batch, Mode::train, state);
        network.backward();
        const double norm = globalGradientNorm(network.parameters());
        optimizer->step(network.parameters(), workload.learningRate, clipFactor(norm, k_clip));
        if (moments && i == 0) network.setSecondMoments(optimizer->secondMoments());
        network.weightsChanged();
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
        if (i > 0 && warmUp >= k_warmUpSeconds)
            times.push_back(took.count());
        else
            warmUp += took.count();
    }
    return {median(std::move(times)), memory.growth()};
}

}  // namespace bitloom
