#pragma once
// Adam (Kingma & Ba 2015), as torch.optim.Adam computes it:
//
//   m = m + (1 - b1)(g - m)      v = b2 v + (1 - b2) g^2
//   w = w - rate / (1 - b1^t) * m / ( sqrt(v) / sqrt(1 - b2^t) + eps )
//
// g is the clipped gradient, t counts from 1. Loss-aware quantizers read v itself, without the bias
// correction, as the published code does.

#include "train/optimizer.h"

namespace bitloom {

template <class T>
class Adam : public Optimizer<T> {
public:
    Adam(const TrainingConfig& config, const ParameterSet<T>& parameters);

    void step(ParameterSet<T>& parameters, double rate, double gradientScale) override;
    std::vector<MomentSet<T>> moments() override;
    [[nodiscard]] const ParameterSet<T>* secondMoments() const override { return &m_second; }

private:
    TrainingConfig m_config;
    ParameterSet<T> m_first;
    ParameterSet<T> m_second;
};

}  // namespace bitloom
