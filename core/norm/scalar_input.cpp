#include "norm/scalar_input.h"

#include "norm/batch.h"
#include "norm/scalar_batch.h"
#include "norm/scalar_layer.h"

namespace bitloom {

template <class T>
std::unique_ptr<ScalarInputNormalizer<T>> makeScalarInputNormalizer(
    const NormalizationConfig& config, const NormalizerTensors<T>& tensors,
    Normalizer<T>& general) {
    const T epsilon = static_cast<T>(config.epsilon);
    if (config.method == "layer")
        return std::make_unique<ScalarLayerNormalizer<T>>(tensors, epsilon);
    if (auto* batch = dynamic_cast<BatchNormalizer<T>*>(&general))
        return std::make_unique<ScalarBatchNormalizer<T>>(tensors, epsilon, *batch);
    return nullptr;
}

template std::unique_ptr<ScalarInputNormalizer<float>> makeScalarInputNormalizer(
    const NormalizationConfig&, const NormalizerTensors<float>&, Normalizer<float>&);
template std::unique_ptr<ScalarInputNormalizer<double>> makeScalarInputNormalizer(
    const NormalizationConfig&, const NormalizerTensors<double>&, Normalizer<double>&);

}  // namespace bitloom
