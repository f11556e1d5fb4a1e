#include "quant/dorefa.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "quant/block.h"
#include "quant/bwn.h"

namespace bitloom {
namespace {

template <class T>
T largestMagnitude(const QuantizerBlock<T>& block) {
    const Dense<T> w(block.latent);
    return simd::maxAbs(w.data(), w.size());
}

}  // namespace

template <class T>
void Dorefa<T>::quantize(const QuantizerBlock<T>& block, MatrixView<T> out) const {
    if (m_bits == 1) return Bwn<T>().quantize(block, out);
    const double most = std::tanh(static_cast<double>(largestMagnitude(block)));
    if (most == 0) return fillWith(out, T(0));
    mapRuns(block.latent, out, [&](const T* x, std::size_t n, T* y) {
        simd::tanhLevels(x, n, most, (1 << m_bits) - 1, y);
    });
}

template <class T>
void Dorefa<T>::backward(const QuantizerBlock<T>& block, MatrixView<T> gradient,
                         std::array<T, 2>&) const {
    if (m_bits == 1) return;
    const T largest = largestMagnitude(block);
    const double most = std::tanh(static_cast<double>(largest));
    if (most == 0) return;
    double sum = 0;
    mapRuns(block.latent, gradient,
            [&](const T* x, std::size_t n, T* g) { sum += simd::tanhGradient(x, n, most, g); });

    // The largest are few unless training clips them: only stretches that hold one are gone
    // through.
    constexpr std::size_t length = 512;
    struct Stretch {
        const T* x;
        T* gradient;
        std::size_t size;
    };
    std::vector<Stretch> stretches;
    std::size_t equals = 0;
    mapRuns(block.latent, gradient, [&](const T* x, std::size_t n, T* g) {
        for (std::size_t first = 0; first < n; first += length) {
            const Stretch here{x + first, g + first, std::min(n - first, length)};
            if (simd::maxAbs(here.x, here.size) != largest) continue;
            for (std::size_t i = 0; i < here.size; ++i) equals += std::abs(here.x[i]) == largest;
            stretches.push_back(here);
        }
    });
    const double share = sum / (most * most) * (1 - most * most) /
                         static_cast<double>(std::max<std::size_t>(1, equals));
    for (const Stretch& s : stretches)
        for (std::size_t i = 0; i < s.size; ++i)
            if (std::abs(s.x[i]) == largest)
                s.gradient[i] -= static_cast<T>(s.x[i] > 0 ? share : -share);
}

template <class T>
StorageCost Dorefa<T>::cost() const {
    return {double(m_bits), double(m_bits), m_bits == 1 ? 1 : 0, false};
}

template class Dorefa<float>;
template class Dorefa<double>;

}  // namespace bitloom
