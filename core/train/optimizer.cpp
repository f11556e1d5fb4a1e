#include "train/optimizer.h"

#include "base/error.h"
#include "train/adam.h"
#include "train/sgd.h"

namespace bitloom {

template <class T>
std::unique_ptr<Optimizer<T>> makeOptimizer(const TrainingConfig& config,
                                            const ParameterSet<T>& parameters,
                                            bool keepSecondMoments) {
    if (config.optimizer == "adam") return std::make_unique<Adam<T>>(config, parameters);
    if (config.optimizer == "sgd")
        return std::make_unique<Sgd<T>>(config, parameters, keepSecondMoments);
    throw InputError({}, "training.optimizer",
                     "unknown optimizer \"" + config.optimizer + "\"; expected adam or sgd");
}

template <class T>
void addZeros(const ParameterSet<T>& parameters, ParameterSet<T>& zeros, bool latentsOnly) {
    for (const Parameter<T>& p : parameters)
        if (!p.gradient.empty() && (p.quantized || !latentsOnly))
            zeros.add(p.name, p.shape, p.role, false).quantized = p.quantized;
}

template std::unique_ptr<Optimizer<float>> makeOptimizer(const TrainingConfig&,
                                                         const ParameterSet<float>&, bool);
template std::unique_ptr<Optimizer<double>> makeOptimizer(const TrainingConfig&,
                                                          const ParameterSet<double>&, bool);
template void addZeros(const ParameterSet<float>&, ParameterSet<float>&, bool);
template void addZeros(const ParameterSet<double>&, ParameterSet<double>&, bool);

}  // namespace bitloom
