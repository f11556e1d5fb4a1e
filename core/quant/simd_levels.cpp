#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "quant/simd_levels.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <hwy/contrib/math/math-inl.h>

#include "quant/simd.h"
#include "quant/simd_lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace bitloom::simd::HWY_NAMESPACE {

template <class T>
void scaledSignOf(const T* x, std::size_t n, T a, T* out) {
    const hn::ScalableTag<T> lanes;
    const std::size_t width = hn::Lanes(lanes);
    const auto zero = hn::Zero(lanes), plus = hn::Set(lanes, a), minus = hn::Set(lanes, -a);
    std::size_t i = 0;
    for (; i + width <= n; i += width) {
        const auto positive = hn::Ge(hn::LoadU(lanes, x + i), zero);
        hn::StoreU(hn::IfThenElse(positive, plus, minus), lanes, out + i);
    }
    for (; i < n; ++i) out[i] = x[i] >= 0 ? a : -a;
}

void peelSignsD(double* r, std::size_t n, double a, double up, double down, double* sum) {
    const Lanes lanes;
    const std::size_t width = hn::Lanes(lanes);
    const Doubles zero = hn::Zero(lanes), plus = hn::Set(lanes, a), minus = hn::Set(lanes, -a);
    const Doubles high = hn::Set(lanes, up), low = hn::Set(lanes, down);
    std::size_t i = 0;
    for (; i + width <= n; i += width) {
        const Doubles residual = hn::LoadU(lanes, r + i);
        const auto positive = hn::Ge(residual, zero);
        hn::StoreU(hn::Sub(residual, hn::IfThenElse(positive, plus, minus)), lanes, r + i);
        hn::StoreU(hn::Add(hn::LoadU(lanes, sum + i), hn::IfThenElse(positive, high, low)), lanes,
                   sum + i);
    }
    for (; i < n; ++i) {
        const bool positive = r[i] >= 0;
        r[i] -= positive ? a : -a;
        sum[i] += positive ? up : down;
    }
}

template <class T>
void drawSignsOf(const T* x, const T* u, std::size_t n, T a, T* out) {
    const hn::ScalableTag<T> lanes;
    const std::size_t width = hn::Lanes(lanes);
    const auto scale = hn::Set(lanes, a), minus = hn::Set(lanes, -a);
    const auto one = hn::Set(lanes, T(1)), half = hn::Set(lanes, T(0.5));
    std::size_t i = 0;
    for (; i + width <= n; i += width) {
        const auto chance = hn::Mul(hn::Add(hn::Div(hn::LoadU(lanes, x + i), scale), one), half);
        const auto drawn = hn::Lt(hn::LoadU(lanes, u + i), chance);
        hn::StoreU(hn::IfThenElse(drawn, scale, minus), lanes, out + i);
    }
    for (; i < n; ++i) out[i] = u[i] < (x[i] / a + 1) / 2 ? a : -a;
}

template <class T>
void drawTernaryOf(const T* x, const T* u, std::size_t n, T a, T* out) {
    const hn::ScalableTag<T> lanes;
    const std::size_t width = hn::Lanes(lanes);
    const auto scale = hn::Set(lanes, a), minus = hn::Set(lanes, -a), zero = hn::Zero(lanes);
    std::size_t i = 0;
    for (; i + width <= n; i += width) {
        const auto value = hn::LoadU(lanes, x + i);
        const auto drawn = hn::Lt(hn::LoadU(lanes, u + i), hn::Div(hn::Abs(value), scale));
        const auto sign = hn::IfThenElse(hn::Lt(value, zero), minus, scale);
        hn::StoreU(hn::IfThenElseZero(drawn, sign), lanes, out + i);
    }
    for (; i < n; ++i) {
        const T magnitude = x[i] < 0 ? -x[i] : x[i];
        out[i] = u[i] < magnitude / a ? (x[i] < 0 ? -a : a) : T(0);
    }
}

