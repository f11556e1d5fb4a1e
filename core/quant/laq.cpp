#include "quant/laq.h"

#include <cmath>

#include "quant/block.h"

namespace bitloom {

template <class T>
void Laq<T>::quantize(const QuantizerBlock<T>& block, MatrixView<T> out) const {
    constexpr double k_converged = 1e-6;
    const bool linear = m_levels == LaqLevels::linear;
    const int levels = (1 << (m_bits - 1)) - 1;
    const Dense<T> w(block.latent);
    const Curvature<T> d(block.secondMoment);

    double scale = simd::weightedAbs(w.data(), d.data(), w.size()).mean();
    for (int i = 0; i < m_iterations && scale != 0; ++i) {
        const simd::Weighted sums =
            linear ? simd::linearSums(w.data(), d.data(), w.size(), scale, levels)
                   : simd::logSums(w.data(), d.data(), w.size(), scale, levels);
        const double previous = scale;
        scale = sums.mean();
        if (std::abs(scale - previous) <= k_converged) break;
    }
    if (scale == 0) return fillWith(out, T(0));
    mapRuns(block.latent, out, [&](const T* x, std::size_t n, T* y) {
        linear ? simd::linearLevels(x, n, scale, levels, y)
               : simd::logLevels(x, n, scale, levels, y);
    });
}

template <class T>
StorageCost Laq<T>::cost() const {
    return symmetricCost(m_bits);
}

template class Laq<float>;
template class Laq<double>;

}  // namespace bitloom
