#pragma once
// What the training loop reports and what it may be told. The loop calls these at step boundaries,
// on its own thread; experiment/worker turns them into the run folder.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bitloom {

struct Batch;
template <class T>
class Network;
template <class T>
struct RecurrentState;

struct StepReport {
    std::int64_t step = 0;    ///< 1-based
    int epoch = 0;            ///< 0-based
    double loss = 0;          ///< nats a target (or mean squared error), mean since the last report
    double gradientNorm = 0;  ///< global norm before clipping, of the last step
    double learningRate = 0;
    std::int64_t tokens = 0;     ///< trained on so far
    double seconds = 0;          ///< training time so far, resumed parts included
    double tokensPerSecond = 0;  ///< since the last report; a probed step's update counts later
};

/// One pass over a split. Value in the dataset's metric; loss in nats (or mean squared error).
struct Evaluation {
    double loss = 0;
    double value = 0;  ///< bits per character | perplexity | accuracy (0..1) | mse
    std::optional<double>
        batchStatistics;                ///< value with batch statistics (batch normalization only)
    std::optional<double> trueAverage;  ///< value with one statistic averaged over all steps
    std::optional<double> perStep;      ///< value with an average for each time step
};

/// A step before its update: its batch, the state it starts from and the network as it found it.
/// The step has been reported if that was due.
struct ProbeMoment {
    std::int64_t step = 0;  ///< 1-based: of this step
    Network<float>& network;
    const Batch& batch;
    const RecurrentState<float>& start;
};

/// What the user wants at this step boundary.
struct Control {
    enum class Command { run, pause, stop };
    Command command = Command::run;
    std::optional<double> learningRate;  ///< set: replaces the schedule's base rate from here on
    std::int64_t stepRequests = 0;      ///< counter; each increment lets one step pass while paused
    std::optional<int> epochs;          ///< extended total
    std::optional<std::int64_t> steps;  ///< extended total
};

class TrainingObserver {
public:
    virtual ~TrainingObserver() = default;
    virtual void onStep(const StepReport& report) = 0;
    virtual void onValidation(std::int64_t step, int epoch, const Evaluation& result,
                              bool best) = 0;
    virtual void onTest(std::int64_t step, const Evaluation& result) = 0;
    virtual void onSample(std::int64_t step, const std::string& text) = 0;
    /// Called between the step's gradients and its update, a diverging step's too. May run the
    /// network on the batch in Mode::probe and back: the trainer puts the gradients back after it;
    /// must not touch anything else of it.
    virtual void onProbe(const ProbeMoment& moment) = 0;
    /// name: learning_rate_changed, paused, continued, checkpointed, diverged, extended ...;
    /// details as JSON text {}.
    virtual void onEvent(std::int64_t step, const std::string& name,
                         const std::string& details) = 0;
    /// JSON text kept in the checkpoint that is about to be written: where the record of the run
    /// stands (lines written so far).
    virtual std::string recordPosition() { return "{}"; }
    /// Called on another thread, beside other calls, before that checkpoint goes to the disk: what
    /// was reported before recordPosition() is on the disk when this returns.
    virtual void syncRecord() {}
    /// Read before each step and, while paused, about 20 times a second.
    virtual Control control() = 0;
};

}  // namespace bitloom
