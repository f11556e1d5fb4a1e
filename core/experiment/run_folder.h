#pragma once
// The run folder: where a worker, the window, the command line and a cluster job meet. Layout in
// resources/help/run-folder.md. Writers: the worker (all but control.json), the window
// (control.json).

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "experiment/probe_reader.h"
#include "experiment/size.h"
#include "experiment/spec.h"
#include "probe/rows.h"
#include "train/observer.h"

namespace bitloom {

/// created: folder and spec exist, no worker yet. lost: a worker was there and is gone without a
/// word.
enum class RunStatus { created, running, paused, stopped, finished, diverged, failed, lost };
std::string toString(RunStatus status);
RunStatus runStatusFromString(const std::string& text);

/// summary.json, as plain values.
struct RunSummary {
    std::string name;
    RunStatus status = RunStatus::created;
    std::int64_t pid = 0;
    std::int64_t processStart =
        0;                 ///< start time of pid in clock ticks since boot (/proc/PID/stat 22)
    double heartbeat = 0;  ///< seconds since the epoch
    std::int64_t step = 0;
    std::int64_t stepsPerEpoch = 0;  ///< of a whole pass over the training data; 0 = not known yet
    std::int64_t totalSteps = 0;
    int epoch = 0;
    int epochs = 0;
    std::string metric;  ///< bits_per_character | perplexity | accuracy | mean_squared_error
    std::optional<double> best, last, test;  ///< in that metric
    std::optional<double> testBatchStatistics, validBatchStatistics, testTrueAverage, testPerStep;
    std::int64_t bestStep = 0;
    double trainLoss = 0;
    double seconds = 0;
    double tokensPerSecond = 0;
    ModelSize size;
    std::string message;        ///< diverged: reason and step; failed: the error
    bool reproducible = false;  ///< one thread: bit-exact
};

/// summary.json as text and back; parsing does not look at processes. Throws InputError naming
/// `where`.
RunSummary parseSummary(const std::string& json, const std::string& where);
std::string summaryJson(const RunSummary& summary);
RunSummary readSummary(
    const std::filesystem::path& run);  ///< throws InputError; checks pid: running -> lost
void writeSummary(const std::filesystem::path& run, const RunSummary& summary);

/// control.json as text. Throws InputError naming `where` and field: not a JSON object, an unknown
/// command, a number that cannot be meant.
Control parseControl(const std::string& json, const std::string& where);
/// An absent file, and one parseControl() refuses: run.
Control readControl(const std::filesystem::path& run);
void writeControl(const std::filesystem::path& run, const Control& control);

/// Start time of a living process in clock ticks since boot (/proc/PID/stat 22); 0 if there is
/// none.
std::int64_t processStartTime(std::int64_t pid);
/// A summary says running or paused and its worker lives: on this machine by pid and start time, on
/// another by a heartbeat younger than two minutes.
bool workerLives(const std::filesystem::path& run);
/// Now as ISO 8601 UTC: 2026-11-23T21:41:00Z.
std::string utcNow();
/// Model name of the processor from /proc/cpuinfo.
std::string cpuName();

/// A fresh folder LIBRARY/YYYYMMDD-HHMMSS-slug with spec.json (defaults, dataset hash, version,
/// CPU). A run that starts from another's weights gets a copy of them and its hash; a start that
/// does not fit is an InputError with its field (experiment/start.h).
std::filesystem::path createRun(const std::filesystem::path& library, const Spec& spec);
Spec readRunSpec(const std::filesystem::path& run);
/// For showing a run whose data may be gone: as readRunSpec, but without the dataset's own numbers
/// (vocabulary, outputs ...) when its files cannot be read.
Spec readRecordedSpec(const std::filesystem::path& run);

/// One line of metrics.jsonl (kind train | valid | test | sample) or events.jsonl.
struct MetricRow {
    enum class Kind { train, valid, test, sample } kind = Kind::train;
    std::int64_t step = 0;
    int epoch = 0;
    double loss = 0;   ///< NaN when not finite
    double value = 0;  ///< valid, test: in the run's metric
    std::optional<double> batchStatistics;
    std::optional<double> trueAverage;
    std::optional<double> perStep;
    double gradientNorm = 0;
    double learningRate = 0;
    double seconds = 0;
    double tokensPerSecond = 0;
    bool best = false;
    std::string text;  ///< sample
};
struct EventRow {
    std::string time;  ///< ISO 8601 UTC
    std::string name;
    std::int64_t step = 0;
    std::string text;  ///< readable details: "learning rate 0.002 -> 0.001"
};

/// Which files of probes/ a RunTail follows; the rows are those of probe/rows.h.
enum class ProbeFiles {
    gradients,  ///< state_gradients.jsonl, without the profiles in `total` and `last`
    all,
};

/// Follows the append-only files of a run; poll() reads only what is new. A torn last line waits
/// for its end. A file that shrank (a resume cut it) is read again from the start and `restarted`
/// says so.
class RunTail {
public:
    explicit RunTail(std::filesystem::path run, ProbeFiles probes = ProbeFiles::gradients);
    ~RunTail();
    RunTail(RunTail&&) noexcept;
    RunTail& operator=(RunTail&&) noexcept;

    struct News {
        bool restarted = false;
        std::vector<MetricRow> metrics;
        std::vector<EventRow> events;
        std::vector<GradientRow> gradients;
        ProbeNews probes;  ///< empty unless ProbeFiles::all
    };
    /// Never throws for file content: lines that cannot be read are counted in badLines().
    News poll();
    [[nodiscard]] std::int64_t badLines() const;

private:
    struct State;
    std::unique_ptr<State> m_state;
};

}  // namespace bitloom
