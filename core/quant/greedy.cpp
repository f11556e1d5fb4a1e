#include "quant/greedy.h"

#include <algorithm>
#include <vector>

#include "quant/simd.h"

namespace bitloom {

void greedyCodes(std::span<double> residual, std::span<double> codes, std::span<double> scales) {
    std::fill(codes.begin(), codes.end(), 0.0);
    const std::size_t n = residual.size();
    double bit = 1;
    for (double& scale : scales) {
        scale = simd::sumAbs(residual.data(), n) / static_cast<double>(n);
        simd::peelSigns(residual.data(), n, scale, bit, 0, codes.data());
        bit *= 2;
    }
}

template <class T>
void Greedy<T>::quantize(const QuantizerBlock<T>& block, MatrixView<T> out) const {
    const std::size_t n = block.latent.cols;
    if (n == 0) return;
    std::vector<double> residual(n);
    std::vector<double> value(n);
    for (std::size_t r = 0; r < block.latent.rows; ++r) {
        std::copy_n(block.latent.row(r), n, residual.data());
        std::fill(value.begin(), value.end(), 0.0);  // 0 - 0 is 0: a zero row stays without -0
        for (int k = 0; k < m_bits; ++k) {
            const double a = simd::sumAbs(residual.data(), n) / static_cast<double>(n);
            simd::peelSigns(residual.data(), n, a, a, -a, value.data());
        }
        for (std::size_t i = 0; i < n; ++i) out(r, i) = static_cast<T>(value[i]);
    }
}

template <class T>
StorageCost Greedy<T>::cost() const {
    return {double(m_bits), double(m_bits), m_bits, true};
}

template class Greedy<float>;
template class Greedy<double>;

}  // namespace bitloom
