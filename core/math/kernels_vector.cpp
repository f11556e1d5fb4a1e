#include "math/kernels.h"
#include "math/kernels_parallel.h"
#include "math/kernels_plain.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "math/kernels_vector.cpp"
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

void scaleRange(float* x, float factor, std::size_t first, std::size_t last) {
    const auto by = hn::Set(Floats(), factor);
    overVectors(first, last, [&](std::size_t i, auto io) HWY_ATTR {
        io.store(hn::Mul(io.load(x + i), by), x + i);
    });
}

void axpyRange(float alpha, const float* x, float* y, std::size_t first, std::size_t last) {
    const auto by = hn::Set(Floats(), alpha);
    overVectors(first, last, [&](std::size_t i, auto io) HWY_ATTR {
        io.store(hn::MulAdd(by, io.load(x + i), io.load(y + i)), y + i);
    });
}

void multiplyRange(const float* x, const float* mask, float* y, std::size_t first,
                   std::size_t last) {
    overVectors(first, last, [&](std::size_t i, auto io) HWY_ATTR {
        io.store(hn::Mul(io.load(x + i), io.load(mask + i)), y + i);
    });
}

double squaresOf(const float* x, std::size_t count) {
    const hn::ScalableTag<double> dd;
    const hn::Rebind<float, decltype(dd)> df;
    const std::size_t lanes = hn::Lanes(dd);
    constexpr std::size_t abreast = 8;  // sums that do not wait for each other
    hn::Vec<decltype(dd)> sums[abreast];
    unrolled<abreast>([&](auto k) HWY_ATTR { sums[k] = hn::Zero(dd); });
    std::size_t i = 0;
    for (; i + abreast * lanes <= count; i += abreast * lanes)
        unrolled<abreast>([&](auto k) HWY_ATTR {
            const auto v = hn::PromoteTo(dd, hn::LoadU(df, x + i + k * lanes));
            sums[k] = hn::MulAdd(v, v, sums[k]);
        });
    for (; i + lanes <= count; i += lanes) {
        const auto v = hn::PromoteTo(dd, hn::LoadU(df, x + i));
        sums[0] = hn::MulAdd(v, v, sums[0]);
    }
    unrolled<abreast - 1>([&](auto k) HWY_ATTR { sums[0] = hn::Add(sums[0], sums[k + 1]); });
    double sum = hn::GetLane(hn::SumOfLanes(dd, sums[0]));
    for (; i < count; ++i) sum += static_cast<double>(x[i]) * static_cast<double>(x[i]);
    return sum;
}

void sigmoidRange(const float* x, float* y, std::size_t first, std::size_t last) {
    transform(x, y, first, last, Logistic());
}

void tanhRange(const float* x, float* y, std::size_t first, std::size_t last) {
    transform(x, y, first, last, HyperbolicTangent());
}

void expRange(const float* x, float* y, std::size_t first, std::size_t last) {
    transform(x, y, first, last, Exponential());
}

}  // namespace
}  // namespace bitloom::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace bitloom {

HWY_EXPORT(scaleRange);
HWY_EXPORT(axpyRange);
HWY_EXPORT(multiplyRange);
HWY_EXPORT(squaresOf);
HWY_EXPORT(sigmoidRange);
HWY_EXPORT(tanhRange);
HWY_EXPORT(expRange);

namespace kernels {

template <class T>
void scale(std::span<T> x, T factor) {
    if constexpr (std::is_same_v<T, float>) {
        overElements(x.size(), [&](std::size_t first, std::size_t last) {
            HWY_DYNAMIC_DISPATCH(scaleRange)(x.data(), factor, first, last);
        });
    } else {
        plain::scale<T>(x, factor);
    }
}

template <class T>
void axpy(T alpha, std::span<const T> x, std::span<T> y) {
    if constexpr (std::is_same_v<T, float>) {
        overElements(y.size(), [&](std::size_t first, std::size_t last) {
            HWY_DYNAMIC_DISPATCH(axpyRange)(alpha, x.data(), y.data(), first, last);
        });
    } else {
        plain::axpy<T>(alpha, x, y);
    }
}

template <class T>
void multiply(std::span<const T> x, std::span<const T> mask, std::span<T> y) {
    if constexpr (std::is_same_v<T, float>) {
        overElements(y.size(), [&](std::size_t first, std::size_t last) {
            HWY_DYNAMIC_DISPATCH(multiplyRange)(x.data(), mask.data(), y.data(), first, last);
        });
    } else {
        plain::multiply<T>(x, mask, y);
    }
}

template <class T>
double sumOfSquares(std::span<const T> x) {
    if constexpr (std::is_same_v<T, float>) {
        const MatrixView<const float> row(x.data(), 1, x.size());
        return chunkedSum(row, 0.0, [&](std::size_t, std::size_t start, std::size_t count) {
            return HWY_DYNAMIC_DISPATCH(squaresOf)(x.data() + start, count);
        });
    } else {
        return plain::sumOfSquares<T>(x);
    }
}

template <class T>
void sigmoid(std::span<const T> x, std::span<T> y) {
    if constexpr (std::is_same_v<T, float>) {
        overElements(
            y.size(),
            [&](std::size_t first, std::size_t last) {
                HWY_DYNAMIC_DISPATCH(sigmoidRange)(x.data(), y.data(), first, last);
            },
            computeGrain);
    } else {
        plain::sigmoid<T>(x, y);
    }
}

template <class T>
void tanh(std::span<const T> x, std::span<T> y) {
    if constexpr (std::is_same_v<T, float>) {
        overElements(
            y.size(),
            [&](std::size_t first, std::size_t last) {
                HWY_DYNAMIC_DISPATCH(tanhRange)(x.data(), y.data(), first, last);
            },
            computeGrain);
    } else {
        plain::tanh<T>(x, y);
    }
}

template <class T>
void exp(std::span<const T> x, std::span<T> y) {
    if constexpr (std::is_same_v<T, float>) {
        overElements(
            y.size(),
            [&](std::size_t first, std::size_t last) {
                HWY_DYNAMIC_DISPATCH(expRange)(x.data(), y.data(), first, last);
            },
            computeGrain);
    } else {
        plain::exp<T>(x, y);
    }
}

template decltype(scale<float>) scale<float>;
template decltype(scale<double>) scale<double>;
template decltype(axpy<float>) axpy<float>;
template decltype(axpy<double>) axpy<double>;
template decltype(multiply<float>) multiply<float>;
template decltype(multiply<double>) multiply<double>;
template decltype(sumOfSquares<float>) sumOfSquares<float>;
template decltype(sumOfSquares<double>) sumOfSquares<double>;
template decltype(sigmoid<float>) sigmoid<float>;
template decltype(sigmoid<double>) sigmoid<double>;
template decltype(tanh<float>) tanh<float>;
template decltype(tanh<double>) tanh<double>;
template decltype(exp<float>) exp<float>;
template decltype(exp<double>) exp<double>;

}  // namespace kernels
}  // namespace bitloom
#endif  // HWY_ONCE
