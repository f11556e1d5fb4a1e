// bitloom-cli bench --quantizers: what quantizing all recurrent weights costs a step.

#include <cstdio>
#include <nlohmann/json.hpp>

#include "bench/quantizer_cost.h"
#include "bench/step_timer.h"
#include "bench_figures.h"
#include "bench_options.h"
#include "math/threads.h"

namespace bitloom::cli {

int benchQuantizers(const BenchOptions& options) {
    constexpr int k_repeatsAStep = 5;  // a quantization is short beside a step
    const Precision precision = precisionOf(options);
    const Workload workload = chosenWorkload(options, "--quantizers");
    setThreads(options.threads);
    const FlushToZero guard;
    const NetworkConfig network = workloadNetwork(workload, "full+none");
    const double step = timeSteps(workload, network, options.steps, precision).seconds;
    if (!options.json)
        std::printf("%-26s %4s %12s %12s %9s   of a step of %.1f ms (%s, full+none)\n", "quantizer",
                    "bits", "forward ms", "backward ms", "share", step * 1e3,
                    workload.name.c_str());
    for (const QuantizerCost& cost : quantizerCosts(workload, k_repeatsAStep * options.steps)) {
        const double share = cost.seconds() / step;
        if (options.json)
            std::printf("%s\n", nlohmann::ordered_json{{"workload", workload.name},
                                                       {"quantizer", cost.method},
                                                       {"bits", cost.bits},
                                                       {"threads", options.threads},
                                                       {"forward_ms", cost.forwardSeconds * 1e3},
                                                       {"backward_ms", cost.backwardSeconds * 1e3},
                                                       {"step_ms", step * 1e3},
                                                       {"share", share}}
                                    .dump()
                                    .c_str());
        else
            std::printf("%-26s %4d %12.3f %12.3f %8.2f%%\n", cost.method.c_str(), cost.bits,
                        cost.forwardSeconds * 1e3, cost.backwardSeconds * 1e3, 100 * share);
    }
    return 0;
}

}  // namespace bitloom::cli
