#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <optional>

#include "base/error.h"
#include "base/files.h"
#include "command.h"
#include "experiment/chart_svg.h"
#include "experiment/comparison.h"
#include "experiment/published.h"
#include "find_run.h"
#include "one_line.h"
#include "output_file.h"
#include "text_table.h"

// bitloom-cli compare: runs side by side as a table, CSV, JSON or an HTML report with charts.

namespace bitloom::cli {
namespace {

namespace fs = std::filesystem;

struct Arguments {
    std::vector<std::string> runs;
    std::string library;
    std::optional<std::string> report;
    std::optional<std::string> csv;
    bool json = false;
};

std::string value(const std::optional<double>& number, const std::string& metric) {
    if (!number || !std::isfinite(*number)) return "–";
    return metric == "accuracy" ? shortNumber(100 * *number) + " %" : shortNumber(*number);
}

std::vector<std::string> rowOf(const ComparedRun& compared) {
    const LibraryRun& run = compared.run;
    const RunSummary& summary = run.summary;
    const PublishedResult* published = findPublished(compared.spec);
    return {oneLine(summary.name),
            run.quantizer.empty() ? "full" : run.quantizer,
            run.normalization,
            std::to_string(run.bits),
            summary.metric,
            value(summary.best, summary.metric),
            value(summary.last, summary.metric),
            value(summary.test, summary.metric),
            value(published ? published->value : std::nullopt, summary.metric),
            std::to_string(summary.size.paperKb),
            std::to_string(summary.size.recurrentBytes),
            shortNumber(std::round(summary.tokensPerSecond)),
            std::to_string(summary.step),
            toString(summary.status)};
}

void printTable(const std::vector<ComparedRun>& runs) {
    std::vector<std::vector<std::string>> rows = {{"run", "quantizer", "norm", "bits", "metric",
                                                   "best", "last", "test", "paper", "paper KB",
                                                   "packed B", "tok/s", "step", "status"}};
    for (const ComparedRun& run : runs) rows.push_back(rowOf(run));
    printColumns(rows, "lllrlrrrrrrrrl");
    for (const ComparedRun& run : runs)
        if (!run.run.summary.message.empty())
            std::printf("%s: %s\n", oneLine(run.run.summary.name).c_str(),
                        oneLine(run.run.summary.message).c_str());
}

bool isLibraryFile(const fs::path& path) {
    std::error_code failure;
    const std::string name = utf8(path.filename());
    return fs::is_regular_file(path, failure) &&
           (name.starts_with("library.sqlite") || name.starts_with("queue.json"));
}

int compare(const Arguments& arguments) {
    const auto target = [](const std::optional<std::string>& name, const char* option) {
        return name ? outputFile(option, *name) : fs::path();
    };
    const fs::path report = target(arguments.report, "--report");
    const fs::path csv = target(arguments.csv, "--csv");
    const fs::path library =
        arguments.library.empty() ? defaultLibrary() : pathFromUtf8(arguments.library);
    std::vector<fs::path> folders;
    for (const std::string& name : arguments.runs) {
        if (name.empty()) throw InputError("compare", {}, "a run has an empty name");
        // LIBRARY/* names the library's own files too.
        if (arguments.runs.size() > 1 && isLibraryFile(pathFromUtf8(name))) continue;
        folders.push_back(findRun(name, library));
    }
    if (folders.empty()) throw InputError("compare", {}, "there are no runs among these files");
    const std::vector<ComparedRun> runs = readComparison(folders);
    if (!csv.empty()) writeFileAtomically(csv, comparisonCsv(runs));
    if (!report.empty()) writeFileAtomically(report, comparisonHtml(runs));
    if (arguments.json)
        std::printf("%s", comparisonJson(runs).c_str());
    else
        printTable(runs);
    if (!report.empty() && !arguments.json)
        std::printf("report: %s\n", utf8(fs::absolute(report).lexically_normal()).c_str());
    return 0;
}

}  // namespace

void addCompare(CLI::App& app, Action& action) {
    const auto arguments = std::make_shared<Arguments>();
    CLI::App* command = app.add_subcommand("compare", "Runs side by side");
    command->add_option("runs", arguments->runs, "Run folders, or names of runs in the library")
        ->required();
    command->add_option("--library", arguments->library, "Library folder")->check(notEmpty);
    command->add_option("--report", arguments->report, "Write an HTML report with charts");
    command->add_option("--csv", arguments->csv, "Write the table as CSV");
    command->add_flag("--json", arguments->json, "Print JSON");
    command->callback(
        [arguments, &action] { action = [arguments] { return compare(*arguments); }; });
}

}  // namespace bitloom::cli
