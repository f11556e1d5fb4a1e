#include "quant/uniform.h"

#include "quant/block.h"

namespace bitloom {

template <class T>
void Uniform<T>::quantize(const QuantizerBlock<T>& block, MatrixView<T> out) const {
    const Dense<T> w(block.latent);
    const double step =
        static_cast<double>(simd::maxAbs(w.data(), w.size())) / ((1 << (m_bits - 1)) - 1);
    if (step == 0) return fillWith(out, T(0));
    mapRuns(block.latent, out,
            [&](const T* x, std::size_t n, T* y) { simd::roundToStep(x, n, step, y); });
}

template <class T>
StorageCost Uniform<T>::cost() const {
    return symmetricCost(m_bits);
}

template class Uniform<float>;
template class Uniform<double>;

}  // namespace bitloom
