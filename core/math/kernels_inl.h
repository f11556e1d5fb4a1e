// Vector helpers shared by the kernels_*.cpp files. Highway includes this once a target (see
// hwy/highway.h on "-inl.h" headers), hence a toggled guard instead of #pragma once.
//
// Loads and stores of a row's last, partial vector touch no memory outside the row.

#if defined(BITLOOM_MATH_KERNELS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef BITLOOM_MATH_KERNELS_INL_H
#undef BITLOOM_MATH_KERNELS_INL_H
#else
#define BITLOOM_MATH_KERNELS_INL_H
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstddef>
#include <type_traits>

HWY_BEFORE_NAMESPACE();
namespace bitloom::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// For a lambda of a hot loop that is large or called from two places: a compiler that leaves it a
// function loads its constants again with every vector.
#undef BITLOOM_INLINED
#define BITLOOM_INLINED HWY_ATTR __attribute__((always_inline))

using Floats = hn::ScalableTag<float>;
using FloatVector = hn::Vec<Floats>;

/// Access to whole vectors.
struct Whole {
    HWY_INLINE FloatVector load(const float* p) const { return hn::LoadU(Floats(), p); }
    HWY_INLINE void store(FloatVector v, float* p) const { hn::StoreU(v, Floats(), p); }
    /// Lanes past the end of the row become `other`.
    HWY_INLINE FloatVector pad(FloatVector v, float) const { return v; }
    HWY_INLINE std::size_t lanes() const { return hn::Lanes(Floats()); }
};

#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX2
using Four = hn::FixedTag<float, 4>;

/// Four lanes and zeros.
template <class D>
HWY_INLINE hn::Vec<D> extended(D d, hn::Vec<Four> v) {
    if constexpr (hn::MaxLanes(D()) == 4)
        return v;
    else
        return hn::ZeroExtendVector(d, extended(hn::Half<D>(), v));
}

/// The first four lanes.
template <class D>
HWY_INLINE hn::Vec<Four> firstFour(D, hn::Vec<D> v) {
    if constexpr (hn::MaxLanes(D()) == 4)
        return v;
    else
        return firstFour(hn::Half<D>(), hn::LowerHalf(hn::Half<D>(), v));
}
#endif

/// Access to the first `count` lanes, 0 < count < Lanes. Other lanes load as 0. Four lanes, the
/// rest of a width of 100, go without a mask: a load need not wait for a store then.
struct Partial {
    std::size_t count;

    HWY_INLINE FloatVector load(const float* p) const {
        const Floats d;
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX2
        if (count == 4) return extended(d, hn::LoadU(Four(), p));
        return hn::MaskedLoad(hn::FirstN(d, count), d, p);
#else  // a masked load may be a whole load and a blend here
        HWY_ALIGN float buffer[hn::MaxLanes(Floats())] = {};
        for (std::size_t i = 0; i < count; ++i) buffer[i] = p[i];
        return hn::Load(d, buffer);
#endif
    }
    HWY_INLINE void store(FloatVector v, float* p) const {
        const Floats d;
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX2
        if (count == 4) return hn::StoreU(firstFour(d, v), Four(), p);
        hn::BlendedStore(v, hn::FirstN(d, count), d, p);
#else
        HWY_ALIGN float buffer[hn::MaxLanes(Floats())];
        hn::Store(v, d, buffer);
        for (std::size_t i = 0; i < count; ++i) p[i] = buffer[i];
#endif
    }
    HWY_INLINE FloatVector pad(FloatVector v, float other) const {
        const Floats d;
        return hn::IfThenElse(hn::FirstN(d, count), v, hn::Set(d, other));
    }
    HWY_INLINE std::size_t lanes() const {
        return count;
    }
};

/// body(i, io) for i = first, first + Lanes, ... below last; io is Whole or, at the end, Partial.
template <class Body>
HWY_INLINE void overVectors(std::size_t first, std::size_t last, Body body) {
    const std::size_t lanes = hn::Lanes(Floats());
    std::size_t i = first;
    for (; i + lanes <= last; i += lanes) body(i, Whole{});
    if (i < last) body(i, Partial{last - i});
}

#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX2
/// Access to some lanes of a vector. Other lanes load as 0.
struct Some {
    hn::Mask<Floats> lanes;

    HWY_INLINE FloatVector load(const float* p) const { return hn::MaskedLoad(lanes, Floats(), p); }
    HWY_INLINE void store(FloatVector v, float* p) const {
        hn::BlendedStore(v, lanes, Floats(), p);
    }
    HWY_INLINE FloatVector pad(FloatVector v, float other) const {
        return hn::IfThenElse(lanes, v, hn::Set(Floats(), other));
    }
};
#endif

/// overVectors() for a stretch within an aligned row: by the row's own vectors, of which the first
/// may belong to the stretch in part. None of its loads and stores meets two lines of the cache.
template <class Body>
HWY_INLINE void overAligned(std::size_t first, std::size_t last, Body body) {
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX2
    const Floats d;
    const std::size_t lanes = hn::Lanes(d);
    if (const std::size_t before = first % lanes; before > 0) {
        const std::size_t start = first - before, count = std::min(last - start, lanes);
        body(start, Some{hn::AndNot(hn::FirstN(d, before), hn::FirstN(d, count))});
        first = start + lanes;
    }
#endif
    overVectors(first, last, body);
}

/// Vectors side by side: whose sums over the rows, or whose functions, are kept in registers at
/// once.
constexpr std::size_t vectorsAbreast = 4;

