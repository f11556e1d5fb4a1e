#pragma once
// Spectral norms |W|_2 of a layer's matrices, gate by gate: latent W, quantized Q(W), and the
// effective matrix that multiplies (after weight norm), beside the floor no quantized matrix gets
// under (Hou et al. 2019, section 3):
//     +-1 matrices:           |W|_2 >= sqrt(d)
//     ternary and multi-bit:  |W|_2 >= (1 - s) B1 sqrt(d)
// with s the share of zeros, B1 the smallest level above 0 in size and d = max(rows, columns).
// (|W|_2^2 >= |W|_F^2 / min(rows, columns) >= (1 - s) B1^2 d, and 1 - s <= sqrt(1 - s).) A binary
// matrix with scale a is the case s = 0, B1 = a.

#include <span>
#include <vector>

#include "math/matrix.h"
#include "probe/rows.h"

namespace bitloom {

/// |W_k|_2 of each of the gates stacked in w [G*H, in]. `tolerance`: relative, math/spectral.h.
template <class T>
std::vector<double> gateNorms(MatrixView<const T> w, std::size_t gates, double tolerance);

/// The floor of each gate of a quantized matrix; 0 for a gate of zeros.
template <class T>
std::vector<double> spectralFloor(MatrixView<const T> quantized, std::size_t gates);

/// Rows of `quantized` at length g_j: g_j Q_j / (|Q_j| + 1e-8), as norm/weight.h; zero rows stay.
template <class T>
Matrix<T> rowsOfLength(MatrixView<const T> quantized, std::span<const T> gain);

/// g_max |D^-1 Q| a gate, D the rows' norms: the weight-norm bound as Hou et al. 2019 print it.
template <class T>
std::vector<double> printedNorms(MatrixView<const T> quantized, std::span<const T> gain,
                                 std::size_t gates, double tolerance);

}  // namespace bitloom
