#include "train/trainer.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "math/threads.h"
#include "quant/quantizer.h"
#include "train/clip.h"
#include "train/metric.h"
#include "train/sampler.h"

namespace bitloom {
namespace {

// A crash costs at most this much work, however long a pass is.
constexpr std::chrono::minutes k_longestWithoutCheckpoint{5};

double secondsBetween(std::chrono::steady_clock::time_point first,
                      std::chrono::steady_clock::time_point last) {
    return std::chrono::duration<double>(last - first).count();
}

/// Adds the time it lives to a sum.
class Timed {
public:
    explicit Timed(double& seconds)
        : m_seconds(seconds), m_start(std::chrono::steady_clock::now()) {}
    ~Timed() { m_seconds += secondsBetween(m_start, std::chrono::steady_clock::now()); }
    Timed(const Timed&) = delete;
    Timed& operator=(const Timed&) = delete;

private:
    double& m_seconds;
    std::chrono::steady_clock::time_point m_start;
};

/// Numbers of some parameters: copied, and later put back or exchanged for others. Not the buffers
/// themselves, which the network's parts refer to.
class Copied {
public:
    Copied(ParameterSet<float>& set, Buffer<float> Parameter<float>::*what)
        : m_set(set), m_what(what) {
        for (const Parameter<float>& p : set) m_kept.push_back({p.*what, p.gradientRows});
    }
    void exchange() {
        auto kept = m_kept.begin();
        for (Parameter<float>& p : m_set) {
            std::ranges::swap_ranges(p.*m_what, kept->numbers);
            std::swap(p.gradientRows, kept->rows);
            ++kept;
        }
    }

private:
    ParameterSet<float>& m_set;
    Buffer<float> Parameter<float>::*m_what;
    struct Kept {
        Buffer<float> numbers;
        std::vector<std::int32_t> rows;  ///< of a gradient
    };
    std::vector<Kept> m_kept;
};

}  // namespace

/// What a step starts from, for a probe that comes after its gradients.
struct Trainer::StepStart {
    RecurrentState<float> carried;
    Copied statistics;
};

Trainer::Trainer(Network<float>& network, std::shared_ptr<const Dataset> dataset,
                 const TrainingConfig& config, TrainerOptions options, TrainingObserver& observer)
    : m_network(network),
      m_dataset(std::move(dataset)),
      m_config(config),
      m_options(std::move(options)),
      m_observer(observer),
      m_schedule(config.schedule, config.learningRate, config.epochs),
      m_watch(m_dataset->info().outputs),
      m_started(Clock::now()),
      m_checkpointed(m_started) {
    m_source = m_dataset->source(
        Split::train, {static_cast<std::size_t>(std::max(1, config.batch)),
                       static_cast<std::size_t>(std::max(1, config.window)), config.seed});
    if (m_source->batchesPerPass() < 1)
        throw InputError({}, "training.batch",
                         "the training split is smaller than one batch; take a smaller batch");
    const std::optional<Precision> precision = precisionFromName(config.precision);
    if (!precision)
        throw InputError({}, "training.precision",
                         "'" + config.precision + "' is not known; use fp32 or bf16");
    m_network.setPrecision(*precision);
    m_network.setRecompute(static_cast<std::size_t>(std::max(0, config.recompute)));
    const auto quantizer = makeQuantizer<float>(network.config().quantizer);
    m_needsMoments = quantizer && quantizer->usesSecondMoment();
    m_optimizer = makeOptimizer(config, std::as_const(network).parameters(), m_needsMoments);
}

void Trainer::resume() {
    loadCheckpoint(m_options.checkpoint,
                   {m_network, *m_optimizer, m_carried, m_state, m_options.startMoments});
    if (m_state.position >= m_source->batchesPerPass())
        throw InputError(utf8(m_options.checkpoint), "position", "lies outside this dataset");
    m_schedule.setMultiplier(m_state.rateMultiplier);
    m_watch.setRun(m_state.stepsAboveLimit);
    m_reportedTokens = m_state.tokens;
    m_validatedStart = m_state.step > 0 || m_state.last.has_value();
    if (m_needsMoments && m_state.step > 0)
        m_network.setSecondMoments(m_optimizer->secondMoments());
    // The checkpoint goes to the disk before best.safetensors: when a crash fell between the two,
    // these are the best weights and the file is written now.
    if (m_state.best && m_state.bestStep == m_state.step && !m_options.best.empty())
        bestFile().write();
}

std::int64_t Trainer::stepsPerEpoch() const {
    return m_source->batchesPerPass();
}

std::int64_t Trainer::totalSteps() const {
    const std::int64_t pass = m_source->batchesPerPass();
    // Steps that were made are not taken back by a lower total.
    const auto least = [this](std::int64_t total) { return std::max(total, m_state.step); };
    // An extension in one unit alone lifts the limit the spec had in the other.
    if (m_state.userEpochs && m_state.userSteps)
        return least(std::min(*m_state.userEpochs * pass, *m_state.userSteps));
    if (m_state.userEpochs) return least(*m_state.userEpochs * pass);
    if (m_state.userSteps) return least(*m_state.userSteps);
    return std::min(m_config.epochs * pass,
                    m_config.steps.value_or(std::numeric_limits<std::int64_t>::max()));
}

int Trainer::totalEpochs() const {
    const std::int64_t pass = m_source->batchesPerPass();
    return static_cast<int>((totalSteps() + pass - 1) / pass);
}

double Trainer::seconds() const {
    return m_options.secondsBefore + secondsBetween(m_started, Clock::now()) - m_pausedSeconds;
}

EvaluationOptions Trainer::evaluationOptions(std::int64_t limit) const {
    EvaluationOptions options;
    options.batch = static_cast<std::size_t>(m_config.evaluationBatch > 0 ? m_config.evaluationBatch
                                                                          : m_config.batch);
    options.window = static_cast<std::size_t>(m_config.window);
    options.trainingBatch = static_cast<std::size_t>(m_config.batch);
    options.limit = limit;
    options.seed = m_config.seed;
    options.interrupted = [this] { return m_observer.control().command == Control::Command::stop; };
    return options;
}

TrainingEnd Trainer::run() {
    setThreads(m_config.threads);
    const FlushToZero guard;
    const std::int64_t pass = m_source->batchesPerPass();
    // Weights from elsewhere have a value of their own; a run of no steps is nothing but that.
    const bool first = m_state.step == 0 && !m_validatedStart;
    if (first && (m_options.warmStart || totalSteps() == 0)) m_state.validationDue = true;
    // A stop may have interrupted the validation of the last step.
    if (m_state.validationDue && !settle(true)) return finish(TrainingEnd::Kind::stopped, {});
    bool ended = m_state.step >= totalSteps();
    bool validated = false;
    if (!obey() && m_state.step < totalSteps()) return finish(TrainingEnd::Kind::stopped, {});
    while (m_state.step < totalSteps()) {
        if (const std::string reason = trainStep(); !reason.empty()) {
            const std::string message = reason + " at step " + std::to_string(m_state.step + 1);
            finishWriting();
            m_observer.onEvent(m_state.step + 1, "diverged",
                               nlohmann::json{{"reason", reason}}.dump());
            return finish(TrainingEnd::Kind::diverged, message);
        }
        const bool passEnded = m_state.position == pass;
        if (passEnded) {
            ++m_state.epoch;
            m_state.position = 0;
            m_carried = {};
        }
        ended = m_state.step >= totalSteps();
        const bool due =
            m_config.validateEvery > 0 ? m_state.step % m_config.validateEvery == 0 : passEnded;
        validated = due || ended;
        m_state.validationDue = validated;
        const bool write =
            m_config.checkpointEvery > 0 ? m_state.step % m_config.checkpointEvery == 0 : due;
        if (!settle(write || ended)) return finish(TrainingEnd::Kind::stopped, {});
        if (!obey() && m_state.step < totalSteps()) return finish(TrainingEnd::Kind::stopped, {});
    }
    // A wish that lowered the total made this the last step after it had been settled as any other.
    if (!ended) {
        m_state.validationDue = !validated;
        if (!settle(true)) return finish(TrainingEnd::Kind::stopped, {});
    }
    return finish(TrainingEnd::Kind::finished, {});
}

/// What is due between two steps: validation and checkpoint. False if a stop interrupted it.
bool Trainer::settle(bool write) {
    constexpr std::chrono::seconds now{0};
    if (m_writing.valid() && m_writing.wait_for(now) == std::future_status::ready) finishWriting();
    if (m_state.validationDue && !validate()) return false;
    m_state.validationDue = false;
    if (write || m_newBest || Clock::now() - m_checkpointed > k_longestWithoutCheckpoint)
        writeCheckpoint();
    return true;
}

/// One update. Returns why the run diverged, empty if it did not; the weights are then untouched.
std::string Trainer::trainStep() {
    {
        const Timed timed(m_times.data);
        m_source->seek(m_state.epoch, m_state.position);
        if (!m_source->next(m_batch))
            throw WorkError("the training data ended in the middle of a pass");
    }
    if (m_batch.startsStreams) m_carried = {};
    m_network.setStep(static_cast<std::uint64_t>(m_state.step));
    const std::int64_t next = m_state.step + 1;
    std::optional<StepStart> probed;
    if (m_options.probeEvery > 0 && (next == 1 || next % m_options.probeEvery == 0))
        probed.emplace(m_carried, Copied(m_network.statistics(), &Parameter<float>::value));
    auto start = Clock::now();
    const auto spend = [&] {
        const double spent = secondsBetween(start, Clock::now());
        m_stepSeconds += spent;
        m_times.steps += spent;
    };
    const LossResult result = m_network.forward(m_batch, Mode::train, m_carried);
    m_network.backward();
    const double norm = globalGradientNorm(m_network.parameters());
    const double rate = m_schedule.rate(m_state.epoch);
    const std::string reason = m_watch.look(result.nats, norm);
    m_state.stepsAboveLimit = m_watch.run();
    if (!reason.empty()) {
        m_observer.onStep(
            {next, m_state.epoch, result.nats, norm, rate, m_state.tokens, seconds(), 0});
        if (probed) probe(next, *probed);
        return reason;
    }
    const int epoch = m_state.epoch;
    m_state.step = next;
    ++m_state.position;
    m_state.tokens += static_cast<std::int64_t>(m_batch.steps * m_batch.size);
    m_state.lossSum += result.nats;
    ++m_state.lossCount;
    // The step's numbers first: a probe takes as long as several steps.
    if (probed) {
        spend();
        report(epoch, norm, rate);
        probe(next, *probed);
        start = Clock::now();
    }
    m_optimizer->step(m_network.parameters(), rate, clipFactor(norm, m_config.clipNorm));
    if (m_config.clipLatent) clipLatentWeights(m_network.parameters());
    // Before the first update v is 1 everywhere; from here on it is the accumulator.
    if (m_needsMoments && next == 1) m_network.setSecondMoments(m_optimizer->secondMoments());
    m_network.weightsChanged();
    spend();
    if (!probed) report(epoch, norm, rate);
    return {};
}

/// Tells of the steps since the last report, if it is time.
void Trainer::report(int epoch, double norm, double rate) {
    const int every = std::max(1, m_config.reportEvery);
    if (m_state.step != 1 && m_state.step % every != 0 && m_state.step < totalSteps()) return;
    const double speed =
        static_cast<double>(m_state.tokens - m_reportedTokens) / std::max(m_stepSeconds, 1e-9);
    const Timed timed(m_times.reports);
    m_observer.onStep({m_state.step, epoch,
                       m_state.lossSum / static_cast<double>(m_state.lossCount), norm, rate,
                       m_state.tokens, seconds(), speed});
    m_state.lossSum = 0;
    m_state.lossCount = 0;
    m_reportedTokens = m_state.tokens;
    m_stepSeconds = 0;
}

/// Has the network looked at as the step found it; the step's gradients are there again after it.
void Trainer::probe(std::int64_t step, StepStart& start) {
    const Timed timed(m_times.probes);
    Copied gradients(m_network.parameters(), &Parameter<float>::gradient);
    start.statistics.exchange();
    m_observer.onProbe({step, m_network, m_batch, start.carried});
    start.statistics.exchange();
    gradients.exchange();
}

/// False if a stop interrupted it; nothing has been reported then.
bool Trainer::validate() {
    const Timed timed(m_times.validation);
    m_network.setStep(static_cast<std::uint64_t>(m_state.step));
    const std::optional<Evaluation> evaluation =
        evaluate(m_network, *m_dataset, Split::valid, evaluationOptions(m_config.evaluationLimit));
    if (!evaluation) return false;
    const Evaluation& result = *evaluation;
    // The pass that was just trained on: the counter is ahead of it when the pass has ended.
    const int epoch = m_state.position == 0 ? std::max(0, m_state.epoch - 1) : m_state.epoch;
    const DatasetInfo& info = m_dataset->info();
    const bool best = isBetter(info.metric, result.value, m_state.best.value_or(std::nan("")));
    m_schedule.validated(best);
    m_state.rateMultiplier = m_schedule.multiplier();
    m_state.last = std::isfinite(result.value) ? std::optional(result.value) : std::nullopt;
    if (best) {
        m_state.best = result.value;
        m_state.bestStep = m_state.step;
        m_newBest = true;
    }
    m_observer.onValidation(m_state.step, epoch, result, best);
    if (info.task != Task::language_model || m_config.sampleLength <= 0 ||
        !std::isfinite(result.loss))
        return true;
    SampleOptions options;
    options.length = m_config.sampleLength;
    options.seed = m_config.seed;
    options.stream = static_cast<std::uint64_t>(m_state.step);
    m_observer.onSample(m_state.step, sampleText(m_network, *m_dataset, options));
    return true;
}

void Trainer::writeCheckpoint() {
    finishWriting();
    const Timed timed(m_times.checkpoints);
    m_checkpointed = Clock::now();
    std::vector<WeightsFile> files;
    std::filesystem::path copy;
    std::string words;
    if (!m_options.checkpoint.empty()) {
        m_state.record = m_observer.recordPosition();
        files.push_back(checkpointFile(
            m_options.checkpoint,
            {m_network, *m_optimizer, m_carried, m_state, m_options.startMoments}, m_options.spec));
        copy = m_options.checkpoint;
        copy.replace_extension(".json");
        words = trainingStateJson(m_state, seconds()) + "\n";
    }
    // After the checkpoint: a crash between the two leaves one that knows it is the best.
    if (m_newBest && !m_options.best.empty()) files.push_back(bestFile());
    m_newBest = false;
    if (files.empty()) return;
    CopiedTensors copies;
    for (WeightsFile& file : files) copies.take(file);
    m_writtenStep = m_state.step;
    m_writing = std::async(std::launch::async, [&observer = m_observer, files = std::move(files),
                                                copies = std::move(copies), copy, words] {
        observer.syncRecord();
        for (const WeightsFile& file : files) {
            file.write();
            if (&file == &files.front() && !copy.empty()) writeFileAtomically(copy, words);
        }
    });
}

void Trainer::finishWriting() {
    if (!m_writing.valid()) return;
    const Timed timed(m_times.checkpoints);
    m_writing.get();
    if (!m_options.checkpoint.empty()) m_observer.onEvent(m_writtenStep, "checkpointed", "{}");
}

WeightsFile Trainer::bestFile() {
    const ParameterSet<float>* moments =
        m_state.bestStep > 0 ? m_optimizer->secondMoments() : m_options.startMoments;
    return weightsFile(m_options.best, m_network, m_needsMoments ? moments : nullptr,
                       {{"spec", m_options.spec},
                        {"step", std::to_string(m_state.bestStep)},
                        {"metric", m_dataset->info().metric},
                        {"value", nlohmann::json(m_state.best.value_or(0)).dump()}});
}

TrainingEnd Trainer::finish(TrainingEnd::Kind kind, std::string message) {
    TrainingEnd end{kind, std::move(message), std::nullopt};
    if (kind == TrainingEnd::Kind::stopped) writeCheckpoint();
    finishWriting();
    if (kind == TrainingEnd::Kind::stopped) return end;
    // Without a finite validation there are no weights worth a test.
    if (!m_state.best) return end;
    if (!m_options.best.empty()) loadWeights(m_options.best, m_network, m_bestMoments);
    EvaluationOptions options = evaluationOptions(0);
    options.perStep = true;
    end.test = evaluate(m_network, *m_dataset, Split::test, options);
    if (end.test)
        m_observer.onTest(m_state.step, *end.test);
    else if (kind == TrainingEnd::Kind::finished)
        end.kind = TrainingEnd::Kind::stopped;  // the last checkpoint holds all but the test
    return end;
}

}  // namespace bitloom
