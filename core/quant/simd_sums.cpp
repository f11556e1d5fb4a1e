#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "quant/simd_sums.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "quant/simd.h"
#include "quant/simd_lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace bitloom::simd::HWY_NAMESPACE {

template <class T>
double sumAbsOf(const T* x, std::size_t n) {
    // Four chains hide the latency of the additions.
    const Lanes lanes;
    const std::size_t width = hn::Lanes(lanes);
    Doubles a = hn::Zero(lanes), b = a, c = a, e = a;
    std::size_t i = 0;
    for (; i + 4 * width <= n; i += 4 * width) {
        a = hn::Add(a, hn::Abs(load(x + i)));
        b = hn::Add(b, hn::Abs(load(x + i + width)));
        c = hn::Add(c, hn::Abs(load(x + i + 2 * width)));
        e = hn::Add(e, hn::Abs(load(x + i + 3 * width)));
    }
    forWeighted<T>(x + i, nullptr, n - i,
                   [&](Doubles value, Doubles) { a = hn::Add(a, hn::Abs(value)); });
    return total(hn::Add(hn::Add(a, b), hn::Add(c, e)));
}

template <class T>
T maxAbsOf(const T* x, std::size_t n) {
    const hn::ScalableTag<T> lanes;
    const std::size_t width = hn::Lanes(lanes);
    auto most = hn::Zero(lanes);
    std::size_t i = 0;
    for (; i + width <= n; i += width) most = hn::Max(most, hn::Abs(hn::LoadU(lanes, x + i)));
    T result = hn::GetLane(hn::MaxOfLanes(lanes, most));
    for (; i < n; ++i) {
        const T magnitude = x[i] < 0 ? -x[i] : x[i];
        if (magnitude > result) result = magnitude;
    }
    return result;
}

template <class T>
Weighted weightedAbsOf(const T* x, const T* d, std::size_t n) {
    Doubles sum = hn::Zero(Lanes()), weight = sum;
    forWeighted(x, d, n, [&](Doubles value, Doubles curve) {
        sum = hn::MulAdd(curve, hn::Abs(value), sum);
        weight = hn::Add(weight, curve);
    });
    return {total(sum), total(weight)};
}

template <class T>
void zoneSumsOf(const T* x, const T* d, std::size_t n, T positive, T negative, Weighted* zones) {
    const Doubles upper = hn::Set(Lanes(), static_cast<double>(positive));
    const Doubles lower = hn::Set(Lanes(), -static_cast<double>(negative));
    Doubles up = hn::Zero(Lanes()), upWeight = up, down = up, downWeight = up;
    forWeighted(x, d, n, [&](Doubles value, Doubles curve) {
        const Doubles above = hn::IfThenElseZero(hn::Gt(value, upper), curve);
        const Doubles below = hn::IfThenElseZero(hn::Lt(value, lower), curve);
        up = hn::MulAdd(above, value, up);
        upWeight = hn::Add(upWeight, above);
        down = hn::NegMulAdd(below, value, down);
        downWeight = hn::Add(downWeight, below);
    });
    zones[0] = {total(up), total(upWeight)};
    zones[1] = {total(down), total(downWeight)};
}

template <class T>
void curvatureOf(const T* v, std::size_t n, T* out) {
    const Doubles tiny = hn::Set(Lanes(), 1e-8);
    forMapped(v, n, out, [&](Doubles value) { return hn::Add(hn::Sqrt(value), tiny); });
}

template <class Levels, class T>
Weighted levelSumsOf(const T* x, const T* d, std::size_t n, double alpha, int count) {
    const Levels levels(alpha, count);
    Doubles sum = hn::Zero(Lanes()), weight = sum;
    forWeighted(x, d, n, [&](Doubles value, Doubles curve) {
        const Doubles b = levels.multiple(value);
        const Doubles weighted = hn::Mul(curve, b);
        sum = hn::MulAdd(weighted, value, sum);
        weight = hn::MulAdd(weighted, b, weight);
    });
    return {total(sum) / levels.perUnit(), total(weight) / levels.perUnit() / levels.perUnit()};
}

