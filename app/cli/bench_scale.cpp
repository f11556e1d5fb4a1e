// bitloom-cli bench --scale SIZE: a training step against one size.

#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "bench/scale.h"
#include "bench_figures.h"
#include "bench_options.h"
#include "math/threads.h"
#include "nn/check.h"
#include "output_file.h"

namespace bitloom::cli {
namespace {

/// A network that cannot be is the fault of the size, which the user gave.
void checkSize(const Workload& scaled, const std::string& variant, int value) {
    const NetworkConfig network = workloadNetwork(scaled, variant);
    try {
        checkNetwork(network);
    } catch (const InputError& error) {
        throw InputError("--sizes", std::to_string(value), error.message());
    }
}

}  // namespace

int benchScale(const BenchOptions& options) {
    const Precision precision = precisionOf(options);
    const Workload workload = chosenWorkload(options, "--scale");
    const ScaleSize size = findScaleSize(options.scale);
    const std::vector<int>& values = options.sizes.empty() ? size.points : options.sizes;
    std::vector<Workload> scaled;
    for (const int value : values) {
        scaled.push_back(scaledWorkload(workload, size, value));
        for (const std::string& variant : options.variants)
            checkSize(scaled.back(), variant, value);
    }
    // Measuring takes minutes: a file that cannot be written is refused before.
    if (!options.svg.empty()) outputFile("--svg", options.svg);

    setThreads(options.threads);
    const FlushToZero guard;
    const double peak = machineGflops(precision);
    if (!options.json)
        std::printf("%-11s %10s  %-28s %10s %12s %6s %12s\n", "workload", size.name.c_str(),
                    "variant", "ms/step", "tokens/s", "peak", "memory MiB");
    std::vector<ScalePoint> points;
    for (std::size_t i = 0; i < scaled.size(); ++i)
        for (const std::string& variant : options.variants) {
            const NetworkConfig network = workloadNetwork(scaled[i], variant);
            ScalePoint point{variant, values[i],
                             timeSteps(scaled[i], network, options.steps, precision)};
            const auto memory = point.cost.memoryBytes;
            const Rates rates = ratesOf(scaled[i], variant, point.cost.seconds);
            if (options.json) {
                auto line = figureJson(options, scaled[i], variant, peak, point.cost.seconds);
                line["size"] = size.name;
                line["value"] = values[i];
                line["memory_bytes"] =
                    memory ? nlohmann::ordered_json(*memory) : nlohmann::ordered_json();
                std::printf("%s\n", line.dump().c_str());
            } else {
                std::printf("%-11s %10d  %-28s %10.2f %12.0f %5.0f%% %12s\n", workload.name.c_str(),
                            values[i], variant.c_str(), point.cost.seconds * 1e3,
                            rates.tokensPerSecond, 100 * rates.gflops / peak,
                            memory ? std::to_string((*memory + (1 << 19)) >> 20).c_str() : "-");
            }
            std::fflush(stdout);
            points.push_back(std::move(point));
        }
    if (!options.svg.empty())
        writeFileAtomically(pathFromUtf8(options.svg), scaleSvg(workload, size, points));
    return 0;
}

}  // namespace bitloom::cli
