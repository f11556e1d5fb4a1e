// bitloom-cli bench --compare FILE: Bitloom and its peers, measured in turns.

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "bench/comparison.h"
#include "bench/peers.h"
#include "bench/step_timer.h"
#include "bench_figures.h"
#include "bench_options.h"
#include "experiment/svg_parts.h"
#include "math/threads.h"
#include "one_line.h"
#include "text_table.h"

namespace bitloom::cli {
namespace {

std::string spreadText(const Spread& spread, int digits) {
    return fixed(spread.least, digits) + " – " + fixed(spread.most, digits);
}

void print(const std::vector<ComparisonRow>& rows) {
    std::vector<std::vector<std::string>> table{
        {"workload", "", "ms/step", "least – most", "times as fast", "least – most"}};
    for (const ComparisonRow& row : rows)
        table.push_back({row.workload, oneLine((row.ours ? "Bitloom: " : "") + row.name),
                         fixed(row.milliseconds.median, 2), spreadText(row.milliseconds, 2),
                         row.ratio ? fixed(row.ratio->median, 2) : "",
                         row.ratio ? spreadText(*row.ratio, 2) : ""});
    printColumns(table, "llrrrr");
}

void addSpread(nlohmann::ordered_json& line, const ComparisonRow& row) {
    line["ms_least"] = row.milliseconds.least;
    line["ms_most"] = row.milliseconds.most;
    line["samples"] = row.samples;
}

void printJson(const BenchOptions& options, const std::vector<ComparisonRow>& rows, double peak) {
    for (const ComparisonRow& row : rows) {
        nlohmann::ordered_json line;
        if (row.ours) {
            line = figureJson(options, findWorkload(row.workload, "--workload"), row.name, peak,
                              row.milliseconds.median * 1e-3);
            addSpread(line, row);
            line["best_peer"] = nullptr;
            if (row.ratio) {
                line["best_peer"] = row.bestPeer;
                line["best_peer_ms"] = row.bestMilliseconds;
                line["times_as_fast"] = row.ratio->median;
                line["times_as_fast_least"] = row.ratio->least;
                line["times_as_fast_most"] = row.ratio->most;
            }
        } else {
            line = {{"workload", row.workload},
                    {"peer", row.name},
                    {"ms_per_step", row.milliseconds.median}};
            addSpread(line, row);
        }
        std::printf("%s\n",
                    line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
    }
}

}  // namespace

int benchAgainstPeers(const BenchOptions& options) {
    const Precision precision = precisionOf(options);
    ComparisonOptions wanted;
    for (const Workload& workload : chosenWorkloads(options))
        wanted.workloads.push_back(workload.name);
    wanted.variants = options.variants;
    for (auto one = wanted.variants.begin(); one != wanted.variants.end(); ++one)
        if (std::find(wanted.variants.begin(), one, *one) != one)
            throw InputError("--variant", *one, "is given twice");
    for (auto one = wanted.workloads.begin(); one != wanted.workloads.end(); ++one)
        if (std::find(wanted.workloads.begin(), one, *one) != one)
            throw InputError("--workload", *one, "is given twice");
    wanted.rounds = options.rounds;
    wanted.threads = options.threads;
    wanted.where = options.compare;
    const std::vector<Peer> peers = readPeers(pathFromUtf8(wanted.where));

    setThreads(options.threads);
    const FlushToZero guard;
    const auto measure = [&](const std::string& name, const std::string& variant) {
        const Workload workload = findWorkload(name, "--workload");
        const NetworkConfig network = workloadNetwork(workload, variant);
        return timeSteps(workload, network, options.steps, precision).seconds * 1e3;
    };
    const auto say = [&](int round) {
        if (::isatty(STDERR_FILENO))
            std::fprintf(stderr, "round %d of %d\n", round, options.rounds);
    };
    const std::vector<ComparisonRow> rows = compareWithPeers(peers, wanted, measure, say);
    if (options.json)
        printJson(options, rows, machineGflops(precision));
    else
        print(rows);
    return 0;
}

}  // namespace bitloom::cli
