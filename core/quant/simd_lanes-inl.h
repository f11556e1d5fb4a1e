// Double lanes over float or double arrays. Included once a Highway target, so no #pragma once:
// the guard toggles.
#if defined(BITLOOM_QUANT_SIMD_LANES) == defined(HWY_TARGET_TOGGLE)
#ifdef BITLOOM_QUANT_SIMD_LANES
#undef BITLOOM_QUANT_SIMD_LANES
#else
#define BITLOOM_QUANT_SIMD_LANES
#endif

#include <hwy/highway.h>

#include <cstddef>
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

template <class T>
HWY_INLINE void store(Doubles value, T* to) {
    if constexpr (std::is_same_v<T, double>) {
        hn::StoreU(value, Lanes(), to);
    } else {
        const hn::Rebind<float, Lanes> half;
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
template <class T, class Map>
HWY_INLINE void forMapped(const T* x, std::size_t n, T* out, Map map) {
    const Lanes lanes;
    const std::size_t width = hn::Lanes(lanes);
    std::size_t i = 0;
    for (; i + width <= n; i += width) store(map(load(x + i)), out + i);
    if (i == n) return;
    T buffer[hn::MaxLanes(lanes)] = {};
    for (std::size_t j = 0; i + j < n; ++j) buffer[j] = x[i + j];
    store(map(load(buffer)), buffer);
    for (std::size_t j = 0; i + j < n; ++j) out[i + j] = buffer[j];
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

/// round(levels clamp(x / alpha)) / levels.
struct LinearLevels {
    Doubles alpha, levels;
    LinearLevels(double a, int n)
        : alpha(hn::Set(Lanes(), a)), levels(hn::Set(Lanes(), static_cast<double>(n))) {}
    HWY_INLINE Doubles operator()(Doubles x) const {
        const Doubles one = hn::Set(Lanes(), 1.0);
        const Doubles c = hn::Max(hn::Neg(one), hn::Min(hn::Div(x, alpha), one));
        return hn::Div(hn::Round(hn::Mul(levels, c)), levels);
    }
};

/// The nearest of 0, +-2^-(count - 1) .. +-1 to x / alpha; the smaller magnitude at a tie.
struct LogLevels {
    Doubles alpha;
    int count;
    LogLevels(double a, int n) : alpha(hn::Set(Lanes(), a)), count(n) {}
    HWY_INLINE Doubles operator()(Doubles x) const {
        const Lanes lanes;
        const Doubles y = hn::Div(x, alpha);
        const Doubles magnitude = hn::Abs(y);
        Doubles level = hn::Zero(lanes);
        double value = 1;
        for (int k = 1; k < count; ++k) value /= 2;
        double border = value / 2;
        for (int k = 0; k < count; ++k) {
            level = hn::IfThenElse(hn::Gt(magnitude, hn::Set(lanes, border)), hn::Set(lanes, value),
                                   level);
            border = 1.5 * value;
            value *= 2;
        }
        return hn::IfThenElse(hn::Lt(y, hn::Zero(lanes)), hn::Neg(level), level);
    }
};

}  // namespace bitloom::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
