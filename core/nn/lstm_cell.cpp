#include "nn/lstm_cell.h"

#include "math/kernels.h"

namespace bitloom {

template <class T>
void LstmCell<T>::forward(const CellForward<T>& s) const {
    if (!m_normalizer) {
        kernels::lstmForward<T>(s.in, s.cPrevious, s.gates, s.c, s.inner, s.h);
        return;
    }
    kernels::lstmForward<T>(s.in, s.cPrevious, s.gates, s.c, {}, {});
    m_normalizer->forward(s.norm, s.c, s.cellHat, s.inner);
    kernels::lstmOutput<T>(s.gates, s.inner, s.inner, s.h);
}

template <class T>
void LstmCell<T>::backward(const CellBackward<T>& s) const {
    if (!s.gates.data) {
        kernels::lstmBackwardFromInput<T>(s.dh, s.dc, s.in, s.cPrevious, s.c, s.h, s.da, s.dc,
                                          s.dcTotal, s.sums, s.upcoming);
        return;
    }
    if (!m_normalizer) {
        kernels::lstmBackward<T>(s.dh, s.dc, s.gates, s.cPrevious, s.inner, s.da, s.dc, s.dcTotal,
                                 s.upcoming);
        return;
    }
    kernels::lstmOutputBackward<T>(s.dh, s.gates, s.inner, s.da, s.dcTotal);
    m_normalizer->backward(s.norm, s.dcTotal, s.cellHat, s.dcTotal);
    const std::size_t n = s.dc.size();
    kernels::axpy<T>(T(1), std::span<const T>(s.dc.data, n), {s.dcTotal.data, n});
    kernels::lstmBackward<T>({}, s.dcTotal, s.gates, s.cPrevious, {}, s.da, s.dc, {});
}

template class LstmCell<float>;
template class LstmCell<double>;

}  // namespace bitloom
