// e^x, the logistic function and tanh of vectors, for the kernels_*.cpp files that need them. A
// toggled guard instead of #pragma once, as in kernels_inl.h.

#if defined(BITLOOM_MATH_KERNELS_FUNCTIONS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef BITLOOM_MATH_KERNELS_FUNCTIONS_INL_H
#undef BITLOOM_MATH_KERNELS_FUNCTIONS_INL_H
#else
#define BITLOOM_MATH_KERNELS_FUNCTIONS_INL_H
#endif

#include <cstdint>

#include "math/kernels_inl.h"

HWY_BEFORE_NAMESPACE();
namespace bitloom::HWY_NAMESPACE {

// The minimum and maximum of x86 give their second operand where one is NaN.
#undef BITLOOM_MIN_KEEPS_NAN
#define BITLOOM_MIN_KEEPS_NAN (HWY_ARCH_X86 && HWY_TARGET != HWY_SCALAR && HWY_TARGET != HWY_EMU128)

/// x limited to [low, high]; NaN passes.
HWY_INLINE FloatVector limited(FloatVector x, float low, float high) {
    const Floats d;
    const auto below = hn::Set(d, low), above = hn::Set(d, high);
#if BITLOOM_MIN_KEEPS_NAN
    return hn::Min(above, hn::Max(below, x));
#else
    return hn::IfThenElse(hn::Gt(x, above), above, hn::IfThenElse(hn::Lt(x, below), below, x));
#endif
}

/// x, at most `high`; NaN passes.
HWY_INLINE FloatVector limitedAbove(FloatVector x, float high) {
    const auto above = hn::Set(Floats(), high);
#if BITLOOM_MIN_KEEPS_NAN
    return hn::Min(above, x);
#else
    return hn::IfThenElse(hn::Gt(x, above), above, x);
#endif
}

// What follows takes `count` vectors side by side and gives the results in their place: a step of
// each before the next step of any. The steps of one vector wait for each other, and a processor
// looks only so many waiting steps ahead (measured on Zen 5, logistic function, ns for 16 numbers:
// 2.9 one after the other, 2.2 four abreast).

/// times x = n ln 2 + |times| r with |times r| <= ln(2)/2; n + 127 in the low bits of a number of
/// 2^23. |times x| below 2^21.
template <std::size_t count>
struct Reduced {
    FloatVector biasedN[count];
    FloatVector r[count];
};

template <int times, std::size_t count>
HWY_INLINE Reduced<count> reduce(const FloatVector (&x)[count]) {
    const Floats d;
    constexpr float part = times < 0 ? -1.0f / times : 1.0f / times;
    // A sum near 1.5 * 2^23 has no places after the point: adding rounds to an integer.
    const auto round = hn::Set(d, 12582912.0f + 127.0f);
    const auto slope = hn::Set(d, times * 1.44269504088896341f);
    const auto high = hn::Set(d, part * 0.693359375f), low = hn::Set(d, part * -2.12194440e-4f);
    Reduced<count> to;
    FloatVector n[count];
    unrolled<count>([&](auto k) HWY_ATTR { to.biasedN[k] = hn::MulAdd(x[k], slope, round); });
    unrolled<count>([&](auto k) HWY_ATTR { n[k] = hn::Sub(to.biasedN[k], round); });
    unrolled<count>([&](auto k) HWY_ATTR {
        to.r[k] = times < 0 ? hn::NegMulSub(n[k], high, x[k]) : hn::NegMulAdd(n[k], high, x[k]);
    });
    unrolled<count>([&](auto k) HWY_ATTR { to.r[k] = hn::NegMulAdd(n[k], low, to.r[k]); });
    return to;
}

/// (e^(m r) - 1 - m r) / (m r^2) for |m r| <= ln(2)/2. Of the polynomials of degree 4 the one for
/// which the greatest relative error of e^(m r) - 1 is least, 1.7e-8, found by Lawson's iteration.
template <int m, std::size_t count>
HWY_INLINE void quotient(const FloatVector (&r)[count], FloatVector (&q)[count]) {
    const Floats d;
    const auto next = [&](float coefficient) HWY_ATTR {
        const auto c = hn::Set(d, coefficient);
        unrolled<count>([&](auto k) HWY_ATTR { q[k] = hn::MulAdd(q[k], r[k], c); });
    };
    const auto first = hn::Set(d, m * m * m * m * m * 1.3882516650e-3f);
    const auto second = hn::Set(d, m * m * m * m * 8.3665475249e-3f);
    unrolled<count>([&](auto k) HWY_ATTR { q[k] = hn::MulAdd(first, r[k], second); });
    next(m * m * m * 4.1667200625e-2f);
    next(m * m * 1.6666543484e-1f);
    next(m * 4.9999997020e-1f);
}

/// e^r for |r| <= ln(2)/2.
template <std::size_t count>
HWY_INLINE void exponentialOfRest(const FloatVector (&r)[count], FloatVector (&y)[count]) {
    const auto one = hn::Set(Floats(), 1.0f);
    quotient<1>(r, y);
    unrolled<count>([&](auto k) HWY_ATTR { y[k] = hn::MulAdd(y[k], r[k], one); });
    unrolled<count>([&](auto k) HWY_ATTR { y[k] = hn::MulAdd(y[k], r[k], one); });
}

/// 2^n for -127 <= n <= 128; the ends give 0 and infinity.
HWY_INLINE FloatVector powerOfTwo(FloatVector biasedN) {
    const hn::Rebind<std::int32_t, Floats> di;
    return hn::BitCast(Floats(), hn::ShiftLeft<23>(hn::BitCast(di, biasedN)));
}

/// e^x: 2 ulp; overflow gives infinity, gradual underflow as the mode of the thread allows.
struct Exponential {
    template <std::size_t count>
    HWY_INLINE void operator()(FloatVector (&x)[count]) const {
        const Floats d;
        const hn::Rebind<std::int32_t, Floats> di;
        unrolled<count>([&](auto k) HWY_ATTR { x[k] = limited(x[k], -104.0f, 89.0f); });
        const auto reduced = reduce<1>(x);
        exponentialOfRest(reduced.r, x);
        // 2^n in two factors: n reaches -150, and 128 while e^x is still finite.
        const auto bias = hn::Set(di, 127), round = hn::Set(di, 0x4B400000);
        unrolled<count>([&](auto k) HWY_ATTR {
            const auto n = hn::Sub(hn::Sub(hn::BitCast(di, reduced.biasedN[k]), round), bias);
            const auto half = hn::ShiftRight<1>(n), rest = hn::Sub(n, half);
            x[k] = hn::Mul(x[k], hn::BitCast(d, hn::ShiftLeft<23>(hn::Add(half, bias))));
            x[k] = hn::Mul(x[k], hn::BitCast(d, hn::ShiftLeft<23>(hn::Add(rest, bias))));
        });
    }
};

/// 1 / (1 + e^-x): 4 ulp, absolute error 2^-126 where the result is below that.
struct Logistic {
    template <std::size_t count>
    HWY_INLINE void operator()(FloatVector (&x)[count]) const {
        const auto one = hn::Set(Floats(), 1.0f);
        unrolled<count>([&](auto k) HWY_ATTR { x[k] = limited(x[k], -88.73f, 87.3f); });
        const auto reduced = reduce<-1>(x);
        exponentialOfRest(reduced.r, x);
        unrolled<count>(
            [&](auto k) HWY_ATTR { x[k] = hn::MulAdd(x[k], powerOfTwo(reduced.biasedN[k]), one); });
        unrolled<count>([&](auto k) HWY_ATTR { x[k] = hn::Div(one, x[k]); });
    }
};

/// tanh x = -m / (m + 1), m = (e^(-2|x|) - 1) / 2: 4 ulp, also where tanh x is about x.
struct HyperbolicTangent {
    template <std::size_t count>
    HWY_INLINE void operator()(FloatVector (&x)[count]) const {
        const Floats d;
        const auto one = hn::Set(d, 1.0f), half = hn::Set(d, 0.5f);
        FloatVector magnitude[count], m[count], square[count];
        unrolled<count>([&](auto k)
                            HWY_ATTR { magnitude[k] = limitedAbove(hn::Abs(x[k]), 10.0f); });
        const auto reduced = reduce<-2>(magnitude);
        quotient<2>(reduced.r, m);
        unrolled<count>([&](auto k) HWY_ATTR { square[k] = hn::Mul(reduced.r[k], reduced.r[k]); });
        unrolled<count>([&](auto k) HWY_ATTR { m[k] = hn::MulAdd(m[k], square[k], reduced.r[k]); });
        unrolled<count>([&](auto k) HWY_ATTR {
            const auto power = powerOfTwo(reduced.biasedN[k]);
            m[k] = hn::MulAdd(power, m[k], hn::MulSub(power, half, half));
        });
        unrolled<count>(
            [&](auto k) HWY_ATTR { x[k] = hn::CopySign(hn::Div(m[k], hn::Add(m[k], one)), x[k]); });
    }
};

/// store(function(load(j, io)), j, io) as overVectors() goes, but by strips.
template <class Load, class Function, class Store>
HWY_INLINE void transform(std::size_t first, std::size_t last, Load load, Function function,
                          Store store) {
    const std::size_t lanes = hn::Lanes(Floats());
    overStrips(first, last, [&](std::size_t j, auto io, auto count) BITLOOM_INLINED {
        FloatVector v[count];
        unrolled<count()>([&](auto k) HWY_ATTR { v[k] = load(j + k * lanes, io); });
        function(v);
        unrolled<count()>([&](auto k) HWY_ATTR { store(v[k], j + k * lanes, io); });
    });
}

/// y = function(x) for numbers first .. last - 1; y may be x.
template <class Function>
HWY_INLINE void transform(const float* x, float* y, std::size_t first, std::size_t last,
                          Function function) {
    transform(
        first, last, [&](std::size_t j, auto io) HWY_ATTR { return io.load(x + j); }, function,
        [&](FloatVector v, std::size_t j, auto io) HWY_ATTR { io.store(v, y + j); });
}

}  // namespace bitloom::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // the toggled guard
