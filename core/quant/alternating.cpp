#include "quant/alternating.h"

#include <Eigen/Dense>
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "quant/greedy.h"
#include "quant/simd.h"

namespace bitloom {
namespace {

constexpr int k_mostBits = 8;
constexpr double k_infinity = std::numeric_limits<double>::infinity();
using Square = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, 0, k_mostBits, k_mostBits>;
using Column = Eigen::Matrix<double, Eigen::Dynamic, 1, 0, k_mostBits, 1>;

/// The next number below a finite x; a library call for each of the borders takes as long as a row.
double justBelow(double x) {
    const auto bits = std::bit_cast<std::int64_t>(x == 0 ? -0.0 : x);
    return std::bit_cast<double>(bits + (x > 0 ? -1 : 1));
}

/// Works one row after another with the same memory.
class RowFitter {
public:
    RowFitter(std::size_t width, int bits)
        : m_bits(bits),
          m_codes(std::size_t{1} << bits),
          m_weights(width),
          m_residual(width),
          m_greedy(width),
          m_code(width) {}

    std::vector<double>& weights() { return m_weights; }

    void fit(int cycles) {
        m_residual = m_weights;
        std::array<double, k_mostBits> scales{};
        greedyCodes(m_residual, m_greedy,
                    std::span(scales).first(static_cast<std::size_t>(m_bits)));
        for (std::size_t i = 0; i < m_code.size(); ++i)
            m_code[i] = static_cast<std::uint8_t>(static_cast<int>(m_greedy[i]));
        for (int cycle = 0; cycle < cycles; ++cycle) {
            setValues(leastSquares());
            encode();
        }
    }

    [[nodiscard]] double value(std::size_t i) const { return m_values[m_code[i]]; }

private:
    // B'B and B'w need only how often each code occurs and the sum of its weights; their entries
    // are sums over the codes with the sign of one or two bits, which the transform has.
    Column leastSquares() {
        std::array<double, 256> count{}, sum{}, scratch;
        for (std::size_t i = 0; i < m_weights.size(); ++i) {
            count[m_code[i]] += 1;
            sum[m_code[i]] += m_weights[i];
        }
        simd::walshHadamard(count.data(), scratch.data(), m_codes);
        simd::walshHadamard(sum.data(), scratch.data(), m_codes);
        const double n = static_cast<double>(m_weights.size());
        Square gram = Square::Identity(m_bits, m_bits);
        Column right = Column::Zero(m_bits);
        for (int j = 0; j < m_bits; ++j) {
            right(j) = -sum[std::size_t{1} << j] / n;  // a bit that is set is +1
            for (int k = 0; k < j; ++k)
                gram(j, k) = gram(k, j) = count[(std::size_t{1} << j) | (std::size_t{1} << k)] / n;
        }
        constexpr double k_singular = 1e-9;  // of a diagonal of 1
        const Eigen::LDLT<Square> factors(gram);
        if (factors.vectorD().minCoeff() > k_singular) return factors.solve(right);
        const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen(gram);
        Eigen::VectorXd inverse = eigen.eigenvalues();
        for (double& x : inverse) x = x > k_singular ? 1 / x : 0;
        return eigen.eigenvectors() * inverse.asDiagonal() *
               (eigen.eigenvectors().transpose() * right);
    }

    // The sums B a of all codes, sorted, and the borders between neighbours.
    void setValues(const Column& scales) {
        // One bit more doubles the list: all sums so far with a minus and with a plus, each in
        // order as it was. A code with all bits turned has the negative sum, so that half of the
        // merged list is the other half, mirrored. Of equal sums those with a minus come first.
        std::array<double, 256> sums{}, mergedSums;
        std::array<std::uint8_t, 256> codes{}, mergedCodes;
        std::size_t size = 1;
        for (int k = 0; k < m_bits; ++k, size *= 2) {
            const double scale = scales(k);
            std::size_t low = 0, high = 0;  // neither reaches `size` before the middle
            for (std::size_t i = 0; i < size; ++i) {
                const double minus = sums[low] - scale, plus = sums[high] + scale;
                const bool takePlus = plus < minus;
                mergedSums[i] = takePlus ? plus : minus;
                mergedCodes[i] =
                    static_cast<std::uint8_t>(takePlus ? codes[high] | size : codes[low]);
                low += !takePlus;
                high += takePlus;
            }
            for (std::size_t i = 0; i < size; ++i) {
                mergedSums[2 * size - 1 - i] = 0.0 - mergedSums[i];
                mergedCodes[2 * size - 1 - i] =
                    static_cast<std::uint8_t>((2 * size - 1) ^ mergedCodes[i]);
            }
            std::copy_n(mergedSums.data(), 2 * size, sums.data());
            std::copy_n(mergedCodes.data(), 2 * size, codes.data());
        }
        for (std::size_t i = 0; i < m_codes; ++i) m_values[codes[i]] = sums[i];
        dropRepeated(sums, codes);
        for (std::size_t i = 0; i + 1 < m_kept; ++i) {
            const double middle = sums[i] + (sums[i + 1] - sums[i]) / 2;
            m_borders[i] = codes[i + 1] < codes[i] ? justBelow(middle) : middle;
        }
        std::fill(m_borders.begin() + static_cast<std::ptrdiff_t>(m_kept) - 1, m_borders.end(),
                  k_infinity);
        m_sorted = codes;
    }

