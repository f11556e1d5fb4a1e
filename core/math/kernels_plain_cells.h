#pragma once
// Plain twins of the LSTM and GRU steps; contracts in math/kernels.h.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>

#include "math/kernels.h"
#include "math/matrix.h"

namespace bitloom::plain {

template <class T>
T logistic(T x) {
    return T(1) / (T(1) + std::exp(-x));
}

/// b~ of kernels::GateInput; 0 without b.
template <class T>
T recurrentSide(const kernels::GateInput<T>& in, std::size_t r, std::size_t j) {
    if (!in.b.data) return T(0);
    if (!in.rowMean.data) return in.b(r, j);
    const std::size_t gate = 4 * j / in.b.cols;
    return (in.b(r, j) - in.rowMean(r, gate)) * in.rowRstd(r, gate);
}

template <class T>
T preActivation(const kernels::GateInput<T>& in, std::size_t r, std::size_t j) {
    const auto inputSide = [&] {
        if (in.stretch.data)
            return in.stretch(r, in.stretch.cols == 1 ? 0 : 4 * j / in.gainA.size());
        if (in.tokens.empty()) return in.a(r, j);
        return in.tokens[r] < 0 ? T(0) : in.a(static_cast<std::size_t>(in.tokens[r]), j);
    };
    const T a = in.gainA.data() ? in.gainA[j] * inputSide() : inputSide();
    const T gain = in.gainB.data() ? in.gainB[j] : T(1);
    return a + gain * recurrentSide(in, r, j) + (in.bias.data() ? in.bias[j] : T(0));
}

template <class T>
void lstmForward(const kernels::GateInput<T>& in, MatrixView<const T> cPrev, MatrixView<T> gates,
                 MatrixView<T> c, MatrixView<T> tanhC, MatrixView<T> h) {
    const std::size_t H = c.cols;
    for (std::size_t r = 0; r < c.rows; ++r) {
        for (std::size_t j = 0; j < H; ++j) {
            const T i = logistic(preActivation(in, r, j));
            const T f = logistic(preActivation(in, r, H + j));
            const T g = std::tanh(preActivation(in, r, 2 * H + j));
            const T o = logistic(preActivation(in, r, 3 * H + j));
            const T cell = f * cPrev(r, j) + i * g;
            if (gates.data) {
                gates(r, j) = i;
                gates(r, H + j) = f;
                gates(r, 2 * H + j) = g;
                gates(r, 3 * H + j) = o;
            }
            c(r, j) = cell;
            if (!h.data) continue;
            const T y = std::tanh(cell);
            if (tanhC.data) tanhC(r, j) = y;
            h(r, j) = o * y;
        }
    }
}

template <class T>
void lstmOutput(MatrixView<const T> gates, MatrixView<const T> n, MatrixView<T> tanhN,
                MatrixView<T> h) {
    for (std::size_t r = 0; r < n.rows; ++r)
        for (std::size_t j = 0; j < n.cols; ++j) {
            tanhN(r, j) = std::tanh(n(r, j));
            h(r, j) = gates(r, 3 * n.cols + j) * tanhN(r, j);
        }
}

template <class T>
void lstmBackward(MatrixView<const T> dh, MatrixView<const T> dc, MatrixView<const T> gates,
                  MatrixView<const T> cPrev, MatrixView<const T> tanhC, MatrixView<T> dPre,
                  MatrixView<T> dcPrev, MatrixView<T> dcTotal) {
    const std::size_t H = cPrev.cols;
    for (std::size_t r = 0; r < cPrev.rows; ++r)
        for (std::size_t j = 0; j < H; ++j) {
            const T i = gates(r, j), f = gates(r, H + j);
            const T g = gates(r, 2 * H + j), o = gates(r, 3 * H + j);
            T total = dc(r, j);
            if (dh.data) {
                const T y = tanhC(r, j);
                total += dh(r, j) * o * (T(1) - y * y);
                dPre(r, 3 * H + j) = dh(r, j) * y * o * (T(1) - o);
            }
            dPre(r, j) = total * g * i * (T(1) - i);
            dPre(r, H + j) = total * cPrev(r, j) * f * (T(1) - f);
            dPre(r, 2 * H + j) = total * i * (T(1) - g * g);
            if (dcTotal.data) dcTotal(r, j) = total;
            dcPrev(r, j) = total * f;
        }
}

template <class T>
void sumGates(MatrixView<const T> dPre, const kernels::GateInput<T>& in,
              const kernels::GateSums<T>& sums) {
    if (!sums.up.data) return;
    for (std::size_t r = 0; r < dPre.rows; ++r)
        for (std::size_t gate = 0; gate < 4; ++gate) {
            T up = 0, dot = 0, stretched = 0;
            for (std::size_t j = gate * dPre.cols / 4; j < (gate + 1) * dPre.cols / 4; ++j) {
                const T scaled = in.gainB[j] * dPre(r, j);
                up += scaled;
                dot += scaled * recurrentSide(in, r, j);
                if (sums.stretched.data) stretched += in.gainA[j] * dPre(r, j);
            }
            sums.up(r, gate) = up;
            sums.dot(r, gate) = dot;
            if (sums.stretched.data) sums.stretched(r, gate) = stretched;
        }
}

template <class T>
void lstmBackwardFromInput(MatrixView<const T> dh, MatrixView<const T> dc,
                           const kernels::GateInput<T>& in, MatrixView<const T> cPrev,
                           MatrixView<const T> c, MatrixView<T> dPre, MatrixView<T> dcPrev,
                           MatrixView<T> dcTotal, const kernels::GateSums<T>& sums) {
    const std::size_t H = cPrev.cols;
    Matrix<T> gates(cPrev.rows, 4 * H), tanhC(cPrev.rows, H);
    for (std::size_t r = 0; r < c.rows; ++r)
        for (std::size_t j = 0; j < H; ++j) tanhC(r, j) = std::tanh(c(r, j));
    for (std::size_t r = 0; r < cPrev.rows; ++r)
        for (std::size_t j = 0; j < 4 * H; ++j) {
            const T x = preActivation(in, r, j);
            gates(r, j) = j / H == 2 ? std::tanh(x) : logistic(x);
        }
    lstmBackward<T>(dh, dc, gates.view(), cPrev, tanhC.view(), dPre, dcPrev, dcTotal);
    sumGates<T>(dPre, in, sums);
}

template <class T>
void lstmOutputBackward(MatrixView<const T> dh, MatrixView<const T> gates,
                        MatrixView<const T> tanhN, MatrixView<T> dPre, MatrixView<T> dn) {
    const std::size_t H = tanhN.cols;
    for (std::size_t r = 0; r < tanhN.rows; ++r)
        for (std::size_t j = 0; j < H; ++j) {
            const T o = gates(r, 3 * H + j), y = tanhN(r, j), d = dh(r, j);
            dPre(r, 3 * H + j) = d * y * o * (T(1) - o);
            dn(r, j) = d * o * (T(1) - y * y);
        }
}

template <class T>
void gruForward(MatrixView<const T> a, MatrixView<const T> b, std::span<const T> biasIh,
                std::span<const T> biasHh, MatrixView<const T> hPrev, MatrixView<T> gates,
                MatrixView<T> m, MatrixView<T> h) {
    const std::size_t H = h.cols;
    for (std::size_t row = 0; row < h.rows; ++row) {
        const auto in = [&](std::size_t j) {
            return a(row, j) + (biasIh.data() ? biasIh[j] : T(0));
        };
        const auto rec = [&](std::size_t j) {
            return b(row, j) + (biasHh.data() ? biasHh[j] : T(0));
        };
        for (std::size_t j = 0; j < H; ++j) {
            const T r = logistic(in(j) + rec(j)), z = logistic(in(H + j) + rec(H + j));
            const T side = rec(2 * H + j);
            const T n = std::tanh(in(2 * H + j) + r * side);
            gates(row, j) = r;
            gates(row, H + j) = z;
            gates(row, 2 * H + j) = n;
            m(row, j) = side;
            h(row, j) = (T(1) - z) * n + z * hPrev(row, j);
        }
    }
}

template <class T>
void gruBackward(MatrixView<const T> dh, MatrixView<const T> gates, MatrixView<const T> m,
                 MatrixView<const T> hPrev, MatrixView<T> dA, MatrixView<T> dB,
                 MatrixView<T> dhPrev) {
    const std::size_t H = dh.cols;
    for (std::size_t row = 0; row < dh.rows; ++row)
        for (std::size_t j = 0; j < H; ++j) {
            const T r = gates(row, j), z = gates(row, H + j), n = gates(row, 2 * H + j);
            const T d = dh(row, j);
            const T dn = d * (T(1) - z) * (T(1) - n * n);
            const T dz = d * (hPrev(row, j) - n) * z * (T(1) - z);
            const T dr = dn * m(row, j) * r * (T(1) - r);
            dA(row, j) = dr;
            dA(row, H + j) = dz;
            dA(row, 2 * H + j) = dn;
            dB(row, j) = dr;
            dB(row, H + j) = dz;
            dB(row, 2 * H + j) = dn * r;
            dhPrev(row, j) = d * z;
        }
}

}  // namespace bitloom::plain
