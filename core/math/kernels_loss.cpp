#include <cmath>
#include <limits>
#include <vector>
#include "math/kernels.h"
#include "math/kernels_parallel.h"
#include "math/kernels_plain.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "math/kernels_loss.cpp"
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

/// The logits of a row, with or without a bias to be added to what is read.
template <bool biased>
struct RowLogits {
    const float *x, *bias;
    template <class Io>
    HWY_INLINE FloatVector load(std::size_t j, Io io) const {
        return biased ? hn::Add(io.load(x + j), io.load(bias + j)) : io.load(x + j);
    }
    HWY_INLINE float operator[](std::size_t j) const { return biased ? x[j] + bias[j] : x[j]; }
};

/// Index of the first entry equal to `value`; `count` if there is none (NaN).
template <class Logits>
std::size_t firstEqual(Logits x, std::size_t count, float value) {
    const Floats d;
    const auto wanted = hn::Set(d, value);
    const std::size_t lanes = hn::Lanes(d);
    std::size_t i = 0;
    for (; i + lanes <= count; i += lanes)
        if (!hn::AllFalse(d, hn::Eq(x.load(i, Whole()), wanted))) break;
    for (; i < count; ++i)
        if (x[i] == value) return i;
    return count;
}

/// Cross entropy of one row; correct: the first largest logit is the target's.
template <class Logits>
double rowLoss(Logits x, std::size_t count, std::size_t target, float factor, float* out,
               unsigned char& correct) {
    const Floats d;
    const float lowest = -std::numeric_limits<float>::infinity();
    auto most = hn::Set(d, lowest);
    overVectors(0, count, [&](std::size_t j, auto io) HWY_ATTR {
        most = hn::Max(most, io.pad(x.load(j, io), lowest));
    });
    const float largest = hn::GetLane(hn::MaxOfLanes(d, most));
    const float wanted = x[target];
    correct = firstEqual(x, count, largest) == target;
    const auto top = hn::Set(d, largest);
    auto sum = hn::Zero(d);
    transform(
        0, count, [&](std::size_t j, auto io) HWY_ATTR { return hn::Sub(x.load(j, io), top); },
        Exponential(),
        [&](FloatVector e, std::size_t j, auto io) HWY_ATTR {
            sum = hn::Add(sum, io.pad(e, 0.0f));
            if (out) io.store(e, out + j);
        });
    const float total = sumOf(sum);
    if (out) {
        const auto scale = hn::Set(d, factor / total);
        overVectors(0, count, [&](std::size_t j, auto io) HWY_ATTR {
            io.store(hn::Mul(io.load(out + j), scale), out + j);
        });
        out[target] -= factor;
    }
    return std::log(static_cast<double>(total)) -
           (static_cast<double>(wanted) - static_cast<double>(largest));
}

void lossRows(In logits, InSpan bias, std::span<const std::int32_t> targets, float factor,
              Out gradient, double* losses, unsigned char* correct, std::size_t first,
              std::size_t last) {
    for (std::size_t r = first; r < last; ++r) {
        float* const out = gradient.data ? gradient.row(r) : nullptr;
        const auto target = static_cast<std::size_t>(targets[r]);
        const auto lossOf = [&](auto row) {
            return rowLoss(row, logits.cols, target, factor, out, correct[r]);
        };
        if (targets[r] >= 0)
            losses[r] = bias.empty() ? lossOf(RowLogits<false>{logits.row(r), nullptr})
                                     : lossOf(RowLogits<true>{logits.row(r), bias.data()});
        else if (out)
            std::fill_n(out, gradient.cols, 0.0f);
    }
}

}  // namespace
}  // namespace bitloom::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace bitloom {

HWY_EXPORT(lossRows);

namespace kernels {

template <class T>
CrossEntropySum softmaxCrossEntropy(MatrixView<const T> logits,
                                    std::span<const std::int32_t> targets, T factor,
                                    MatrixView<T> gradient, std::span<const T> bias) {
    if constexpr (std::is_same_v<T, float>) {
        plain::checkIndices(targets.first(logits.rows), logits.cols, "target", -1);
        std::vector<double> losses(logits.rows);
        std::vector<unsigned char> correct(logits.rows);
        overRows(logits.rows, logits.cols, computeGrain, [&](std::size_t first, std::size_t last) {
            HWY_DYNAMIC_DISPATCH(lossRows)
            (logits, bias, targets, factor, gradient, losses.data(), correct.data(), first, last);
        });
        CrossEntropySum result;
        for (std::size_t r = 0; r < logits.rows; ++r) {
            if (targets[r] < 0) continue;
            result.nats += losses[r];
            result.correct += correct[r];
            ++result.targets;
        }
        return result;
    } else {
        return plain::softmaxCrossEntropy<T>(logits, targets, factor, gradient, bias);
    }
}

template decltype(softmaxCrossEntropy<float>) softmaxCrossEntropy<float>;
template decltype(softmaxCrossEntropy<double>) softmaxCrossEntropy<double>;

}  // namespace kernels
}  // namespace bitloom
#endif  // HWY_ONCE
