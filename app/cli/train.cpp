// bitloom-cli train: makes a run folder of a spec or preset and trains it, or trains a run folder
// on.

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "command.h"
#include "data/data_folder.h"
#include "data/inventory.h"
#include "experiment/catalog.h"
#include "experiment/library.h"
#include "experiment/memory.h"
#include "experiment/run_folder.h"
#include "experiment/start.h"
#include "experiment/worker.h"
#include "find_run.h"
#include "progress.h"

namespace bitloom::cli {
namespace {

namespace fs = std::filesystem;

struct TrainOptions {
    std::string subject;
    std::string library;
    bool resume = false;
    bool restart = false;
    bool json = false;
    bool dryRun = false;
    std::vector<std::string> assignments;
};

bool isRunFolder(const fs::path& path) {
    return fs::is_directory(path) && fs::exists(path / "spec.json");
}

/// The spec of a file or a preset with --set applied. Throws InputError.
Spec askedSpec(const TrainOptions& options) {
    const fs::path path = pathFromUtf8(options.subject);
    if (fs::is_directory(path))
        throw InputError(options.subject, {}, "is not a run folder: it has no spec.json");
    if (fs::exists(path) || findPreset(options.subject)) {
        const std::string text = setSpecFields(
            fs::exists(path) ? readFile(path) : presetSpec(options.subject), options.assignments);
        Spec spec = parseSpec(text, options.subject);
        for (const Problem& note : specNotes(text))
            std::fprintf(stderr, "note: %s %s\n", note.field.c_str(), note.message.c_str());
        return spec;
    }
    std::vector<std::string> names;
    for (const Preset& preset : presets()) names.push_back(preset.name);
    throw InputError(options.subject, {},
                     "there is no such spec file, run folder or preset; the nearest preset is \"" +
                         nearestName(options.subject, names) + "\"");
}

nlohmann::ordered_json number(std::optional<double> value) {
    return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json(nullptr);
}

std::string summaryLine(const fs::path& run, const RunSummary& summary) {
    nlohmann::ordered_json valid = nlohmann::ordered_json::object();
    nlohmann::ordered_json test = nlohmann::ordered_json::object();
    if (summary.best) valid[summary.metric] = number(summary.best);
    if (summary.test) test[summary.metric] = number(summary.test);
    return nlohmann::ordered_json{
        {"run", utf8(run)},
        {"status", toString(summary.status)},
        {"steps", summary.step},
        {"epoch", summary.epoch},
        {"valid", valid},
        {"test", test},
        {"seconds", summary.seconds},
        {"tokens_per_second", summary.tokensPerSecond},
        {"size", {{"paper_kb", summary.size.paperKb}, {"packed_bytes", summary.size.modelBytes}}}}
        .dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

void printSummary(const fs::path& run, const RunSummary& summary) {
    std::printf("run      %s\n", utf8(run).c_str());
    std::printf("status   %s%s%s\n", toString(summary.status).c_str(),
                summary.message.empty() ? "" : ": ", summary.message.c_str());
    std::printf("steps    %lld of %lld\n", static_cast<long long>(summary.step),
                static_cast<long long>(summary.totalSteps));
    if (summary.best)
        std::printf("valid    %.4f %s (step %lld)\n", *summary.best, summary.metric.c_str(),
                    static_cast<long long>(summary.bestStep));
    if (summary.test) std::printf("test     %.4f %s\n", *summary.test, summary.metric.c_str());
    if (summary.testBatchStatistics)
        std::printf("         %.4f with batch statistics\n", *summary.testBatchStatistics);
    if (summary.testTrueAverage)
        std::printf("         %.4f with statistics averaged over all steps\n",
                    *summary.testTrueAverage);
    std::printf("speed    %.0f tokens/s, %.1f s\n", summary.tokensPerSecond, summary.seconds);
    std::printf("size     %lld KB (paper), %lld bytes the whole model, packed\n",
                static_cast<long long>(summary.size.paperKb),
                static_cast<long long>(summary.size.modelBytes));
}

/// Makes the run. A text file's path becomes absolute: the run may go on from anywhere.
fs::path makeRun(const TrainOptions& options) {
    checkLibrary(options.library);
    Spec spec = askedSpec(options);
    // Before a run folder is made that could only fail.
    if (const auto problem = memoryProblem(spec, machineMemory()))
        throw InputError(options.subject, problem->field, problem->message);
    if (!spec.dataset.path.empty())
        spec.dataset.path = utf8(fs::absolute(pathFromUtf8(spec.dataset.path)));
    const fs::path library =
        options.library.empty() ? defaultLibrary() : pathFromUtf8(options.library);
    if (const DatasetKind& kind = datasetKind(spec.dataset.name); !isInstalled(kind))
        throw InputError(options.subject, "dataset.name",
                         spec.dataset.name + " is not here: " + howToGet(spec.dataset.name));
    if (const auto missing = missingStart(spec)) {
        const fs::path trained = trainedStart(spec, library);
        if (trained.empty())
            throw InputError(
                options.subject, missing->field,
                missing->message + " with --set start.run=RUN; there is none in " + utf8(library));
        std::fprintf(stderr, "starting from %s\n", utf8(trained).c_str());
        spec.start.run = utf8(trained);
    }
    return createRun(library, spec);
}

int train(const TrainOptions& options) {
    fs::path run = pathFromUtf8(options.subject);
    const bool exists = isRunFolder(run);
    if (exists && !options.assignments.empty())
        throw InputError("--set", {},
                         "a run's spec never changes; make a new run from its spec.json");
    if (exists && !options.library.empty())
        throw InputError("--library", {}, "the run folder is where it is; give a spec or a preset");
    if (!exists && (options.resume || options.restart))
        throw InputError(options.subject, {},
                         "is not a run folder, so there is nothing to resume or restart");
    if (options.dryRun) {
        const Spec spec = exists ? readRunSpec(run) : askedSpec(options);
        std::printf("%s\n", writeSpec(spec).c_str());
        std::fprintf(stderr, "training memory about %s\n",
                     memoryWords(trainingMemory(spec).total()).c_str());
        return 0;
    }
    if (!exists) run = makeRun(options);

    WorkerOptions worker;
    worker.resume = !options.restart;
    Progress progress(::isatty(STDERR_FILENO) != 0);
    if (options.json) {
        worker.onLine = [](const std::string& line) {
            std::printf("%s\n", line.c_str());
            std::fflush(stdout);
        };
    } else {
        std::fprintf(stderr, "training %s\n", utf8(run).c_str());
        worker.onStart = [&](const RunSummary& summary) { progress.start(summary); };
        worker.onReport = [&](const MetricRow& row) { progress.report(row); };
    }
    if (readControl(run).command == Control::Command::pause)
        std::fprintf(stderr, "this run is paused by its control.json\n");
    const RunSummary summary = runWorker(run, worker);
    progress.finish();
    if (options.json)
        std::printf("%s\n", summaryLine(run, summary).c_str());
    else
        printSummary(run, summary);
    return 0;
}

}  // namespace

void addTrain(CLI::App& app, Action& action) {
    const auto options = std::make_shared<TrainOptions>();
    CLI::App* command = app.add_subcommand(
        "train", "Train a network: a spec file or preset makes a run, a run folder goes on");
    command->add_option("subject", options->subject, "SPEC.json, RUN folder or preset name")
        ->required();
    command->add_option("--library", options->library, "Folder of run folders to make the run in")
        ->check(notEmpty);
    command->add_flag("--resume", options->resume,
                      "Continue a run folder from its checkpoint (what a run folder does anyway)");
    command->add_flag("--restart", options->restart, "Train a run folder again from the start")
        ->excludes("--resume");
    command->add_option("--set", options->assignments, "Change fields: training.epochs=2 ...")
        ->take_all();
    command->add_flag("--json", options->json, "One JSON line a report, the summary last");
    command->add_flag("--dry-run", options->dryRun,
                      "Print the complete spec (and on stderr the memory it takes), do nothing");
    command->callback([options, &action] { action = [options] { return train(*options); }; });
}

}  // namespace bitloom::cli
