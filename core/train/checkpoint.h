#pragma once
// What a run leaves on the disk: checkpoint.safetensors with everything a bit-exact resume needs,
// and best.safetensors with the weights that validated best.
//
// A checkpoint holds parameters and running statistics under their own names, the optimizer's
// moments as "adam.m/NAME", the carried states as "state.h/LAYER", and in its metadata the spec,
// the counters (TrainingState) and a digest over all of it. It holds no times and no byte counts of
// files that hold times, so that a run killed and resumed ends with the same bytes as one never
// interrupted. The .json beside it is a copy to read; nothing is read back from it.

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/safetensors.h"
#include "nn/network.h"
#include "train/optimizer.h"

namespace bitloom {

/// The counters of a run between two steps.
struct TrainingState {
    std::int64_t step = 0;      ///< updates made
    int epoch = 0;              ///< passes finished
    std::int64_t position = 0;  ///< batches of this pass trained on
    std::int64_t tokens = 0;
    double rateMultiplier = 1;       ///< Schedule::multiplier()
    std::optional<double> userRate;  ///< the last learning rate the user set
    std::optional<int> userEpochs;   ///< extended totals
    std::optional<std::int64_t> userSteps;
    int stepsAboveLimit = 0;     ///< DivergenceWatch::run()
    std::optional<double> best;  ///< validation, in the dataset's metric
    std::int64_t bestStep = 0;
    std::optional<double> last;
    bool validationDue = false;  ///< a stop interrupted the validation of this step
    double lossSum = 0;          ///< since the last report
    std::int64_t lossCount = 0;
    std::string record = "{}";  ///< the observer's own JSON: lines written so far
    bool operator==(const TrainingState&) const = default;
};

/// Everything that goes into a checkpoint; references, nothing is owned.
struct TrainingParts {
    Network<float>& network;
    Optimizer<float>& optimizer;
    RecurrentState<float>& carried;
    TrainingState& state;
    /// Second moments a loss-aware quantizer works with until the first update
    /// (train/warm_start.h); may be null. Written, not restored: a resumed run has them from its
    /// start again.
    const ParameterSet<float>* startMoments = nullptr;
};

/// A file of tensors that is about to be written. Its tensors are views of memory in use until
/// CopiedTensors takes them.
struct WeightsFile {
    std::filesystem::path path;
    std::vector<TensorToWrite> tensors;
    TensorMetadata metadata;

    /// Writes it atomically with its digest. Throws WorkError (full disk).
    void write() const;
};

/// Memory of its own for the tensors of files that are written while the training goes on. Two
/// files that hold the same tensor share its copy.
class CopiedTensors {
public:
    /// Copies the tensors of `file`, which then refers to the copies alone.
    void take(WeightsFile& file);

private:
    std::map<const float*, std::vector<float>> m_copies;  ///< by where they were
};

/// What saveCheckpoint() and saveWeights() write.
WeightsFile checkpointFile(const std::filesystem::path& path, const TrainingParts& parts,
                           const std::string& spec);
WeightsFile weightsFile(const std::filesystem::path& path, Network<float>& network,
                        const ParameterSet<float>* moments,
                        const std::map<std::string, std::string>& metadata);

/// Writes PATH atomically. `spec` is kept as metadata so that the file explains itself.
/// Throws WorkError (full disk).
void saveCheckpoint(const std::filesystem::path& path, const TrainingParts& parts,
                    const std::string& spec);

/// Restores all parts. Throws InputError, naming the file, if it is damaged or belongs to another
/// network or optimizer; the parts are then in no useful state.
void loadCheckpoint(const std::filesystem::path& path, const TrainingParts& parts);

/// Only the counters, checked by the digest.
TrainingState readCheckpointState(const std::filesystem::path& path);

/// The counters as JSON text (the readable copy adds `seconds`).
std::string trainingStateJson(const TrainingState& state, std::optional<double> seconds);

/// Parameters, running statistics and, for loss-aware quantizers, the second moments that Q(W)
/// depends on (nullptr otherwise). `metadata` is added: "spec", "step", "value" ...
void saveWeights(const std::filesystem::path& path, Network<float>& network,
                 const ParameterSet<float>* moments,
                 const std::map<std::string, std::string>& metadata);
/// Loads best.safetensors or checkpoint.safetensors to evaluate with: the network's step becomes
/// the file's, so that stochastic quantizers draw what was validated. `moments` must be empty,
/// receives the second moments if the quantizer looks at them, and must outlive the network's use
/// of them. Throws InputError as loadCheckpoint().
void loadWeights(const std::filesystem::path& path, Network<float>& network,
                 ParameterSet<float>& moments);

}  // namespace bitloom
