#include "quant/stochastic.h"

#include <algorithm>
#include <array>
#include <span>
#include <type_traits>

#include "quant/block.h"

namespace bitloom {
namespace {

// draw(w, u, n, q) for stretches of weights w, each with its own uniform u in [0, 1).
template <class T, class Draw>
void drawAll(const QuantizerBlock<T>& block, MatrixView<T> out, Draw draw) {
    constexpr std::size_t k_stretch = 1024;
    std::array<float, k_stretch> drawn;
    std::array<T, k_stretch> u;
    mapRuns(block.latent, out, [&](const T* w, std::size_t n, T* q) {
        for (std::size_t i = 0; i < n; i += k_stretch) {
            const std::size_t count = std::min(k_stretch, n - i);
            block.rng->uniforms(std::span(drawn).first(count));
            if constexpr (std::is_same_v<T, float>) {
                draw(w + i, drawn.data(), count, q + i);
            } else {
                std::copy_n(drawn.begin(), count, u.begin());
                draw(w + i, u.data(), count, q + i);
            }
        }
    });
}

template <class T>
T magnitudeOf(const QuantizerBlock<T>& block, DrawScale scale) {
    return scale == DrawScale::fixed ? block.fixedScale : T(1);
}

}  // namespace

template <class T>
void StochasticBinary<T>::quantize(const QuantizerBlock<T>& block, MatrixView<T> out) const {
    const T a = magnitudeOf(block, m_scale);
    if (a == 0) return fillWith(out, T(0));
    // u in [0, 1), so p <= 0 never and p >= 1 always draws +: no clipping needed.
    drawAll(block, out,
            [a](const T* w, const T* u, std::size_t n, T* q) { simd::drawSigns(w, u, n, a, q); });
}

template <class T>
StorageCost StochasticBinary<T>::cost() const {
    return binaryCost(m_scale == DrawScale::fixed ? 1 : 0);
}

template <class T>
void StochasticTernary<T>::quantize(const QuantizerBlock<T>& block, MatrixView<T> out) const {
    const T a = magnitudeOf(block, m_scale);
    if (a == 0) return fillWith(out, T(0));
    drawAll(block, out,
            [a](const T* w, const T* u, std::size_t n, T* q) { simd::drawTernary(w, u, n, a, q); });
}

template <class T>
StorageCost StochasticTernary<T>::cost() const {
    return ternaryCost(m_scale == DrawScale::fixed ? 1 : 0);
}

template class StochasticBinary<float>;
template class StochasticBinary<double>;
template class StochasticTernary<float>;
template class StochasticTernary<double>;

}  // namespace bitloom
