#pragma once
// Operands of bf16 products. Only float is rounded: double, the plain twin, has no such products,
// and these do nothing then.

#include <type_traits>

#include "math/bfloat16.h"
#include "math/kernels.h"
#include "math/matrix.h"

namespace bitloom {

/// out = x rounded, of one shape.
template <class T>
void roundTo(MatrixView<const T> x, MatrixView<BFloat16> out) {
    if constexpr (std::is_same_v<T, float>) kernels::roundToBFloat16(x, out);
}

/// out [C, R] = x [R, C] transposed and rounded; `between` is for the numbers in between.
template <class T>
void roundTransposed(MatrixView<const T> x, Matrix<T>& between, MatrixView<BFloat16> out) {
    between.resize(x.cols, x.rows);
    kernels::transpose<T>(x, between.view());
    roundTo<T>(between.view(), out);
}

}  // namespace bitloom
