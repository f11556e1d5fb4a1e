// bitloom-cli study: several runs that answer one question, made, trained, compared and reported.

#include <unistd.h>

#include <cmath>
#include <csignal>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/error.h"
#include "base/files.h"
#include "command.h"
#include "experiment/catalog.h"
#include "experiment/chart_svg.h"
#include "experiment/library.h"
#include "experiment/study_report.h"
#include "find_run.h"
#include "math/threads.h"
#include "one_line.h"
#include "output_file.h"
#include "progress.h"
#include "text_table.h"

namespace bitloom::cli {
namespace {

namespace fs = std::filesystem;
using Ordered = nlohmann::ordered_json;

struct Arguments {
    std::string name;
    std::string library;
    std::string scale = "quick";
    std::vector<std::string> assignments;
    std::optional<std::string> report;
    bool list = false;
    bool dryRun = false;
    bool json = false;
};

volatile std::sig_atomic_t interrupted = 0;

Ordered studyEntry(const Study& study) {
    const auto keys = [](const std::vector<StudyMember>& members) {
        Ordered list = Ordered::array();
        for (const StudyMember& member : members) list.push_back(member.key);
        return list;
    };
    return {{"name", study.name},
            {"title", study.title},
            {"group", study.group},
            {"question", study.question},
            {"look", study.look},
            {"quick", keys(study.quick)},
            {"paper", keys(study.paper)},
            {"quick_sizes", study.quickSizes},
            {"paper_sizes", study.paperSizes}};
}

const Study& studyNamed(const std::string& name) {
    if (const Study* study = findStudy(name)) return *study;
    std::vector<std::string> names;
    for (const Study& study : studies()) names.push_back(study.name);
    throw InputError("study", {},
                     "`" + name.substr(0, 80) + "` is not a study; did you mean `" +
                         nearestName(name, names) + "`?");
}

std::string valueText(const std::optional<double>& value, const std::string& unit) {
    return value && std::isfinite(*value) ? shortNumber(*value) + unit : "–";
}

void printCells(const std::vector<SpectralCell>& cells) {
    std::vector<std::vector<std::string>> rows = {
        {"d", "drawn as", "quantizer", "norm", "sd", "published", "sd", "sqrt(d)"}};
    for (const SpectralCell& cell : cells) {
        const auto paper = [&](double value) {
            return valueText(cell.published ? std::optional(value) : std::nullopt, "");
        };
        rows.push_back(
            {std::to_string(cell.experiment.size), cell.experiment.initialization,
             cell.experiment.quantizer.method.empty() ? "full" : cell.experiment.quantizer.method,
             shortNumber(cell.result.mean), shortNumber(cell.result.deviation),
             paper(cell.published ? cell.published->mean : 0),
             paper(cell.published ? cell.published->deviation : 0),
             shortNumber(std::sqrt(static_cast<double>(cell.experiment.size)))});
    }
    printColumns(rows, "rllrrrrr");
    const SpectralAgreement agreement = agreementOf(cells);
    std::printf("%d of %d published cells within 2%% or two deviations\n", agreement.agreeing,
                agreement.published);
}

void printLayers(const std::vector<LayerFigures>& layers) {
    std::vector<std::vector<std::string>> rows = {
        {"member", "layer", "step", "growth", "last loss", "lambda_1", "tightness", "exponent"}};
    const auto add = [&](const LayerFigures& row, const LayerMoment& moment) {
        rows.push_back({row.key, std::to_string(row.layer), std::to_string(moment.step),
                        shortNumber(moment.growth), shortNumber(moment.lastGrowth),
                        shortNumber(moment.lambda1), shortNumber(moment.tightness),
                        shortNumber(moment.exponent)});
    };
    for (const LayerFigures& row : layers) {
        add(row, row.start);
        if (row.end.step > row.start.step) add(row, row.end);
    }
    std::printf("\n");
    printColumns(rows, "lrrrrrrr");
}

void printResult(const StudyPlan& plan, const StudyResult& result) {
    const Study& study = *plan.study;
    std::printf("%s\n%s\n", study.title.c_str(), study.question.c_str());
    for (const std::string& note : plan.notes) std::printf("note: %s\n", note.c_str());
    std::vector<std::vector<std::string>> rows = {
        {"member", "status", "metric", "best", "test", "step", "run"}};
    std::size_t at = 0;
    for (const PlannedRun& planned : plan.runs) {
        if (planned.folder.empty()) {
            rows.push_back({planned.member.key, "not made", "", "–", "–", "–", ""});
            continue;
        }
        const LibraryRun& run = result.runs[at++].run;
        const RunSummary& summary = run.summary;
        const bool percent = summary.metric == "accuracy";
        const auto value = [&](std::optional<double> number) {
            if (number && percent) number = 100 * *number;
            return valueText(number, percent ? " %" : "");
        };
        rows.push_back({planned.member.key, toString(summary.status), summary.metric,
                        value(summary.best), value(summary.test), std::to_string(summary.step),
                        oneLine(run.id)});
    }
    if (rows.size() > 1) printColumns(rows, "lllrrrl");
    if (!result.values.empty()) {
        rows = {{"member", "quantity", "at", "measured", "published", "where"}};
        for (const StudyValue& one : result.values)
            rows.push_back({one.key, one.quantity, one.at, valueText(one.measured, one.unit),
                            valueText(one.published, one.unit), one.source});
        std::printf("\n");
        printColumns(rows, "lllrrl");
    }
    if (!result.layers.empty()) printLayers(result.layers);
    if (!result.cells.empty()) printCells(result.cells);
    for (const std::string& words : result.findings) std::printf("\n%s\n", words.c_str());
}

/// Trains what is missing; the bar of each run on stderr.
bool trainMissing(StudyPlan& plan, const Arguments& arguments) {
    Progress progress(::isatty(STDERR_FILENO) != 0 && !arguments.json);
    StudyHooks hooks;
    hooks.onRun = [&](std::size_t i) {
        progress.finish();
        std::fprintf(stderr, "%zu of %zu  %s  %s\n", i + 1, plan.runs.size(),
                     plan.runs[i].member.key.c_str(), utf8(plan.runs[i].folder).c_str());
    };
    hooks.worker = [&](std::size_t) {
        WorkerOptions worker;
        if (arguments.json) return worker;
        worker.onStart = [&](const RunSummary& summary) { progress.start(summary); };
        worker.onReport = [&](const MetricRow& row) { progress.report(row); };
        return worker;
    };
    const bool whole = trainStudy(plan, hooks);
    progress.finish();
    return whole;
}

std::vector<SpectralCell> measureCells(const Study& study, StudyScale scale) {
    const auto& sizes = study.sizes(scale);
    if (sizes.empty()) return {};
    setThreads(2);
    interrupted = 0;
    const auto former = std::signal(SIGINT, [](int) { interrupted = 1; });
    auto cells = measureSpectralTable(paperSpectralExperiments(sizes, study.seeds(scale)),
                                      [](std::size_t) { return interrupted == 0; });
    std::signal(SIGINT, former);
    if (interrupted != 0) throw WorkError("stopped; the table is not complete");
    return cells;
}

int list(bool json) {
    Ordered rows = Ordered::array();
    for (const Study& study : studies()) {
        rows.push_back(studyEntry(study));
        if (!json)
            std::printf("%-30s %s\n    %s\n", study.name.c_str(), study.title.c_str(),
                        study.question.c_str());
    }
    if (json) std::printf("%s\n", rows.dump(2).c_str());
    return 0;
}

int run(const Arguments& arguments) {
    const Study& study = studyNamed(arguments.name);
    const StudyScale scale = arguments.scale == "paper" ? StudyScale::paper : StudyScale::quick;
    // Training takes long: a file that cannot be written is refused before.
    const fs::path report = arguments.report ? outputFile("--report", *arguments.report) : "";
    if (study.members(scale).empty() && !arguments.assignments.empty())
        throw InputError("--set", {}, "has no effect: this study trains no network");
    checkLibrary(arguments.library);
    StudyPlan plan =
        planStudy(study, scale, arguments.assignments,
                  arguments.library.empty() ? defaultLibrary() : pathFromUtf8(arguments.library));
    for (const std::string& note : plan.notes) std::fprintf(stderr, "note: %s\n", note.c_str());
    const bool whole = arguments.dryRun || trainMissing(plan, arguments);
    std::vector<SpectralCell> cells;
    if (whole && !arguments.dryRun) cells = measureCells(study, scale);
    const StudyResult result = readStudy(plan, std::move(cells));
    if (arguments.json)
        std::printf("%s", studyJson(plan, result).c_str());
    else
        printResult(plan, result);
    if (!report.empty()) {
        writeFileAtomically(report, studyHtml(plan, result));
        if (!arguments.json)
            std::printf("report: %s\n", utf8(fs::absolute(report).lexically_normal()).c_str());
    }
    if (!whole) throw WorkError("stopped; the same command goes on where it was");
    int failed = 0;
    for (const PlannedRun& planned : plan.runs) {
        if (planned.problem.empty()) continue;
        std::fprintf(stderr, "%s: %s\n", planned.member.key.c_str(),
                     oneLine(planned.problem).c_str());
        failed = 1;
    }
    return failed;
}

}  // namespace

void addStudy(CLI::App& app, Action& action) {
    const auto arguments = std::make_shared<Arguments>();
    CLI::App* command = app.add_subcommand(
        "study", "Several runs that answer one question: make, train, compare, report");
    command->add_option("name", arguments->name, "Name of bitloom-cli study --list");
    command->add_flag("--list", arguments->list, "Show the studies");
    command->add_option("--library", arguments->library, "Folder of run folders")->check(notEmpty);
    command
        ->add_option("--scale", arguments->scale, "quick (default): minutes; paper: its full size")
        ->check(CLI::IsMember({"quick", "paper"}));
    command->add_option("--set", arguments->assignments, "Change fields of every run")->take_all();
    command->add_option("--report", arguments->report, "Write an HTML report with charts");
    command->add_flag("--dry-run", arguments->dryRun, "Show what is there, train nothing");
    command->add_flag("--json", arguments->json, "Print JSON");
    command->callback([arguments, &action] {
        action = [arguments] {
            if (arguments->list) return list(arguments->json);
            if (arguments->name.empty())
                throw InputError("study", {}, "needs the name of a study, or --list");
            return run(*arguments);
        };
    });
}

}  // namespace bitloom::cli
