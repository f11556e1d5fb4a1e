#pragma once
// What the methods share: blocks as contiguous arrays, curvature, exact thresholds, zero blocks.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

#include "math/matrix.h"
#include "quant/quantizer.h"
#include "quant/simd.h"

namespace bitloom {

/// A block as one contiguous array: the view's own memory, or a copy where rows are apart.
template <class T>
class Dense {
public:
    explicit Dense(MatrixView<const T> view) : m_data(view.data), m_size(view.size()) {
        if (!view.data || view.stride == view.cols || view.rows == 1) return;
        m_copy.resize(m_size);
        for (std::size_t r = 0; r < view.rows; ++r)
            std::copy_n(view.row(r), view.cols, m_copy.data() + r * view.cols);
        m_data = m_copy.data();
    }
    Dense(const Dense&) = delete;
    Dense& operator=(const Dense&) = delete;

    [[nodiscard]] const T* data() const { return m_data; }
    [[nodiscard]] std::size_t size() const { return m_size; }

private:
    const T* m_data;
    std::size_t m_size;
    Buffer<T> m_copy;
};

/// D = sqrt(v) + 1e-8 of a block, contiguous. Without a second moment data() is nullptr, which the
/// sums read as D = 1: a constant curvature cancels in every method.
template <class T>
class Curvature {
public:
    explicit Curvature(MatrixView<const T> secondMoment) {
        if (!secondMoment.data) return;
        const Dense<T> v(secondMoment);
        m_curvature.resize(v.size());
        simd::curvature(v.data(), v.size(), m_curvature.data());
    }
    [[nodiscard]] const T* data() const { return m_curvature.data(); }

private:
    Buffer<T> m_curvature;
};

/// map(x, n, y) over the contiguous runs of two views of the same shape.
template <class A, class B, class Map>
void mapRuns(MatrixView<A> from, MatrixView<B> to, Map map) {
    if (from.stride == from.cols && to.stride == to.cols) {
        map(from.data, from.size(), to.data);
        return;
    }
    for (std::size_t r = 0; r < from.rows; ++r) map(from.row(r), from.cols, to.row(r));
}

template <class T>
void fillWith(MatrixView<T> out, T value) {
    for (std::size_t r = 0; r < out.rows; ++r) std::fill_n(out.row(r), out.cols, value);
}

/// The largest T not above t: `x > thresholdFor<T>(t)` then decides exactly as `x > t` in double.
template <class T>
T thresholdFor(double t) {
    const T rounded = static_cast<T>(t);
    return static_cast<double>(rounded) > t
               ? std::nextafter(rounded, -std::numeric_limits<T>::infinity())
               : rounded;
}

inline StorageCost binaryCost(int scales) {
    return {1, 1, scales, false};
}
/// Ternary in base 3: five values a byte.
inline StorageCost ternaryCost(int scales) {
    return {2, 1.6, scales, false};
}
/// m bits; the three levels that the symmetric methods have at m = 2 pack like ternary ones.
inline StorageCost symmetricCost(int bits) {
    return {double(bits), bits == 2 ? 1.6 : double(bits), 1, false};
}

}  // namespace bitloom
