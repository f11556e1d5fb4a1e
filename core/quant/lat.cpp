#include "quant/lat.h"

#include <cmath>
#include <span>

#include "quant/block.h"
#include "quant/sort.h"

namespace bitloom {
namespace {

constexpr double k_converged = 1e-6;

/// A scale and the threshold above which magnitudes take it.
template <class T>
struct Side {
    T threshold = 0;
    double scale = 0;
};

/// Alternates a = weighted mean of the magnitudes above the threshold and threshold = a / 2.
template <class T>
class Alternation {
public:
    explicit Alternation(simd::Weighted start) : m_kept(start) {}

    /// The next threshold; the caller then says what lies above it.
    T threshold() {
        if (m_done) return m_side.threshold;
        m_previous = m_side.scale;
        m_side.scale = m_kept.mean();
        m_side.threshold = thresholdFor<T>(m_side.scale / 2);
        return m_side.threshold;
    }
    void keep(simd::Weighted above) {
        if (m_done) return;
        m_kept = above;
        m_done = !m_first && std::abs(m_side.scale - m_previous) <= k_converged;
        m_first = false;
    }
    [[nodiscard]] bool done() const { return m_done; }
    [[nodiscard]] Side<T> side() const { return {m_side.threshold, m_kept.mean()}; }

private:
    simd::Weighted m_kept;
    Side<T> m_side;
    double m_previous = 0;
    bool m_first = true;
    bool m_done = false;
};

// The best k of magnitudes sorted upwards. Within a run of equal magnitudes the gain is convex in
// the weight taken, so its maximum is at an end of the run and only ends are compared.
template <class T>
Side<T> best(std::span<const Magnitude<T>> ascending) {
    Side<T> side;
    simd::Weighted kept;
    double gain = 0;
    for (std::size_t k = ascending.size(); k-- > 0;) {
        const T magnitude = ascending[k].value();
        if (std::isnan(magnitude)) return {T(0), static_cast<double>(magnitude)};
        if (magnitude == 0) break;  // zeros add weight only
        const double d = static_cast<double>(ascending[k].weight);
        kept = kept + simd::Weighted{d * static_cast<double>(magnitude), d};
        const T next = k > 0 ? ascending[k - 1].value() : T(0);
        if (next == magnitude) continue;
        const double candidate = kept.sum * kept.mean();
        if (candidate > gain) {
            gain = candidate;
            side = {next, kept.mean()};
        }
    }
    return side;
}

template <class T>
void apply(const QuantizerBlock<T>& block, const Side<T>& up, const Side<T>& down,
           MatrixView<T> out) {
    const simd::Ternary<T> code{.positive = up.threshold,
                                .negative = down.threshold,
                                .up = static_cast<T>(up.scale),
                                .down = static_cast<T>(down.scale)};
    mapRuns(block.latent, out,
            [&](const T* x, std::size_t n, T* y) { simd::scaledTernary(x, n, code, y); });
}

}  // namespace

template <class T>
void LatApproximate<T>::quantize(const QuantizerBlock<T>& block, MatrixView<T> out) const {
    const Dense<T> w(block.latent);
    const Curvature<T> d(block.secondMoment);
    const auto zones = [&](T up, T down) {
        return simd::zoneSums(w.data(), d.data(), w.size(), up, down);
    };
    if (m_scales == LatScales::shared) {
        Alternation<T> both(simd::weightedAbs(w.data(), d.data(), w.size()));
        for (int i = 0; i < m_iterations && !both.done(); ++i) {
            const T t = both.threshold();
            const auto sums = zones(t, t);
            both.keep(sums[0] + sums[1]);
        }
        return apply(block, both.side(), both.side(), out);
    }
    const auto start = zones(T(0), T(0));
    Alternation<T> up(start[0]), down(start[1]);  // in step: one pass sums both sides
    for (int i = 0; i < m_iterations && !(up.done() && down.done()); ++i) {
        const T above = up.threshold(), below = down.threshold();
        const auto sums = zones(above, below);
        up.keep(sums[0]);
        down.keep(sums[1]);
    }
    apply(block, up.side(), down.side(), out);
}

template <class T>
StorageCost LatApproximate<T>::cost() const {
    return ternaryCost(m_scales == LatScales::shared ? 1 : 2);
}

template <class T>
void LatExact<T>::quantize(const QuantizerBlock<T>& block, MatrixView<T> out) const {
    const Dense<T> w(block.latent);
    const Curvature<T> d(block.secondMoment);
    MagnitudeSorter<T> sorter;
    const auto solve = [&](auto belongs) {
        sorter.clear(w.size());
        for (std::size_t i = 0; i < w.size(); ++i)
            if (belongs(w.data()[i])) sorter.add(w.data()[i], d.data() ? d.data()[i] : T(1));
        return best<T>(sorter.sorted());
    };
    if (m_scales == LatScales::shared) {
        const Side<T> side = solve([](T) { return true; });
        return apply(block, side, side, out);
    }
    const Side<T> up = solve([](T x) { return x > 0; });
    const Side<T> down = solve([](T x) { return x < 0; });
    apply(block, up, down, out);
}

template <class T>
StorageCost LatExact<T>::cost() const {
    return ternaryCost(m_scales == LatScales::shared ? 1 : 2);
}

template class LatApproximate<float>;
template class LatApproximate<double>;
template class LatExact<float>;
template class LatExact<double>;

}  // namespace bitloom
