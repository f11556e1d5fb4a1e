#include <cmath>
#include "math/kernels.h"
#include "math/kernels_parallel.h"
#include "math/kernels_plain.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "math/kernels_optimizer.cpp"
#include <hwy/foreach_target.h>
// Highway compiles the part up to HWY_ONCE once a target.
#include "math/kernels_functions_inl.h"

HWY_BEFORE_NAMESPACE();
namespace bitloom::HWY_NAMESPACE {
namespace {

using In = MatrixView<const float>;
using Out = MatrixView<float>;
using InSpan = std::span<const float>;
using OutSpan = std::span<float>;

void adamRange(float* parameter, const float* gradient, float* m, float* v,
               const AdamFactors& factors, std::size_t first, std::size_t last) {
    const Floats d;
    const auto rate = hn::Set(d, factors.rate), root = hn::Set(d, factors.root);
    const auto keep = hn::Set(d, factors.keep), epsilon = hn::Set(d, factors.epsilon);
    const auto add1 = hn::Set(d, factors.add1), add2 = hn::Set(d, factors.add2);
    const auto scale = hn::Set(d, factors.scale);
    overVectors(first, last, [&](std::size_t i, auto io) HWY_ATTR {
        const auto g = hn::Mul(io.load(gradient + i), scale);
        const auto oldM = io.load(m + i);
        const auto newM = hn::MulAdd(add1, hn::Sub(g, oldM), oldM);
        const auto newV = hn::MulAdd(keep, io.load(v + i), hn::Mul(add2, hn::Mul(g, g)));
        const auto size = hn::Add(hn::Div(hn::Sqrt(newV), root), epsilon);
        const auto move = hn::Div(hn::Mul(rate, newM), size);
        io.store(newM, m + i);
        io.store(newV, v + i);
        io.store(hn::Sub(io.load(parameter + i), move), parameter + i);
    });
}

void sgdRange(float* parameter, const float* gradient, float* buffer, float rate, float momentum,
              float scale, std::size_t first, std::size_t last) {
    const Floats d;
    overVectors(first, last, [&](std::size_t i, auto io) HWY_ATTR {
        auto move = hn::Mul(io.load(gradient + i), hn::Set(d, scale));
        if (buffer) {
            move = hn::MulAdd(hn::Set(d, momentum), io.load(buffer + i), move);
            io.store(move, buffer + i);
        }
        const auto old = io.load(parameter + i);
        io.store(hn::NegMulAdd(hn::Set(d, rate), move, old), parameter + i);
    });
}

void momentRange(float* v, const float* gradient, float keep, float add, float scale,
                 std::size_t first, std::size_t last) {
    const Floats d;
    overVectors(first, last, [&](std::size_t i, auto io) HWY_ATTR {
        const auto g = hn::Mul(io.load(gradient + i), hn::Set(d, scale));
        const auto added = hn::Mul(hn::Set(d, add), hn::Mul(g, g));
        io.store(hn::MulAdd(hn::Set(d, keep), io.load(v + i), added), v + i);
    });
}

void clipRange(float* x, float low, float high, std::size_t first, std::size_t last) {
    overVectors(first, last, [&](std::size_t i, auto io) HWY_ATTR {
        io.store(limited(io.load(x + i), low, high), x + i);
    });
}

}  // namespace
}  // namespace bitloom::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace bitloom {

HWY_EXPORT(adamRange);
HWY_EXPORT(sgdRange);
HWY_EXPORT(momentRange);
HWY_EXPORT(clipRange);

namespace kernels {

template <class T>
void adamUpdate(std::span<T> parameter, std::span<const T> gradient, std::span<T> m, std::span<T> v,
                const AdamStep& step) {
    if constexpr (std::is_same_v<T, float>) {
        const double t = static_cast<double>(step.step);
        const AdamFactors factors{
            static_cast<float>(step.learningRate / (1.0 - std::pow(step.beta1, t))),
            static_cast<float>(std::sqrt(1.0 - std::pow(step.beta2, t))),
            static_cast<float>(step.beta2),
            static_cast<float>(1.0 - step.beta1),
            static_cast<float>(1.0 - step.beta2),
            static_cast<float>(step.epsilon),
            static_cast<float>(step.gradientScale)};
        overElements(parameter.size(), [&](std::size_t first, std::size_t last) {
            HWY_DYNAMIC_DISPATCH(adamRange)
            (parameter.data(), gradient.data(), m.data(), v.data(), factors, first, last);
        });
    } else {
        plain::adamUpdate<T>(parameter, gradient, m, v, step);
    }
}

template <class T>
void sgdUpdate(std::span<T> parameter, std::span<const T> gradient, std::span<T> buffer,
               double learningRate, double momentum, double gradientScale) {
    if constexpr (std::is_same_v<T, float>) {
        overElements(parameter.size(), [&](std::size_t first, std::size_t last) {
            HWY_DYNAMIC_DISPATCH(sgdRange)
            (parameter.data(), gradient.data(), buffer.data(), static_cast<float>(learningRate),
             static_cast<float>(momentum), static_cast<float>(gradientScale), first, last);
        });
    } else {
        plain::sgdUpdate<T>(parameter, gradient, buffer, learningRate, momentum, gradientScale);
    }
}

template <class T>
void updateSecondMoment(std::span<T> v, std::span<const T> gradient, double beta2,
                        double gradientScale) {
    if constexpr (std::is_same_v<T, float>) {
        overElements(v.size(), [&](std::size_t first, std::size_t last) {
            HWY_DYNAMIC_DISPATCH(momentRange)
            (v.data(), gradient.data(), static_cast<float>(beta2), static_cast<float>(1.0 - beta2),
             static_cast<float>(gradientScale), first, last);
        });
    } else {
        plain::updateSecondMoment<T>(v, gradient, beta2, gradientScale);
    }
}

template <class T>
void clip(std::span<T> x, T low, T high) {
    if constexpr (std::is_same_v<T, float>) {
        overElements(x.size(), [&](std::size_t first, std::size_t last) {
            HWY_DYNAMIC_DISPATCH(clipRange)(x.data(), low, high, first, last);
        });
    } else {
        plain::clip<T>(x, low, high);
    }
}

template decltype(adamUpdate<float>) adamUpdate<float>;
template decltype(adamUpdate<double>) adamUpdate<double>;
template decltype(sgdUpdate<float>) sgdUpdate<float>;
template decltype(sgdUpdate<double>) sgdUpdate<double>;
template decltype(updateSecondMoment<float>) updateSecondMoment<float>;
template decltype(updateSecondMoment<double>) updateSecondMoment<double>;
template decltype(clip<float>) clip<float>;
template decltype(clip<double>) clip<double>;

}  // namespace kernels
}  // namespace bitloom
#endif  // HWY_ONCE
