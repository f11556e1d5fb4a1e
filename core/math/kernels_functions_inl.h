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

/// x = n ln 2 + r with |r| <= ln(2)/2; returns n + 127 in the low bits of a number of 2^23 and
/// e^r - 1 (Taylor-like polynomial of degree 6, minimax coefficients of Cephes' expf, Moshier
/// 1989). |x| below 2^21.
struct Reduced {
    FloatVector biasedN;
    FloatVector expm1;
};

HWY_INLINE Reduced reduce(FloatVector x) {
    const Floats d;
    // A sum near 1.5 * 2^23 has no places after the point: adding rounds to an integer.
    const auto round = hn::Set(d, 12582912.0f + 127.0f);
    const auto biasedN = hn::MulAdd(x, hn::Set(d, 1.44269504088896341f), round);
    const auto nf = hn::Sub(biasedN, round);
    auto r = hn::NegMulAdd(nf, hn::Set(d, 0.693359375f), x);
    r = hn::NegMulAdd(nf, hn::Set(d, -2.12194440e-4f), r);
    // In pairs of terms (Estrin 1960): the way through is half as long as Horner's.
    const auto square = hn::Mul(r, r);
    const auto low = hn::MulAdd(hn::Set(d, 1.6666665459e-1f), r, hn::Set(d, 5.0000001201e-1f));
    const auto middle = hn::MulAdd(hn::Set(d, 8.3334519073e-3f), r, hn::Set(d, 4.1665795894e-2f));
    const auto high = hn::MulAdd(hn::Set(d, 1.9875691500e-4f), r, hn::Set(d, 1.3981999507e-3f));
    const auto p = hn::MulAdd(hn::MulAdd(high, square, middle), square, low);
    return {biasedN, hn::MulAdd(p, square, r)};
}

/// 2^n for -127 <= n <= 128; the ends give 0 and infinity.
HWY_INLINE FloatVector powerOfTwo(FloatVector biasedN) {
    const hn::Rebind<std::int32_t, Floats> di;
    return hn::BitCast(Floats(), hn::ShiftLeft<23>(hn::BitCast(di, biasedN)));
}

/// e^x: 2 ulp; overflow gives infinity, gradual underflow as the mode of the thread allows.
HWY_INLINE FloatVector exponential(FloatVector x) {
    const Floats d;
    const hn::Rebind<std::int32_t, Floats> di;
    const auto reduced = reduce(limited(x, -104.0f, 89.0f));
    // 2^n in two factors: n reaches -150, and 128 while e^x is still finite.
    const auto bias = hn::Set(di, 127), round = hn::Set(di, 0x4B400000);
    const auto n = hn::Sub(hn::Sub(hn::BitCast(di, reduced.biasedN), round), bias);
    const auto half = hn::ShiftRight<1>(n);
    const auto power = [&](auto m)
                           HWY_ATTR { return hn::BitCast(d, hn::ShiftLeft<23>(hn::Add(m, bias))); };
    const auto y = hn::Add(reduced.expm1, hn::Set(d, 1.0f));
    return hn::Mul(hn::Mul(y, power(half)), power(hn::Sub(n, half)));
}

/// 1 / (1 + e^-x): 4 ulp, absolute error 2^-126 where the result is below that.
HWY_INLINE FloatVector logistic(FloatVector x) {
    const Floats d;
    const auto reduced = reduce(limited(hn::Neg(x), -87.3f, 88.73f));
    const auto one = hn::Set(d, 1.0f);
    const auto power = hn::Mul(hn::Add(reduced.expm1, one), powerOfTwo(reduced.biasedN));
    return hn::Div(one, hn::Add(one, power));
}

/// tanh x = -m / (m + 2), m = e^(-2|x|) - 1: 4 ulp, also where tanh x is about x.
HWY_INLINE FloatVector hyperbolicTangent(FloatVector x) {
    const Floats d;
    const auto magnitude = limitedAbove(hn::Abs(x), 10.0f);
    const auto reduced = reduce(hn::Mul(magnitude, hn::Set(d, -2.0f)));
    const auto power = powerOfTwo(reduced.biasedN);
    const auto m = hn::MulAdd(power, reduced.expm1, hn::Sub(power, hn::Set(d, 1.0f)));
    const auto y = hn::Div(m, hn::Add(m, hn::Set(d, 2.0f)));
    return hn::CopySign(y, x);
}

}  // namespace bitloom::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // the toggled guard
