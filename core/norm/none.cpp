#include "norm/none.h"

namespace bitloom {

template <class T>
NoNormalizer<T>::~NoNormalizer() = default;

template class NoNormalizer<float>;
template class NoNormalizer<double>;

}  // namespace bitloom