template <class T>
void scaledTernaryOf(const T* x, std::size_t n, const Ternary<T>& code, T* out) {
    const hn::ScalableTag<T> lanes;
    const std::size_t width = hn::Lanes(lanes);
    const auto upper = hn::Set(lanes, code.positive), lower = hn::Set(lanes, -code.negative);
    const auto up = hn::Set(lanes, code.up), down = hn::Set(lanes, -code.down);
    std::size_t i = 0;
    for (; i + width <= n; i += width) {
        const auto value = hn::LoadU(lanes, x + i);
        const auto below = hn::IfThenElseZero(hn::Lt(value, lower), down);
        hn::StoreU(hn::IfThenElse(hn::Gt(value, upper), up, below), lanes, out + i);
    }
    for (; i < n; ++i)
        out[i] = x[i] > code.positive ? code.up : x[i] < -code.negative ? -code.down : T(0);
}

template <class T>
void ternaryGradientOf(const T* x, std::size_t n, const Ternary<T>& code, T* gradient,
                       double* sums) {
    const Lanes lanes;
    const Doubles upper = hn::Set(lanes, static_cast<double>(code.positive));
    const Doubles lower = hn::Set(lanes, -static_cast<double>(code.negative));
    const Doubles up = hn::Set(lanes, static_cast<double>(code.up));
    const Doubles down = hn::Set(lanes, static_cast<double>(code.down));
    const Doubles one = hn::Set(lanes, 1.0);
    Doubles positives = hn::Zero(lanes), negatives = positives;
    forUpdated(x, n, gradient, [&](Doubles value, Doubles g) {
        const auto above = hn::Gt(value, upper), below = hn::Lt(value, lower);
        positives = hn::Add(positives, hn::IfThenElseZero(above, g));
        negatives = hn::Add(negatives, hn::IfThenElseZero(below, g));
        return hn::Mul(g, hn::IfThenElse(above, up, hn::IfThenElse(below, down, one)));
    });
    sums[0] = total(positives);
    sums[1] = total(negatives);
}

template <class Levels, class T>
void levelsOf(const T* x, std::size_t n, double alpha, int count, T* out) {
    const Levels levels(alpha, count);
    const Doubles scale = hn::Set(Lanes(), alpha);
    forMapped(x, n, out, [&](Doubles value) { return hn::Mul(scale, levels.level(value)); });
}

template <class T>
void roundToStepOf(const T* x, std::size_t n, double step, T* out) {
    const Doubles s = hn::Set(Lanes(), step);
    forMapped(x, n, out, [&](Doubles value) { return hn::Mul(s, hn::Round(hn::Div(value, s))); });
}

template <class T>
void tanhLevelsOf(const T* x, std::size_t n, double most, int count, T* out) {
    const Lanes lanes;
    const Doubles twice = hn::Set(lanes, 2 * most), levels = hn::Set(lanes, double(count));
    const Doubles half = hn::Set(lanes, 0.5), one = hn::Set(lanes, 1.0), two = hn::Set(lanes, 2.0);
    forMapped(x, n, out, [&](Doubles value) {
        const Doubles unit = hn::Add(hn::Div(hn::Tanh(lanes, value), twice), half);
        const Doubles level = hn::Div(hn::Round(hn::Mul(unit, levels)), levels);
        return hn::Sub(hn::Mul(two, level), one);
    });
}

template <class T>
double tanhGradientOf(const T* x, std::size_t n, double most, T* gradient) {
    const Lanes lanes;
    const Doubles one = hn::Set(lanes, 1.0), inverse = hn::Set(lanes, 1 / most);
    Doubles sum = hn::Zero(lanes);
    forUpdated(x, n, gradient, [&](Doubles value, Doubles g) {
        const Doubles t = hn::Tanh(lanes, value);
        sum = hn::MulAdd(g, t, sum);
        return hn::Mul(hn::Mul(g, inverse), hn::NegMulAdd(t, t, one));
    });
    return total(sum);
}

