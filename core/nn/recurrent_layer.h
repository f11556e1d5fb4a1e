#pragma once
// One recurrent layer over a whole window, forward beside backward.
//
// A team (math/team.h) shares out the batch: each thread takes its rows through all time steps, so
// that what a step leaves is still in its cache in the next product, and threads meet only in batch
// normalization. A step multiplies with weights packed once per update; weight gradients are
// products over blocks of steps (nn/weight_gradient.h). A one-hot input is never written out: its
// product is a row of W_ih^T; inputs known for several steps are multiplied for as many at once,
// and so is dX. Where rows are normalized alone (none, weight, layer) the V rows of
// that table are normalized instead of T*B rows.
//
// Memory while training, in numbers: states [T*B, H] three times and gates [T*B, G*H]; an LSTM with
// layer or batch norm has b = W_hh h and, where the input is neither one-hot nor one number, a^
// [T*B, G*H] instead of the gates.
//
// Recomputation (PassConfig::recompute = N; Chen et al. 2016, arXiv:1604.06174, along time): of the
// window only h [T*B, H] stays, which the layer above and the readout read, and c at the first step
// of every segment of N steps. The rest is kept for one segment. The way back runs a segment
// forward again from there, then back; the last one is still there from the forward pass. The same
// operations on the same numbers: gradients are equal to the bit. Batch norm computes the same
// statistics of the same batch again, without moving the running ones.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "math/team.h"
#include "nn/config.h"
#include "nn/gru_cell.h"
#include "nn/layer_trace.h"
#include "nn/lstm_cell.h"
#include "nn/network.h"
#include "nn/weight.h"
#include "nn/weight_gradient.h"
#include "norm/scalar_input.h"
#include "norm/token_batch.h"

namespace bitloom {

/// What a layer reads: either one-hot tokens or rows x.
template <class T>
struct LayerInput {
    std::span<const std::int32_t> tokens;  ///< [T*B]
    std::span<const T> tokenScale;  ///< [T*B] dropout factors of one-hot inputs, may be empty
    MatrixView<const T> x;          ///< [T*B, in]
    bool needsGradient = false;     ///< x was computed: backward() will be asked for dX
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
    Precision precision = Precision::fp32;  ///< of the products
    bool traced = false;                    ///< someone will look at what the pass keeps
    std::size_t recompute = 0;  ///< steps of a segment that backward() runs again; 0 = keep all
};

/// dL/dh_t from above, [T*B, H]. The rows of the first `emptySteps` steps are zeros not written:
/// of a loss on the last step alone they would be most of the matrix.
template <class T>
struct OutputGradient {
    MatrixView<T> rows;
    std::size_t emptySteps = 0;
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
    /// `above`: dL/dh_t, total on exit. dX [T*B, in]: written unless empty. input is forward()'s.
    void backward(const LayerInput<T>& input, OutputGradient<T> above, MatrixView<T> dX,
                  const ParameterSet<T>* moments);

    [[nodiscard]] Weight<T>& weightIh() { return *m_ih; }
    [[nodiscard]] Weight<T>& weightHh() { return *m_hh; }
    [[nodiscard]] const std::vector<Normalizer<T>*>& normalizers() const { return m_normalizers; }

    /// h_t, c_t of the last forward [T*B, H]; of its last step [B, H].
    [[nodiscard]] MatrixView<const T> hidden() const;
    [[nodiscard]] bool hasCells() const { return isLstm(); }
    /// Empty for a GRU, and after a pass that did not keep the whole window.
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
                                                 int gates, int inputs, ParameterSet<T>& parameters,
                                                 ParameterSet<T>& statistics);
    std::unique_ptr<Weight<T>> addWeight(const NetworkConfig& config, const char* side, int width,
                                         bool quantized, const Quantizer<T>* quantizer,
                                         std::unique_ptr<Normalizer<T>>& normalizer,
                                         ParameterSet<T>& parameters, ParameterSet<T>& statistics);
    /// What one thread works with: its rows of the batch, and buffers of its own.
    struct Share {
        std::size_t member = 0;
        std::size_t first = 0, rows = 0;
        bool again = false;                              ///< a segment is being recomputed
        Matrix<T> b;                                     ///< pre-activations of a step [R, G*H]
        Matrix<T> x, dx;                                 ///< of several steps [S*R, in]
        Matrix<T> da, db;                                ///< [R, G*H]
        Matrix<T> dc, dcTotal, dhDirect, dhInitial;      ///< [R, H]
        WeightGradient<T> hh;                            ///< an LSTM's without activation norms: of
        WeightGradient<T> ih;                            ///< both, else W_ih's has rows of its own
        Matrix<T> table;                                 ///< dL/d(table) [in, G*H]
        Buffer<T> biasIh, biasHh;                        ///< gradients [G*H]
        std::vector<double> hiddenSquares, cellSquares;  ///< of dL/dh_t, dL/dc_t
    };

