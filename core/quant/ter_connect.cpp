#include "quant/ter_connect.h"

#include "quant/block.h"

namespace bitloom {

template <class T>
void TerConnect<T>::quantize(const QuantizerBlock<T>& block, MatrixView<T> out) const {
    const Dense<T> w(block.latent);
    if (w.size() == 0) return;
    const double mean = simd::sumAbs(w.data(), w.size()) / static_cast<double>(w.size());
    const T threshold = thresholdFor<T>(m_factor * mean);
    const simd::Ternary<T> code{.positive = threshold, .negative = threshold};
    mapRuns(block.latent, out,
            [&](const T* x, std::size_t n, T* y) { simd::scaledTernary(x, n, code, y); });
}

template <class T>
StorageCost TerConnect<T>::cost() const {
    return ternaryCost(0);
}

template class TerConnect<float>;
template class TerConnect<double>;

}  // namespace bitloom
