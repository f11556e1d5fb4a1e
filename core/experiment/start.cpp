#include "experiment/start.h"

#include <array>

#include "base/error.h"
#include "base/files.h"
#include "base/safetensors.h"
#include "experiment/run_folder.h"
#include "experiment/spec_json.h"
#include "nn/network.h"
#include "train/warm_start.h"

namespace bitloom {
namespace {

namespace fs = std::filesystem;

constexpr const char* k_copy = "start.safetensors";

bool isRun(const fs::path& folder) {
    std::error_code ignored;
    return fs::exists(folder / "spec.json", ignored);
}

std::string word(Cell cell) {
    return cell == Cell::gru ? "gru" : "lstm";
}

/// One quantity that both networks must share.
struct Shared {
    const char* field;
    std::string theirs;
    std::string ours;
};

/// What the file says of its own network; an empty spec in files of other makers is no reason to
/// refuse: the shapes decide then.
void compareSpecs(const Spec& spec, const Safetensors& file) {
    const auto found = file.metadata().find("spec");
    if (found == file.metadata().end()) return;
    Spec theirs;
    try {
        theirs = parseRecordedSpec(found->second, file.where());
    } catch (const InputError&) {
        return;
    }
    const NetworkConfig& a = theirs.network;
    const NetworkConfig& b = spec.network;
    const auto number = [](int value) { return std::to_string(value); };
    const std::array<Shared, 5> shared{
        {{"model.cell", word(a.cell), word(b.cell)},
         {"model.layers", number(a.layers), number(b.layers)},
         {"model.hidden", number(a.hidden), number(b.hidden)},
         {"model.embedding", number(a.embedding), number(b.embedding)},
         {"model.tied", a.tied ? "true" : "false", b.tied ? "true" : "false"}}};
    for (const Shared& one : shared)
        if (one.theirs != one.ours)
            throw InputError(file.where(), one.field,
                             "the weights to start from have " + one.theirs + ", this run has " +
                                 one.ours + "; only " + one.theirs + " is accepted");
    const NormalizationConfig& n = a.normalization;
    if (n.method == "batch_separate" && b.normalization.method == n.method &&
        n.maxSteps != b.normalization.maxSteps)
        throw InputError(file.where(), "normalization.max_steps",
                         "the weights to start from have statistics for " + number(n.maxSteps) +
                             " steps, this run for " + number(b.normalization.maxSteps));
}

}  // namespace

std::optional<Problem> missingStart(const Spec& spec) {
    const std::string trained = trainedPreset(spec.preset);
    if (trained.empty() || !spec.start.run.empty() || spec.training.steps != 0) return std::nullopt;
    return Problem{"start.run",
                   "names no run yet: this recipe quantizes a trained network without "
                   "a step of training, as the paper did. Name a trained run of " +
                       trained};
}

fs::path trainedStart(const Spec& spec, const fs::path& library) {
    const std::string trained = trainedPreset(spec.preset);
    if (trained.empty()) return {};
    fs::path newest;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(library, ignored)) {
        const fs::path& run = entry.path();
        // Folder names begin with the time.
        if (!isRun(run) || (!newest.empty() && run.filename() < newest.filename())) continue;
        try {
            const Spec theirs = readRecordedSpec(run);
            const bool fits = theirs.preset == trained && theirs.network.quantizer.method.empty() &&
                              theirs.network.hidden == spec.network.hidden &&
                              theirs.network.embedding == spec.network.embedding &&
                              theirs.network.layers == spec.network.layers &&
                              theirs.network.cell == spec.network.cell &&
                              theirs.dataset == spec.dataset;
            if (fits && readSummary(run).status == RunStatus::finished &&
                fs::exists(startWeights(run, spec.start.at), ignored))
                newest = run;
        } catch (const InputError&) {
            continue;  // a broken run is nobody's start
        }
    }
    return newest;
}

fs::path startWeights(const fs::path& run, const std::string& at) {
    return run / (at == "last" ? "checkpoint.safetensors" : "best.safetensors");
}

fs::path findStartRun(const Spec& spec, const fs::path& library) {
    const fs::path given = pathFromUtf8(spec.start.run);
    fs::path run = given.lexically_normal();
    if (!run.has_filename()) run = run.parent_path();  // a/b/ is a/b
    if (!isRun(run) && !given.has_parent_path()) run = library / given;
    if (!isRun(run))
        throw InputError("", "start.run",
                         "`" + spec.start.run.substr(0, 200) +
                             "` is neither a run folder nor a run in " + utf8(library));
    std::error_code ignored;
    const fs::path weights = startWeights(run, spec.start.at);
    if (!fs::exists(weights, ignored))
        throw InputError(
            utf8(run), "start." + std::string(fs::exists(startWeights(run, "last")) ? "at" : "run"),
            "the run has no " + utf8(weights.filename()) + ": it has not been trained that far");
    return run;
}

void checkStartFits(const Spec& spec, const fs::path& weights) {
    compareSpecs(spec, Safetensors::read(weights));
    Network<float> network(spec.network, spec.training.seed);
    ParameterSet<float> moments;
    warmStart(weights, network, spec.training.seed, moments);
}

std::string keepStart(const fs::path& weights, const fs::path& run) {
    const std::string content = readFile(weights);
    writeFileAtomically(run / k_copy, content);
    return sha256(content);
}

fs::path recordedStart(const fs::path& run, const Spec& spec) {
    const fs::path copy = run / k_copy;
    std::error_code ignored;
    if (!fs::exists(copy, ignored)) {
        const fs::path source =
            findStartRun(spec, fs::absolute(run).lexically_normal().parent_path());
        keepStart(startWeights(source, spec.start.at), run);
    }
    const std::string expected = readSpecRecord(readFile(run / "spec.json")).startHash;
    if (!expected.empty() && sha256OfFile(copy) != expected)
        throw InputError(utf8(copy), "start.run",
                         "is not the checkpoint this run was made from (its SHA-256 differs); "
                         "make a new run");
    return copy;
}

}  // namespace bitloom