double sumAbsF(const float* x, std::size_t n) {
    return sumAbsOf(x, n);
}
double sumAbsD(const double* x, std::size_t n) {
    return sumAbsOf(x, n);
}
float maxAbsF(const float* x, std::size_t n) {
    return maxAbsOf(x, n);
}
double maxAbsD(const double* x, std::size_t n) {
    return maxAbsOf(x, n);
}
Weighted weightedAbsF(const float* x, const float* d, std::size_t n) {
    return weightedAbsOf(x, d, n);
}
Weighted weightedAbsD(const double* x, const double* d, std::size_t n) {
    return weightedAbsOf(x, d, n);
}
void zoneSumsF(const float* x, const float* d, std::size_t n, float p, float m, Weighted* zones) {
    zoneSumsOf(x, d, n, p, m, zones);
}
void zoneSumsD(const double* x, const double* d, std::size_t n, double p, double m,
               Weighted* zones) {
    zoneSumsOf(x, d, n, p, m, zones);
}
void curvatureF(const float* v, std::size_t n, float* out) {
    curvatureOf(v, n, out);
}
void curvatureD(const double* v, std::size_t n, double* out) {
    curvatureOf(v, n, out);
}
Weighted linearSumsF(const float* x, const float* d, std::size_t n, double alpha, int levels) {
    return levelSumsOf<LinearLevels>(x, d, n, alpha, levels);
}
Weighted linearSumsD(const double* x, const double* d, std::size_t n, double alpha, int levels) {
    return levelSumsOf<LinearLevels>(x, d, n, alpha, levels);
}
Weighted logSumsF(const float* x, const float* d, std::size_t n, double alpha, int levels) {
    return levelSumsOf<LogLevels>(x, d, n, alpha, levels);
}
Weighted logSumsD(const double* x, const double* d, std::size_t n, double alpha, int levels) {
    return levelSumsOf<LogLevels>(x, d, n, alpha, levels);
}

}  // namespace bitloom::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace bitloom::simd {

HWY_EXPORT(sumAbsF);
HWY_EXPORT(sumAbsD);
HWY_EXPORT(maxAbsF);
HWY_EXPORT(maxAbsD);
HWY_EXPORT(weightedAbsF);
HWY_EXPORT(weightedAbsD);
HWY_EXPORT(zoneSumsF);
HWY_EXPORT(zoneSumsD);
HWY_EXPORT(curvatureF);
HWY_EXPORT(curvatureD);
HWY_EXPORT(linearSumsF);
HWY_EXPORT(linearSumsD);
HWY_EXPORT(logSumsF);
HWY_EXPORT(logSumsD);

double sumAbs(const float* x, std::size_t n) {
    return HWY_DYNAMIC_DISPATCH(sumAbsF)(x, n);
}
double sumAbs(const double* x, std::size_t n) {
    return HWY_DYNAMIC_DISPATCH(sumAbsD)(x, n);
}
float maxAbs(const float* x, std::size_t n) {
    return HWY_DYNAMIC_DISPATCH(maxAbsF)(x, n);
}
double maxAbs(const double* x, std::size_t n) {
    return HWY_DYNAMIC_DISPATCH(maxAbsD)(x, n);
}
Weighted weightedAbs(const float* x, const float* d, std::size_t n) {
    return HWY_DYNAMIC_DISPATCH(weightedAbsF)(x, d, n);
}
Weighted weightedAbs(const double* x, const double* d, std::size_t n) {
    return HWY_DYNAMIC_DISPATCH(weightedAbsD)(x, d, n);
}
std::array<Weighted, 2> zoneSums(const float* x, const float* d, std::size_t n, float positive,
                                 float negative) {
    std::array<Weighted, 2> zones;
    HWY_DYNAMIC_DISPATCH(zoneSumsF)(x, d, n, positive, negative, zones.data());
    return zones;
}
std::array<Weighted, 2> zoneSums(const double* x, const double* d, std::size_t n, double positive,
                                 double negative) {
    std::array<Weighted, 2> zones;
    HWY_DYNAMIC_DISPATCH(zoneSumsD)(x, d, n, positive, negative, zones.data());
    return zones;
}
void curvature(const float* v, std::size_t n, float* out) {
    HWY_DYNAMIC_DISPATCH(curvatureF)(v, n, out);
}
void curvature(const double* v, std::size_t n, double* out) {
    HWY_DYNAMIC_DISPATCH(curvatureD)(v, n, out);
}
Weighted linearSums(const float* x, const float* d, std::size_t n, double alpha, int levels) {
    return HWY_DYNAMIC_DISPATCH(linearSumsF)(x, d, n, alpha, levels);
}
Weighted linearSums(const double* x, const double* d, std::size_t n, double alpha, int levels) {
    return HWY_DYNAMIC_DISPATCH(linearSumsD)(x, d, n, alpha, levels);
}
Weighted logSums(const float* x, const float* d, std::size_t n, double alpha, int levels) {
    return HWY_DYNAMIC_DISPATCH(logSumsF)(x, d, n, alpha, levels);
}
Weighted logSums(const double* x, const double* d, std::size_t n, double alpha, int levels) {
    return HWY_DYNAMIC_DISPATCH(logSumsD)(x, d, n, alpha, levels);
}

}  // namespace bitloom::simd
#endif
