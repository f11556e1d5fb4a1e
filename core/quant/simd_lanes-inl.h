// Double lanes over float or double arrays. Included once a Highway target, so no #pragma once:
// the guard toggles.
#if defined(BITLOOM_QUANT_SIMD_LANES) == defined(HWY_TARGET_TOGGLE)
#ifdef BITLOOM_QUANT_SIMD_LANES
#undef BITLOOM_QUANT_SIMD_LANES
#else
#define BITLOOM_QUANT_SIMD_LANES
#endif

#include <hwy/highway.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

HWY_BEFORE_NAMESPACE();
namespace bitloom::simd::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using Lanes = hn::ScalableTag<double>;
using Doubles = hn::Vec<Lanes>;

template <class T>
HWY_INLINE Doubles load(const T* from) {
    if constexpr (std::is_same_v<T, double>)
        return hn::LoadU(Lanes(), from);
    else
        return hn::PromoteTo(Lanes(), hn::LoadU(hn::Rebind<float, Lanes>(), from));
}

/// To float rounded, to std::int32_t towards zero.
template <class T>
HWY_INLINE void store(Doubles value, T* to) {
    if constexpr (std::is_same_v<T, double>) {
        hn::StoreU(value, Lanes(), to);
    } else {
        const hn::Rebind<T, Lanes> half;
        hn::StoreU(hn::DemoteTo(half, value), half, to);
    }
}

/// body(x, D) over all elements; the lanes past the end have x = 0 and D = 0.
template <class T, class Body>
HWY_INLINE void forWeighted(const T* x, const T* d, std::size_t n, Body body) {
    const Lanes lanes;
    const std::size_t width = hn::Lanes(lanes);
    const Doubles one = hn::Set(lanes, 1.0);
    std::size_t i = 0;
    if (d)
        for (; i + width <= n; i += width) body(load(x + i), load(d + i));
    else
        for (; i + width <= n; i += width) body(load(x + i), one);
    if (i == n) return;
    T xs[hn::MaxLanes(lanes)] = {}, ds[hn::MaxLanes(lanes)] = {};
    for (std::size_t j = 0; i + j < n; ++j) {
        xs[j] = x[i + j];
        ds[j] = d ? d[i + j] : T(1);
    }
    body(load(xs), load(ds));
}

/// out = map(x), elementwise.
template <class T, class Out, class Map>
HWY_INLINE void forMapped(const T* x, std::size_t n, Out* out, Map map) {
    const Lanes lanes;
    const std::size_t width = hn::Lanes(lanes);
    std::size_t i = 0;
    for (; i + width <= n; i += width) store(map(load(x + i)), out + i);
    if (i == n) return;
    T last[hn::MaxLanes(lanes)] = {};
    Out results[hn::MaxLanes(lanes)];
    for (std::size_t j = 0; i + j < n; ++j) last[j] = x[i + j];
    store(map(load(last)), results);
    for (std::size_t j = 0; i + j < n; ++j) out[i + j] = results[j];
}

/// g = map(x, g), elementwise; the lanes past the end have x = g = 0.
template <class T, class Map>
HWY_INLINE void forUpdated(const T* x, std::size_t n, T* g, Map map) {
    const Lanes lanes;
    const std::size_t width = hn::Lanes(lanes);
    std::size_t i = 0;
    for (; i + width <= n; i += width) store(map(load(x + i), load(g + i)), g + i);
    if (i == n) return;
    T xs[hn::MaxLanes(lanes)] = {}, gs[hn::MaxLanes(lanes)] = {};
    for (std::size_t j = 0; i + j < n; ++j) {
        xs[j] = x[i + j];
        gs[j] = g[i + j];
    }
    store(map(load(xs), load(gs)), gs);
    for (std::size_t j = 0; i + j < n; ++j) g[i + j] = gs[j];
}

HWY_INLINE double total(Doubles sums) {
    return hn::GetLane(hn::SumOfLanes(Lanes(), sums));
}

/// b = round(levels clamp(x / alpha)) / levels. Division by alpha is a product with levels / alpha:
/// the sums of the loss-aware methods pass here ten times.
class LinearLevels {
public:
    LinearLevels(double alpha, int count)
        : m_count(count),
          m_factor(hn::Set(Lanes(), std::fmin(count / alpha, std::numeric_limits<double>::max()))),
          m_most(hn::Set(Lanes(), static_cast<double>(count))) {}
    /// b perUnit().
    HWY_INLINE Doubles multiple(Doubles x) const {
        const Doubles c = hn::Max(hn::Neg(m_most), hn::Min(hn::Mul(x, m_factor), m_most));
        return hn::Round(c);
    }
    [[nodiscard]] double perUnit() const { return m_count; }
    HWY_INLINE Doubles level(Doubles x) const { return hn::Div(multiple(x), m_most); }

private:
    int m_count;
    Doubles m_factor, m_most;
};

/// b = the nearest of 0, +-2^-(count - 1) .. +-1 to x / alpha; the smaller magnitude at a tie.
/// Between powers of two the nearest is decided by the mantissa: the upper one above 1.5.
class LogLevels {
public:
    LogLevels(double alpha, int count)
        : m_factor(hn::Set(Lanes(), std::fmin(1 / alpha, std::numeric_limits<double>::max()))),
          m_least(hn::Set(Lanes(), std::ldexp(1.0, 1 - count))),
          m_border(hn::Set(Lanes(), std::ldexp(1.0, -count))) {}
    HWY_INLINE Doubles multiple(Doubles x) const {
        const Lanes lanes;
        const hn::RebindToUnsigned<Lanes> words;
        const Doubles magnitude = hn::Abs(hn::Mul(x, m_factor));
        const auto carry = hn::Set(words, (std::uint64_t{1} << 51) - 1);
        const auto exponent = hn::Set(words, std::uint64_t{0x7FF} << 52);
        const auto power = hn::And(hn::Add(hn::BitCast(words, magnitude), carry), exponent);
        const Doubles level =
            hn::Max(m_least, hn::Min(hn::BitCast(lanes, power), hn::Set(lanes, 1.0)));
        const Doubles kept = hn::IfThenElseZero(hn::Gt(magnitude, m_border), level);
        return hn::IfThenElse(hn::Lt(x, hn::Zero(lanes)), hn::Neg(kept), kept);
    }
    [[nodiscard]] double perUnit() const { return 1; }
    HWY_INLINE Doubles level(Doubles x) const { return multiple(x); }

private:
    Doubles m_factor, m_least, m_border;
};

}  // namespace bitloom::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
