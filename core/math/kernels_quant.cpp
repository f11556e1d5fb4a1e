#include <cmath>
#include "math/kernels.h"
#include "math/kernels_parallel.h"
#include "math/kernels_plain.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "math/kernels_quant.cpp"
#include <hwy/foreach_target.h>
// Highway compiles the part up to HWY_ONCE once a target.
#include "math/kernels_inl.h"

HWY_BEFORE_NAMESPACE();
namespace bitloom::HWY_NAMESPACE {
namespace {

using In = MatrixView<const float>;
using Out = MatrixView<float>;
using InSpan = std::span<const float>;
using OutSpan = std::span<float>;

using Doubles = hn::ScalableTag<double>;
using HalfFloats = hn::Rebind<float, Doubles>;

/// Adds up term(float vector) in double over `count` numbers; `term` sees zeros past the end.
template <class Term>
HWY_INLINE double sumTerms(std::size_t count, Term term) {
    const Doubles dd;
    const std::size_t lanes = hn::Lanes(dd);
    auto sum = hn::Zero(dd);
    std::size_t i = 0;
    for (; i + lanes <= count; i += lanes) sum = hn::Add(sum, hn::PromoteTo(dd, term(i, lanes)));
    if (i < count) sum = hn::Add(sum, hn::PromoteTo(dd, term(i, count - i)));
    return hn::GetLane(hn::SumOfLanes(dd, sum));
}

HWY_INLINE hn::Vec<HalfFloats> take(const float* p, std::size_t count) {
    const HalfFloats d;
    if (count == hn::Lanes(d)) return hn::LoadU(d, p);
    HWY_ALIGN float buffer[hn::MaxLanes(HalfFloats())] = {};
    for (std::size_t i = 0; i < count; ++i) buffer[i] = p[i];
    return hn::Load(d, buffer);
}

double absoluteOf(const float* w, std::size_t count) {
    return sumTerms(count,
                    [&](std::size_t i, std::size_t n) HWY_ATTR { return hn::Abs(take(w + i, n)); });
}

ThresholdSums thresholdOf(const float* w, float threshold, std::size_t count) {
    const HalfFloats d;
    ThresholdSums sums;
    const auto limit = hn::Set(d, threshold);
    const auto lanesLeft = [&](std::size_t n) HWY_ATTR { return hn::FirstN(d, n); };
    sums.absolute = sumTerms(count, [&](std::size_t i, std::size_t n) HWY_ATTR {
        const auto size = hn::Abs(take(w + i, n));
        const auto above = hn::And(hn::Gt(size, limit), lanesLeft(n));
        sums.count += hn::CountTrue(d, above);
        return hn::IfThenElseZero(above, size);
    });
    return sums;
}

WeightedSums weightedOf(const float* w, const float* v, std::size_t count) {
    const HalfFloats d;
    const auto weight = [&](std::size_t i, std::size_t n) HWY_ATTR {
        const auto at = hn::Add(hn::Sqrt(take(v + i, n)), hn::Set(d, 1e-8f));
        return hn::IfThenElseZero(hn::FirstN(d, n), at);
    };
    const Doubles dd;
    auto weights = hn::Zero(dd), weighted = hn::Zero(dd);
    const std::size_t lanes = hn::Lanes(dd);
    for (std::size_t i = 0; i < count; i += lanes) {
        const std::size_t n = std::min(lanes, count - i);
        const auto at = hn::PromoteTo(dd, weight(i, n));
        const auto size = hn::PromoteTo(dd, hn::Abs(take(w + i, n)));
        weights = hn::Add(weights, at);
        weighted = hn::MulAdd(at, size, weighted);
    }
    return {hn::GetLane(hn::SumOfLanes(dd, weighted)), hn::GetLane(hn::SumOfLanes(dd, weights))};
}

float maximumOf(In w, std::size_t first, std::size_t last) {
    const Floats d;
    auto most = hn::Zero(d);
    for (std::size_t r = first; r < last; ++r)
        overVectors(0, w.cols, [&](std::size_t j, auto io) HWY_ATTR {
            const auto size = hn::Abs(io.load(w.row(r) + j));
            most = hn::IfThenElse(hn::Gt(size, most), size, most);
        });
    return hn::GetLane(hn::MaxOfLanes(d, most));
}

void signRows(In w, float scale, Out out, std::size_t first, std::size_t last) {
    const Floats d;
    const auto plus = hn::Set(d, scale), minus = hn::Set(d, -scale);
    for (std::size_t r = first; r < last; ++r)
        overVectors(0, w.cols, [&](std::size_t j, auto io) HWY_ATTR {
            const auto x = io.load(w.row(r) + j);
            io.store(hn::IfThenElse(hn::Ge(x, hn::Zero(d)), plus, minus), out.row(r) + j);
        });
}

void ternaryRows(In w, float threshold, float positive, float negative, Out out, std::size_t first,
                 std::size_t last) {
    const Floats d;
    const auto plus = hn::Set(d, positive), minus = hn::Set(d, -negative);
    const auto above = hn::Set(d, threshold), below = hn::Set(d, -threshold);
    for (std::size_t r = first; r < last; ++r)
        overVectors(0, w.cols, [&](std::size_t j, auto io) HWY_ATTR {
            const auto x = io.load(w.row(r) + j);
            const auto lower = hn::IfThenElseZero(hn::Lt(x, below), minus);
            io.store(hn::IfThenElse(hn::Gt(x, above), plus, lower), out.row(r) + j);
        });
}

}  // namespace
}  // namespace bitloom::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace bitloom {

