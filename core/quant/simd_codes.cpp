#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "quant/simd_codes.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <limits>

#include "quant/simd.h"
#include "quant/simd_lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace bitloom::simd::HWY_NAMESPACE {

// Up to this many places a comparison with every border takes less time than halving, whose steps
// wait for numbers that each lane picks for itself.
constexpr std::size_t k_fewPlaces = 16;
/// Of eight bits: their borders fill sixteen registers.
constexpr std::size_t k_mostPlaces = 256;

/// How many of `count` borders, `stride` apart, lie below x.
HWY_INLINE Doubles countBelow(Doubles x, const double* borders, std::size_t count,
                              std::size_t stride) {
    const Doubles one = hn::Set(Lanes(), 1.0);
    Doubles below = hn::Zero(Lanes());
    for (std::size_t i = 0; i < count; ++i)
        below = hn::Add(below,
                        hn::IfThenElseZero(hn::Gt(x, hn::Set(Lanes(), borders[i * stride])), one));
    return below;
}

/// Every stride-th border first, then halving between two of them.
HWY_INLINE Doubles countByHalves(Doubles x, const double* borders, std::size_t stride) {
    const hn::RebindToSigned<Lanes> indices;
    const Doubles coarse = countBelow(x, borders + stride - 1, k_fewPlaces - 1, stride);
    auto place = hn::ConvertTo(indices, hn::Mul(coarse, hn::Set(Lanes(), double(stride))));
    for (std::size_t half = stride / 2; half > 0; half /= 2) {
        const Doubles border = hn::GatherIndex(Lanes(), borders + half - 1, place);
        const auto step = hn::Set(indices, static_cast<std::int64_t>(half));
        const auto above = hn::RebindMask(indices, hn::Gt(x, border));
        place = hn::Add(place, hn::IfThenElseZero(above, step));
    }
    return hn::ConvertTo(Lanes(), place);
}

template <class T>
void placesAmongOf(const T* x, std::size_t n, const double* borders, std::size_t places,
                   std::int32_t* out) {
    if (places <= k_fewPlaces)
        forMapped(x, n, out,
                  [&](Doubles v) HWY_ATTR { return countBelow(v, borders, places - 1, 1); });
    else
        forMapped(x, n, out, [&](Doubles v) HWY_ATTR {
            return countByHalves(v, borders, places / k_fewPlaces);
        });
}

#if HWY_TARGET <= HWY_AVX3
using Floats = hn::ScalableTag<float>;
using Numbers = hn::RebindToSigned<Floats>;
static_assert(hn::MaxLanes(Floats()) == 16);

/// table[place] of `size` numbers: a register of sixteen is looked up in one operation.
template <std::size_t size>
HWY_INLINE hn::Vec<Floats> looked(const float* table, hn::Vec<Numbers> place) {
    const Floats d;
    const Numbers number;
    if constexpr (size <= 16) {
        const auto within = hn::And(place, hn::Set(number, 15));
        return hn::TableLookupLanes(hn::LoadU(d, table), hn::IndicesFromVec(d, within));
    } else {
        constexpr std::size_t half = size / 2;
        const auto upper = hn::TestBit(place, hn::Set(number, static_cast<std::int32_t>(half)));
        return hn::IfThenElse(hn::RebindMask(d, upper), looked<half>(table + half, place),
                              looked<half>(table, place));
    }
}

/// Goes on halving from level `size` of the tree, which has that many borders.
template <std::size_t size>
HWY_INLINE hn::Vec<Numbers> placeFrom(hn::Vec<Floats> x, hn::Vec<Numbers> place, const float* tree,
                                      std::size_t places) {
    const Numbers number;
    if constexpr (size <= k_mostPlaces / 2) {
        if (size == places) return place;
        const auto above = hn::RebindMask(number, hn::Gt(x, looked<size>(tree + size, place)));
        place = hn::Add(hn::ShiftLeft<1>(place), hn::IfThenElseZero(above, hn::Set(number, 1)));
        return placeFrom<2 * size>(x, place, tree, places);
    } else {
        return place;
    }
}