    /// Of codes with equal sums keeps the lowest, in the first m_kept places.
    void dropRepeated(std::array<double, 256>& sums, std::array<std::uint8_t, 256>& codes) {
        m_kept = 1;
        for (std::size_t i = 1; i < m_codes; ++i) {
            if (sums[i] == sums[m_kept - 1]) {
                codes[m_kept - 1] = std::min(codes[m_kept - 1], codes[i]);
            } else {
                sums[m_kept] = sums[i];
                codes[m_kept++] = codes[i];
            }
        }
    }

    void encode() {
        if (m_codes >= k_manyCodes && m_weights.size() >= k_wideRow && divideRange())
            encodeByCells();
        else
            encodeByHalves();
    }

    void encodeByHalves() {
        for (std::size_t i = 0; i < m_weights.size(); ++i) {
            const double w = m_weights[i];
            std::size_t place = 0;  // the number of borders below w
            for (std::size_t half = m_codes / 2; half > 0; half /= 2)
                place += w > m_borders[place + half - 1] ? half : 0;
            m_code[i] = m_sorted[place];
        }
    }

    // The levels of many bits lie about evenly: cells of equal width from the first border to the
    // last hold few borders each, and those of the cells before are all below a weight. Each
    // weight takes as many steps as the fullest cell has borders: a loop that ends where its
    // weight is found is guessed wrong once a weight.
    void encodeByCells() {
        for (std::size_t i = 0; i < m_weights.size(); ++i) {
            const double w = m_weights[i];
            std::size_t place = m_bordersBefore[cellOf(w)];
            for (std::size_t step = 0; step < m_fullestCell; ++step)
                place += w > m_borders[place] ? 1 : 0;  // the last one is infinite
            m_code[i] = m_sorted[place];
        }
    }

    [[nodiscard]] std::size_t cellOf(double w) const {
        return static_cast<std::size_t>(
            std::clamp((w - m_borders[0]) * m_cellsPerUnit, 0.0, double(k_cells - 1)));
    }

    /// False if there is no range to divide, or cells are so full that halving is as fast.
    bool divideRange() {
        if (m_kept < 3) return false;
        const std::size_t borders = m_kept - 1;
        const double range = m_borders[borders - 1] - m_borders[0];
        m_cellsPerUnit = k_cells / range;
        if (!std::isfinite(range) || !std::isfinite(m_cellsPerUnit)) return false;
        std::size_t cell = 0, first = 0;  // the first border of a cell
        m_fullestCell = 0;
        for (std::size_t border = 0; border < borders; ++border) {
            const std::size_t own = cellOf(m_borders[border]);
            if (own >= cell) first = border;
            for (; cell <= own; ++cell) m_bordersBefore[cell] = static_cast<std::uint8_t>(border);
            m_fullestCell = std::max(m_fullestCell, border + 1 - first);
        }
        for (; cell < k_cells; ++cell) m_bordersBefore[cell] = static_cast<std::uint8_t>(borders);
        return m_fullestCell <= k_mostSteps;
    }

    static constexpr std::size_t k_manyCodes = 64;
    static constexpr std::size_t k_wideRow = 256;  // narrower ones do not repay the cells
    static constexpr std::size_t k_cells = 512;
    static constexpr std::size_t k_mostSteps = 5;

    int m_bits;
    std::size_t m_codes;
    std::vector<double> m_weights;
    std::vector<double> m_residual;
    std::vector<double> m_greedy;
    std::vector<std::uint8_t> m_code;
    std::array<double, 256> m_values{};
    std::array<double, 256> m_borders{};
    std::array<std::uint8_t, 256> m_sorted{};
    std::size_t m_kept = 0;  ///< levels that differ, one more than finite borders
    double m_cellsPerUnit = 0;
    std::size_t m_fullestCell = 0;  ///< borders in it
    std::array<std::uint8_t, k_cells> m_bordersBefore{};  ///< a cell: borders in the cells before
};

}  // namespace

template <class T>
void Alternating<T>::quantize(const QuantizerBlock<T>& block, MatrixView<T> out) const {
    const std::size_t n = block.latent.cols;
    if (n == 0) return;
    RowFitter fitter(n, m_bits);
    for (std::size_t r = 0; r < block.latent.rows; ++r) {
        std::vector<double>& w = fitter.weights();
        std::copy_n(block.latent.row(r), n, w.data());
        if (!std::isfinite(simd::sumAbs(w.data(), n))) {
            std::fill_n(out.row(r), n, std::numeric_limits<T>::quiet_NaN());
            continue;
        }
        fitter.fit(m_cycles);
        for (std::size_t i = 0; i < n; ++i) out(r, i) = static_cast<T>(fitter.value(i));
    }
}

template <class T>
StorageCost Alternating<T>::cost() const {
    return {double(m_bits), double(m_bits), m_bits, true};
}

template class Alternating<float>;
template class Alternating<double>;

}  // namespace bitloom