void drawSignsF(const float* x, const float* u, std::size_t n, float a, float* out) {
    drawSignsOf(x, u, n, a, out);
}
void drawSignsD(const double* x, const double* u, std::size_t n, double a, double* out) {
    drawSignsOf(x, u, n, a, out);
}
void drawTernaryF(const float* x, const float* u, std::size_t n, float a, float* out) {
    drawTernaryOf(x, u, n, a, out);
}
void drawTernaryD(const double* x, const double* u, std::size_t n, double a, double* out) {
    drawTernaryOf(x, u, n, a, out);
}
void scaledSignF(const float* x, std::size_t n, float a, float* out) {
    scaledSignOf(x, n, a, out);
}
void scaledSignD(const double* x, std::size_t n, double a, double* out) {
    scaledSignOf(x, n, a, out);
}
void scaledTernaryF(const float* x, std::size_t n, const Ternary<float>& code, float* out) {
    scaledTernaryOf(x, n, code, out);
}
void scaledTernaryD(const double* x, std::size_t n, const Ternary<double>& code, double* out) {
    scaledTernaryOf(x, n, code, out);
}
void ternaryGradientF(const float* x, std::size_t n, const Ternary<float>& code, float* gradient,
                      double* sums) {
    ternaryGradientOf(x, n, code, gradient, sums);
}
void ternaryGradientD(const double* x, std::size_t n, const Ternary<double>& code, double* gradient,
                      double* sums) {
    ternaryGradientOf(x, n, code, gradient, sums);
}
void linearLevelsF(const float* x, std::size_t n, double alpha, int levels, float* out) {
    levelsOf<LinearLevels>(x, n, alpha, levels, out);
}
void linearLevelsD(const double* x, std::size_t n, double alpha, int levels, double* out) {
    levelsOf<LinearLevels>(x, n, alpha, levels, out);
}
void logLevelsF(const float* x, std::size_t n, double alpha, int levels, float* out) {
    levelsOf<LogLevels>(x, n, alpha, levels, out);
}
void logLevelsD(const double* x, std::size_t n, double alpha, int levels, double* out) {
    levelsOf<LogLevels>(x, n, alpha, levels, out);
}
void roundToStepF(const float* x, std::size_t n, double step, float* out) {
    roundToStepOf(x, n, step, out);
}
void roundToStepD(const double* x, std::size_t n, double step, double* out) {
    roundToStepOf(x, n, step, out);
}
void tanhLevelsF(const float* x, std::size_t n, double most, int levels, float* out) {
    tanhLevelsOf(x, n, most, levels, out);
}
void tanhLevelsD(const double* x, std::size_t n, double most, int levels, double* out) {
    tanhLevelsOf(x, n, most, levels, out);
}
double tanhGradientF(const float* x, std::size_t n, double most, float* gradient) {
    return tanhGradientOf(x, n, most, gradient);
}
double tanhGradientD(const double* x, std::size_t n, double most, double* gradient) {
    return tanhGradientOf(x, n, most, gradient);
}

}  // namespace bitloom::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace bitloom::simd {

HWY_EXPORT(peelSignsD);
HWY_EXPORT(drawSignsF);
HWY_EXPORT(drawSignsD);
HWY_EXPORT(drawTernaryF);
HWY_EXPORT(drawTernaryD);
HWY_EXPORT(scaledSignF);
HWY_EXPORT(scaledSignD);
HWY_EXPORT(scaledTernaryF);
HWY_EXPORT(scaledTernaryD);
HWY_EXPORT(ternaryGradientF);
HWY_EXPORT(ternaryGradientD);
HWY_EXPORT(linearLevelsF);
HWY_EXPORT(linearLevelsD);
HWY_EXPORT(logLevelsF);
HWY_EXPORT(logLevelsD);
HWY_EXPORT(roundToStepF);
HWY_EXPORT(roundToStepD);
HWY_EXPORT(tanhLevelsF);
HWY_EXPORT(tanhLevelsD);
HWY_EXPORT(tanhGradientF);
HWY_EXPORT(tanhGradientD);

