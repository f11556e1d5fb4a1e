#pragma once
// The training loop: stateful truncated backpropagation through time for streams, passes over
// shuffled sequences for the rest, validation, checkpoints, divergence, and the user's wishes at
// step boundaries.
//
// Within a pass the recurrent state of a window is the start of the next one, detached; a pass
// starts from the initial state. A step is forward, backward, clipping (train/clip.h) and update.
// Everything drawn depends on (seed, step) alone, so with one thread a run resumed from its
// checkpoint continues bit for bit.
//
// Checkpoints are written by a thread of their own from copies, one at a time, while the training
// goes on; "checkpointed" is reported at the first step boundary after they are on the disk. Pause,
// stop and the end wait for them.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <future>
#include <memory>
#include <optional>
#include <string>

#include "data/dataset.h"
#include "nn/network.h"
#include "train/checkpoint.h"
#include "train/config.h"
#include "train/divergence.h"
#include "train/evaluate.h"
#include "train/observer.h"
#include "train/optimizer.h"
#include "train/schedule.h"

namespace bitloom {

struct TrainerOptions {
    std::filesystem::path
        checkpoint;              ///< checkpoint.safetensors (+ .json); empty = none is written
    std::filesystem::path best;  ///< best.safetensors; empty = the test uses the last weights
    std::string spec;            ///< kept in both files
    int probeEvery = 0;          ///< steps between probes (and at step 1); 0 = never
    double secondsBefore = 0;    ///< training time of the parts before a resume
    /// The weights come from elsewhere: they are validated before the first step too.
    bool warmStart = false;
    /// Second moments they were quantized with; loss-aware quantizers use them until the first
    /// update. May be null; must outlive the trainer.
    const ParameterSet<float>* startMoments = nullptr;
};

struct TrainingEnd {
    enum class Kind { finished, stopped, diverged };
    Kind kind = Kind::finished;
    std::string message;             ///< diverged: reason and step
    std::optional<Evaluation> test;  ///< with the best weights; not after a stop
};

/// Whether the wishes extend (or shorten) a run beyond what `state` was told already: the totals
/// they give, in epochs, steps or both, replace those of an earlier extension.
bool asksForOtherTotal(const Control& control, const TrainingState& state);

/// Where the training thread's time went, in seconds, of this execution.
struct TrainingTimes {
    double data = 0;         ///< making batches
    double steps = 0;        ///< forward, backward, update
    double probes = 0;       ///< probes
    double reports = 0;      ///< telling the observer of steps (metrics.jsonl)
    double validation = 0;   ///< validations and samples
    double checkpoints = 0;  ///< copying checkpoints and best weights, and waiting for the disk
};

/// Runs on the calling thread; reports to the observer on it (but TrainingObserver::syncRecord()).
class Trainer {
public:
    /// `network` must outlive the trainer. Throws InputError for a dataset that cannot be batched
    /// so.
    Trainer(Network<float>& network, std::shared_ptr<const Dataset> dataset,
            const TrainingConfig& config, TrainerOptions options, TrainingObserver& observer);

    /// Continues from options.checkpoint. Throws InputError.
    void resume();
    /// Trains to the end, a stop or divergence; once. After an end with a test the network holds
    /// the best weights. Throws what the observer and the disk throw. The network must not be used
    /// after the trainer is gone if its quantizer is loss-aware: it reads second moments kept here.
    TrainingEnd run();

    [[nodiscard]] const TrainingState& state() const { return m_state; }
    /// Of a whole pass over the training data.
    [[nodiscard]] std::int64_t stepsPerEpoch() const;
    /// Steps the run will have made at its end, as extended so far.
    [[nodiscard]] std::int64_t totalSteps() const;
    /// Passes that makes, rounded up.
    [[nodiscard]] int totalEpochs() const;
    /// Training time so far in seconds: pauses excluded, resumed parts included.
    [[nodiscard]] double seconds() const;
    [[nodiscard]] const TrainingTimes& times() const { return m_times; }

private:
    using Clock = std::chrono::steady_clock;

    bool obey();
    void applyWishes(const Control& control);
    struct StepStart;
    std::string trainStep();
    void report(int epoch, double norm, double rate);
    void probe(std::int64_t step, StepStart& start);
    bool validate();
    bool settle(bool write);
    /// Copies what belongs into the files and has them written beside the training.
    void writeCheckpoint();
    /// Waits for files that are being written. Throws what kept them from the disk.
    void finishWriting();
    [[nodiscard]] WeightsFile bestFile();
    TrainingEnd finish(TrainingEnd::Kind kind, std::string message);
    [[nodiscard]] EvaluationOptions evaluationOptions(std::int64_t limit) const;

    Network<float>& m_network;
    std::shared_ptr<const Dataset> m_dataset;
    TrainingConfig m_config;
    TrainerOptions m_options;
    TrainingObserver& m_observer;
    std::unique_ptr<BatchSource> m_source;
    std::unique_ptr<Optimizer<float>> m_optimizer;
    Schedule m_schedule;
    DivergenceWatch m_watch;
    RecurrentState<float> m_carried;
    TrainingState m_state;
    ParameterSet<float> m_bestMoments;  ///< of the weights the test is made with
    Batch m_batch;
    bool m_needsMoments = false;
    bool m_newBest = false;
    bool m_paused = false;
    bool m_validatedStart = false;  ///< the checkpoint has a validation, of its start at least
    std::optional<std::int64_t> m_seenRequests;
    Clock::time_point m_started;
    Clock::time_point m_checkpointed;
    double m_pausedSeconds = 0;
    TrainingTimes m_times;
    double m_stepSeconds = 0;  ///< spent in steps since the last report
    std::int64_t m_reportedTokens = 0;
    std::int64_t m_writtenStep = 0;
    /// Last, so that it is waited for first: files on their way to the disk.
    std::future<void> m_writing;
};

}  // namespace bitloom