    void resize(const LayerInput<T>& input, const PassConfig& pass);
    void setInitialState(const Matrix<T>* h, const Matrix<T>* c);
    void startFrom(const Parameter<T>* initial, const char* purpose, MatrixView<T> out);
    void makeTable();
    /// At the first step of a segment: keeps the c it starts from.
    void beginSegment(std::size_t t, const Share& share);
    /// Runs the segment that starts at step t again, for the way back.
    void recomputeSegment(const LayerInput<T>& input, std::size_t t, Share& share);
    void forwardStep(const LayerInput<T>& input, std::size_t t, Share& share);
    /// The products with the inputs of the next steps, from step t on.
    void multiplyAhead(const LayerInput<T>& input, std::size_t t, Share& share);
    void inputProduct(const LayerInput<T>& input, std::size_t t, Share& share, MatrixView<T> a);
    void inputSide(const LayerInput<T>& input, std::size_t t, Share& share, MatrixView<T> gates);
    void beginBackward(Share& share, const LayerInput<T>& input);
    void backwardStep(const LayerInput<T>& input, const OutputGradient<T>& above, MatrixView<T> dX,
                      std::size_t t, Share& share);
    /// From dL/d(pre-activations) of the input side, da, to that of its product.
    MatrixView<T> throughInputNorm(const NormalizerStep& step, MatrixView<T> da, Share& share);
    /// The gradient of a table under batch norm: all members' in the first one's.
    void mergeTables(std::size_t member);
    void backwardToPrevious(const OutputGradient<T>& above, std::size_t t, Share& share);
    void inputBackward(const LayerInput<T>& input, MatrixView<T> dX, std::size_t t, Share& share,
                       MatrixView<T> da);
    /// dX of the steps of a block, the last of which is t, and what they give to the weights.
    void finishBlock(WeightGradient<T>& block, MatrixView<T> dX, std::size_t t, Share& share);
    void addShares();
    void addInputGradient();