/// The largest floats that are not above x: a float lies above x just where it lies above that. Of
/// a negative x between the floats the last normal one: threads that train read others as zeros.
HWY_INLINE void storeNotAbove(Doubles x, float* to) {
    const hn::Rebind<float, Lanes> half;
    const hn::RebindToSigned<decltype(half)> bits;
    const auto nearest = hn::DemoteTo(half, x);
    // One down: the bits of a number's size count it.
    const auto word = hn::BitCast(bits, nearest);
    const auto step =
        hn::IfThenElse(hn::Lt(word, hn::Zero(bits)), hn::Set(bits, 1), hn::Set(bits, -1));
    const auto least = hn::Set(half, -std::numeric_limits<float>::min());
    const auto below = hn::IfThenElse(hn::Eq(nearest, hn::Zero(half)), least,
                                      hn::BitCast(half, hn::Add(word, step)));
    const Doubles rounded = hn::PromoteTo(Lanes(), nearest);
    const Doubles kept = hn::IfThenElse(hn::Gt(rounded, x), hn::PromoteTo(Lanes(), below), rounded);
    hn::StoreU(hn::DemoteTo(half, kept), half, to);
}

/// Halving in floats, the borders as a tree in registers: the one at the root, two below it, ...
void placesAmongTree(const float* x, std::size_t n, const double* borders, std::size_t places,
                     std::int32_t* out) {
    const Floats d;
    const Numbers number;
    const std::size_t width = hn::Lanes(d);
    float sorted[k_mostPlaces + hn::MaxLanes(Lanes())];
    std::size_t k = 0;
    for (; k + hn::Lanes(Lanes()) < places; k += hn::Lanes(Lanes()))
        storeNotAbove(load(borders + k), sorted + k);
    double rest[hn::MaxLanes(Lanes())] = {};
    std::copy_n(borders + k, places - 1 - k, rest);
    storeNotAbove(load(rest), sorted + k);
    float tree[k_mostPlaces + 16] = {};
    for (std::size_t size = 1; size < places; size *= 2)
        for (std::size_t i = 0; i < size; ++i)
            tree[size + i] = sorted[(2 * i + 1) * (places / size / 2) - 1];
    const auto placesOf = [&](const float* from, std::int32_t* to) HWY_ATTR {
        hn::StoreU(placeFrom<1>(hn::LoadU(d, from), hn::Zero(number), tree, places), number, to);
    };
    std::size_t i = 0;
    for (; i + width <= n; i += width) placesOf(x + i, out + i);
    if (i == n) return;
    float last[hn::MaxLanes(Floats())] = {};
    std::int32_t results[hn::MaxLanes(Floats())];
    std::memcpy(last, x + i, (n - i) * sizeof *x);
    placesOf(last, results);
    std::memcpy(out + i, results, (n - i) * sizeof *out);
}
#endif

void placesAmongF(const float* x, std::size_t n, const double* borders, std::size_t places,
                  std::int32_t* out) {
#if HWY_TARGET <= HWY_AVX3
    if (places <= k_mostPlaces) return placesAmongTree(x, n, borders, places, out);
#endif
    placesAmongOf(x, n, borders, places, out);
}

void placesAmongD(const double* x, std::size_t n, const double* borders, std::size_t places,
                  std::int32_t* out) {
    placesAmongOf(x, n, borders, places, out);
}

/// One number down from the middles between a vector of levels and the next ones, where codes fall.
HWY_INLINE Doubles bordersAt(const double* levels, const std::int32_t* codes) {
    const hn::RebindToSigned<Lanes> bits;
    const hn::Rebind<std::int32_t, Lanes> half;
    const Doubles low = load(levels), high = load(levels + 1);
    const Doubles middle = hn::MulAdd(hn::Sub(high, low), hn::Set(Lanes(), 0.5), low);
    // A zero is to be -0: the number below is one bit away.
    const auto x = hn::BitCast(bits, hn::Neg(hn::Sub(hn::Zero(Lanes()), middle)));
    const auto down =
        hn::IfThenElse(hn::Lt(x, hn::Zero(bits)), hn::Set(bits, 1), hn::Set(bits, -1));
    const auto falls = hn::Lt(hn::PromoteTo(Lanes(), hn::LoadU(half, codes + 1)),
                              hn::PromoteTo(Lanes(), hn::LoadU(half, codes)));
    const auto step = hn::IfThenElseZero(hn::RebindMask(bits, falls), down);
    return hn::BitCast(Lanes(), hn::Add(x, step));
}

