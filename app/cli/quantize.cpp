// bitloom-cli quantize: a trained run under another quantizer, without training; a new run each.

#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "command.h"
#include "data/registry.h"
#include "experiment/catalog.h"
#include "experiment/chart_svg.h"
#include "experiment/comparison.h"
#include "experiment/post_training.h"
#include "experiment/worker.h"
#include "find_run.h"
#include "one_line.h"
#include "text_table.h"

namespace bitloom::cli {
namespace {

namespace fs = std::filesystem;
using Ordered = nlohmann::ordered_json;

struct Arguments {
    std::string run;
    std::string library;
    std::vector<std::string> methods;
    PostTraining options;
    bool json = false;
};

/// A method this run cannot have, and why.
struct Refused {
    std::string method;
    int bits = 0;
    Problem problem;
};

/// Fields that options of this command set: --set would contradict them.
void checkAssignments(const std::vector<std::string>& assignments) {
    struct Taken {
        const char* field;
        const char* option;
    };
    for (const auto& [field, option] : {Taken{"quantizer.method", "--method"},
                                        {"quantizer.bits", "--bits"},
                                        {"quantizer.granularity", "--granularity"},
                                        {"normalization.method", "--normalization"},
                                        {"start.at", "--at"},
                                        {"start.run", "the run named first"},
                                        {"training.steps", "this command: none are trained"}})
        for (const std::string& assignment : assignments)
            if (assignment.starts_with(std::string(field) + "="))
                throw InputError("--set", field, std::string("is set by ") + option);
}

std::vector<PostTraining> wanted(const Arguments& arguments) {
    std::vector<PostTraining> all;
    for (const std::string& method : arguments.methods) {
        PostTraining one = arguments.options;
        if (method == "all") {
            for (PostTraining& each : everyMethod(one))
                if (one.bits == 0 || each.bits == one.bits) all.push_back(std::move(each));
            continue;
        }
        if (method.empty())
            throw InputError("--method", {}, "is empty: name a quantizer, full or all");
        const bool full = method == "full" || method == "none";
        one.method = full ? "" : method;
        if (!findEntry(quantizerEntries(), one.method)) {
            std::vector<std::string> names{"all", "full"};
            for (const Entry& entry : quantizerEntries())
                if (!entry.name.empty()) names.push_back(entry.name);
            throw InputError("--method", {},
                             "`" + method.substr(0, 60) + "` is not a quantizer; did you mean `" +
                                 nearestName(method, names) + "`?");
        }
        const bool useless = one.bits > 0 || one.granularity != PostTraining{}.granularity;
        if (full && useless && arguments.methods.size() == 1)
            throw InputError(one.bits > 0 ? "--bits" : "--granularity", {},
                             "has no effect in full precision");
        if (full) one.bits = 0;
        all.push_back(std::move(one));
    }
    if (all.empty())
        throw InputError("--bits", {},
                         "no quantizer has " + std::to_string(arguments.options.bits) + " bits");
    return all;
}

std::string valueText(const std::optional<double>& value, const std::string& metric) {
    if (!value || !std::isfinite(*value)) return "–";
    return metric == "accuracy" ? shortNumber(100 * *value) + " %" : shortNumber(*value);
}

std::string changeText(const ComparedRun& run, const ComparedRun& source) {
    const auto& now = run.run.summary;
    const auto& before = source.run.summary;
    if (!now.test || !before.test || now.metric != before.metric) return "–";
    const double change = *now.test - *before.test;
    if (!std::isfinite(change)) return "–";
    const std::string text =
        now.metric == "accuracy" ? shortNumber(100 * change) + " %" : shortNumber(change);
    return change > 0 ? "+" + text : text;
}

void printResults(const ComparedRun& source, const std::vector<ComparedRun>& runs,
                  const std::vector<Refused>& refused) {
    std::vector<std::vector<std::string>> rows = {
        {"quantizer", "bits", "norm", "valid", "test", "change", "paper KB", "packed B", "run"}};
    const auto add = [&](const ComparedRun& run, const std::string& change) {
        const RunSummary& summary = run.run.summary;
        rows.push_back(
            {run.run.quantizer.empty() ? "full" : run.run.quantizer, std::to_string(run.run.bits),
             run.run.normalization, valueText(summary.best, summary.metric),
             valueText(summary.test, summary.metric), change, std::to_string(summary.size.paperKb),
             std::to_string(summary.size.recurrentBytes), oneLine(run.run.id)});
    };
    add(source, "");
    for (const ComparedRun& run : runs) add(run, changeText(run, source));
    std::printf("%s\n", oneLine(source.run.summary.metric).c_str());
    printColumns(rows, "lrlrrrrrl");
    for (const Refused& one : refused)
        std::printf("%s: %s %s\n", one.method.c_str(), one.problem.field.c_str(),
                    one.problem.message.c_str());
}

/// As `compare --json` and what it was made from.
void printJson(const ComparedRun& source, const std::vector<ComparedRun>& runs,
               const std::vector<Refused>& refused) {
    Ordered tree = Ordered::parse(comparisonJson(runs));
    Ordered out;
    out["source"] = Ordered::parse(comparisonJson({source}))["runs"][0];
    out["runs"] = tree["runs"];
    out["refused"] = Ordered::array();
    for (const Refused& one : refused)
        out["refused"].push_back({{"method", one.method},
                                  {"bits", one.bits},
                                  {"field", one.problem.field},
                                  {"reason", one.problem.message}});
    std::printf("%s\n", out.dump(2).c_str());
}

int quantize(const Arguments& arguments) {
    checkAssignments(arguments.options.assignments);
    const bool ownLibrary = arguments.library.empty();
    const fs::path named = ownLibrary ? defaultLibrary() : pathFromUtf8(arguments.library);
    const fs::path run = findRun(arguments.run, named);
    const ComparedRun source = readComparison({run}).front();
    // The new run stands beside the one it was made from unless told otherwise.
    const fs::path library =
        ownLibrary ? fs::absolute(source.run.folder).lexically_normal().parent_path() : named;
    checkLibrary(arguments.library);
    const std::vector<PostTraining> all = wanted(arguments);
    // Data that is missing is said before a run folder is made.
    (void)openDataset(source.spec.dataset);
    const bool terminal = ::isatty(STDERR_FILENO) != 0;
    std::vector<Refused> refused;
    std::vector<fs::path> folders;
    for (const PostTraining& one : all) {
        const std::string text = postTrainingSpec(source.run.folder, one);
        const auto problems = validateSpec(text);
        if (!problems.empty() && all.size() > 1) {
            refused.push_back({one.method, one.bits, problems.front()});
            continue;
        }
        const fs::path made = createRun(library, parseSpec(text, arguments.run));
        if (terminal)
            std::fprintf(stderr, "\r%zu of %zu  %s\033[K", folders.size() + 1, all.size(),
                         one.method.c_str());
        const RunSummary summary = runWorker(made, {});
        if (summary.status == RunStatus::stopped)
            throw WorkError("stopped; `bitloom-cli train " + utf8(made) + "` finishes this one");
        folders.push_back(made);
    }
    if (terminal) std::fprintf(stderr, "\r\033[K");
    if (folders.empty())
        throw InputError(refused.front().method, refused.front().problem.field,
                         refused.front().problem.message + "; none of the quantizers is possible");
    const std::vector<ComparedRun> runs = readComparison(folders);
    if (arguments.json)
        printJson(source, runs, refused);
    else
        printResults(source, runs, refused);
    return 0;
}

}  // namespace

void addQuantize(CLI::App& app, Action& action) {
    const auto arguments = std::make_shared<Arguments>();
    PostTraining& options = arguments->options;
    std::vector<std::string> norms{"stays"};
    for (const Entry& entry : normalizationEntries()) norms.push_back(entry.name);
    CLI::App* command = app.add_subcommand(
        "quantize", "Quantize a trained run without training it again, and evaluate it");
    command->add_option("run", arguments->run, "Run folder, or the name of a run in the library")
        ->required();
    command
        ->add_option("--method", arguments->methods,
                     "Quantizers of bitloom-cli list quantizers, full, or all")
        ->delimiter(',')
        ->required();
    command->add_option("--bits", options.bits, "Bits a weight; default the fewest it has")
        ->check(CLI::Range(1, 8));
    command->add_option("--granularity", options.granularity, "gate, row or matrix")
        ->check(CLI::IsMember({"gate", "row", "matrix"}));
    command
        ->add_option("--normalization", options.normalization,
                     "stays (default), or another whose gains start afresh")
        ->check(CLI::IsMember(norms));
    command->add_option("--at", options.at, "best (default) or last weights")
        ->check(CLI::IsMember({"best", "last"}));
    command->add_option("--library", arguments->library,
                        "Library to find the run in and to write to; default beside the run");
    command->add_option("--set", options.assignments, "Change fields: quantizer.threshold=0.5 ...")
        ->take_all();
    command->add_flag("--json", arguments->json, "Print JSON");
    command->callback(
        [arguments, &action] { action = [arguments] { return quantize(*arguments); }; });
}

}  // namespace bitloom::cli
