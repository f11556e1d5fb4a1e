#include "nn/gru_cell.h"

#include "math/kernels.h"

namespace bitloom {

template <class T>
void GruCell<T>::forward(const CellForward<T>& s) const {
    kernels::gruForward<T>(s.in.a, s.in.b, s.in.bias, s.biasHh, s.hPrevious, s.gates, s.inner, s.h);
}

template <class T>
void GruCell<T>::backward(const CellBackward<T>& s) const {
    kernels::gruBackward<T>(s.dh, s.gates, s.inner, s.hPrevious, s.da, s.db, s.dhDirect);
}

template class GruCell<float>;
template class GruCell<double>;

}  // namespace bitloom
