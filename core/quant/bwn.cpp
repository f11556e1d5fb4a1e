#include "quant/bwn.h"

#include "quant/block.h"

namespace bitloom {

template <class T>
void Bwn<T>::quantize(const QuantizerBlock<T>& block, MatrixView<T> out) const {
    const Dense<T> w(block.latent);
    if (w.size() == 0) return;
    const double mean = simd::sumAbs(w.data(), w.size()) / static_cast<double>(w.size());
    if (mean == 0) return fillWith(out, T(0));  // else zeros would become -0
    mapRuns(block.latent, out, [&](const T* x, std::size_t n, T* y) {
        simd::scaledSign(x, n, static_cast<T>(mean), y);
    });
}

template <class T>
StorageCost Bwn<T>::cost() const {
    return binaryCost(1);
}

template class Bwn<float>;
template class Bwn<double>;

}  // namespace bitloom
