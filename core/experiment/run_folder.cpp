#include "experiment/run_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/error.h"
#include "base/files.h"
#include "experiment/start.h"

namespace bitloom {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::array<const char*, 8> k_statusNames = {"created",  "running",  "paused", "stopped",
                                                      "finished", "diverged", "failed", "lost"};
constexpr double k_oldHeartbeat = 120;  // seconds: a worker writes one every second or so
constexpr std::size_t k_longestSummary = 1u << 20;

std::string hostName() {
    std::array<char, 256> name{};
    return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

json number(double value) {
    return std::isfinite(value) ? json(value) : json(nullptr);
}
json number(const std::optional<double>& value) {
    return value ? number(*value) : json(nullptr);
}

double real(const json& tree, const char* key, double fallback = 0) {
    const auto found = tree.find(key);
    if (found == tree.end()) return fallback;
    if (found->is_null()) return std::numeric_limits<double>::quiet_NaN();
    return found->is_number() ? found->get<double>() : fallback;
}

std::optional<double> optionalReal(const json& tree, const char* key) {
    const auto found = tree.find(key);
    if (found == tree.end() || !found->is_number()) return std::nullopt;
    return found->get<double>();
}

std::int64_t integer(const json& tree, const char* key) {
    const double value = real(tree, key);
    // Numbers no counter reaches are not counters.
    if (!std::isfinite(value) || std::abs(value) > 9e15) return 0;
    return static_cast<std::int64_t>(value);
}

int smallInteger(const json& tree, const char* key) {
    const std::int64_t value = integer(tree, key);
    return std::abs(value) > 2'000'000'000 ? 0 : static_cast<int>(value);
}

std::string text(const json& tree, const char* key) {
    const auto found = tree.find(key);
    return found != tree.end() && found->is_string() ? found->get<std::string>() : std::string();
}

json parseObject(const std::string& content, const std::string& where) {
    if (content.size() > k_longestSummary)
        throw InputError(where, "", "is longer than 1 MB and so no file of a run");
    json tree = json::parse(content, nullptr, false);
    if (!tree.is_object()) throw InputError(where, "", "is not a JSON object");
    return tree;
}

json parseObject(const fs::path& path) {
    return parseObject(readFile(path), utf8(path));
}

ModelSize readSize(const json& tree) {
    ModelSize size;
    const auto found = tree.find("size");
    if (found == tree.end() || !found->is_object()) return size;
    size.paperKb = integer(*found, "paper_kb");
    size.recurrentBytes = integer(*found, "recurrent_bytes");
    size.modelBytes = integer(*found, "model_bytes");
    const auto parts = found->find("parts");
    if (parts == found->end() || !parts->is_object()) return size;
    size.parts = {integer(*parts, "weights"), integer(*parts, "scales"),
                  integer(*parts, "norm"),    integer(*parts, "statistics"),
                  integer(*parts, "bias"),    integer(*parts, "embedding"),
                  integer(*parts, "decoder")};
    return size;
}

json sizeTree(const ModelSize& size) {
    return json::parse(sizeJson(size));
}

std::string slug(const std::string& name) {
    std::string result;
    for (const char raw : name) {
        const char c = raw >= 'A' && raw <= 'Z' ? static_cast<char>(raw - 'A' + 'a') : raw;
        const bool kept = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (kept)
            result += c;
        else if (!result.empty() && result.back() != '-')
            result += '-';
        if (result.size() >= 48) break;
    }
    while (!result.empty() && result.back() == '-') result.pop_back();
    return result.empty() ? "run" : result;
}

std::string utcTime(const char* format) {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    gmtime_r(&now, &parts);
    std::array<char, 40> out{};
    std::strftime(out.data(), out.size(), format, &parts);
    return out.data();
}

/// For a full disk, which has no room for a second file: writes over the blocks `path` has already.
/// False if they are too few or there is no such file. Not atomic, but one short write; spaces
/// after the object cover the rest of a longer former text.
bool overwriteInPlace(const fs::path& path, std::string content) {
    const int descriptor = ::open(path.c_str(), O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
    if (descriptor < 0) return false;
    struct stat status {};
    bool done = false;
    if (::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) &&
        static_cast<std::int64_t>(content.size()) <= std::int64_t{512} * status.st_blocks) {
        content.resize(std::max(content.size(), static_cast<std::size_t>(status.st_size)), ' ');
        done = ::pwrite(descriptor, content.data(), content.size(), 0) ==
               static_cast<ssize_t>(content.size());
        done = ::fsync(descriptor) == 0 && done;
    }
    ::close(descriptor);
    return done;
}

bool livesNow(const json& tree) {
    const std::string host = text(tree, "host");
    if (host.empty() || host == hostName()) {
        const std::int64_t start = processStartTime(integer(tree, "pid"));
        return start != 0 && start == integer(tree, "process_start");
    }
    return static_cast<double>(std::time(nullptr)) - real(tree, "heartbeat") < k_oldHeartbeat;
}

}  // namespace

std::string toString(RunStatus status) {
    return k_statusNames[static_cast<std::size_t>(status)];
}

RunStatus runStatusFromString(const std::string& name) {
    for (std::size_t i = 0; i < k_statusNames.size(); ++i)
        if (name == k_statusNames[i]) return static_cast<RunStatus>(i);
    throw InputError("`" + name.substr(0, 40) + "` is not a run status");
}

std::int64_t processStartTime(std::int64_t pid) {
    if (pid <= 0) return 0;
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string line;
    if (!std::getline(file, line)) return 0;
    // The command in parentheses may hold anything; the fields count from the last one.
    const auto end = line.rfind(')');
    if (end == line.npos) return 0;
    std::istringstream fields(line.substr(end + 1));
    std::string field;
    for (int i = 3; i <= 22 && fields >> field; ++i) {
        if (i == 3 && (field == "Z" || field == "X")) return 0;  // ended, not yet collected
        if (i == 22) return std::strtoll(field.c_str(), nullptr, 10);
    }
    return 0;
}

bool workerLives(const fs::path& run) {
    std::error_code ignored;
    if (!fs::exists(run / "summary.json", ignored)) return false;
    try {
        const json tree = parseObject(run / "summary.json");
        const std::string status = text(tree, "status");
        return (status == "running" || status == "paused") && livesNow(tree);
    } catch (const InputError&) {
        return false;  // no worker leaves an unreadable summary behind: it is written atomically
    }
}

std::string utcNow() {
    return utcTime("%Y-%m-%dT%H:%M:%SZ");
}

std::string cpuName() {
    std::ifstream file("/proc/cpuinfo");
    std::string line;
    while (std::getline(file, line))
        if (line.starts_with("model name"))
            if (const auto colon = line.find(": "); colon != line.npos)
                return line.substr(colon + 2);
    return "unknown";
}

RunSummary parseSummary(const std::string& content, const std::string& where) {
    const json tree = parseObject(content, where);
    RunSummary summary;
    summary.name = text(tree, "name");
    try {
        if (tree.contains("status") && !tree["status"].is_string())
            throw InputError("must be text");
        summary.status = runStatusFromString(text(tree, "status"));
    } catch (const InputError& error) {
        throw InputError(where, "status", error.message());
    }
    summary.pid = integer(tree, "pid");
    summary.processStart = integer(tree, "process_start");
    summary.heartbeat = real(tree, "heartbeat");
    summary.step = integer(tree, "step");
    summary.totalSteps = integer(tree, "total_steps");
    summary.stepsPerEpoch = integer(tree, "steps_per_epoch");
    summary.epoch = smallInteger(tree, "epoch");
    summary.epochs = smallInteger(tree, "epochs");
    summary.metric = text(tree, "metric");
    summary.best = optionalReal(tree, "best");
    summary.last = optionalReal(tree, "last");
    summary.test = optionalReal(tree, "test");
    summary.testBatchStatistics = optionalReal(tree, "test_batch_statistics");
    summary.validBatchStatistics = optionalReal(tree, "valid_batch_statistics");
    summary.testTrueAverage = optionalReal(tree, "test_true_average");
    summary.testPerStep = optionalReal(tree, "test_per_step");
    summary.bestStep = integer(tree, "best_step");
    summary.trainLoss = real(tree, "train_loss");
    summary.seconds = real(tree, "seconds");
    summary.tokensPerSecond = real(tree, "tokens_per_second");
    summary.size = readSize(tree);
    summary.message = text(tree, "message");
    summary.reproducible = tree.contains("reproducible") && tree["reproducible"] == true;
    return summary;
}

std::string summaryJson(const RunSummary& summary) {
    const json tree = {{"name", summary.name},
                       {"status", toString(summary.status)},
                       {"pid", summary.pid},
                       {"process_start", summary.processStart},
                       {"host", hostName()},
                       {"heartbeat", number(summary.heartbeat)},
                       {"step", summary.step},
                       {"total_steps", summary.totalSteps},
                       {"steps_per_epoch", summary.stepsPerEpoch},
                       {"epoch", summary.epoch},
                       {"epochs", summary.epochs},
                       {"metric", summary.metric},
                       {"best", number(summary.best)},
                       {"last", number(summary.last)},
                       {"test", number(summary.test)},
                       {"test_batch_statistics", number(summary.testBatchStatistics)},
                       {"valid_batch_statistics", number(summary.validBatchStatistics)},
                       {"test_true_average", number(summary.testTrueAverage)},
                       {"test_per_step", number(summary.testPerStep)},
                       {"best_step", summary.bestStep},
                       {"train_loss", number(summary.trainLoss)},
                       {"seconds", number(summary.seconds)},
                       {"tokens_per_second", number(summary.tokensPerSecond)},
                       {"size", sizeTree(summary.size)},
                       {"message", summary.message},
                       {"reproducible", summary.reproducible}};
    return tree.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

RunSummary readSummary(const fs::path& run) {
    std::error_code ignored;
    if (!fs::exists(run / "summary.json", ignored)) {
        if (!fs::exists(run / "spec.json", ignored))
            throw InputError(utf8(run), "", "is not a run folder: it has no spec.json");
        RunSummary summary;
        summary.name = readRecordedSpec(run).name;
        return summary;
    }
    const std::string content = readFile(run / "summary.json");
    RunSummary summary = parseSummary(content, utf8(run / "summary.json"));
    const bool active = summary.status == RunStatus::running || summary.status == RunStatus::paused;
    if (active && !livesNow(json::parse(content))) summary.status = RunStatus::lost;
    return summary;
}

void writeSummary(const fs::path& run, const RunSummary& summary) {
    const std::string content = summaryJson(summary);
    try {
        writeFileAtomically(run / "summary.json", content);
    } catch (const WorkError&) {
        if (!overwriteInPlace(run / "summary.json", content)) throw;
    }
}

fs::path createRun(const fs::path& library, const Spec& asked) {
    std::error_code error;
    Spec spec = asked;
    fs::path start;
    if (const auto missing = missingStart(spec))
        throw InputError("", missing->field, missing->message);
    if (!spec.start.run.empty()) {
        start = fs::absolute(findStartRun(spec, library)).lexically_normal();
        // A name in the library stays one: the library may move as a whole.
        const bool beside = start.parent_path() == fs::absolute(library).lexically_normal();
        spec.start.run = utf8(beside ? start.filename() : start);
        start = startWeights(start, spec.start.at);
        checkStartFits(spec, start);
    }
    fs::create_directories(library, error);
    if (error)
        throw WorkError("cannot make the library folder " + utf8(library) + ": " + error.message());
    const std::string name = utcTime("%Y%m%d-%H%M%S-") + slug(spec.name);
    fs::path run;
    for (int i = 1;; ++i) {
        run = library / (i == 1 ? name : name + "-" + std::to_string(i));
        // Making the folder is the lock: of two at the same moment one gets the next number.
        if (fs::create_directory(run, error)) break;
        if (error || i == 10000)
            throw WorkError("cannot make the run folder " + utf8(run) + ": " + error.message());
    }
    try {
        fs::create_directory(run / "probes", error);
        const DatasetInfo info = describeDataset(spec.dataset);
        const std::string startHash = start.empty() ? "" : keepStart(start, run);
        writeFileAtomically(
            run / "spec.json",
            writeSpec(spec, {info.hash, BITLOOM_VERSION, cpuName(), utcNow(), startHash,
                             info.published ? std::string() : info.label}));
        RunSummary summary;
        summary.name = spec.name;
        summary.metric = info.metric;
        summary.epochs = spec.training.epochs;
        summary.size = modelSize(spec.network);
        summary.reproducible = spec.training.threads == 1;
        writeSummary(run, summary);
    } catch (...) {  // a full disk, data that went: no half a run stays behind
        fs::remove_all(run, error);
        throw;
    }
    return run;
}

Spec readRecordedSpec(const fs::path& run) {
    return parseRecordedSpec(readFile(run / "spec.json"), utf8(run / "spec.json"));
}

Spec readRunSpec(const fs::path& run) {
    return parseSpec(readFile(run / "spec.json"), utf8(run / "spec.json"));
}

}  // namespace bitloom
