#pragma once
// What the layer hands a cell for one time step, forward and back.

#include <cstddef>
#include <span>

#include "math/kernels.h"
#include "math/matrix.h"
#include "norm/normalizer.h"

namespace bitloom {

/// One step forward; B rows. The saved views are read again by the step back.
template <class T>
struct CellForward {
    NormalizerStep norm;  ///< for a normalizer of the cell state
    /// a: N(W_ih x_t) [B, G*H], may be `gates`; b: N(W_hh h_{t-1}), for an LSTM empty when a holds
    /// both. An LSTM may have them normalized, with the gains apart and the shifts in the bias, or
    /// b = W_hh h_{t-1} with what normalizes it.
    kernels::GateInput<T> in;
    std::span<const T> biasHh;      ///< [G*H], GRU: in.bias is that of the input side
    MatrixView<const T> hPrevious;  ///< [B, H]
    MatrixView<const T> cPrevious;  ///< [B, H], LSTM
    MatrixView<T> gates;            ///< saved [B, G*H]; LSTM: may be empty
    MatrixView<T> inner;            ///< saved [B, H]: LSTM tanh(c) or tanh(N(c)), empty without
                                    ///< gates; GRU W_hn h + b_hn
    MatrixView<T> cellHat;          ///< saved [B, H]: c^ of a normalized cell state
    MatrixView<T> c;                ///< [B, H], LSTM
    MatrixView<T> h;                ///< [B, H]
};

/// One step back.
template <class T>
struct CellBackward {
    NormalizerStep norm;
    MatrixView<const T> dh;             ///< dL/dh_t, total [B, H]
    MatrixView<T> dc;                   ///< LSTM: in dL/dc_t from step t+1, out dL/dc_{t-1} [B, H]
    MatrixView<T> dcTotal;              ///< LSTM: out dL/dc_t, total [B, H]
    MatrixView<const T> gates;          ///< saved; empty: the LSTM works them out again from `in`
    kernels::GateInput<T> in;           ///< as in the step forward
    kernels::GateSums<T> sums;          ///< out, with `in`: what the norm of its b asks for
    MatrixView<const T> h, c;           ///< the step's [B, H]; with `in`
    MatrixView<const T> inner;          ///< saved; with gates
    MatrixView<const T> cellHat;        ///< saved
    MatrixView<const T> hPrevious;      ///< [B, H]
    MatrixView<const T> cPrevious;      ///< [B, H]
    kernels::LstmUpcoming<T> upcoming;  ///< LSTM: of the step before; may be empty
    MatrixView<T> da;        ///< out dL/da [B, G*H]; may be `gates` unless c is normalized
    MatrixView<T> db;        ///< GRU: out dL/db [B, G*H]; an LSTM's is da
    MatrixView<T> dhDirect;  ///< GRU: out z dh, the part of dL/dh_{t-1} past the products
};

}  // namespace bitloom
