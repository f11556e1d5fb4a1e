#include "experiment/run_probe.h"

#include <memory>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "base/safetensors.h"
#include "experiment/run_data.h"
#include "experiment/run_folder.h"
#include "experiment/start.h"
#include "math/threads.h"
#include "probe/lyapunov_probe.h"
#include "probe/quantiles.h"
#include "train/checkpoint.h"
#include "train/evaluate.h"
#include "train/warm_start.h"

namespace bitloom {

namespace {

namespace fs = std::filesystem;

/// The weights of the run at the wanted moment.
struct Weights {
    Weights(const NetworkConfig& config, std::uint64_t seed) : network(config, seed) {}
    Network<float> network;
    ParameterSet<float> moments;
    std::int64_t step = 0;
};

std::int64_t stepOfWeights(const fs::path& file) {
    const Safetensors tensors = Safetensors::read(file);
    if (tensors.metadata().contains("training")) return readCheckpointState(file).step;
    return std::stoll(tensors.metadata("step"));
}

std::unique_ptr<Weights> loadRun(const fs::path& run, const Spec& spec, const std::string& at) {
    auto weights = std::make_unique<Weights>(spec.network, spec.training.seed);
    if (at == "initial") {
        weights->network.setStep(0);
        if (!spec.start.run.empty())
            warmStart(recordedStart(run, spec), weights->network, spec.training.seed,
                      weights->moments);
        return weights;
    }
    const fs::path file = run / (at == "best" ? "best.safetensors" : "checkpoint.safetensors");
    if (!fs::exists(file))
        throw InputError(utf8(run), {},
                         at == "best" ? "has no validated weights yet; train it, or take --at "
                                        "initial"
                                      : "has no checkpoint yet; train it, or take --at initial");
    loadWeights(file, weights->network, weights->moments);
    weights->step = stepOfWeights(file);
    return weights;
}

template <class T>
void copySet(const ParameterSet<float>& from, ParameterSet<T>& to) {
    for (const Parameter<float>& p : from) {
        Parameter<T>* target = to.find(p.name);
        if (!target) target = &to.add(p.name, p.shape, p.role, false);
        std::copy(p.value.begin(), p.value.end(), target->value.begin());
    }
}

/// Windows of the training split, state carried as training does.
template <class T>
class Windows {
public:
    Windows(const Dataset& dataset, const Spec& spec)
        : m_source(dataset.source(Split::train, {static_cast<std::size_t>(spec.training.batch),
                                                 static_cast<std::size_t>(spec.training.window),
                                                 spec.training.seed})) {}
    /// False at the end of the split.
    bool next() {
        if (!m_source->next(batch)) return false;
        if (batch.startsStreams) state = {};
        frames.clear();
        if constexpr (std::is_same_v<T, double>)
            frames.assign(batch.frames.begin(), batch.frames.end());
        return true;
    }
    void run(Network<T>& network) { network.forward(batch, Mode::probe, state, frames); }

