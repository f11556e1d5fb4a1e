#include "quant/lab.h"

#include "quant/block.h"

namespace bitloom {

template <class T>
void Lab<T>::quantize(const QuantizerBlock<T>& block, MatrixView<T> out) const {
    const Dense<T> w(block.latent);
    const Curvature<T> d(block.secondMoment);
    const double scale = simd::weightedAbs(w.data(), d.data(), w.size()).mean();
    if (scale == 0) return fillWith(out, T(0));
    mapRuns(block.latent, out, [&](const T* x, std::size_t n, T* y) {
        simd::scaledSign(x, n, static_cast<T>(scale), y);
    });
}

template <class T>
StorageCost Lab<T>::cost() const {
    return binaryCost(1);
}

template class Lab<float>;
template class Lab<double>;

}  // namespace bitloom
