#include "quant/stochastic.h"

#include <cmath>

#include "quant/block.h"

namespace bitloom {
namespace {

// draw(w, u) for every weight with its own uniform u in [0, 1).
template <class T, class Draw>
void drawAll(const QuantizerBlock<T>& block, MatrixView<T> out, Draw draw) {
    Rng& rng = *block.rng;
    for (std::size_t r = 0; r < block.latent.rows; ++r) {
        const T* w = block.latent.row(r);
        T* q = out.row(r);
        for (std::size_t i = 0; i < block.latent.cols; ++i)
            q[i] = draw(w[i], static_cast<T>(rng.uniform()));
    }
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
    drawAll(block, out, [a](T w, T u) { return u < (w / a + 1) / 2 ? a : -a; });
}

template <class T>
StorageCost StochasticBinary<T>::cost() const {
    return binaryCost(m_scale == DrawScale::fixed ? 1 : 0);
}

template <class T>
void StochasticTernary<T>::quantize(const QuantizerBlock<T>& block, MatrixView<T> out) const {
    const T a = magnitudeOf(block, m_scale);
    if (a == 0) return fillWith(out, T(0));
    drawAll(block, out, [a](T w, T u) { return u < std::abs(w) / a ? (w < 0 ? -a : a) : T(0); });
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
