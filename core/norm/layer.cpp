#include "norm/layer.h"

#include "math/kernels.h"
#include "math/kernels_norm.h"

namespace bitloom {

template <class T>
void LayerNormalizer<T>::begin(std::size_t steps, std::size_t batch, bool keep,
                               std::size_t members) {
    m_keep = keep;
    m_batch = batch;
    m_inverse.resize((keep ? steps : 1) * batch, m_tensors.gates);
    if (!keep) return;
    m_gainSum.begin(members, m_tensors.gain.size());
    m_shiftSum.begin(members, m_tensors.gain.size());
}

template <class T>
void LayerNormalizer<T>::forward(const NormalizerStep& step, MatrixView<const T> x,
                                 MatrixView<T> xhat, MatrixView<T> y) {
    const std::size_t row = (m_keep ? step.t : 0) * m_batch + step.firstRow;
    kernels::layerNormForward<T>(x, m_tensors.gates, m_tensors.gain, m_tensors.shift, m_epsilon,
                                 xhat, m_inverse.view().rowRange(row, x.rows), y);
}

template <class T>
void LayerNormalizer<T>::backward(const NormalizerStep& step, MatrixView<const T> dy,
                                  MatrixView<const T> xhat, MatrixView<T> dx) {
    const std::size_t row = step.t * m_batch + step.firstRow;
    kernels::layerNormBackward<T>(dy, xhat, m_inverse.view().rowRange(row, dy.rows),
                                  m_tensors.gates, m_tensors.gain, dx, m_gainSum.of(step.member),
                                  m_shiftSum.of(step.member));
}

template <class T>
void LayerNormalizer<T>::finishBackward() {
    m_gainSum.addTo(m_tensors.gainGradient);
    m_shiftSum.addTo(m_tensors.shiftGradient);
}

template class LayerNormalizer<float>;
template class LayerNormalizer<double>;

}  // namespace bitloom
