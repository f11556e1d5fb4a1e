#pragma once
// Matrix products. gemm.cpp is the only file that includes dnnl.hpp (oneDNN 2.6 and 3.x); float
// runs there, double is the plain twin (Eigen, single-threaded).

#include <cstddef>
#include <memory>

#include "math/bfloat16.h"
#include "math/matrix.h"

namespace bitloom {

enum class Transpose { no, yes };

/// c [m, n] = op(a) [m, k] * op(b) [k, n] + beta * c. Row-major views, any strides; c must not
/// overlap. float: relative error of a k-term fp32 sum. Runs on the thread budget (math/threads.h).
template <class T>
void gemm(Transpose ta, Transpose tb, MatrixView<const T> a, MatrixView<const T> b, T beta,
          MatrixView<T> c);

/// Whether this processor multiplies bf16 (oneDNN has a kernel for it). Elsewhere bf16 products are
/// computed in fp32 from rounded operands: the same results but for the order of sums, slower.
bool hasBFloat16Products();

/// c [m, n] = a [m, k] b [k, n], or += when accumulate, of float, double or BFloat16 (summed in
/// fp32). Runs on the thread budget, or on one thread in a team. Weight gradients are such products
/// of an x^T written out: oneDNN multiplies a transposed view at three quarters to nine tenths of
/// the rate (measured with AVX-512, 2.6: 320 GFLOP/s for 385 of 512 x 640 by 640 x 2048, bf16 570
/// for 750). For bf16 2.6 has that rate where the stride of a is more than its columns.
template <class E, class T>
void product(MatrixView<const E> a, MatrixView<const E> b, bool accumulate, MatrixView<T> c);

/// A weight matrix [n, k] packed once per update into oneDNN's preferred layout and used by every
/// time step: y [m, n] (+)= x [m, k] * W^T (`forward`), dx [m, k] (+)= dy [m, n] * W (`backward`).
/// Keeps a copy of the weight. One thread at a time, const functions included, but for the members
/// of a team (math/team.h), which may multiply at once under their own numbers. Throws WorkError if
/// oneDNN fails (memory).
template <class T>
class PackedWeight {
public:
    PackedWeight();
    ~PackedWeight();
    PackedWeight(PackedWeight&&) noexcept;
    PackedWeight& operator=(PackedWeight&&) noexcept;

    /// Packs w [n, k] for forward() of `rows` rows at a time (other row counts work too, more
    /// slowly). Cheap when shapes have not changed. `members` > 1: for a team of so many, each
    /// multiplying `rows` rows.
    /// bf16: operands are rounded, the products' sums and results stay fp32; float only.
    void packForward(MatrixView<const T> w, std::size_t rows, std::size_t members = 1,
                     Precision precision = Precision::fp32);
    /// The same for backward().
    void packBackward(MatrixView<const T> w, std::size_t rows, std::size_t members = 1,
                      Precision precision = Precision::fp32);
    /// y [m, n] = x [m, k] W^T, or += when accumulate.
    void forward(MatrixView<const T> x, MatrixView<T> y, bool accumulate = false,
                 std::size_t member = 0) const;
    /// dx [m, k] = dy [m, n] W, or += when accumulate.
    void backward(MatrixView<const T> dy, MatrixView<T> dx, bool accumulate = false,
                  std::size_t member = 0) const;

    /// The same for rows that are rounded already; packed as bf16.
    void forward(MatrixView<const BFloat16> x, MatrixView<T> y, bool accumulate,
                 std::size_t member) const;
    void backward(MatrixView<const BFloat16> dy, MatrixView<T> dx, bool accumulate,
                  std::size_t member) const;

private:
    struct State;
    std::unique_ptr<State> m_state;
};

/// GFLOP/s of oneDNN's own size x size x size product on random operands, the median of `repeats`
/// after 0.3 s of them to warm up.
double peakGflops(std::size_t size, int repeats, Precision precision = Precision::fp32);

}  // namespace bitloom