HWY_EXPORT(absoluteOf);
HWY_EXPORT(thresholdOf);
HWY_EXPORT(weightedOf);
HWY_EXPORT(maximumOf);
HWY_EXPORT(signRows);
HWY_EXPORT(ternaryRows);

namespace kernels {

template <class T>
double absoluteSum(MatrixView<const T> w) {
    if constexpr (std::is_same_v<T, float>) {
        return chunkedSum(w, 0.0, [&](std::size_t row, std::size_t start, std::size_t count) {
            return HWY_DYNAMIC_DISPATCH(absoluteOf)(w.row(row) + start, count);
        });
    } else {
        return plain::absoluteSum<T>(w);
    }
}

template <class T>
T absoluteMax(MatrixView<const T> w) {
    if constexpr (std::is_same_v<T, float>)
        return HWY_DYNAMIC_DISPATCH(maximumOf)(w, 0, w.rows);
    else
        return plain::absoluteMax<T>(w);
}

template <class T>
ThresholdSums thresholdSums(MatrixView<const T> w, T threshold) {
    if constexpr (std::is_same_v<T, float>) {
        return chunkedSum(
            w, ThresholdSums{}, [&](std::size_t row, std::size_t start, std::size_t count) {
                return HWY_DYNAMIC_DISPATCH(thresholdOf)(w.row(row) + start, threshold, count);
            });
    } else {
        return plain::thresholdSums<T>(w, threshold);
    }
}

template <class T>
std::pair<double, double> weightedAbsoluteSums(MatrixView<const T> w, MatrixView<const T> v) {
    if constexpr (std::is_same_v<T, float>) {
        const auto sums = chunkedSum(w, WeightedSums{},
                                     [&](std::size_t row, std::size_t start, std::size_t count) {
                                         return HWY_DYNAMIC_DISPATCH(weightedOf)(
                                             w.row(row) + start, v.row(row) + start, count);
                                     });
        return {sums.weighted, sums.weights};
    } else {
        return plain::weightedAbsoluteSums<T>(w, v);
    }
}

template <class T>
void signs(MatrixView<const T> w, T factor, MatrixView<T> out) {
    if constexpr (std::is_same_v<T, float>) {
        overRows(w.rows, w.cols, moveGrain, [&](std::size_t first, std::size_t last) {
            HWY_DYNAMIC_DISPATCH(signRows)(w, factor, out, first, last);
        });
    } else {
        plain::signs<T>(w, factor, out);
    }
}

template <class T>
void ternarize(MatrixView<const T> w, T threshold, T positive, T negative, MatrixView<T> out) {
    if constexpr (std::is_same_v<T, float>) {
        overRows(w.rows, w.cols, moveGrain, [&](std::size_t first, std::size_t last) {
            HWY_DYNAMIC_DISPATCH(ternaryRows)
            (w, threshold, positive, negative, out, first, last);
        });
    } else {
        plain::ternarize<T>(w, threshold, positive, negative, out);
    }
}

template decltype(absoluteSum<float>) absoluteSum<float>;
template decltype(absoluteSum<double>) absoluteSum<double>;
template decltype(absoluteMax<float>) absoluteMax<float>;
template decltype(absoluteMax<double>) absoluteMax<double>;
template decltype(thresholdSums<float>) thresholdSums<float>;
template decltype(thresholdSums<double>) thresholdSums<double>;
template decltype(weightedAbsoluteSums<float>) weightedAbsoluteSums<float>;
template decltype(weightedAbsoluteSums<double>) weightedAbsoluteSums<double>;
template decltype(signs<float>) signs<float>;
template decltype(signs<double>) signs<double>;
template decltype(ternarize<float>) ternarize<float>;
template decltype(ternarize<double>) ternarize<double>;

}  // namespace kernels
}  // namespace bitloom
#endif  // HWY_ONCE
