#pragma once
// What every optimizer answers. One method a file pair (train/adam.h, train/sgd.h).

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "nn/parameters.h"
#include "train/config.h"

namespace bitloom {

/// A set of moments with the name it has in checkpoints: "adam.m", "adam.v", "sgd.momentum".
template <class T>
struct MomentSet {
    std::string name;
    ParameterSet<T>* values = nullptr;
};

template <class T>
class Optimizer {
public:
    virtual ~Optimizer() = default;

    /// One update of every parameter that has a gradient. Gradients are multiplied by
    /// `gradientScale` (clipping) first; quantized latent weights move with
    /// rate * latentScale (TrainingConfig).
    virtual void step(ParameterSet<T>& parameters, double rate, double gradientScale) = 0;
    /// Everything but the step count that a bit-exact resume needs.
    virtual std::vector<MomentSet<T>> moments() = 0;
    /// Second moments by parameter name for the loss-aware quantizers; nullptr if none are kept.
    [[nodiscard]] virtual const ParameterSet<T>* secondMoments() const = 0;

    [[nodiscard]] std::int64_t steps() const { return m_steps; }
    void setSteps(std::int64_t steps) { m_steps = steps; }

protected:
    std::int64_t m_steps = 0;
};

/// `keepSecondMoments`: a loss-aware quantizer needs v whatever the optimizer (methods.md: the
/// published code had it only under Adam). Throws InputError for an unknown optimizer.
template <class T>
std::unique_ptr<Optimizer<T>> makeOptimizer(const TrainingConfig& config,
                                            const ParameterSet<T>& parameters,
                                            bool keepSecondMoments);

/// A zero tensor for each parameter with a gradient, under its name.
template <class T>
void addZeros(const ParameterSet<T>& parameters, ParameterSet<T>& zeros, bool latentsOnly);

}  // namespace bitloom
