#include "quant/greedy.h"

#include <algorithm>
#include <array>
#include <vector>

#include "quant/simd.h"

namespace bitloom {

void greedyCodes(std::span<double> residual, std::span<std::uint8_t> codes,
                 std::span<double> scales) {
    std::fill(codes.begin(), codes.end(), std::uint8_t{0});
    const std::size_t n = residual.size();
    for (std::size_t k = 0; k < scales.size(); ++k) {
        const double a = simd::sumAbs(residual.data(), n) / static_cast<double>(n);
        scales[k] = a;
        for (std::size_t i = 0; i < n; ++i) {
            // Without branches: the signs are as good as random.
            const unsigned positive = residual[i] >= 0;
            residual[i] -= a * (2 * static_cast<int>(positive) - 1);
            codes[i] = static_cast<std::uint8_t>(codes[i] | (positive << k));
        }
    }
}

template <class T>
void Greedy<T>::quantize(const QuantizerBlock<T>& block, MatrixView<T> out) const {
    const std::size_t n = block.latent.cols;
    if (n == 0) return;
    std::vector<double> residual(n);
    std::vector<std::uint8_t> codes(n);
    std::array<double, 8> scales{};
    std::vector<double> values(std::size_t{1} << m_bits);
    for (std::size_t r = 0; r < block.latent.rows; ++r) {
        std::copy_n(block.latent.row(r), n, residual.data());
        greedyCodes(residual, codes, std::span(scales).first(static_cast<std::size_t>(m_bits)));
        for (std::size_t c = 0; c < values.size(); ++c) {
            values[c] = 0;
            for (std::size_t k = 0; k < static_cast<std::size_t>(m_bits); ++k)
                values[c] += (c >> k) & 1 ? scales[k] : -scales[k];
        }
        // A zero row has codes too; adding zero turns -0 into 0.
        for (std::size_t i = 0; i < n; ++i) out(r, i) = static_cast<T>(values[codes[i]] + 0.0);
    }
}

template <class T>
StorageCost Greedy<T>::cost() const {
    return {double(m_bits), double(m_bits), m_bits, true};
}

template class Greedy<float>;
template class Greedy<double>;

}  // namespace bitloom
