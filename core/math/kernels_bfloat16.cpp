#include "math/kernels.h"
#include "math/kernels_parallel.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "math/kernels_bfloat16.cpp"
#include <hwy/foreach_target.h>
// Highway compiles the part up to HWY_ONCE once a target.
#include "math/kernels_inl.h"

HWY_BEFORE_NAMESPACE();
namespace bitloom::HWY_NAMESPACE {
namespace {

void roundRows(MatrixView<const float> x, MatrixView<BFloat16> out, std::size_t first,
               std::size_t last) {
    using Words = hn::Rebind<std::uint32_t, Floats>;
    const Words d;
    const hn::Rebind<std::uint16_t, Floats> half;
    const std::size_t lanes = hn::Lanes(d);
    const auto bias = hn::Set(d, 0x7fffu), one = hn::Set(d, 1u);
    const auto magnitude = hn::Set(d, 0x7fffffffu), infinity = hn::Set(d, 0x7f800000u);
    const auto quiet = hn::Set(d, 0x00400000u);
    for (std::size_t r = first; r < last; ++r) {
        const float* const from = x.row(r);
        BFloat16* const to = out.row(r);
        std::size_t j = 0;
        for (; j + lanes <= x.cols; j += lanes) {
            const auto u = hn::BitCast(d, hn::LoadU(Floats(), from + j));
            const auto odd = hn::And(hn::ShiftRight<16>(u), one);
            const auto rounded = hn::Add(u, hn::Add(bias, odd));
            const auto nan = hn::Gt(hn::And(u, magnitude), infinity);
            const auto kept = hn::IfThenElse(nan, hn::Or(u, quiet), rounded);
            hn::StoreU(hn::TruncateTo(half, hn::ShiftRight<16>(kept)), half,
                       reinterpret_cast<std::uint16_t*>(to + j));
        }
        for (; j < x.cols; ++j) to[j] = BFloat16(from[j]);
    }
}

}  // namespace
}  // namespace bitloom::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace bitloom {

HWY_EXPORT(roundRows);

namespace kernels {

void roundToBFloat16(MatrixView<const float> x, MatrixView<BFloat16> out) {
    overRows(x.rows, x.cols, moveGrain, [&](std::size_t first, std::size_t last) {
        HWY_DYNAMIC_DISPATCH(roundRows)(x, out, first, last);
    });
}

}  // namespace kernels
}  // namespace bitloom
#endif  // HWY_ONCE
