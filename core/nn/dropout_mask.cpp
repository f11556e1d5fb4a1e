#include "nn/dropout_mask.h"

#include <cmath>
#include <functional>

#include "math/rng.h"
#include "math/threads.h"

namespace bitloom {

template <class T>
void drawDropoutMask(std::span<T> mask, double p, std::uint64_t seed, std::uint64_t stream) {
    const T kept = static_cast<T>(1 / (1 - p));
    const auto threshold = static_cast<std::uint32_t>(std::floor(p * 4294967296.0));
    const auto draw = [&](std::size_t first, std::size_t last) {
        Rng rng(seed, stream);
        rng.seek(first);
        for (std::size_t i = first; i < last; ++i) mask[i] = rng.bits() < threshold ? T(0) : kept;
    };
    parallelFor(mask.size(), 4096, std::cref(draw));
}

template void drawDropoutMask(std::span<float>, double, std::uint64_t, std::uint64_t);
template void drawDropoutMask(std::span<double>, double, std::uint64_t, std::uint64_t);

}  // namespace bitloom
