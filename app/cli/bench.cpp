// bitloom-cli bench: milliseconds a training step on the workloads of the PyTorch yardstick.

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "bench/step_timer.h"
#include "bench/workload.h"
#include "bench_figures.h"
#include "bench_options.h"
#include "command.h"
#include "math/gemm.h"
#include "math/threads.h"

namespace bitloom::cli {
namespace {

int bench(const BenchOptions& options) {
    switch (options.mode) {
        case BenchMode::turns:
            return benchInTurns(options);
        case BenchMode::compare:
            return benchAgainstPeers(options);
        case BenchMode::scale:
            return benchScale(options);
        case BenchMode::quantizers:
            return benchQuantizers(options);
        default:
            return benchWorkloads(options);
    }
}

}  // namespace

Precision precisionOf(const BenchOptions& options) {
    const auto precision = precisionFromName(options.precision);
    if (!precision) throw InputError("--precision", options.precision, "expected fp32 or bf16");
    return *precision;
}

std::vector<Workload> chosenWorkloads(const BenchOptions& options) {
    std::vector<Workload> chosen;
    for (const std::string& name : options.workloads)
        chosen.push_back(findWorkload(name, "--workload"));
    if (chosen.empty()) chosen = workloads();
    for (const Workload& workload : chosen)
        for (const std::string& variant : options.variants) workloadNetwork(workload, variant);
    return chosen;
}

Workload chosenWorkload(const BenchOptions& options, const std::string& mode) {
    if (options.workloads.size() > 1)
        throw InputError("--workload", {}, "expected one workload with " + mode);
    return findWorkload(options.workloads.empty() ? "char-ptb" : options.workloads.front(),
                        "--workload");
}

Rates ratesOf(const Workload& workload, const std::string& variant, double seconds) {
    const double tokens = static_cast<double>(workload.steps) * workload.batch;
    const double flops = productFlops(workload, workloadNetwork(workload, variant));
    return {tokens / seconds, flops / seconds * 1e-9};
}

double machineGflops(Precision precision) {
    constexpr std::size_t size = 1024;
    return peakGflops(size, 11, precision);
}

nlohmann::ordered_json figureJson(const BenchOptions& options, const Workload& workload,
                                  const std::string& variant, double peak, double seconds) {
    const Rates rates = ratesOf(workload, variant, seconds);
    return {{"workload", workload.name},
            {"variant", variant},
            {"precision", options.precision},
            {"threads", options.threads},
            {"ms_per_step", seconds * 1e3},
            {"tokens_per_second", rates.tokensPerSecond},
            {"gflops", rates.gflops},
            {"peak_gflops", peak},
            {"peak_fraction", rates.gflops / peak}};
}

int benchWorkloads(const BenchOptions& options) {
    const Precision precision = precisionOf(options);
    const std::vector<Workload> chosen = chosenWorkloads(options);
    setThreads(options.threads);
    const FlushToZero guard;
    if (!options.json)
        std::printf("%-11s %-28s %10s %12s %9s %6s\n", "workload", "variant", "ms/step", "tokens/s",
                    "gflop/s", "peak");
    for (const Workload& workload : chosen)
        for (const std::string& variant : options.variants) {
            const NetworkConfig network = workloadNetwork(workload, variant);
            // Each time again: a shared machine's rate is another a minute later.
            const double peak = machineGflops(precision);
            const double seconds = timeSteps(workload, network, options.steps, precision).seconds;
            const Rates rates = ratesOf(workload, variant, seconds);
            if (options.json)
                std::printf("%s\n",
                            figureJson(options, workload, variant, peak, seconds).dump().c_str());
            else
                std::printf("%-11s %-28s %10.2f %12.0f %9.1f %5.0f%%\n", workload.name.c_str(),
                            variant.c_str(), seconds * 1e3, rates.tokensPerSecond, rates.gflops,
                            100 * rates.gflops / peak);
            std::fflush(stdout);
        }
    return 0;
}

void addBench(CLI::App& app, Action& action) {
    const auto options = std::make_shared<BenchOptions>();
    CLI::App* command =
        app.add_subcommand("bench", "Measure training steps on the four standard workloads");
    command->add_option("--workload", options->workloads,
                        "char-ptb, word-ptb, seq-mnist, char-small (default: all)");
    CLI::Option* variant =
        command->add_option("--variant", options->variants, "QUANTIZER+NORMALIZATION ...");
    variant->capture_default_str();
    command->add_option("--threads", options->threads, "Thread budget")
        ->check(CLI::Range(1, 1024))
        ->capture_default_str();
    command->add_option("--steps", options->steps, "Steps the median is taken over")
        ->check(CLI::Range(1, 100000))
        ->capture_default_str();
    command
        ->add_option("--precision", options->precision, "Arithmetic of the products: fp32 or bf16")
        ->capture_default_str();
    command->add_flag("--json", options->json, "One JSON line a variant");
    CLI::Option* compare = command->add_option(
        "--compare", options->compare,
        "Measure in turns with the peers of FILE (JSON: recorded figures or commands), or against "
        "the lines of an earlier --json");
    command->add_option("--rounds", options->rounds, "Rounds of --compare")
        ->check(CLI::Range(1, 1000))
        ->needs(compare)
        ->capture_default_str();
    CLI::Option* scale = command->add_option(
        "--scale", options->scale,
        "Time a step against one size: hidden, window, batch, vocabulary or layers");
    scale->excludes(compare);
    command->add_option("--sizes", options->sizes, "The values of that size to measure")
        ->needs(scale);
    CLI::Option* svg = command->add_option("--svg", options->svg, "File to draw them in");
    svg->needs(scale);
    CLI::Option* quantizers = command->add_flag("--quantizers");
    quantizers->description(
        "What quantizing all weights costs, method by method, as a share of a step");
    quantizers->excludes(variant)->excludes(compare)->excludes(scale);
    CLI::Option* turns = command->add_flag("--turns");
    turns->description(
        "Train the variants side by side and compare each with the first, round by round; --steps "
        "are the rounds (default variants: binary_connect with none and each normalization)");
    turns->excludes(compare)->excludes(scale)->excludes(quantizers);
    // An option that was given an empty value was given all the same.
    command->callback([=, &action] {
        if (compare->count() > 0) options->mode = BenchMode::compare;
        if (scale->count() > 0) options->mode = BenchMode::scale;
        if (quantizers->count() > 0) options->mode = BenchMode::quantizers;
        if (turns->count() > 0) {
            options->mode = BenchMode::turns;
            if (variant->count() == 0) options->variants.front() = "binary_connect+none";
        }
        const bool noFile = (compare->count() > 0 && options->compare.empty()) ||
                            (svg->count() > 0 && options->svg.empty());
        action = [options, noFile] {
            if (noFile)
                throw InputError(options->mode == BenchMode::compare ? "--compare" : "--svg", {},
                                 "expected a file");
            return bench(*options);
        };
    });
}

}  // namespace bitloom::cli