    [[nodiscard]] NormalizerStep stepOf(std::size_t t, const Share& share);
    /// Rows of a share in block t of a buffer of blocks of B rows; of the states [(T+1)*B, H] block
    /// t is the one before step t.
    MatrixView<T> state(Matrix<T>& buffer, std::size_t t, const Share& share) const {
        return state(buffer.view(), t, share);
    }
    template <class E>
    MatrixView<E> state(MatrixView<E> rows, std::size_t t, const Share& share) const {
        return rows.rowRange(t * m_pass.batch + share.first, share.rows);
    }
    /// The same in step t of what is kept for the way back, [keptSteps*B, ...]. A share's rows of
    /// all steps lie together: what a processor fetches ahead is its own next step, not rows that
    /// another is writing (measured on sequential MNIST: 2 to 3 % of a step). A pass that someone
    /// will look at keeps the order of the batch.
    MatrixView<T> at(Matrix<T>& buffer, std::size_t t, const Share& share) const {
        const std::size_t step = t % m_keptSteps;
        if (m_pass.traced) return state(buffer, step, share);
        return buffer.view().rowRange(share.first * m_keptSteps + step * share.rows, share.rows);
    }
    MatrixView<T> gatesAt(std::size_t t, const Share& share) {
        return m_forgetsGates ? state(m_gates, 0, share) : at(m_gates, t, share);
    }
    /// Block of m_c with c before step t, or after = 1 step later.
    [[nodiscard]] std::size_t cellBlock(std::size_t t, std::size_t after) const {
        return m_pass.keep ? t % m_keptSteps + after : (t + after) % 2;
    }
    MatrixView<T> cellState(std::size_t t, const Share& share, std::size_t after) {
        return state(m_c, cellBlock(t, after), share);
    }
    [[nodiscard]] bool recomputes() const { return m_pass.keep && m_keptSteps < m_pass.steps; }
    [[nodiscard]] bool isLstm() const { return m_kind == Cell::lstm; }
    /// An LSTM's cell reads a^ and the gain of a general input side; GRUs and the forms of the
    /// input that need no a^ have N(a) ready.
    [[nodiscard]] bool usesGainA() const {
        return isLstm() && m_affine && !m_usesTable && !m_usesScalar && !m_usesTokens;
    }
    /// What a step's cell reads.
    kernels::GateInput<T> gateInput(const LayerInput<T>& input, std::size_t t, Share& share);
    /// The LSTM without activation norms has one dL/d(pre-activation) for both products.
    [[nodiscard]] bool sharesGradient() const { return isLstm() && !m_affine; }

    int m_index;
    Cell m_kind;
    std::size_t m_hidden;
    std::size_t m_width;  ///< G*H
    std::string m_suffix;
    std::unique_ptr<Normalizer<T>> m_normIh, m_normHh, m_normC;
    std::unique_ptr<ScalarInputNormalizer<T>> m_scalarIh;  ///< of one given input
    std::unique_ptr<TokenBatchNormalizer<T>> m_tokenIh;    ///< of one-hot inputs
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
    std::optional<Team> m_team;
    std::vector<Share> m_shares;
    bool m_fromInitial = false;
    bool m_usesTable = false;
    bool m_usesScalar = false;
    bool m_usesTokens = false;
    /// The LSTM's cell reads the input side from its source, the table of one-hot inputs or a
    /// single number a row; nothing is gathered or multiplied before.
    bool m_readsSource = false;
    /// The LSTM's cell normalizes b as it reads it: m_b is W_hh h, not b^.
    bool m_normalizesInCell = false;
    /// The way back then works the gates out again from a and b, and tanh c from c, instead of
    /// reading them from memory, which takes longer than their functions.
    bool m_forgetsGates = false;
    /// Wide inputs in training are multiplied before the steps that read them.
    bool m_multipliesAhead = false;
    std::size_t m_stepsAhead = 1;  ///< whose inputs are multiplied at once
    bool m_isWide = false;         ///< an input of many numbers, for products of oneDNN's
    bool m_isNarrow = false;       ///< an input of few numbers: no product of oneDNN's
    std::size_t m_keptSteps = 1;   ///< K: T, a segment's N, or 1 when nothing goes back
    Matrix<T> m_h;                 ///< [(T+1)*B, H], the state before the window first
    Matrix<T> m_c;                 ///< the same; [(K+1)*B, H] when recomputing
    Matrix<T> m_cStarts;           ///< when recomputing: c before each segment [T/K*B, H]
    Matrix<T> m_gates;             ///< [K*B, G*H], or of the step being done [B, G*H]
    Buffer<T> m_bias;              ///< an LSTM's bias and the shifts of both sides [G*H]
    Matrix<T> m_a, m_b;            ///< a^ [K*B, G*H], and b^ or b
    Matrix<T> m_inner;             ///< [K*B, H], empty where gates are forgotten
    Matrix<T> m_cellHat;           ///< [K*B, H]
    Matrix<T> m_table;             ///< W_ih^T, normalized rows without gain [in, G*H]
    Matrix<T> m_tableOut;          ///< with gain and shift
    std::vector<double> m_hiddenNorms, m_cellNorms;
    BackwardWatch<T>* m_watch = nullptr;
    Matrix<T> m_cellGradients;  ///< dL/dc_t [T*B, H], when watched
};

}  // namespace bitloom
