#pragma once
// Stochastic gradient descent with momentum, as torch.optim.SGD computes it (no dampening, the
// first buffer is the gradient itself, which starting from zero gives too):
//
//   u = momentum u + g        w = w - rate u
//
// With a loss-aware quantizer it also keeps v = b2 v + (1 - b2) g^2 of the quantized latent
// weights. Deviation from the published code, which had v only under Adam, so that LAB under SGD
// became BWN.

#include "train/optimizer.h"

namespace bitloom {

template <class T>
class Sgd : public Optimizer<T> {
public:
    Sgd(const TrainingConfig& config, const ParameterSet<T>& parameters, bool keepSecondMoments);

    void step(ParameterSet<T>& parameters, double rate, double gradientScale) override;
    std::vector<MomentSet<T>> moments() override;
    [[nodiscard]] const ParameterSet<T>* secondMoments() const override;

private:
    TrainingConfig m_config;
    ParameterSet<T> m_buffers;  ///< empty without momentum
    ParameterSet<T> m_second;   ///< quantized latents only
};

}  // namespace bitloom
