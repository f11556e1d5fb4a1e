#pragma once
// dL/dW of a product y_t = x_t W^T over a window, from the rows of one thread:
//     dW = sum over steps of dy_t^T x_t        [n, k]
// Steps are collected until a block has enough rows for one large product; the block stays in the
// cache, where a product over the whole window would read it from memory (measured on sequential
// MNIST, 2 threads: 131 GFLOP/s over the window, 182 in blocks). Two matrices that share dy (W_ih
// and W_hh of an LSTM without activation norms) share its rows.

#include <algorithm>
#include <initializer_list>
#include <type_traits>
#include <utility>
#include <vector>

#include "math/gemm.h"
#include "math/kernels.h"
#include "math/matrix.h"
#include "nn/thresholds.h"

namespace bitloom {

template <class T>
class WeightGradient {
public:
    /// For dy [rows, n] a step and one dW [n, k] a k of `inputs`, at most `steps` steps.
    void begin(std::size_t n, std::initializer_list<std::size_t> inputs, std::size_t rows,
               std::size_t steps, Precision precision) {
        m_rows = rows;
        m_rounds = precision == Precision::bf16;
        m_capacity = std::clamp<std::size_t>(k_rowsOfABlock / std::max<std::size_t>(1, rows), 1,
                                             std::max<std::size_t>(1, steps));
        m_filled = 0;
        m_dy.resize((m_rounds ? 1 : m_capacity) * rows, n);
        if (m_rounds) m_roundedDy.resize(m_capacity * rows, n);
        m_sides.resize(inputs.size());
        auto side = m_sides.begin();
        for (const std::size_t k : inputs) {
            if (m_rounds)
                side->roundedX.resize(m_capacity * rows, k);
            else
                side->x.resize(m_capacity * rows, k);
            side->turned = k <= narrow && n > k;
            side->sum.resize(side->turned ? k : n, side->turned ? n : k);
            side->empty = true;
            ++side;
        }
    }

    /// Where dy of the next step is to be written [rows, n].
    MatrixView<T> next() { return m_dy.view().rowRange(m_rounds ? 0 : m_filled * m_rows, m_rows); }

    /// dx [rows, k] = dy W, or +=, for what was written to next().
    void multiply(const PackedWeight<T>& weight, MatrixView<T> dx, bool accumulate,
                  std::size_t member) {
        if (!m_rounds) return weight.backward(next(), dx, accumulate, member);
        const MatrixView<BFloat16> rounded = roundedRows(m_roundedDy);
        if (!m_isRounded) round(next(), rounded);
        m_isRounded = true;
        weight.backward(MatrixView<const BFloat16>(rounded), dx, accumulate, member);
    }

    /// Takes the step with its x [rows, k], one a side; x is copied.
    void push(std::initializer_list<MatrixView<const T>> inputs) {
        if (m_rounds && !m_isRounded) round(next(), roundedRows(m_roundedDy));
        m_isRounded = false;
        auto side = m_sides.begin();
        for (const MatrixView<const T>& x : inputs) {
            if (m_rounds)
                round(x, roundedRows(side->roundedX));
            else
                for (std::size_t r = 0; r < m_rows; ++r)
                    std::copy_n(x.row(r), x.cols, side->x.row(m_filled * m_rows + r));
            ++side;
        }
        if (++m_filled == m_capacity) finish();
    }

    /// Multiplies what is left.
    void finish() {
        const std::size_t rows = m_filled * m_rows;
        for (Side& side : m_sides) {
            if (rows == 0) {
                if (side.empty) side.sum.fill(T(0));
            } else if (m_rounds) {
                if constexpr (std::is_same_v<T, float>)
                    add(side, std::as_const(m_roundedDy).view().rowRange(0, rows),
                        std::as_const(side.roundedX).view().rowRange(0, rows));
            } else {
                add(side, std::as_const(m_dy).view().rowRange(0, rows),
                    std::as_const(side.x).view().rowRange(0, rows));
            }
            side.empty = false;
        }
        m_filled = 0;
    }

    /// Adds dW of a side to `total` [n, k], after finish().
    void addTo(std::size_t side, MatrixView<T> total) const {
        const Side& from = m_sides[side];
        if (!from.turned) {
            kernels::axpy<T>(T(1), from.sum.span(), {total.data, total.size()});
            return;
        }
        Matrix<T> upright(total.rows, total.cols);
        kernels::transpose<T>(from.sum.view(), upright.view());
        kernels::axpy<T>(T(1), std::as_const(upright).span(), {total.data, total.size()});
    }

private:
    /// Up to here dW^T = x^T dy, whose columns are many, is the faster product (measured: 223
    /// GFLOP/s for 181 at k = 100, 195 for 200 at k = 512).
    static constexpr std::size_t narrow = 256;

    struct Side {
        Matrix<T> x;  ///< [capacity * rows, k]
        Matrix<BFloat16> roundedX;
        Matrix<T> sum;  ///< [n, k], or [k, n] when turned
        bool turned = false;
        bool empty = true;
    };

    template <class E>
    static void add(Side& side, MatrixView<const E> dy, MatrixView<const E> x) {
        if (side.turned)
            transposedProduct<E, T>(x, dy, !side.empty, side.sum.view());
        else
            transposedProduct<E, T>(dy, x, !side.empty, side.sum.view());
    }

    static void round(MatrixView<const T> from, MatrixView<BFloat16> to) {
        if constexpr (std::is_same_v<T, float>) kernels::roundToBFloat16(from, to);
    }
    MatrixView<BFloat16> roundedRows(Matrix<BFloat16>& block) const {
        return block.view().rowRange(m_filled * m_rows, m_rows);
    }

    std::size_t m_rows = 0;
    std::size_t m_capacity = 1;  ///< steps
    std::size_t m_filled = 0;
    bool m_rounds = false;     ///< bf16: blocks are kept rounded
    bool m_isRounded = false;  ///< the step being written is in m_roundedDy already
    Matrix<T> m_dy;            ///< [capacity * rows, n], bf16: [rows, n]
    Matrix<BFloat16> m_roundedDy;
    std::vector<Side> m_sides;
};

}  // namespace bitloom
