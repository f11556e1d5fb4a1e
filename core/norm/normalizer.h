#pragma once
// What every normalization answers. One method a file pair (norm/layer.h, .cpp); makeNormalizer()
// picks.
//
// A normalizer stands on one side (ih, hh or c) of one recurrent layer. Weight norm changes the
// matrix before the products; layer and batch norm change the pre-activations of a time step:
// y = gain x^ + shift with x^ the normalized x. The layer keeps x^ for the way back, or x where an
// LSTM's cell normalizes it.

#include <cstddef>
#include <memory>
#include <span>

#include "math/kernels.h"
#include "math/matrix.h"
#include "math/team.h"
#include "norm/config.h"

namespace bitloom {

/// Which statistics batch normalization divides by.
enum class Statistics {
    train,     ///< the batch's own; running statistics move
    running,   ///< the running ones
    batch,     ///< the batch's own; running statistics stay
    average,   ///< the average over all steps between beginAverage() and endAverage()
    per_step,  ///< the average of each time step there; steps beyond use the last
};

/// The batch's own, not stored ones.
inline bool isOwn(Statistics statistics) {
    return statistics == Statistics::train || statistics == Statistics::batch;
}

/// The tensors a normalizer works with; empty where the method has none.
template <class T>
struct NormalizerTensors {
    std::size_t gates = 1;          ///< G: layer norm works on each gate alone
    std::span<const T> gain;        ///< [G*H]
    std::span<const T> shift;       ///< [G*H]
    std::span<T> gainGradient;      ///< [G*H], added to
    std::span<T> shiftGradient;     ///< [G*H], added to
    MatrixView<T> runningMean;      ///< [1 | max_steps, G*H], batch norm
    MatrixView<T> runningVariance;  ///< same shape
};

/// Which rows of which time step a call is about.
struct NormalizerStep {
    std::size_t t = 0;
    Statistics statistics = Statistics::train;
    std::size_t member = 0;    ///< who calls: a member of `team` about its own rows
    std::size_t firstRow = 0;  ///< of these rows in the batch
    Team* team = nullptr;      ///< null: the caller has all rows
};

/// What a normalizer of inputs of one number (norm/scalar_input.h) takes from the recurrent side's
/// way back, which reads the same dy.
template <class T>
struct ScalarInputSums {
    MatrixView<const T> stretch{};  ///< s [R, 1], or [R, G]
    std::span<T> stretched{};       ///< [G*H]: of dy s over the rows; layer norm adds, batch norm
                                    ///< writes
};

template <class T>
class Normalizer {
public:
    virtual ~Normalizer() = default;

    /// Weight norm: the effective matrix differs from the quantized one.
    [[nodiscard]] virtual bool actsOnWeights() const { return false; }
    /// Layer and batch norm: forward() and backward() do something.
    [[nodiscard]] virtual bool actsOnActivations() const { return false; }
    /// Rows do not depend on each other (layer norm), so equal rows may share one normalization.
    [[nodiscard]] virtual bool isPerSample() const { return true; }

    /// effective = N(quantized), both [G*H, in].
    virtual void normalizeWeight(MatrixView<const T> quantized, MatrixView<T> effective) const;
    /// gradient [G*H, in]: of the effective matrix on entry, of the quantized one on exit; adds the
    /// gain's.
    virtual void weightBackward(MatrixView<const T> quantized, MatrixView<T> gradient);

    /// Before a pass over `steps` steps of `batch` rows, shared out to `members` of a team; keep =
    /// backward() will follow.
    virtual void begin(std::size_t steps, std::size_t batch, bool keep, std::size_t members);
    /// y [R, G*H] of x, R rows; xhat (may alias x) gets x^ when kept, else it is unspecified.
    /// y must not alias xhat; it may be empty: then xhat, always x^, is all that is asked for, and
    /// its reader has gain and shift to do. Every member of the team calls it at every step, in the
    /// same order: batch norm meets there. A step may be run a second time with Statistics::batch
    /// before its backward(), to the same results; all members meet before the direction changes.
    virtual void forward(const NormalizerStep& step, MatrixView<const T> x, MatrixView<T> xhat,
                         MatrixView<T> y);
    /// Forward for an LSTM's cell that normalizes x [R, 4H] as it reads it, in two: the first
    /// leaves what other members need, the second, with the same step and x, waits for theirs,
    /// works out what the cell needs and leaves that in `in`, which has no x^ then: batch norm
    /// replaces in.gainB, and in.bias, which must not be empty, by its own. x is kept for the way
    /// back instead of x^. Called as forward() is: by every member at every step, and maybe a
    /// second time.
    virtual void startMeasure(const NormalizerStep& step, MatrixView<const T> x);
    virtual void completeMeasure(const NormalizerStep& step, MatrixView<const T> x,
                                 kernels::GateInput<T>& in);
    /// The same for the step's way back, of `rows` rows, with the same `in`.
    virtual void recall(const NormalizerStep& step, std::size_t rows, kernels::GateInput<T>& in);
    /// Where that way back leaves its sums; without memory where they are not wanted.
    virtual kernels::GateSums<T> sumsOf(const NormalizerStep& step, std::size_t rows);
    /// backward() after the cell's, whose `in` (in.b is x) and `sums` it gets, in two: the first
    /// fills `input`, which may be empty, and leaves what other members need; the second, with the
    /// same step, dy, in.b and dx, waits for theirs. Layer norm writes dx in the first, batch norm
    /// in the second: where dx aliases dy, dy may be read in between under batch norm alone.
    virtual void startBackward(const NormalizerStep& step, MatrixView<const T> dy,
                               const kernels::GateInput<T>& in, const kernels::GateSums<T>& sums,
                               const ScalarInputSums<T>& input, MatrixView<T> dx);
    virtual void completeBackward(const NormalizerStep& step, MatrixView<const T> dy,
                                  const kernels::GateInput<T>& in, MatrixView<T> dx);
    /// dx of dy, all [R, G*H]; dx may alias dy.
    virtual void backward(const NormalizerStep& step, MatrixView<const T> dy,
                          MatrixView<const T> xhat, MatrixView<T> dx);
    /// After the last backward(): adds the gradients of gain and shift to the tensors.
    virtual void finishBackward();

    /// What the last pass with keep divided by, 1/sqrt(var + eps): layer norm [T*B, G], batch norm
    /// [T, G*H]; batch norm's means [T, G*H]; the gains [G*H]. Empty for other methods.
    [[nodiscard]] virtual MatrixView<const T> inverseDeviation() const { return {}; }
    [[nodiscard]] virtual MatrixView<const T> means() const { return {}; }
    [[nodiscard]] virtual std::span<const T> gain() const { return {}; }

    /// Collects batch statistics of every step from now on; endAverage() makes Statistics::average
    /// their mean and, when `intoRunning`, also writes that to the running statistics.
    virtual void beginAverage();
    virtual void endAverage(bool intoRunning);
    [[nodiscard]] virtual bool hasAverage() const { return false; }
};

/// The normalizer of `config` on one side of a layer. Throws InputError for an unknown method.
template <class T>
std::unique_ptr<Normalizer<T>> makeNormalizer(const NormalizationConfig& config,
                                              const NormalizerTensors<T>& tensors);

}  // namespace bitloom
