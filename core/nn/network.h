#pragma once
// The network: encoder, recurrent stack, readout; forward beside backward.
//
//   tokens/frames -> (embedding) -> dropout -> layer 0 .. L-1 -> dropout -> decoder -> loss
//
// Tensors are row-major and time-major (states [T, B, H], pre-activations [T, B, G*H]); definitions
// and sources are in the headers of the cells, normalizers and quantizers. Float trains, double is
// the twin the gradients are checked in. One Network is used by one thread at a time.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "math/bfloat16.h"
#include "math/matrix.h"
#include "nn/config.h"
#include "nn/parameters.h"

namespace bitloom {

enum class Mode {
    train,                      ///< dropout, noise, batch statistics; running statistics move
    probe,                      ///< as train, with the same draws, but running statistics stay
    evaluate,                   ///< running statistics
    evaluate_batch_statistics,  ///< no dropout, batch statistics; running statistics stay
    evaluate_true_average,      ///< shared statistics averaged over all time steps (needs
                                ///< averageStatistics())
    evaluate_step_average,      ///< each time step's own average of the same passes
};

/// States between windows, a layer each: h and c [B, H]. Empty = start from the initial state.
template <class T>
struct RecurrentState {
    std::vector<Matrix<T>> h;
    std::vector<Matrix<T>> c;  ///< LSTM only
};

/// Loss of one batch. `nats` is the mean over `targets` (cross-entropy in nats, or mean squared
/// error).
struct LossResult {
    double nats = 0;
    std::int64_t targets = 0;
    std::int64_t correct = 0;  ///< arg-max hits (classification, labelling)
};

template <class T>
struct LayerTrace;
template <class T>
class BackwardWatch;

/// What a backward pass is for.
template <class T>
struct BackwardOptions {
    BackwardWatch<T>* watch = nullptr;  ///< sees the state gradients go by (nn/layer_trace.h)
    bool lastStepOnly = false;  ///< only the targets of each sequence's last step; same divisor
};

template <class T>
class Network {
public:
    /// Draws the initial parameters from (seed). Throws InputError for an impossible configuration.
    Network(const NetworkConfig& config, std::uint64_t seed);
    ~Network();
    Network(Network&&) noexcept;
    Network& operator=(Network&&) noexcept;

    [[nodiscard]] const NetworkConfig& config() const;
    ParameterSet<T>& parameters();
    [[nodiscard]] const ParameterSet<T>& parameters() const;
    /// Running statistics rnn.norm_{ih,hh,c}_l{k}.running_{mean,var}: [G*H] or [max_steps, G*H].
    ParameterSet<T>& statistics();

    /// Call after parameters changed (an update, a load): quantizes and packs again at the next
    /// forward.
    void weightsChanged();
    /// Second moments v of the latent weights for loss-aware quantizers; same order as latents().
    /// Kept by reference.
    void setSecondMoments(const ParameterSet<T>* moments);
    /// The arithmetic of matrix products from the next pass on; fp32 at first. bf16 rounds their
    /// operands, weights included; sums, everything else and the updated weights stay fp32.
    void setPrecision(Precision precision);
    /// Trades time for memory from the next training pass on: keeps the activations of `steps` time
    /// steps at once and computes the others again on the way back (nn/recurrent_layer.h), with the
    /// same results to the bit. 0, as at first: keeps the whole window. Mode::probe keeps it
    /// anyway.
    void setRecompute(std::size_t steps);
    /// Step number that dropout, noise and stochastic quantization draw from.
    void setStep(std::uint64_t step);

    /// Runs the batch from `state` and leaves the last state there (detached). In Mode::train and
    /// Mode::probe keeps what backward() needs.
    /// @param frames replaces batch.frames in T's precision (reference numbers in double); may be
    /// empty.
    LossResult forward(const Batch& batch, Mode mode, RecurrentState<T>& state,
                       std::span<const T> frames = {});
    /// Gradients of the last forward(train) or forward(probe) into parameters(); straight-through
    /// to latent weights.
    void backward(const BackwardOptions<T>& options = {});
    /// Layer l after a forward(train) or forward(probe), until backward() (nn/layer_trace.h). With
    /// recomputation after forward(probe) only.
    [[nodiscard]] LayerTrace<T> trace(int l) const;

    /// Logits of the last forward: [T*B, V] or [B, classes].
    [[nodiscard]] MatrixView<const T> logits() const;
    /// |dL/dh_t|, |dL/dc_t| of the last backward: [layer][t], 2-norm over the batch; total
    /// derivatives through every later step.
    [[nodiscard]] const std::vector<std::vector<double>>& hiddenGradientNorms() const;
    [[nodiscard]] const std::vector<std::vector<double>>& cellGradientNorms() const;
    /// States of the last forward, layer l: [T*B, H]; cell states only where it kept the window.
    [[nodiscard]] MatrixView<const T> hiddenStates(int l) const;
    [[nodiscard]] MatrixView<const T> cellStates(int l) const;

    /// Q(W) and the weight the products use (after weight norm), by parameter name; current.
    const Matrix<T>& quantizedWeight(const std::string& name);
    const Matrix<T>& effectiveWeight(const std::string& name);

    /// Starts / ends collecting a true average of the batch statistics over all steps
    /// (batch_shared).
    void beginStatisticsAverage();
    void endStatisticsAverage();

private:
    struct State;
    std::unique_ptr<State> m_state;
};

}  // namespace bitloom
