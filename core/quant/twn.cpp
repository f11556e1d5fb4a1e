#include "quant/twn.h"

#include "quant/block.h"

namespace bitloom {

template <class T>
void Twn<T>::quantize(const QuantizerBlock<T>& block, MatrixView<T> out) const {
    const Dense<T> w(block.latent);
    if (w.size() == 0) return;

    const double mean = simd::sumAbs(w.data(), w.size()) / static_cast<double>(w.size());
    const T threshold = thresholdFor<T>(m_factor * mean);
    const auto [positives, negatives] =
        simd::zoneSums(w.data(), nullptr, w.size(), threshold, threshold);
    const T scale = static_cast<T>((positives + negatives).mean());  // 0 if nothing is kept

    const simd::Ternary<T> code{
        .positive = threshold, .negative = threshold, .up = scale, .down = scale};
    mapRuns(block.latent, out,
            [&](const T* x, std::size_t n, T* y) { simd::scaledTernary(x, n, code, y); });
}

template <class T>
StorageCost Twn<T>::cost() const {
    return ternaryCost(1);
}

template class Twn<float>;
template class Twn<double>;

}  // namespace bitloom
