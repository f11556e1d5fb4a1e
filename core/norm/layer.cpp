#include "norm/layer.h"

#include "math/kernels.h"

namespace bitloom {

template <class T>
void LayerNormalizer<T>::begin(std::size_t steps, std::size_t batch, bool keep) {
    m_keep = keep;
    m_batch = batch;
    m_inverse.resize((keep ? steps : 1) * batch, m_tensors.gates);
}

template <class T>
void LayerNormalizer<T>::forward(std::size_t t, MatrixView<const T> x, MatrixView<T> xhat,
                                 MatrixView<T> y, Statistics) {
    kernels::layerNormForward<T>(x, m_tensors.gates, m_tensors.gain, m_tensors.shift, m_epsilon,
                                 xhat,
                                 m_inverse.view().rowRange((m_keep ? t : 0) * m_batch, x.rows), y);
}

template <class T>
void LayerNormalizer<T>::backward(std::size_t t, MatrixView<const T> dy, MatrixView<const T> xhat,
                                  MatrixView<T> dx) {
    kernels::layerNormBackward<T>(dy, xhat, m_inverse.view().rowRange(t * m_batch, dy.rows),
                                  m_tensors.gates, m_tensors.gain, dx, m_tensors.gainGradient,
                                  m_tensors.shiftGradient);
}

template class LayerNormalizer<float>;
template class LayerNormalizer<double>;

}  // namespace bitloom
