// bitloom-cli bench: milliseconds a training step on the workloads of the PyTorch yardstick.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/error.h"
#include "command.h"
#include "experiment/catalog.h"
#include "math/gemm.h"
#include "math/rng.h"
#include "math/threads.h"
#include "nn/network.h"
#include "train/clip.h"
#include "train/optimizer.h"

namespace bitloom::cli {
namespace {

struct Workload {
    const char* name;
    int steps, batch, vocabulary, embedding, features, hidden, classes;
    const char* optimizer;
    double rate;
};

constexpr Workload k_workloads[] = {
    {"char-ptb", 100, 64, 50, 0, 0, 512, 0, "adam", 2e-3},
    {"word-ptb", 35, 20, 10000, 300, 0, 300, 0, "sgd", 1.0},
    {"seq-mnist", 784, 100, 0, 0, 1, 100, 10, "adam", 2e-3},
    {"char-small", 50, 32, 50, 0, 0, 128, 0, "adam", 2e-3},
};
constexpr double k_clip = 1.0;
constexpr std::size_t k_peakSize = 1024;

struct BenchOptions {
    std::vector<std::string> workloads;
    std::vector<std::string> variants{"full+none", "binary_connect+weight", "binary_connect+layer",
                                      "binary_connect+batch_shared"};
    std::string precision = "fp32";
    int threads = 2;
    int steps = 5;
    bool json = false;
};

const Workload& findWorkload(const std::string& name) {
    std::vector<std::string> names;
    for (const Workload& workload : k_workloads) {
        if (name == workload.name) return workload;
        names.emplace_back(workload.name);
    }
    throw InputError("--workload", name,
                     "unknown workload; did you mean " + nearestName(name, names) + "?");
}

/// "binary_connect+weight" -> the two names; full is the null quantizer.
NetworkConfig configure(const Workload& w, const std::string& variant) {
    const std::size_t plus = variant.find('+');
    const std::string quantizer = variant.substr(0, plus);
    const std::string normalization = plus == variant.npos ? "none" : variant.substr(plus + 1);
    NetworkConfig config;
    config.hidden = w.hidden;
    config.vocabulary = w.vocabulary;
    config.embedding = w.embedding;
    config.features = w.features;
    config.outputs = w.classes ? w.classes : w.vocabulary;
    config.task = w.classes ? Task::classification : Task::language_model;
    config.quantizer.method = quantizer == "full" ? "" : quantizer;
    if (const Entry* entry = findEntry(quantizerEntries(), config.quantizer.method);
        entry && !entry->bits.empty())
        config.quantizer.bits = entry->bits.front();
    config.normalization.method = normalization;
    config.normalization.maxSteps = w.steps;
    if (!findEntry(quantizerEntries(), config.quantizer.method) ||
        !findEntry(normalizationEntries(), normalization))
        throw InputError("--variant", variant,
                         "expected QUANTIZER+NORMALIZATION as `list` names them, or full+none");
    return config;
}

/// Random, not zero, operands: zeros are faster than life.
Batch randomBatch(const Workload& w) {
    Rng rng(1, makeStream("bench"));
    Batch batch;
    batch.steps = static_cast<std::size_t>(w.steps);
    batch.size = static_cast<std::size_t>(w.batch);
    batch.features = static_cast<std::size_t>(w.features);
    const std::size_t rows = batch.steps * batch.size;
    if (w.features) {
        batch.frames.resize(rows * batch.features);
        for (float& x : batch.frames) x = rng.uniform();
        batch.targets.resize(batch.size);
    } else {
        batch.tokens.resize(rows);
        for (auto& token : batch.tokens)
            token = static_cast<std::int32_t>(rng.below(static_cast<std::uint32_t>(w.vocabulary)));
        batch.targets.resize(rows);
    }
    const int outputs = w.classes ? w.classes : w.vocabulary;
    for (auto& target : batch.targets)
        target = static_cast<std::int32_t>(rng.below(static_cast<std::uint32_t>(outputs)));
    return batch;
}

/// Multiply-adds x 2 of the products of forward and backward. One-hot inputs are a gather, and the
/// gradient of given frames is not computed: both count for nothing.
double flops(const Workload& w, const NetworkConfig& config) {
    const double rows = static_cast<double>(w.steps) * w.batch;
    const double gates = config.gates() * static_cast<double>(w.hidden);
    double products = 3 * rows * gates * w.hidden;  // recurrent: y, dx, dW
    if (w.embedding) products += 3 * rows * gates * w.embedding;
    if (w.features) products += 2 * rows * gates * w.features;  // y, dW
    const double read = w.classes ? static_cast<double>(w.batch) : rows;
    products += 3 * read * w.hidden * config.outputs;
    return 2 * products;
}

double medianStep(const Workload& w, const NetworkConfig& config, int repeats,
                  Precision precision) {
    Network<float> network(config, 1);
    network.setPrecision(precision);
    TrainingConfig training;
    training.optimizer = w.optimizer;
    const auto quantizer = makeQuantizer<float>(config.quantizer);
    const bool moments = quantizer && quantizer->usesSecondMoment();
    const auto optimizer = makeOptimizer(training, std::as_const(network).parameters(), moments);
    const Batch batch = randomBatch(w);
    std::vector<double> times;
    for (int i = 0; i <= repeats; ++i) {
        const auto start = std::chrono::steady_clock::now();
        RecurrentState<float> state;
        network.setStep(static_cast<std::uint64_t>(i));
        network.forward(batch, Mode::train, state);
        network.backward();
        const double norm = globalGradientNorm(network.parameters());
        optimizer->step(network.parameters(), w.rate, clipFactor(norm, k_clip));
        if (moments && i == 0) network.setSecondMoments(optimizer->secondMoments());
        network.weightsChanged();
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
        if (i > 0) times.push_back(took.count());  // the first one warms up
    }
    std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2),
                     times.end());
    return times[times.size() / 2];
}

