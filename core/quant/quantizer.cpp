#include "quant/quantizer.h"

namespace bitloom {

template <class T>
void Quantizer<T>::backward(const QuantizerBlock<T>&, MatrixView<T>, std::array<T, 2>&) const {}

template class Quantizer<float>;
template class Quantizer<double>;

}  // namespace bitloom
