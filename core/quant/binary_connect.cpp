#include "quant/binary_connect.h"

#include "quant/block.h"

namespace bitloom {

template <class T>
void BinaryConnect<T>::quantize(const QuantizerBlock<T>& block, MatrixView<T> out) const {
    mapRuns(block.latent, out,
            [](const T* x, std::size_t n, T* y) { simd::scaledSign(x, n, T(1), y); });
}

template <class T>
StorageCost BinaryConnect<T>::cost() const {
    return binaryCost(0);
}

template class BinaryConnect<float>;
template class BinaryConnect<double>;

}  // namespace bitloom
