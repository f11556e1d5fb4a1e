#include "norm/normalizer.h"

#include "base/error.h"
#include "norm/batch.h"
#include "norm/layer.h"
#include "norm/none.h"
#include "norm/weight.h"

namespace bitloom {

template <class T>
void Normalizer<T>::normalizeWeight(MatrixView<const T> quantized, MatrixView<T> effective) const {
    for (std::size_t r = 0; r < quantized.rows; ++r)
        std::copy_n(quantized.row(r), quantized.cols, effective.row(r));
}

// Without a method of its own every hook is the identity.
template <class T>
void Normalizer<T>::weightBackward(MatrixView<const T>, MatrixView<T>) {}
template <class T>
void Normalizer<T>::begin(std::size_t, std::size_t, bool, std::size_t) {}
template <class T>
void Normalizer<T>::forward(const NormalizerStep&, MatrixView<const T>, MatrixView<T>,
                            MatrixView<T>) {}
template <class T>
void Normalizer<T>::backward(const NormalizerStep&, MatrixView<const T>, MatrixView<const T>,
                             MatrixView<T>) {}
template <class T>
void Normalizer<T>::startMeasure(const NormalizerStep&, MatrixView<const T>) {}
template <class T>
void Normalizer<T>::completeMeasure(const NormalizerStep&, MatrixView<const T>,
                                    kernels::GateInput<T>&) {}
template <class T>
void Normalizer<T>::recall(const NormalizerStep&, std::size_t, kernels::GateInput<T>&) {}
template <class T>
kernels::GateSums<T> Normalizer<T>::sumsOf(const NormalizerStep&, std::size_t) {
    return {};
}
template <class T>
void Normalizer<T>::startBackward(const NormalizerStep&, MatrixView<const T>,
                                  const kernels::GateInput<T>&, const kernels::GateSums<T>&,
                                  const ScalarInputSums<T>&, MatrixView<T>) {}
template <class T>
void Normalizer<T>::completeBackward(const NormalizerStep&, MatrixView<const T>,
                                     const kernels::GateInput<T>&, MatrixView<T>) {}
template <class T>
void Normalizer<T>::finishBackward() {}
template <class T>
void Normalizer<T>::beginAverage() {}
template <class T>
void Normalizer<T>::endAverage(bool) {}

template <class T>
std::unique_ptr<Normalizer<T>> makeNormalizer(const NormalizationConfig& config,
                                              const NormalizerTensors<T>& tensors) {
    if (config.method == "none") return std::make_unique<NoNormalizer<T>>();
    if (config.method == "weight") return std::make_unique<WeightNormalizer<T>>(tensors);
    if (config.method == "layer")
        return std::make_unique<LayerNormalizer<T>>(tensors, static_cast<T>(config.epsilon));
    if (config.method == "batch_shared" || config.method == "batch_separate")
        return std::make_unique<BatchNormalizer<T>>(tensors, config);
    throw InputError({}, "normalization.method",
                     "unknown normalization '" + config.method +
                         "'; use none, weight, layer, batch_shared or batch_separate");
}

template class Normalizer<float>;
template class Normalizer<double>;
template std::unique_ptr<Normalizer<float>> makeNormalizer(const NormalizationConfig&,
                                                           const NormalizerTensors<float>&);
template std::unique_ptr<Normalizer<double>> makeNormalizer(const NormalizationConfig&,
                                                            const NormalizerTensors<double>&);

}  // namespace bitloom