void codeBordersD(const double* levels, const std::int32_t* codes, std::size_t n, double* out) {
    const std::size_t width = hn::Lanes(Lanes());
    std::size_t i = 0;
    for (; i + width < n; i += width) store(bordersAt(levels + i, codes + i), out + i);
    double lastLevels[hn::MaxLanes(Lanes()) + 1] = {};
    std::int32_t lastCodes[hn::MaxLanes(Lanes()) + 1] = {};
    for (std::size_t j = 0; i + j < n; ++j) {
        lastLevels[j] = levels[i + j];
        lastCodes[j] = codes[i + j];
    }
    store(bordersAt(lastLevels, lastCodes), lastLevels);
    for (std::size_t j = 0; i + j + 1 < n; ++j) out[i + j] = lastLevels[j];
}

/// Sums of x with the signs that bits `bit` and `bit` + 1 of the codes stand for; planes: these
/// bits, those of a vector together. Two at once: a sum waits for its last addition.
void signSumPair(const double* x, const double* codes, std::size_t n, int bit, std::uint64_t* first,
                 std::uint64_t* second, double* sums) {
    const Lanes lanes;
    const hn::RebindToSigned<Lanes> indices;
    const auto one = hn::Set(indices, std::int64_t{1} << bit);
    const auto two = hn::Set(indices, std::int64_t{2} << bit);
    std::uint8_t* a = reinterpret_cast<std::uint8_t*>(first);
    std::uint8_t* b = reinterpret_cast<std::uint8_t*>(second);
    Doubles sumA = hn::Zero(lanes), sumB = sumA;
    forWeighted(x, codes, n, [&](Doubles value, Doubles code) HWY_ATTR {
        const auto set = hn::ConvertTo(indices, code);
        const auto inA = hn::RebindMask(lanes, hn::TestBit(set, one));
        const auto inB = hn::RebindMask(lanes, hn::TestBit(set, two));
        sumA = hn::Add(sumA, hn::IfThenElse(inA, value, hn::Neg(value)));
        sumB = hn::Add(sumB, hn::IfThenElse(inB, value, hn::Neg(value)));
        std::uint8_t packed[8];
        hn::StoreMaskBits(lanes, inA, packed);
        *a++ = packed[0];
        hn::StoreMaskBits(lanes, inB, packed);
        *b++ = packed[0];
    });
    sums[0] = total(sumA);
    sums[1] = total(sumB);
}

void signSumsD(const double* x, const double* codes, std::size_t n, int bits,
               std::uint64_t* scratch, double* sums, double* products) {
    // Past the end x and codes are 0, in a sum nothing and in all planes alike.
    const std::size_t width = hn::Lanes(Lanes());
    const std::size_t words = ((n + width - 1) / width + 7) / 8;
    const std::size_t size = static_cast<std::size_t>(bits);
    std::memset(scratch, 0, (size + 1) * words * sizeof(*scratch));
    for (std::size_t j = 0; j < size; j += 2) {
        double pair[2];
        signSumPair(x, codes, n, static_cast<int>(j), scratch + j * words,
                    scratch + (j + 1) * words, pair);
        for (std::size_t k = j; k < size && k < j + 2; ++k) sums[k] = pair[k - j];
    }
    for (std::size_t j = 0; j < size; ++j)
        for (std::size_t k = 0; k < j; ++k) {
            int differ = 0;
            for (std::size_t i = 0; i < words; ++i)
                differ += std::popcount(scratch[j * words + i] ^ scratch[k * words + i]);
            products[j * size + k] = static_cast<double>(n) - 2.0 * differ;
        }
}

}  // namespace bitloom::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace bitloom::simd {

HWY_EXPORT(placesAmongF);
HWY_EXPORT(placesAmongD);
HWY_EXPORT(codeBordersD);
HWY_EXPORT(signSumsD);

void placesAmong(const float* x, std::size_t n, const double* borders, std::size_t places,
                 std::int32_t* out) {
    HWY_DYNAMIC_DISPATCH(placesAmongF)(x, n, borders, places, out);
}

void placesAmong(const double* x, std::size_t n, const double* borders, std::size_t places,
                 std::int32_t* out) {
    HWY_DYNAMIC_DISPATCH(placesAmongD)(x, n, borders, places, out);
}

void codeBorders(const double* levels, const std::int32_t* codes, std::size_t n, double* out) {
    HWY_DYNAMIC_DISPATCH(codeBordersD)(levels, codes, n, out);
}

void signSums(const double* x, const double* codes, std::size_t n, int bits, std::uint64_t* scratch,
              double* sums, double* products) {
    HWY_DYNAMIC_DISPATCH(signSumsD)(x, codes, n, bits, scratch, sums, products);
}

}  // namespace bitloom::simd
#endif