void peelSigns(double* r, std::size_t n, double a, double up, double down, double* sum) {
    HWY_DYNAMIC_DISPATCH(peelSignsD)(r, n, a, up, down, sum);
}
void drawSigns(const float* x, const float* u, std::size_t n, float a, float* out) {
    HWY_DYNAMIC_DISPATCH(drawSignsF)(x, u, n, a, out);
}
void drawSigns(const double* x, const double* u, std::size_t n, double a, double* out) {
    HWY_DYNAMIC_DISPATCH(drawSignsD)(x, u, n, a, out);
}
void drawTernary(const float* x, const float* u, std::size_t n, float a, float* out) {
    HWY_DYNAMIC_DISPATCH(drawTernaryF)(x, u, n, a, out);
}
void drawTernary(const double* x, const double* u, std::size_t n, double a, double* out) {
    HWY_DYNAMIC_DISPATCH(drawTernaryD)(x, u, n, a, out);
}
void scaledSign(const float* x, std::size_t n, float a, float* out) {
    HWY_DYNAMIC_DISPATCH(scaledSignF)(x, n, a, out);
}
void scaledSign(const double* x, std::size_t n, double a, double* out) {
    HWY_DYNAMIC_DISPATCH(scaledSignD)(x, n, a, out);
}
void scaledTernary(const float* x, std::size_t n, const Ternary<float>& code, float* out) {
    HWY_DYNAMIC_DISPATCH(scaledTernaryF)(x, n, code, out);
}
void scaledTernary(const double* x, std::size_t n, const Ternary<double>& code, double* out) {
    HWY_DYNAMIC_DISPATCH(scaledTernaryD)(x, n, code, out);
}
std::array<double, 2> ternaryGradient(const float* x, std::size_t n, const Ternary<float>& code,
                                      float* gradient) {
    std::array<double, 2> sums{};
    HWY_DYNAMIC_DISPATCH(ternaryGradientF)(x, n, code, gradient, sums.data());
    return sums;
}
std::array<double, 2> ternaryGradient(const double* x, std::size_t n, const Ternary<double>& code,
                                      double* gradient) {
    std::array<double, 2> sums{};
    HWY_DYNAMIC_DISPATCH(ternaryGradientD)(x, n, code, gradient, sums.data());
    return sums;
}
void linearLevels(const float* x, std::size_t n, double alpha, int levels, float* out) {
    HWY_DYNAMIC_DISPATCH(linearLevelsF)(x, n, alpha, levels, out);
}
void linearLevels(const double* x, std::size_t n, double alpha, int levels, double* out) {
    HWY_DYNAMIC_DISPATCH(linearLevelsD)(x, n, alpha, levels, out);
}
void logLevels(const float* x, std::size_t n, double alpha, int levels, float* out) {
    HWY_DYNAMIC_DISPATCH(logLevelsF)(x, n, alpha, levels, out);
}
void logLevels(const double* x, std::size_t n, double alpha, int levels, double* out) {
    HWY_DYNAMIC_DISPATCH(logLevelsD)(x, n, alpha, levels, out);
}
void roundToStep(const float* x, std::size_t n, double step, float* out) {
    HWY_DYNAMIC_DISPATCH(roundToStepF)(x, n, step, out);
}
void roundToStep(const double* x, std::size_t n, double step, double* out) {
    HWY_DYNAMIC_DISPATCH(roundToStepD)(x, n, step, out);
}
void tanhLevels(const float* x, std::size_t n, double most, int levels, float* out) {
    HWY_DYNAMIC_DISPATCH(tanhLevelsF)(x, n, most, levels, out);
}
void tanhLevels(const double* x, std::size_t n, double most, int levels, double* out) {
    HWY_DYNAMIC_DISPATCH(tanhLevelsD)(x, n, most, levels, out);
}
double tanhGradient(const float* x, std::size_t n, double most, float* gradient) {
    return HWY_DYNAMIC_DISPATCH(tanhGradientF)(x, n, most, gradient);
}
double tanhGradient(const double* x, std::size_t n, double most, double* gradient) {
    return HWY_DYNAMIC_DISPATCH(tanhGradientD)(x, n, most, gradient);
}

}  // namespace bitloom::simd
#endif
