#pragma once
// One recurrent layer over a whole window, forward beside backward.
//
// The input products of all time steps are one call, the recurrent product is one call a step with
// the packed weight, the weight gradients are one call each over T*B rows. A one-hot input is never
// written out: its product is a row of W_ih^T. Where rows are normalized alone (none, weight,
// layer) the V rows of that table are normalized instead of T*B rows.
//
// Memory while training, in numbers: gates [T*B, G*H], states [T*B, H] three times; with layer or
// batch norm also b^ and (not from the table) a^ [T*B, G*H]; a GRU also [T*B, G*H] for dL/db.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "nn/config.h"
#include "nn/gru_cell.h"
#include "nn/layer_trace.h"
#include "nn/lstm_cell.h"
#include "nn/network.h"
#include "nn/weight.h"

namespace bitloom {

/// What a layer reads: either one-hot tokens or rows x.
template <class T>
struct LayerInput {
    std::span<const std::int32_t> tokens;  ///< [T*B]
    std::span<const T> tokenScale;  ///< [T*B] dropout factors of one-hot inputs, may be empty
    MatrixView<const T> x;          ///< [T*B, in]
};

/// What a forward pass is for.
struct PassConfig {
    std::size_t steps = 0;
    std::size_t batch = 0;
    bool keep = false;  ///< backward() follows
    Statistics statistics = Statistics::running;
    double stateNoise = 0;  ///< std of the noise on initial states
    std::uint64_t seed = 0;
    std::uint64_t step = 0;
};

template <class T>
class RecurrentLayer {
public:
    /// Adds its parameters and statistics to the sets, which must outlive it, as `quantizer`, which
    /// may be null, must.
    RecurrentLayer(const NetworkConfig& config, int index, const Quantizer<T>* quantizer,
                   ParameterSet<T>& parameters, ParameterSet<T>& statistics);

    /// Runs the window from (h, c) [B, H]; null pointers = the initial state.
    void forward(const LayerInput<T>& input, const PassConfig& pass, const Matrix<T>* h,
                 const Matrix<T>* c);
    /// dOut [T*B, H]: dL/dh_t from above on entry, total on exit. dX [T*B, in]: written unless
    /// empty. input is forward()'s.
    void backward(const LayerInput<T>& input, MatrixView<T> dOut, MatrixView<T> dX,
                  const ParameterSet<T>* moments);

    [[nodiscard]] Weight<T>& weightIh() { return *m_ih; }
    [[nodiscard]] Weight<T>& weightHh() { return *m_hh; }
    [[nodiscard]] const std::vector<Normalizer<T>*>& normalizers() const { return m_normalizers; }

    /// h_t, c_t of the last forward [T*B, H]; of its last step [B, H].
    [[nodiscard]] MatrixView<const T> hidden() const;
    [[nodiscard]] MatrixView<const T> cell() const;
    [[nodiscard]] MatrixView<const T> lastHidden() const;
    [[nodiscard]] MatrixView<const T> lastCell() const;
    /// The last pass with keep, until backward().
    [[nodiscard]] LayerTrace<T> trace() const;
    /// Sees backward passes from now on; null = nobody. Must outlive them.
    void setWatch(BackwardWatch<T>* watch) { m_watch = watch; }
    /// |dL/dh_t|, |dL/dc_t| of the last backward.
    [[nodiscard]] const std::vector<double>& hiddenGradientNorms() const { return m_hiddenNorms; }
    [[nodiscard]] const std::vector<double>& cellGradientNorms() const { return m_cellNorms; }

private:
    std::unique_ptr<Normalizer<T>> addNormalizer(const NetworkConfig& config, const char* side,
                                                 int gates, ParameterSet<T>& parameters,
                                                 ParameterSet<T>& statistics);
    std::unique_ptr<Weight<T>> addWeight(const NetworkConfig& config, const char* side, int width,
                                         bool quantized, const Quantizer<T>* quantizer,
                                         std::unique_ptr<Normalizer<T>>& normalizer,
                                         ParameterSet<T>& parameters, ParameterSet<T>& statistics);
    void resize(const PassConfig& pass, bool rows);
    void setInitialState(const Matrix<T>* h, const Matrix<T>* c);
    void startFrom(const Parameter<T>* initial, const char* purpose, MatrixView<T> out);
    void makeTable();
    void forwardStep(const LayerInput<T>& input, std::size_t t);
    void backwardStep(const LayerInput<T>& input, MatrixView<T> dOut, std::size_t t);
    void backwardToPrevious(MatrixView<T> dOut, std::size_t t, MatrixView<const T> db);
    void inputGradients(const LayerInput<T>& input, MatrixView<T> da, MatrixView<T> dX);
    void biasGradients(MatrixView<const T> da, MatrixView<const T> db);

    /// Step t of a window buffer, or its only step.
    MatrixView<T> at(Matrix<T>& buffer, std::size_t t) {
        const std::size_t row = buffer.rows() == m_pass.batch ? 0 : t * m_pass.batch;
        return buffer.view().rowRange(row, m_pass.batch);
    }
    MatrixView<T> state(Matrix<T>& buffer, std::size_t t) {
        return buffer.view().rowRange(t * m_pass.batch, m_pass.batch);
    }

    int m_index;
    Cell m_kind;
    std::size_t m_hidden;
    std::size_t m_width;  ///< G*H
    std::string m_suffix;
    std::uint64_t m_layerStream;
    std::unique_ptr<Normalizer<T>> m_normIh, m_normHh, m_normC;
    std::unique_ptr<Weight<T>> m_ih, m_hh;
    std::vector<Normalizer<T>*> m_normalizers;
    Parameter<T>* m_biasIh = nullptr;
    Parameter<T>* m_biasHh = nullptr;    ///< GRU
    Parameter<T>* m_initialH = nullptr;  ///< learnable initial state
    Parameter<T>* m_initialC = nullptr;
    Parameter<T>*m_shiftIh = nullptr, *m_shiftHh = nullptr;
    bool m_affine;  ///< layer or batch norm
    std::optional<LstmCell<T>> m_lstm;
    GruCell<T> m_gru;

    PassConfig m_pass;
    bool m_fromInitial = false;
    bool m_usesTable = false;
    Matrix<T> m_h, m_c;    ///< [(T+1)*B, H], the state before the window first
    Matrix<T> m_gates;     ///< a, then gates, then dL/da (or dL/db^) [T*B, G*H]
    Matrix<T> m_a;         ///< a^ [T*B, G*H]
    Matrix<T> m_b;         ///< b^, then dL/da^ or dL/db [T*B, G*H]
    Matrix<T> m_inner;     ///< [T*B, H]
    Matrix<T> m_cellHat;   ///< [T*B, H]
    Matrix<T> m_table;     ///< W_ih^T, normalized rows without gain [V, G*H]
    Matrix<T> m_tableOut;  ///< with gain and shift
    Matrix<T> m_tableGradient;
    Matrix<T> m_stepA, m_stepB;                          ///< scratch [B, G*H]
    Matrix<T> m_dc, m_dcTotal, m_dhDirect, m_dhInitial;  ///< [B, H]
    std::vector<double> m_hiddenNorms, m_cellNorms;
    BackwardWatch<T>* m_watch = nullptr;
};

}  // namespace bitloom
