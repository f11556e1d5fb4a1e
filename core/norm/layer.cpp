#include "norm/layer.h"

#include "math/kernels.h"
#include "math/kernels_norm.h"

namespace bitloom {

template <class T>
void LayerNormalizer<T>::begin(std::size_t steps, std::size_t batch, bool keep,
                               std::size_t members) {
    m_keep = keep;
    m_batch = batch;
    m_mean.resize((keep ? steps : 1) * batch, m_tensors.gates);
    m_inverse.resize((keep ? steps : 1) * batch, m_tensors.gates);
    if (!keep) return;
    m_up.resize(members);
    m_dot.resize(members);
    m_gainSum.begin(members, m_tensors.gain.size());
    m_shiftSum.begin(members, m_tensors.gain.size());
}

template <class T>
void LayerNormalizer<T>::forward(const NormalizerStep& step, MatrixView<const T> x,
                                 MatrixView<T> xhat, MatrixView<T> y) {
    kernels::layerNormForward<T>(x, m_tensors.gates, m_tensors.gain, m_tensors.shift, m_epsilon,
                                 xhat, at(m_inverse, step, x.rows), y);
}

template <class T>
void LayerNormalizer<T>::backward(const NormalizerStep& step, MatrixView<const T> dy,
                                  MatrixView<const T> xhat, MatrixView<T> dx) {
    kernels::layerNormBackward<T>(dy, xhat, at(m_inverse, step, dy.rows), m_tensors.gates,
                                  m_tensors.gain, dx, m_gainSum.of(step.member),
                                  m_shiftSum.of(step.member));
}

template <class T>
void LayerNormalizer<T>::completeMeasure(const NormalizerStep& step, MatrixView<const T> x,
                                         kernels::GateInput<T>& in) {
    kernels::layerNormMoments<T>(x, m_tensors.gates, m_epsilon, at(m_mean, step, x.rows),
                                 at(m_inverse, step, x.rows));
    recall(step, x.rows, in);
}

template <class T>
void LayerNormalizer<T>::recall(const NormalizerStep& step, std::size_t rows,
                                kernels::GateInput<T>& in) {
    in.gainB = m_tensors.gain;
    in.rowMean = at(m_mean, step, rows);
    in.rowRstd = at(m_inverse, step, rows);
}

template <class T>
kernels::GateSums<T> LayerNormalizer<T>::sumsOf(const NormalizerStep& step, std::size_t rows) {
    Matrix<T>&up = m_up[step.member], &dot = m_dot[step.member];
    up.resize(rows, m_tensors.gates);
    dot.resize(rows, m_tensors.gates);
    return {up.view(), dot.view(), {}};
}

template <class T>
void LayerNormalizer<T>::startBackward(const NormalizerStep& step, MatrixView<const T> dy,
                                       const kernels::GateInput<T>& in,
                                       const kernels::GateSums<T>& sums,
                                       const ScalarInputSums<T>& input, MatrixView<T> dx) {
    kernels::layerNormBackwardFromSums<T>(
        dy, in.b, in.rowMean, in.rowRstd, sums.up, sums.dot, input.stretch, m_tensors.gain, dx,
        m_gainSum.of(step.member), m_shiftSum.of(step.member), input.stretched);
}

template <class T>
void LayerNormalizer<T>::finishBackward() {
    m_gainSum.addTo(m_tensors.gainGradient);
    m_shiftSum.addTo(m_tensors.shiftGradient);
}

template class LayerNormalizer<float>;
template class LayerNormalizer<double>;

}  // namespace bitloom
