#pragma once
// dL/dW of a product y_t = x_t W^T over a window, from the rows of one thread:
//     dW = sum over steps of dy_t^T x_t        [n, k]
// Steps are collected until a block has enough rows for one large product; the block stays in the
// cache, where a product over the whole window would read it from memory (measured on sequential
// MNIST, 2 threads: 131 GFLOP/s over the window, 182 in blocks). Two matrices that share dy (W_ih
// and W_hh of an LSTM without activation norms) share its rows.

#include <algorithm>
#include <initializer_list>
#include <vector>

#include "math/gemm.h"
#include "math/matrix.h"

namespace bitloom {

template <class T>
class WeightGradient {
public:
    /// For dy [rows, n] a step and one dW [n, k] a k of `inputs`, at most `steps` steps.
    void begin(std::size_t n, std::initializer_list<std::size_t> inputs, std::size_t rows,
               std::size_t steps) {
        m_rows = rows;
        m_capacity = std::clamp<std::size_t>(rowsOfABlock / std::max<std::size_t>(1, rows), 1,
                                             std::max<std::size_t>(1, steps));
        m_filled = 0;
        m_dy.resize(m_capacity * rows, n);
        m_sides.resize(inputs.size());
        auto side = m_sides.begin();
        for (const std::size_t k : inputs) {
            side->x.resize(m_capacity * rows, k);
            side->sum.resize(n, k);
            side->empty = true;
            ++side;
        }
    }

    /// Where dy of the next step is to be written [rows, n].
    MatrixView<T> next() { return m_dy.view().rowRange(m_filled * m_rows, m_rows); }

    /// Takes it with the step's x [rows, k], one a side; x is copied.
    void push(std::initializer_list<MatrixView<const T>> inputs) {
        auto side = m_sides.begin();
        for (const MatrixView<const T>& x : inputs) {
            for (std::size_t r = 0; r < m_rows; ++r)
                std::copy_n(x.row(r), x.cols, side->x.row(m_filled * m_rows + r));
            ++side;
        }
        if (++m_filled == m_capacity) finish();
    }

    /// Multiplies what is left.
    void finish() {
        for (Side& side : m_sides) {
            if (m_filled > 0)
                gemm<T>(Transpose::yes, Transpose::no,
                        std::as_const(m_dy).view().rowRange(0, m_filled * m_rows),
                        std::as_const(side.x).view().rowRange(0, m_filled * m_rows),
                        side.empty ? T(0) : T(1), side.sum.view());
            else if (side.empty)
                side.sum.fill(T(0));
            side.empty = false;
        }
        m_filled = 0;
    }

    /// dW of a side [n, k], after finish().
    [[nodiscard]] const Matrix<T>& sum(std::size_t side) const { return m_sides[side].sum; }

private:
    static constexpr std::size_t rowsOfABlock = 640;

    struct Side {
        Matrix<T> x;    ///< [capacity * rows, k]
        Matrix<T> sum;  ///< [n, k]
        bool empty = true;
    };

    std::size_t m_rows = 0;
    std::size_t m_capacity = 1;  ///< steps
    std::size_t m_filled = 0;
    Matrix<T> m_dy;  ///< [capacity * rows, n]
    std::vector<Side> m_sides;
};

}  // namespace bitloom
