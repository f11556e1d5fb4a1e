#include "experiment/worker.h"

#include <unistd.h>

#include <exception>
#include <new>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "experiment/control_file.h"
#include "experiment/heartbeat.h"
#include "experiment/memory.h"
#include "experiment/probe_signs.h"
#include "experiment/run_data.h"
#include "experiment/run_lock.h"
#include "experiment/run_record.h"
#include "experiment/start.h"
#include "experiment/stop_signals.h"
#include "math/threads.h"
#include "train/trainer.h"
#include "train/warm_start.h"

namespace bitloom {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// Turns what the loop reports into the run folder.
class FolderObserver final : public TrainingObserver {
public:
    /// @param prober null if the run has no probes.
    FolderObserver(ControlFile& control, RunRecord& record, Heartbeat& heartbeat,
                   const WorkerOptions& options, Prober<float>* prober, ProbeSigns& signs)
        : m_control(control),
          m_record(record),
          m_heartbeat(heartbeat),
          m_options(options),
          m_prober(prober),
          m_signs(signs) {}

    void follow(const Trainer& trainer) { m_trainer = &trainer; }

    void onStep(const StepReport& report) override {
        MetricRow row;
        row.kind = MetricRow::Kind::train;
        row.step = report.step;
        row.epoch = report.epoch;
        row.loss = report.loss;
        row.gradientNorm = report.gradientNorm;
        row.learningRate = report.learningRate;
        row.seconds = report.seconds;
        row.tokensPerSecond = report.tokensPerSecond;
        write(row, report.tokens);
        if (report.tokensPerSecond > 0) {
            const auto tokens = static_cast<double>(report.tokens - m_tokens);
            if (m_tokens > 0 || m_speedTokens == 0) {
                m_speedTokens += tokens;
                m_speedSeconds += tokens / report.tokensPerSecond;
            }
        }
        m_tokens = report.tokens;
        m_heartbeat.update([&](RunSummary& summary) {
            summary.step = report.step;
            summary.epoch = report.epoch;
            summary.trainLoss = report.loss;
            summary.seconds = report.seconds;
            if (m_speedSeconds > 0) summary.tokensPerSecond = m_speedTokens / m_speedSeconds;
        });
    }

    void onValidation(std::int64_t step, int epoch, const Evaluation& result, bool best) override {
        MetricRow row = evaluationRow(MetricRow::Kind::valid, step, epoch, result);
        row.best = best;
        write(row, 0);
        m_heartbeat.update([&](RunSummary& summary) {
            summary.last = result.value;
            summary.validBatchStatistics = result.batchStatistics;
            if (best) {
                summary.best = result.value;
                summary.bestStep = step;
            }
        });
    }

    void onTest(std::int64_t step, const Evaluation& result) override {
        write(evaluationRow(MetricRow::Kind::test, step, m_heartbeat.summary().epoch, result), 0);
        m_heartbeat.update([&](RunSummary& summary) {
            summary.test = result.value;
            summary.testBatchStatistics = result.batchStatistics;
            summary.testTrueAverage = result.trueAverage;
            summary.testPerStep = result.perStep;
        });
    }

    void onSample(std::int64_t step, const std::string& text) override {
        MetricRow row;
        row.kind = MetricRow::Kind::sample;
        row.step = step;
        row.text = text;
        write(row, 0);
    }

    void onProbe(const ProbeMoment& moment) override {
        m_record.probe(m_prober->probe(moment.network, moment.batch, moment.start, moment.step));
    }

    void onEvent(std::int64_t step, const std::string& name, const std::string& details) override {
        m_record.event(step, name, details);
        if (name == "paused" || name == "continued")
            m_heartbeat.updateNow([&](RunSummary& summary) {
                summary.status = name == "paused" ? RunStatus::paused : RunStatus::running;
            });
        if (name == "extended")
            m_heartbeat.update([&](RunSummary& summary) {
                summary.totalSteps = m_trainer->totalSteps();
                summary.epochs = m_trainer->totalEpochs();
            });
    }

    std::string recordPosition() override {
        if (m_prober) m_signs.save(*m_prober);
        return m_record.position();
    }

    void syncRecord() override { m_record.sync(); }

    Control control() override {
        const Control wanted = m_control.read();
        if (const auto problem = m_control.takeProblem())
            m_record.event(
                m_trainer->state().step, "control_refused",
                json{{"message", *problem}}.dump(-1, ' ', false, json::error_handler_t::replace));
        return wanted;
    }

private:
    MetricRow evaluationRow(MetricRow::Kind kind, std::int64_t step, int epoch,
                            const Evaluation& result) const {
        MetricRow row;
        row.kind = kind;
        row.step = step;
        row.epoch = epoch;
        row.loss = result.loss;
        row.value = result.value;
        row.batchStatistics = result.batchStatistics;
        row.trueAverage = result.trueAverage;
        row.perStep = result.perStep;
        row.seconds = m_trainer->seconds();
        return row;
    }