    Batch batch;
    RecurrentState<T> state;
    std::vector<T> frames;  ///< of the twin; float reads the batch's own

private:
    std::unique_ptr<BatchSource> m_source;
};

template <class T>
ProbeRows measure(Network<T>& network, const Dataset& dataset, const Spec& spec,
                  const RunProbeOptions& options, std::int64_t step,
                  const ParameterSet<float>* start) {
    const FlushToZero guard;
    Windows<T> windows(dataset, spec);
    const auto advance = [&] {
        if (!windows.next())
            throw InputError("--windows", {},
                             "the training split has too few windows for --skip and --windows");
    };
    advance();
    for (int i = 0; i < options.skip; ++i) {
        windows.run(network);
        advance();
    }
    ProberOptions prober;
    prober.config = options.config;
    prober.spectralTolerance = 1e-6;
    const bool exponents = prober.config.has("lyapunov");
    std::erase(prober.config.groups, "lyapunov");
    Prober<T> one(spec.network, spec.training.seed, prober);
    if (start) {
        ParameterSet<T> gains;
        copySet(*start, gains);
        one.setStartGains(gains);
    }
    ProbeRows rows = one.probe(network, windows.batch, windows.state, step, windows.frames);
    const std::size_t state =
        static_cast<std::size_t>(spec.network.hidden) * (spec.network.cell == Cell::lstm ? 2 : 1);
    const bool whole = options.batchNorm == BatchNormJacobian::whole &&
                       spec.network.normalization.method.starts_with("batch_");
    LyapunovProbeOptions lyapunov;
    lyapunov.exponents = options.fullSpectrum
                             ? state * (whole ? windows.batch.size : 1)
                             : static_cast<std::size_t>(std::max(0, options.config.exponents));
    if (!exponents || lyapunov.exponents == 0) return rows;
    lyapunov.samples =
        whole ? spread(windows.batch.size, windows.batch.size) : rows.gradients.samples;
    lyapunov.warmup = options.windows > 1 ? windows.batch.steps : windows.batch.steps / 5;
    lyapunov.batchNorm = options.batchNorm;
    lyapunov.seed = spec.training.seed;
    LyapunovProbe<T> probe(lyapunov);
    for (int i = 0; i < options.windows; ++i) {
        if (i > 0) advance();
        windows.run(network);
        probe.follow(network);
    }
    rows.lyapunov = probe.row(step);
    return rows;
}

void checkOptions(const RunProbeOptions& options) {
    if (options.at != "initial" && options.at != "best" && options.at != "last")
        throw InputError("--at", options.at, "expected initial, best or last");
    if (options.windows < 1) throw InputError("--windows", {}, "expected at least 1");
    if (options.skip < 0) throw InputError("--skip", {}, "expected 0 or more");
}

}  // namespace

RunProbe probeRun(const fs::path& run, const RunProbeOptions& options) {
    checkOptions(options);
    std::error_code failure;
    if (!fs::exists(run / "spec.json", failure))
        throw InputError(utf8(run), {}, "is not a run folder: it has no spec.json");
    const Spec spec = readRunSpec(run);
    setThreads(options.threads.value_or(spec.training.threads));
    const auto dataset = openDataset(spec.dataset);
    checkDataset(run, dataset->info());
    const std::unique_ptr<Weights> weights = loadRun(run, spec, options.at);
    // The gains of a run that took another's weights began where those ended.
    std::unique_ptr<Weights> start;
    if (!spec.start.run.empty()) start = loadRun(run, spec, "initial");
    const ParameterSet<float>* gains =
        start ? &std::as_const(start->network).parameters() : nullptr;
    if (options.progress) options.progress("probes of one training batch");
    RunProbe result;
    result.step = weights->step;
    result.cell = spec.network.cell;
    result.metric = dataset->info().metric;
    if (options.useDouble) {
        Network<double> twin(spec.network, spec.training.seed);
        ParameterSet<double> moments;
        copySet(std::as_const(weights->network).parameters(), twin.parameters());
        copySet(weights->network.statistics(), twin.statistics());
        copySet(weights->moments, moments);
        if (moments.size() > 0) twin.setSecondMoments(&moments);
        twin.setStep(static_cast<std::uint64_t>(weights->step));
        twin.weightsChanged();
        result.rows = measure(twin, *dataset, spec, options, weights->step, gains);
    } else {
        result.rows = measure(weights->network, *dataset, spec, options, weights->step, gains);
    }
    if (!options.evaluate) return result;
    EvaluationOptions evaluation;
    evaluation.batch = static_cast<std::size_t>(
        spec.training.evaluationBatch > 0 ? spec.training.evaluationBatch : spec.training.batch);
    evaluation.trainingBatch = static_cast<std::size_t>(spec.training.batch);
    evaluation.window = static_cast<std::size_t>(spec.training.window);
    evaluation.limit = options.evaluationLimit;
    evaluation.seed = spec.training.seed;
    evaluation.perStep = true;
    if (options.progress)
        evaluation.progress = [&](std::string_view kind, std::int64_t done, std::int64_t all) {
            options.progress(std::string(*options.evaluate == Split::test ? "test" : "validation") +
                             " with " + std::string(kind) + ", " + std::to_string(done) + " of " +
                             std::to_string(all) + " batches");
        };
    result.evaluation = evaluate(weights->network, *dataset, *options.evaluate, evaluation);
    return result;
}

}  // namespace bitloom