/// body(j, io, count): columns j .. of `count` vectors, an integral constant: vectorsAbreast of
/// them, one by one at the end.
template <class Body>
HWY_INLINE void overStrips(std::size_t first, std::size_t last, Body body) {
    const std::size_t strip = vectorsAbreast * hn::Lanes(Floats());
    std::size_t j = first;
    for (; j + strip <= last; j += strip)
        body(j, Whole{}, std::integral_constant<std::size_t, vectorsAbreast>{});
    overVectors(j, last, [&](std::size_t at, auto io) HWY_ATTR {
        body(at, io, std::integral_constant<std::size_t, 1>{});
    });
}

/// body(k) for k = 0 .. count - 1, integral constants: vectors in arrays indexed by them stay in
/// registers.
template <std::size_t count, std::size_t k = 0, class Body>
HWY_INLINE void unrolled(Body body) {
    if constexpr (k < count) {
        body(std::integral_constant<std::size_t, k>{});
        unrolled<count, k + 1>(body);
    }
}

/// take(j, io, mean, squares): the mean of columns j .. of `rows` rows and the sum of squared
/// deviations from it; load(r, j, io) gives a row's. One pass over deviations from row 0, which is
/// some deviations from the mean at most, so that little cancels (Chan, Golub & LeVeque 1983,
/// shifted data).
template <class Load, class Take>
HWY_INLINE void overMoments(std::size_t rows, std::size_t first, std::size_t last, Load load,
                            Take take) {
    const Floats d;
    const auto share = hn::Set(d, 1.0f / static_cast<float>(rows));
    const std::size_t lanes = hn::Lanes(d);
    overStrips(first, last, [&](std::size_t j, auto io, auto count) HWY_ATTR {
        FloatVector from[count], sum[count], square[count];
        unrolled<count()>([&](auto i) HWY_ATTR {
            from[i] = load(0, j + i * lanes, io);
            sum[i] = square[i] = hn::Zero(d);
        });
        for (std::size_t r = 1; r < rows; ++r)
            unrolled<count()>([&](auto i) HWY_ATTR {
                const auto off = hn::Sub(load(r, j + i * lanes, io), from[i]);
                sum[i] = hn::Add(sum[i], off);
                square[i] = hn::MulAdd(off, off, square[i]);
            });
        unrolled<count()>([&](auto i) HWY_ATTR {
            const auto off = hn::Mul(sum[i], share);
            const auto rest = hn::NegMulAdd(off, sum[i], square[i]);
            take(j + i * lanes, io, hn::Add(from[i], off), hn::Max(rest, hn::Zero(d)));
        });
    });
}

HWY_INLINE float sumOf(FloatVector v) {
    return hn::GetLane(hn::SumOfLanes(Floats(), v));
}

/// Vectors whose lanes are summed together.
constexpr std::size_t sumsAbreast = 4;

/// body(few, k): for arrays of sumsAbreast numbers, vectors of the tag `few` from number k on.
template <class Body>
HWY_INLINE void overSums(Body body) {
    const hn::CappedTag<float, sumsAbreast> few;
    for (std::size_t k = 0; k < sumsAbreast; k += hn::Lanes(few)) body(few, k);
}

#if HWY_TARGET != HWY_SCALAR
/// The sums of every fourth lane.
template <class D>
HWY_INLINE auto foldedToFour(D d, hn::Vec<D> v) {
    if constexpr (hn::MaxLanes(d) <= sumsAbreast) {
        return v;
    } else {
        const hn::Half<D> half;
        return foldedToFour(half, hn::Add(hn::LowerHalf(half, v), hn::UpperHalf(half, v)));
    }
}
#endif

/// to[k] = factor * the sum of the lanes of v[k]: a third of the operations of sumOf for each.
HWY_INLINE void laneSums(const FloatVector (&v)[sumsAbreast], float factor, float* to) {
#if HWY_TARGET == HWY_SCALAR
    for (std::size_t k = 0; k < sumsAbreast; ++k) to[k] = factor * sumOf(v[k]);
#else
    const Floats d;
    const hn::RepartitionToWide<Floats> pairs;
    // In every 128-bit block: lanes of two vectors in turns, then of all four.
    const auto turns = [&](FloatVector a, FloatVector b) HWY_ATTR {
        return hn::Add(hn::InterleaveLower(d, a, b), hn::InterleaveUpper(d, a, b));
    };
    const auto low = hn::BitCast(pairs, turns(v[0], v[1]));
    const auto high = hn::BitCast(pairs, turns(v[2], v[3]));
    const auto sums = hn::Add(hn::BitCast(d, hn::InterleaveLower(pairs, low, high)),
                              hn::BitCast(d, hn::InterleaveUpper(pairs, low, high)));
    const hn::FixedTag<float, sumsAbreast> four;
    hn::StoreU(hn::Mul(foldedToFour(d, sums), hn::Set(four, factor)), four, to);
#endif
}

/// body(r, count): rows r .. r + count - 1, `count` an integral constant, from the last to the
/// first.
template <class Body>
HWY_INLINE void overRowsDown(std::size_t first, std::size_t last, Body body) {
    std::size_t end = last;
    for (; end - first >= sumsAbreast; end -= sumsAbreast)
        body(end - sumsAbreast, std::integral_constant<std::size_t, sumsAbreast>{});
    for (; end > first; --end) body(end - 1, std::integral_constant<std::size_t, 1>{});
}

}  // namespace bitloom::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // the toggled guard