    void write(const MetricRow& row, std::int64_t tokens) {
        const std::string line = m_record.metric(row, tokens);
        if (m_options.onLine) m_options.onLine(line);
        if (m_options.onReport) m_options.onReport(row);
    }

    ControlFile& m_control;
    RunRecord& m_record;
    Heartbeat& m_heartbeat;
    const WorkerOptions& m_options;
    Prober<float>* m_prober;
    ProbeSigns& m_signs;
    const Trainer* m_trainer = nullptr;
    std::int64_t m_tokens = 0;
    double m_speedTokens = 0;
    double m_speedSeconds = 0;
};

/// True if the run has come to its end and control.json asks for nothing that would change it.
bool nothingToDo(const fs::path& run, const RunSummary& former) {
    if (former.status != RunStatus::finished && former.status != RunStatus::diverged) return false;
    TrainingState state;
    if (fs::exists(run / "checkpoint.safetensors"))
        state = readCheckpointState(run / "checkpoint.safetensors");
    std::error_code failure;
    if (!fs::exists(run / "control.json", failure)) return true;
    // Nobody would hear of an event here: a wish that cannot be meant is an error.
    const Control control =
        parseControl(readFile(run / "control.json"), utf8(run / "control.json"));
    const bool otherRate = control.learningRate && control.learningRate != state.userRate;
    return !asksForOtherTotal(control, state) &&
           !(otherRate && former.status == RunStatus::diverged);
}

void removeResults(const fs::path& run) {
    for (const char* name : {"checkpoint.safetensors", "checkpoint.json", "best.safetensors"}) {
        std::error_code failure;
        fs::remove(run / name, failure);
        if (failure)
            throw WorkError("cannot remove " + utf8(run / name) + ": " + failure.message());
    }
}

/// A damaged summary.json is written anew; what matters of it is in the other files.
RunSummary formerSummary(const fs::path& run) {
    try {
        return readSummary(run);
    } catch (const InputError&) {
        return {};
    }
}

std::string startJson(const Spec& spec, const WarmStart& start) {
    return json{{"run", spec.start.run},
                {"at", spec.start.at},
                {"of_step", start.step},
                {"carried", start.carried.size()},
                {"fresh", start.fresh},
                {"left", start.left},
                {"second_moments", start.secondMoments}}
        .dump(-1, ' ', false, json::error_handler_t::replace);
}

/// Where the time went, in the last event of an execution.
std::string timesJson(const TrainingTimes& times) {
    return json{{"seconds",
                 {{"data", times.data},
                  {"steps", times.steps},
                  {"probes", times.probes},
                  {"reports", times.reports},
                  {"validation", times.validation},
                  {"checkpoints", times.checkpoints}}}}
        .dump();
}

RunStatus statusOf(TrainingEnd::Kind kind) {
    switch (kind) {
        case TrainingEnd::Kind::finished:
            return RunStatus::finished;
        case TrainingEnd::Kind::stopped:
            return RunStatus::stopped;
        case TrainingEnd::Kind::diverged:
            return RunStatus::diverged;
    }
    return RunStatus::failed;
}

RunSummary train(const fs::path& run, const Spec& spec, ControlFile& control, RunRecord& record,
                 Heartbeat& heartbeat, const WorkerOptions& options) {
    setThreads(spec.training.threads);
    const auto dataset = openDataset(spec.dataset);
    checkDataset(run, dataset->info());
    Network<float> network(spec.network, spec.training.seed);
    ParameterSet<float> startMoments;
    std::optional<WarmStart> start;
    if (!spec.start.run.empty())
        start = warmStart(recordedStart(run, spec), network, spec.training.seed, startMoments);

    const fs::path checkpoint = run / "checkpoint.safetensors";
    const bool resumes = options.resume && fs::exists(checkpoint);
    TrainerOptions parts;
    parts.checkpoint = checkpoint;
    parts.best = run / "best.safetensors";
    parts.spec = writeSpec(spec);
    parts.warmStart = start.has_value();
    if (start && start->secondMoments) parts.startMoments = &startMoments;
    parts.probeEvery = spec.probes.every;
    std::optional<Prober<float>> prober;
    if (spec.probes.every > 0)
        prober.emplace(spec.network, spec.training.seed, ProberOptions{.config = spec.probes});
    if (prober && start) prober->setStartGains(std::as_const(network).parameters());
    ProbeSigns signs(run);
    bool whole = true;
    if (resumes) {
        const TrainingState state = readCheckpointState(checkpoint);
        whole = record.restore(state.record, state.step);
        if (prober) signs.load(lastProbedStep(state.step, spec.probes.every), *prober);
        parts.secondsBefore = record.lastSeconds();
    } else {
        recordHash(run, spec, dataset->info());
        record.clear();
        removeResults(run);
    }
    FolderObserver observer(control, record, heartbeat, options, prober ? &*prober : nullptr,
                            signs);
    Trainer trainer(network, dataset, spec.training, parts, observer);
    observer.follow(trainer);
    if (resumes) trainer.resume();

    const TrainingState& state = trainer.state();
    heartbeat.updateNow([&](RunSummary& summary) {
        summary.metric = dataset->info().metric;
        summary.step = state.step;
        summary.epoch = state.epoch;
        summary.totalSteps = trainer.totalSteps();
        summary.stepsPerEpoch = trainer.stepsPerEpoch();
        summary.epochs = trainer.totalEpochs();
        summary.best = state.best;
        summary.bestStep = state.bestStep;
        summary.last = state.last;
        summary.seconds = trainer.seconds();
    });
    record.event(state.step, resumes ? "resumed" : "started",
                 json{{"version", BITLOOM_VERSION},
                      {"cpu", cpuName()},
                      {"threads", spec.training.threads},
                      {"pid", ::getpid()}}
                     .dump());
    if (!whole) record.event(state.step, "record_damaged", "{}");
    if (start && !resumes) record.event(0, "weights_loaded", startJson(spec, *start));
    if (options.onStart) options.onStart(heartbeat.summary());

    const TrainingEnd end = trainer.run();
    heartbeat.stop();
    if (end.kind != TrainingEnd::Kind::diverged)  // the loop has written that one
        record.event(state.step, toString(statusOf(end.kind)), timesJson(trainer.times()));
    heartbeat.updateNow([&](RunSummary& summary) {
        summary.status = statusOf(end.kind);
        summary.message = end.message;
        summary.seconds = trainer.seconds();
    });
    return heartbeat.summary();
}

}  // namespace

