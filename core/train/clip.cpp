#include "train/clip.h"

#include <algorithm>
#include <cmath>

#include "math/kernels.h"

namespace bitloom {

template <class T>
double globalGradientNorm(const ParameterSet<T>& parameters) {
    double total = 0;
    for (const Parameter<T>& p : parameters)
        p.overGradient([&](std::size_t first, std::size_t count) {
            total += kernels::sumOfSquares<T>(p.gradient.span().subspan(first, count));
        });
    return std::sqrt(total);
}

double clipFactor(double norm, double limit) {
    return limit > 0 ? std::min(1.0, limit / (norm + 1e-6)) : 1.0;
}

template <class T>
void clipLatentWeights(ParameterSet<T>& parameters) {
    for (Parameter<T>& p : parameters)
        if (p.quantized) kernels::clip<T>(p.value.span(), T(-1), T(1));
}

template double globalGradientNorm(const ParameterSet<float>&);
template double globalGradientNorm(const ParameterSet<double>&);
template void clipLatentWeights(ParameterSet<float>&);
template void clipLatentWeights(ParameterSet<double>&);

}  // namespace bitloom
