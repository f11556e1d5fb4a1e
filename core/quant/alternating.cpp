#include "quant/alternating.h"

#include <Eigen/Dense>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "quant/greedy.h"
#include "quant/simd.h"

namespace bitloom {
namespace {

constexpr int k_mostBits = 8;
constexpr double k_infinity = std::numeric_limits<double>::infinity();
using Square = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, 0, k_mostBits, k_mostBits>;
using Column = Eigen::Matrix<double, Eigen::Dynamic, 1, 0, k_mostBits, 1>;

/// Merges the sorted sums of `size` codes, each minus `scale` and each plus it, which one more bit
/// makes of them; of equal ones those with a minus come first. The lower half of the result alone.
class SignMerge {
public:
    SignMerge(const double* sums, const std::int32_t* codes, std::size_t size, double scale)
        : m_sums(sums), m_codes(codes), m_size(size), m_scale(scale) {}

    /// sums, codes [size]. An element waits for the one before it; other parts do not.
    template <std::size_t Parts>
    void run(double* sums, std::int32_t* codes) const {
        const std::size_t length = m_size / Parts;
        std::array<std::size_t, Parts> low, high;
        for (std::size_t part = 0; part < Parts; ++part) {
            low[part] = minusesAmong(part * length);
            high[part] = part * length - low[part];
        }
        for (std::size_t i = 0; i < length; ++i)
            for (std::size_t part = 0; part < Parts; ++part) {
                const double minus = m_sums[low[part]] - m_scale;
                const double plus = m_sums[high[part]] + m_scale;
                // No branch: half of the guesses would be wrong.
                const std::size_t takesPlus = plus < minus ? 1 : 0;
                sums[part * length + i] = std::min(minus, plus);
                codes[part * length + i] = static_cast<std::int32_t>(
                    m_codes[low[part] + takesPlus * (high[part] - low[part])] | takesPlus * m_size);
                low[part] += 1 - takesPlus;
                high[part] += takesPlus;
            }
    }

private:
    /// Among the first `count` elements: Odeh, Green, Mwassi, Shmueli & Birk, Merge Path, 2012.
    [[nodiscard]] std::size_t minusesAmong(std::size_t count) const {
        std::size_t first = 0, last = count;
        while (first < last) {
            const std::size_t middle = (first + last) / 2;
            if (m_sums[count - 1 - middle] + m_scale < m_sums[middle] - m_scale)
                last = middle;
            else
                first = middle + 1;
        }
        return first;
    }

    const double* m_sums;
    const std::int32_t* m_codes;
    std::size_t m_size;
    double m_scale;
};

/// Works one row after another with the same memory.
class RowFitter {
public:
    RowFitter(std::size_t width, int bits)
        : m_bits(bits),
          m_codes(std::size_t{1} << bits),
          m_weights(width),
          m_residual(width),
          m_code(width),
          m_place(width),
          m_planes((static_cast<std::size_t>(bits) + 1) * (width / 8 + 1)) {}

    std::vector<double>& weights() { return m_weights; }

    /// row: the weights() as they were given.
    template <class T>
    void fit(int cycles, const T* row) {
        m_residual = m_weights;
        std::array<double, k_mostBits> scales{};
        greedyCodes(m_residual, m_code, std::span(scales).first(static_cast<std::size_t>(m_bits)));
        for (int cycle = 0; cycle < cycles; ++cycle) {
            if (cycle > 0)  // greedyCodes has left the first ones
                for (std::size_t i = 0; i < m_code.size(); ++i)
                    m_code[i] = m_levels.codes[static_cast<std::size_t>(m_place[i])];
            setValues(leastSquares());
            simd::placesAmong(row, m_weights.size(), m_borders.data(), m_codes, m_place.data());
        }
    }

    [[nodiscard]] double value(std::size_t i) const {
        return m_levels.sums[static_cast<std::size_t>(m_place[i])];
    }

private:
    Column leastSquares() {
        const double n = static_cast<double>(m_weights.size());
        std::array<double, k_mostBits> sums;
        std::array<double, std::size_t{k_mostBits} * k_mostBits> products;
        simd::signSums(m_weights.data(), m_code.data(), m_weights.size(), m_bits, m_planes.data(),
                       sums.data(), products.data());
        Square gram = Square::Identity(m_bits, m_bits);  // B'B / n
        Column right = Column::Zero(m_bits);             // B'w / n
        for (int j = 0; j < m_bits; ++j) {
            right(j) = sums[static_cast<std::size_t>(j)] / n;
            for (int k = 0; k < j; ++k)
                gram(j, k) = gram(k, j) = products[static_cast<std::size_t>(j * m_bits + k)] / n;
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
        // A code with all bits turned has the negative sum, so that half of the merged list is the
        // other half, mirrored.
        Levels scratch;
        Levels *from = &m_levels, *to = &scratch;
        if (m_bits % 2 != 0) std::swap(from, to);  // the last ones are m_levels
        from->sums[0] = 0;
        from->codes[0] = 0;
        for (int k = 0; k < m_bits; ++k, std::swap(from, to)) {
            const std::size_t size = std::size_t{1} << k, last = 2 * size - 1;
            const SignMerge merge(from->sums.data(), from->codes.data(), size, scales(k));
            if (size < k_longMerge)
                merge.run<1>(to->sums.data(), to->codes.data());
            else
                merge.run<4>(to->sums.data(), to->codes.data());
            for (std::size_t i = 0; i < size; ++i) {
                to->sums[last - i] = 0.0 - to->sums[i];
                to->codes[last - i] = static_cast<std::int32_t>(last ^ to->codes[i]);
            }
        }
        const std::size_t kept = dropRepeated();
        simd::codeBorders(m_levels.sums.data(), m_levels.codes.data(), kept, m_borders.data());
        std::fill(m_borders.begin() + static_cast<std::ptrdiff_t>(kept) - 1, m_borders.end(),
                  k_infinity);
    }

    /// Of levels that are equal keeps the one with the lowest code; returns how many are left.
    std::size_t dropRepeated() {
        const double* const sums = m_levels.sums.data();
        const double* const end = sums + m_codes / 2 + 1;  // the upper half mirrors the lower
        const double* const repeated = std::adjacent_find(sums, end);
        if (repeated == end) return m_codes;
        std::size_t kept = static_cast<std::size_t>(repeated - sums) + 1;
        for (std::size_t i = kept; i < m_codes; ++i) {
            if (m_levels.sums[i] == m_levels.sums[kept - 1]) {
                m_levels.codes[kept - 1] = std::min(m_levels.codes[kept - 1], m_levels.codes[i]);
            } else {
                m_levels.sums[kept] = m_levels.sums[i];
                m_levels.codes[kept++] = m_levels.codes[i];
            }
        }
        return kept;
    }

    /// In order of their sums.
    struct Levels {
        std::array<double, 256> sums;
        std::array<std::int32_t, 256> codes;
    };

    static constexpr std::size_t k_longMerge = 16;

    int m_bits;
    std::size_t m_codes;
    std::vector<double> m_weights;
    std::vector<double> m_residual;
    std::vector<double> m_code;
    std::vector<std::int32_t> m_place;  ///< a weight's level
    std::vector<std::uint64_t> m_planes;
    Levels m_levels{};
    std::array<double, 256> m_borders{};  ///< between neighbouring levels, then infinite
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
        fitter.fit(m_cycles, block.latent.row(r));
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
