#include "quant/dorefa.h"

#include <cmath>

#include "quant/block.h"
#include "quant/bwn.h"

namespace bitloom {
namespace {

template <class T>
T largestMagnitude(const QuantizerBlock<T>& block) {
    const Dense<T> w(block.latent);
    return simd::maxAbs(w.data(), w.size());
}

}  // namespace

template <class T>
void Dorefa<T>::quantize(const QuantizerBlock<T>& block, MatrixView<T> out) const {
    if (m_bits == 1) return Bwn<T>().quantize(block, out);
    const double most = std::tanh(static_cast<double>(largestMagnitude(block)));
    if (most == 0) return fillWith(out, T(0));
    mapRuns(block.latent, out, [&](const T* x, std::size_t n, T* y) {
        simd::tanhLevels(x, n, most, (1 << m_bits) - 1, y);
    });
}

template <class T>
void Dorefa<T>::backward(const QuantizerBlock<T>& block, MatrixView<T> gradient,
                         std::array<T, 2>&) const {
    if (m_bits == 1) return;
    const T largest = largestMagnitude(block);
    const double most = std::tanh(static_cast<double>(largest));
    if (most == 0) return;
    double sum = 0;
    mapRuns(block.latent, gradient,
            [&](const T* x, std::size_t n, T* g) { sum += simd::tanhGradient(x, n, most, g); });

    std::size_t equals = 0;
    mapRuns(block.latent, gradient, [&](const T* x, std::size_t n, const T*) {
        for (std::size_t i = 0; i < n; ++i) equals += std::abs(x[i]) == largest;
    });
    const double share =
        sum / (most * most) * (1 - most * most) / static_cast<double>(equals > 0 ? equals : 1);
    mapRuns(block.latent, gradient, [&](const T* x, std::size_t n, T* g) {
        for (std::size_t i = 0; i < n; ++i)
            if (std::abs(x[i]) == largest) g[i] -= static_cast<T>(x[i] > 0 ? share : -share);
    });
}

template <class T>
StorageCost Dorefa<T>::cost() const {
    return {double(m_bits), double(m_bits), m_bits == 1 ? 1 : 0, false};
}

template class Dorefa<float>;
template class Dorefa<double>;

}  // namespace bitloom