int bench(const BenchOptions& options) {
    const auto precision = precisionFromName(options.precision);
    if (!precision) throw InputError("--precision", options.precision, "expected fp32 or bf16");
    std::vector<const Workload*> workloads;
    for (const std::string& name : options.workloads) workloads.push_back(&findWorkload(name));
    if (workloads.empty())
        for (const Workload& workload : k_workloads) workloads.push_back(&workload);
    for (const Workload* w : workloads)
        for (const std::string& variant : options.variants) configure(*w, variant);

    setThreads(options.threads);
    const FlushToZero guard;
    const double peak = peakGflops(k_peakSize, 5, *precision);
    if (!options.json)
        std::printf("%-11s %-28s %10s %12s %9s %6s\n", "workload", "variant", "ms/step", "tokens/s",
                    "gflop/s", "peak");
    for (const Workload* w : workloads)
        for (const std::string& variant : options.variants) {
            const NetworkConfig config = configure(*w, variant);
            const double seconds = medianStep(*w, config, options.steps, *precision);
            const double gflops = flops(*w, config) / seconds * 1e-9;
            const double tokens = static_cast<double>(w->steps) * w->batch / seconds;
            if (options.json)
                std::printf("%s\n", nlohmann::ordered_json{{"workload", w->name},
                                                           {"variant", variant},
                                                           {"precision", options.precision},
                                                           {"threads", options.threads},
                                                           {"ms_per_step", seconds * 1e3},
                                                           {"tokens_per_second", tokens},
                                                           {"gflops", gflops},
                                                           {"peak_gflops", peak},
                                                           {"peak_fraction", gflops / peak}}
                                        .dump()
                                        .c_str());
            else
                std::printf("%-11s %-28s %10.2f %12.0f %9.1f %5.0f%%\n", w->name, variant.c_str(),
                            seconds * 1e3, tokens, gflops, 100 * gflops / peak);
            std::fflush(stdout);
        }
    return 0;
}

}  // namespace

void addBench(CLI::App& app, Action& action) {
    const auto options = std::make_shared<BenchOptions>();
    CLI::App* command =
        app.add_subcommand("bench", "Measure training steps on the four standard workloads");
    command->add_option("--workload", options->workloads,
                        "char-ptb, word-ptb, seq-mnist, char-small (default: all)");
    command->add_option("--variant", options->variants, "QUANTIZER+NORMALIZATION ...")
        ->capture_default_str();
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
    command->callback([options, &action] { action = [options] { return bench(*options); }; });
}

}  // namespace bitloom::cli
