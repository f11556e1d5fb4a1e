// bitloom-cli bench --turns: variants trained side by side, each beside the first.

#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/error.h"
#include "bench/step_timer.h"
#include "bench_figures.h"
#include "bench_options.h"
#include "math/threads.h"

namespace bitloom::cli {
namespace {

double percent(double ratio) {
    return 100 * (ratio - 1);
}

void print(const BenchOptions& options, const Workload& workload, double peak,
           const std::vector<TurnCost>& costs) {
    for (std::size_t i = 0; i < costs.size(); ++i) {
        const TurnCost& cost = costs[i];
        const std::string& variant = options.variants[i];
        if (options.json) {
            auto figure = figureJson(options, workload, variant, peak, cost.seconds);
            figure["beside"] = options.variants.front();
            figure["ratio"] = cost.ratio.median;
            figure["ratio_low"] = cost.ratio.low;
            figure["ratio_high"] = cost.ratio.high;
            std::printf("%s\n", figure.dump().c_str());
            continue;
        }
        std::printf("%-11s %-28s %10.2f", workload.name.c_str(), variant.c_str(),
                    cost.seconds * 1e3);
        if (i == 0)
            std::printf(" %9s   %s\n", "-", "-");
        else
            std::printf(" %+8.1f%%   %+.1f to %+.1f\n", percent(cost.ratio.median),
                        percent(cost.ratio.low), percent(cost.ratio.high));
    }
    std::fflush(stdout);
}

}  // namespace

int benchInTurns(const BenchOptions& options) {
    const Precision precision = precisionOf(options);
    if (options.variants.size() < 2)
        throw InputError("--turns", {},
                         "expected two variants or more; the others are compared "
                         "with the first");
    const std::vector<Workload> chosen = chosenWorkloads(options);
    setThreads(options.threads);
    const FlushToZero guard;
    if (!options.json)
        std::printf("%-11s %-28s %10s %9s   %s\n", "workload", "variant", "ms/step", "beside 1st",
                    "middle half of the rounds");
    for (const Workload& workload : chosen) {
        std::vector<NetworkConfig> networks;
        for (const std::string& variant : options.variants)
            networks.push_back(workloadNetwork(workload, variant));
        // The table does not show it.
        const double peak = options.json ? machineGflops(precision) : 0;
        print(options, workload, peak, timeInTurns(workload, networks, options.steps, precision));
    }
    return 0;
}

}  // namespace bitloom::cli
