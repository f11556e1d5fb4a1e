#include "quant/ttq.h"

#include "quant/block.h"

namespace bitloom {
namespace {

template <class T>
simd::Ternary<T> codeOf(const QuantizerBlock<T>& block, double factor) {
    const Dense<T> w(block.latent);
    const double most = static_cast<double>(simd::maxAbs(w.data(), w.size()));
    const T threshold = thresholdFor<T>(factor * most);
    return {
        .positive = threshold, .negative = threshold, .up = block.scale[0], .down = block.scale[1]};
}

}  // namespace

template <class T>
void Ttq<T>::quantize(const QuantizerBlock<T>& block, MatrixView<T> out) const {
    const simd::Ternary<T> code = codeOf(block, m_factor);
    mapRuns(block.latent, out,
            [&](const T* x, std::size_t n, T* y) { simd::scaledTernary(x, n, code, y); });
}

template <class T>
void Ttq<T>::backward(const QuantizerBlock<T>& block, MatrixView<T> gradient,
                      std::array<T, 2>& scaleGradient) const {
    const simd::Ternary<T> code = codeOf(block, m_factor);
    std::array<double, 2> sums{};
    mapRuns(block.latent, gradient, [&](const T* x, std::size_t n, T* g) {
        const std::array<double, 2> part = simd::ternaryGradient(x, n, code, g);
        sums[0] += part[0];
        sums[1] += part[1];
    });
    scaleGradient[0] += static_cast<T>(sums[0]);
    scaleGradient[1] -= static_cast<T>(sums[1]);
}

template <class T>
StorageCost Ttq<T>::cost() const {
    return ternaryCost(2);
}

template class Ttq<float>;
template class Ttq<double>;

}  // namespace bitloom
