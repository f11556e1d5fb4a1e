#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "quant/simd_places.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "quant/simd.h"
#include "quant/simd_lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace bitloom::simd::HWY_NAMESPACE {

// Up to this many places a comparison with every border takes less time than halving, whose steps
// wait for numbers that each lane picks for itself.
constexpr std::size_t k_fewPlaces = 16;

HWY_INLINE Doubles countBelow(Doubles x, const double* borders, std::size_t count,
                              std::size_t stride) {
    const Doubles one = hn::Set(Lanes(), 1.0);
    Doubles below = hn::Zero(Lanes());
    for (std::size_t i = 0; i < count; ++i)
        below = hn::Add(below,
                        hn::IfThenElseZero(hn::Gt(x, hn::Set(Lanes(), borders[i * stride])), one));
    return below;
}

void placesAmongD(const double* x, std::size_t n, const double* borders, std::size_t places,
                  double* out) {
    if (places <= k_fewPlaces) {
        forMapped(x, n, out, [&](Doubles v) { return countBelow(v, borders, places - 1, 1); });
        return;
    }
    // Every k-th border first, then halving between two of them.
    const std::size_t stride = places / k_fewPlaces;
    const hn::RebindToSigned<Lanes> indices;
    forMapped(x, n, out, [&](Doubles v) {
        const Doubles coarse = countBelow(v, borders + stride - 1, k_fewPlaces - 1, stride);
        auto place = hn::ConvertTo(indices, hn::Mul(coarse, hn::Set(Lanes(), double(stride))));
        for (std::size_t half = stride / 2; half > 0; half /= 2) {
            const Doubles border = hn::GatherIndex(Lanes(), borders + half - 1, place);
            const auto above = hn::RebindMask(indices, hn::Gt(v, border));
            const auto step = hn::Set(indices, static_cast<std::int64_t>(half));
            place = hn::Add(place, hn::IfThenElseZero(above, step));
        }
        return hn::ConvertTo(Lanes(), place);
    });
}

}  // namespace bitloom::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace bitloom::simd {

HWY_EXPORT(placesAmongD);

void placesAmong(const double* x, std::size_t n, const double* borders, std::size_t places,
                 double* out) {
    HWY_DYNAMIC_DISPATCH(placesAmongD)(x, n, borders, places, out);
}

}  // namespace bitloom::simd
#endif