RunSummary runWorker(const fs::path& run, const WorkerOptions& options) {
    if (!fs::exists(run / "spec.json"))
        throw InputError(utf8(run), {}, "is not a run folder: it has no spec.json");
    const RunLock lock(run);
    RunSummary summary = formerSummary(run);
    if (options.resume && nothingToDo(run, summary)) return summary;
    const bool hadCheckpoint = summary.status == RunStatus::finished ||
                               summary.status == RunStatus::diverged ||
                               summary.status == RunStatus::stopped;
    if (options.resume && hadCheckpoint && summary.step > 0 &&
        !fs::exists(run / "checkpoint.safetensors"))
        throw InputError(utf8(run), {},
                         "has no checkpoint to go on from, and starting again would clear its "
                         "record: `bitloom-cli train RUN --restart` does that");
    const StopSignals signals;
    ControlFile control(run, signals);

    summary.status = RunStatus::running;
    summary.pid = ::getpid();
    summary.processStart = processStartTime(summary.pid);
    summary.message.clear();
    summary.test.reset();
    summary.testBatchStatistics.reset();
    summary.testTrueAverage.reset();
    summary.testPerStep.reset();
    if (!options.resume) {
        summary.best.reset();
        summary.last.reset();
        summary.validBatchStatistics.reset();
    }
    Heartbeat heartbeat(run, summary);
    RunRecord record(run);
    const auto fail = [&](const std::string& message) {
        heartbeat.stop();
        try {
            heartbeat.updateNow([&](RunSummary& last) {
                last.status = RunStatus::failed;
                last.message = message;
            });
            record.event(heartbeat.summary().step, "failed", json{{"message", message}}.dump());
        } catch (const std::exception&) {
            // The disk that failed cannot record that either; the caller still hears the first
            // error.
        }
    };
    try {
        const Spec spec = readRunSpec(run);
        if (const auto problem = memoryProblem(spec, machineMemory()))
            throw InputError(utf8(run / "spec.json"), problem->field, problem->message);
        heartbeat.update([&](RunSummary& s) {
            s.name = spec.name;
            s.size = modelSize(spec.network);
            s.reproducible = spec.training.threads == 1;
        });
        return train(run, spec, control, record, heartbeat, options);
    } catch (const InputError& error) {
        fail(error.what());
        throw;
    } catch (const WorkError& error) {
        fail(error.what());
        throw;
    } catch (const std::bad_alloc&) {
        const std::string message = "there is not enough memory to train this network";
        fail(message);
        throw WorkError(message);
    } catch (const std::exception& error) {
        fail(error.what());
        throw WorkError(error.what());
    }
}

}  // namespace bitloom
