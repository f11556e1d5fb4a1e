#include "math/gemm.h"

#include <dnnl.h>

#include <Eigen/Core>
#include <cassert>
#include <string>
#include <type_traits>

#include "base/error.h"
#include "math/threads.h"

namespace bitloom {
namespace {

void product(Transpose ta, Transpose tb, MatrixView<const float> a, MatrixView<const float> b,
             float beta, MatrixView<float> c) {
    const auto dim = [](std::size_t n) { return static_cast<dnnl_dim_t>(n); };
    const std::size_t inner = ta == Transpose::no ? a.cols : a.rows;
    applyThreads();
    const dnnl_status_t status =
        dnnl_sgemm(ta == Transpose::no ? 'N' : 'T', tb == Transpose::no ? 'N' : 'T', dim(c.rows),
                   dim(c.cols), dim(inner), 1.0f, a.data, dim(a.stride), b.data, dim(b.stride),
                   beta, c.data, dim(c.stride));
    if (status != dnnl_success)
        throw WorkError("the matrix product failed in oneDNN (status " +
                        std::to_string(static_cast<int>(status)) + ")");
}

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Stride = Eigen::OuterStride<>;

Eigen::Index index(std::size_t n) {
    return static_cast<Eigen::Index>(n);
}

auto asEigen(MatrixView<const double> view) {
    return Eigen::Map<const RowMajor, 0, Stride>(view.data, index(view.rows), index(view.cols),
                                                 Stride(index(view.stride)));
}

void product(Transpose ta, Transpose tb, MatrixView<const double> a, MatrixView<const double> b,
             double beta, MatrixView<double> c) {
    Eigen::Map<RowMajor, 0, Stride> out(c.data, index(c.rows), index(c.cols),
                                        Stride(index(c.stride)));
    if (beta == 0.0)
        out.setZero();
    else
        out *= beta;
    const auto left = asEigen(a), right = asEigen(b);
    if (ta == Transpose::no && tb == Transpose::no)
        out.noalias() += left * right;
    else if (ta == Transpose::no)
        out.noalias() += left * right.transpose();
    else if (tb == Transpose::no)
        out.noalias() += left.transpose() * right;
    else
        out.noalias() += left.transpose() * right.transpose();
}

/// c = beta c, where beta = 0 clears NaN too (BLAS's rule).
template <class T>
void scaleBy(T beta, MatrixView<T> c) {
    for (std::size_t i = 0; i < c.rows; ++i)
        for (std::size_t j = 0; j < c.cols; ++j) c(i, j) = beta == T(0) ? T(0) : beta * c(i, j);
}

}  // namespace

template <class T>
void gemm(Transpose ta, Transpose tb, MatrixView<const T> a, MatrixView<const T> b, T beta,
          MatrixView<T> c) {
    const std::size_t inner = ta == Transpose::no ? a.cols : a.rows;
    assert((ta == Transpose::no ? a.rows : a.cols) == c.rows);
    assert((tb == Transpose::no ? b.cols : b.rows) == c.cols);
    assert((tb == Transpose::no ? b.rows : b.cols) == inner);
    if (c.rows == 0 || c.cols == 0) return;
    if (inner == 0)
        scaleBy(beta, c);
    else
        product(ta, tb, a, b, beta, c);
}

template void gemm<float>(Transpose, Transpose, MatrixView<const float>, MatrixView<const float>,
                          float, MatrixView<float>);
template void gemm<double>(Transpose, Transpose, MatrixView<const double>, MatrixView<const double>,
                           double, MatrixView<double>);

}  // namespace bitloom
