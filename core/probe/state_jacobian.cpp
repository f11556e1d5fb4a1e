#include "probe/state_jacobian.h"

#include <utility>

#include "math/gemm.h"

namespace bitloom {

template <class T>
StateJacobian<T>::StateJacobian(const LayerTrace<T>& trace, std::vector<std::size_t> samples,
                                BatchNormJacobian batchNorm)
    : m_trace(trace), m_samples(std::move(samples)), m_batchNorm(batchNorm) {}

template <class T>
std::size_t StateJacobian<T>::stateSize() const {
    return m_trace.width * (m_trace.cell == Cell::lstm ? 2 : 1);
}

template <class T>
void StateJacobian<T>::apply(std::size_t t, MatrixView<T> tangents) {
    m_products.resize(tangents.rows, m_trace.effectiveHh.rows);
    const MatrixView<const T> dh(tangents.data, tangents.rows, m_trace.width, tangents.stride);
    gemm<T>(Transpose::no, Transpose::yes, dh, m_trace.effectiveHh, T(0), m_products.view());
    normalize(m_trace.hh, t, m_trace.effectiveHh.rows / m_trace.width, m_products.view());
    if (m_trace.cell == Cell::lstm)
        lstm(t, tangents);
    else
        gru(t, tangents);
}

template <class T>
void StateJacobian<T>::normalize(const NormalizerTrace<T>& norm, std::size_t t, std::size_t gates,
                                 MatrixView<T> p) {
    if (!norm.acts()) return;
    if (norm.acrossBatch && m_batchNorm == BatchNormJacobian::whole)
        return normalizeWhole(norm, t, p);
    const std::size_t width = m_trace.width;
    for (std::size_t r = 0; r < p.rows; ++r) {
        T* row = p.row(r);
        if (norm.acrossBatch) {
            const T* inverse = norm.inverse.row(t);
            for (std::size_t j = 0; j < p.cols; ++j) row[j] *= norm.gain[j] * inverse[j];
            continue;
        }
        const std::size_t at = t * m_trace.batch + m_samples[r % m_samples.size()];
        const T* hat = norm.hat.row(at);
        for (std::size_t g = 0; g < gates; ++g) {
            T sum = 0, along = 0;
            for (std::size_t j = g * width; j < (g + 1) * width; ++j) {
                sum += row[j];
                along += hat[j] * row[j];
            }
            sum /= static_cast<T>(width);
            along /= static_cast<T>(width);
            const T inverse = norm.inverse(at, g);
            for (std::size_t j = g * width; j < (g + 1) * width; ++j)
                row[j] = norm.gain[j] * inverse * (row[j] - sum - hat[j] * along);
        }
    }
}

template <class T>
void StateJacobian<T>::normalizeWhole(const NormalizerTrace<T>& norm, std::size_t t,
                                      MatrixView<T> p) {
    const std::size_t batch = m_trace.batch;
    const MatrixView<const T> hat = m_trace.at(norm.hat, t);
    std::vector<T> sum(p.cols), along(p.cols);
    for (std::size_t first = 0; first < p.rows; first += batch) {
        std::fill(sum.begin(), sum.end(), T(0));
        std::fill(along.begin(), along.end(), T(0));
        for (std::size_t b = 0; b < batch; ++b)
            for (std::size_t j = 0; j < p.cols; ++j) {
                sum[j] += p(first + b, j);
                along[j] += hat(b, j) * p(first + b, j);
            }
        const T share = T(1) / static_cast<T>(batch);
        for (std::size_t b = 0; b < batch; ++b)
            for (std::size_t j = 0; j < p.cols; ++j)
                p(first + b, j) = norm.gain[j] * norm.inverse(t, j) *
                                  (p(first + b, j) - share * (sum[j] + hat(b, j) * along[j]));
    }
}

template <class T>
void StateJacobian<T>::lstm(std::size_t t, MatrixView<T> tangents) {
    const std::size_t width = m_trace.width;
    m_cells.resize(tangents.rows, width);
    for (std::size_t r = 0; r < tangents.rows; ++r) {
        const std::size_t b = m_samples[r % m_samples.size()];
        const T* i = m_trace.at(m_trace.gates, t).row(b);
        const T *f = i + width, *g = f + width;
        const T* cBefore = m_trace.cellsBefore(t).row(b);
        const T* p = m_products.row(r);
        T* dc = tangents.row(r) + width;
        for (std::size_t j = 0; j < width; ++j) {
            dc[j] = f[j] * dc[j] + cBefore[j] * f[j] * (1 - f[j]) * p[width + j] +
                    g[j] * i[j] * (1 - i[j]) * p[j] + i[j] * (1 - g[j] * g[j]) * p[2 * width + j];
            m_cells(r, j) = dc[j];
        }
    }
    normalize(m_trace.c, t, 1, m_cells.view());
    for (std::size_t r = 0; r < tangents.rows; ++r) {
        const std::size_t b = m_samples[r % m_samples.size()];
        const T* o = m_trace.at(m_trace.gates, t).row(b) + 3 * width;
        const T* n = m_trace.at(m_trace.inner, t).row(b);
        const T* p = m_products.row(r) + 3 * width;
        T* dh = tangents.row(r);
        for (std::size_t j = 0; j < width; ++j)
            dh[j] = n[j] * o[j] * (1 - o[j]) * p[j] + o[j] * (1 - n[j] * n[j]) * m_cells(r, j);
    }
}

template <class T>
void StateJacobian<T>::gru(std::size_t t, MatrixView<T> tangents) {
    const std::size_t width = m_trace.width;
    for (std::size_t row = 0; row < tangents.rows; ++row) {
        const std::size_t b = m_samples[row % m_samples.size()];
        const T* r = m_trace.at(m_trace.gates, t).row(b);
        const T *z = r + width, *n = z + width;
        const T* m = m_trace.at(m_trace.inner, t).row(b);
        const T* h = m_trace.hiddenBefore(t).row(b);
        const T* p = m_products.row(row);
        T* dh = tangents.row(row);
        for (std::size_t j = 0; j < width; ++j) {
            const T dr = r[j] * (1 - r[j]) * p[j];
            const T dz = z[j] * (1 - z[j]) * p[width + j];
            const T dn = (1 - n[j] * n[j]) * (r[j] * p[2 * width + j] + m[j] * dr);
            dh[j] = (1 - z[j]) * dn + (h[j] - n[j]) * dz + z[j] * dh[j];
        }
    }
}

template class StateJacobian<float>;
template class StateJacobian<double>;

}  // namespace bitloom
