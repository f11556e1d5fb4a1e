#include "norm/weight.h"

#include <vector>

#include "math/kernels.h"

namespace bitloom {

namespace {

constexpr double epsilon = 1e-8;

}  // namespace

template <class T>
void WeightNormalizer<T>::normalizeWeight(MatrixView<const T> quantized,
                                          MatrixView<T> effective) const {
    std::vector<T> factor(quantized.rows);
    kernels::rowNorms<T>(quantized, factor);
    for (std::size_t j = 0; j < factor.size(); ++j)
        factor[j] = m_tensors.gain[j] / (factor[j] + static_cast<T>(epsilon));
    kernels::combineRows<T>(factor, quantized, {}, {}, effective);
}

template <class T>
void WeightNormalizer<T>::weightBackward(MatrixView<const T> quantized, MatrixView<T> gradient) {
    std::vector<T> norm(quantized.rows);
    std::vector<T> along(quantized.rows);
    kernels::rowNorms<T>(quantized, norm);
    kernels::rowDots<T>(gradient, quantized, along);
    for (std::size_t j = 0; j < norm.size(); ++j) {
        const T inverse = T(1) / (norm[j] + static_cast<T>(epsilon));
        const T factor = m_tensors.gain[j] * inverse;
        const T gainGradient = along[j] * inverse;
        m_tensors.gainGradient[j] += gainGradient;
        if (quantized.cols == 1) {
            // W = g sign(Q) but for epsilon: all that is left of the gradient, which the general
            // form would lose to cancellation.
            along[j] = T(0);
            norm[j] = norm[j] > 0 ? factor * static_cast<T>(epsilon) * inverse : factor;
            continue;
        }
        along[j] = norm[j] > 0 ? -factor * gainGradient / norm[j] : T(0);
        norm[j] = factor;
    }
    kernels::combineRows<T>(norm, gradient, along, quantized, gradient);
}

template class WeightNormalizer<float>;
template class WeightNormalizer<double>;

}  // namespace bitloom
