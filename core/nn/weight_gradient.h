#pragma once
// dL/dW of a product y_t = x_t W^T over a window, from the rows of one thread:
//     dW = sum over steps of dy_t^T x_t        [n, k]
// Steps are collected until a block has enough rows for one large product; the block stays in the
// cache, where a product over the whole window would read it from memory (measured on sequential
// MNIST, 2 threads: 131 GFLOP/s over the window, 182 in blocks). x is collected as x^T and the sum
// is dW^T = x^T dy, with nothing for the product to transpose (math/gemm.h). Two matrices that
// share dy (W_ih and W_hh of an LSTM without activation norms) share its rows.

#include <algorithm>
#include <initializer_list>
#include <type_traits>
#include <utility>
#include <vector>

#include "math/gemm.h"
#include "math/kernels.h"
#include "math/matrix.h"
#include "nn/rounding.h"
#include "nn/thresholds.h"
#include "nn/weight.h"

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
                side->roundedTransposed.resize(k, columns());
            else
                side->transposed.resize(k, columns());
            side->sum.resize(k, n);
            side->empty = true;
            ++side;
        }
    }

    /// Where dy of the next step is to be written [rows, n].
    MatrixView<T> next() { return m_dy.view().rowRange(m_rounds ? 0 : m_filled * m_rows, m_rows); }

    /// dx [rows, k] += dy W, or =, for what was written to next().
    void multiply(const PackedWeight<T>& weight, MatrixView<T> dx, bool accumulate,
                  std::size_t member) {
        if (!m_rounds) return weight.backward(next(), dx, accumulate, member);
        const MatrixView<BFloat16> rounded = roundedRows();
        if (!m_isRounded) roundTo<T>(next(), rounded);
        m_isRounded = true;
        weight.backward(MatrixView<const BFloat16>(rounded), dx, accumulate, member);
    }

    /// Takes the step with its x [rows, k], one a side; x is copied. True: the block is full,
    /// finish() it.
    [[nodiscard]] bool push(std::initializer_list<MatrixView<const T>> inputs) {
        if (m_rounds && !m_isRounded) roundTo<T>(next(), roundedRows());
        m_isRounded = false;
        auto side = m_sides.begin();
        for (const MatrixView<const T>& x : inputs) {
            const std::size_t first = m_filled * m_rows;
            if (m_rounds)
                roundTransposed<T>(x, m_between,
                                   side->roundedTransposed.view().columnRange(first, m_rows));
            else
                kernels::transpose<T>(x, side->transposed.view().columnRange(first, m_rows));
            ++side;
        }
        return ++m_filled == m_capacity;
    }

    /// Steps taken since the last finish().
    [[nodiscard]] std::size_t filled() const { return m_filled; }
    /// dx [filled() * rows, k] = dy W for the steps taken, in their order.
    void multiplyBlock(const Weight<T>& weight, MatrixView<T> dx, std::size_t member) const {
        if (m_rounds)
            weight.packed().backward(m_roundedDy.view().rowRange(0, dx.rows), dx, false, member);
        else
            product<T, T>(m_dy.view().rowRange(0, dx.rows), weight.effective(), false, dx);
    }

    /// Takes the block into dW and begins the next.
    void finish() {
        const std::size_t rows = m_filled * m_rows;
        for (Side& side : m_sides) {
            if (rows == 0) {
                if (side.empty) side.sum.fill(T(0));
            } else if (m_rounds) {
                if constexpr (std::is_same_v<T, float>)
                    product<BFloat16, T>(
                        std::as_const(side.roundedTransposed).view().columnRange(0, rows),
                        std::as_const(m_roundedDy).view().rowRange(0, rows), !side.empty,
                        side.sum.view());
            } else {
                product<T, T>(std::as_const(side.transposed).view().columnRange(0, rows),
                              std::as_const(m_dy).view().rowRange(0, rows), !side.empty,
                              side.sum.view());
            }
            side.empty = false;
        }
        m_filled = 0;
    }

    /// Writes dW of a side to `total` [n, k], or +=, after finish().
    void give(std::size_t side, MatrixView<T> total, bool accumulate) const {
        kernels::transpose<T>(m_sides[side].sum.view(), total, accumulate);
    }

private:
    struct Side {
        Matrix<T> transposed;  ///< x^T [k, columns()]
        Matrix<BFloat16> roundedTransposed;
        Matrix<T> sum;  ///< dW^T [k, n]
        bool empty = true;
    };

    /// Of x^T.
    [[nodiscard]] std::size_t columns() const { return m_capacity * m_rows + k_padding; }
    MatrixView<BFloat16> roundedRows() {
        return m_roundedDy.view().rowRange(m_filled * m_rows, m_rows);
    }

    std::size_t m_rows = 0;
    std::size_t m_capacity = 1;  ///< steps
    std::size_t m_filled = 0;
    bool m_rounds = false;     ///< bf16: blocks are kept rounded
    bool m_isRounded = false;  ///< next() is in m_roundedDy
    Matrix<T> m_dy;            ///< [capacity * rows, n]; bf16: one step
    Matrix<BFloat16> m_roundedDy;
    Matrix<T> m_between;  ///< a step's x^T on its way to bf16
    std::vector<Side> m_sides;
};

}  // namespace bitloom
