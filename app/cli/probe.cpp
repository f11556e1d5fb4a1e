// bitloom-cli probe: the diagnostics of a checkpoint, measured again.

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "command.h"
#include "experiment/probe_writer.h"
#include "experiment/run_folder.h"
#include "experiment/run_probe.h"
#include "probe/gains.h"

namespace bitloom::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr auto k_pause = std::chrono::milliseconds(250);  // between two words of progress

struct Arguments {
    std::string run;
    RunProbeOptions options;
    std::string evaluate;
    std::optional<int> samples;  ///< unset: 4, for all exponents 1
    int exponents = 8;
    int threads = 0;  ///< 0: the run's own
    bool wholeBatch = false;
    bool json = false;
};

Json number(double value) {
    return std::isfinite(value) ? Json(value) : Json(nullptr);
}

Json numbers(const std::vector<double>& values) {
    Json list = Json::array();
    for (const double v : values) list.push_back(number(v));
    return list;
}

Json perGate(const std::vector<std::string>& gates, const std::vector<double>& values) {
    Json tree = Json::object();
    for (std::size_t g = 0; g < std::min(gates.size(), values.size()); ++g)
        tree[gates[g]] = number(values[g]);
    return tree;
}

const MatrixSpectrum& recurrent(const SpectrumRow& row, std::size_t layer) {
    for (const MatrixSpectrum& matrix : row.layers[layer].matrices)
        if (matrix.side == "hh") return matrix;
    throw WorkError("the recurrent matrix has no spectrum");
}

Json layerJson(const RunProbe& probe, std::size_t l) {
    const std::vector<std::string> gates = gateNames(probe.cell);
    Json layer;
    if (probe.rows.bounds) {
        const LayerBound& bound = probe.rows.bounds->layers[l];
        layer["lambda_1"] = number(bound.lambda1);
        layer["lambda_2"] = number(bound.lambda2);
        layer["gamma"] = number(bound.gamma);
    }
    if (probe.rows.spectra)
        layer["spectral_norms"] = perGate(gates, recurrent(*probe.rows.spectra, l).effective);
    layer["lyapunov"] =
        probe.rows.lyapunov ? numbers(probe.rows.lyapunov->layers[l].exponents) : Json(nullptr);
    if (probe.rows.bounds) {
        const LayerBound& bound = probe.rows.bounds->layers[l];
        layer["form"] = bound.form;
        layer["squared"] = bound.squared;
        layer["lambda_1_largest"] = number(bound.lambda1Largest);
        layer["lambda_2_largest"] = number(bound.lambda2Largest);
        layer["gamma_largest"] = number(bound.gammaLargest);
        layer["parts"] = perGate(gates, bound.parts);
        layer["carry"] = number(bound.carry);
        layer["lambda_1_printed"] = number(bound.printed1);
        layer["lambda_2_printed"] = number(bound.printed2);
        layer["lambda_1_frozen_gains"] = number(bound.frozen1);
        layer["lambda_2_frozen_gains"] = number(bound.frozen2);
        layer["tightness_max"] = number(bound.tightnessLargest);
        layer["tightness"] = numbers(bound.tightness);
        layer["violations"] = bound.violations;
        layer["compared"] = bound.compared;
        layer["left_out"] = bound.leftOut;
    }
    if (probe.rows.spectra) {
        const MatrixSpectrum& spectrum = recurrent(*probe.rows.spectra, l);
        layer["spectral_norms_latent"] = perGate(gates, spectrum.latent);
        layer["spectral_norms_quantized"] = perGate(gates, spectrum.quantized);
        layer["spectral_floor"] = perGate(gates, spectrum.floor);
    }
    const LayerGradients& gradients = probe.rows.gradients.total[l];
    layer["growth"] = number(gradients.hidden.growth.rate);
    layer["growth_median"] = number(gradients.hidden.medianGrowth.rate);
    layer["state_gradient_median"] = numbers(gradients.hidden.median);
    if (!probe.rows.gradients.last.empty()) {
        const LayerGradients& last = probe.rows.gradients.last[l];
        layer["last_step_growth"] = number(last.hidden.growth.rate);
        layer["last_step_growth_median"] = number(last.hidden.medianGrowth.rate);
        layer["last_step_state_gradient_median"] = numbers(last.hidden.median);
    }
    return layer;
}

template <class Row>
void addRecord(Json& records, const char* name, const Row& row) {
    if (row) records[name] = Json::parse(probeLine(*row));
}

Json toJson(const RunProbe& probe, const std::string& at) {
    Json tree = {{"step", probe.step}, {"at", at}};
    tree["layers"] = Json::array();
    for (std::size_t l = 0; l < probe.rows.gradients.hidden.size(); ++l)
        tree["layers"].push_back(layerJson(probe, l));
    tree["state_gradient_norms"] = Json::array();
    for (const auto& layer : probe.rows.gradients.hidden)
        tree["state_gradient_norms"].push_back(numbers(layer));
    tree["cell_gradient_norms"] = Json::array();
    for (const auto& layer : probe.rows.gradients.cell)
        tree["cell_gradient_norms"].push_back(numbers(layer));
    tree["tightness_max"] =
        probe.rows.bounds ? number(probe.rows.bounds->tightnessMax) : Json(nullptr);
    if (probe.evaluation) {
        const auto optional = [](const std::optional<double>& v) {
            return v ? number(*v) : Json(nullptr);
        };
        tree["evaluation"] = {{"metric", probe.metric},
                              {"running", number(probe.evaluation->value)},
                              {"batch", optional(probe.evaluation->batchStatistics)},
                              {"per_step", optional(probe.evaluation->perStep)},
                              {"all_steps", optional(probe.evaluation->trueAverage)}};
    }
    Json& records = tree["records"] = Json::object();
    records["state_gradients"] = Json::parse(probeLine(probe.rows.gradients));
    addRecord(records, "bounds", probe.rows.bounds);
    addRecord(records, "spectra", probe.rows.spectra);
    addRecord(records, "lyapunov", probe.rows.lyapunov);
    addRecord(records, "gains", probe.rows.gains);
    addRecord(records, "statistics", probe.rows.statistics);
    addRecord(records, "weights", probe.rows.weights);
    return tree;
}

void printGates(const char* label, const std::vector<std::string>& gates,
                const std::vector<double>& values) {
    if (values.empty() ||
        std::all_of(values.begin(), values.end(), [](double v) { return std::isnan(v); }))
        return;
    std::printf("  %-22s", label);
    for (std::size_t g = 0; g < values.size(); ++g)
        std::printf("  %s %-9.4g", gates[g].c_str(), values[g]);
    std::printf("\n");
}

void printBound(const LayerBound& bound, const std::vector<std::string>& gates) {
    std::printf("  %-22s  %.5g   largest %.5g   (%s form%s)\n", "lambda_1", bound.lambda1,
                bound.lambda1Largest, bound.form.c_str(), bound.squared ? ", squared norms" : "");
    if (!std::isnan(bound.lambda2))
        std::printf("  %-22s  %.5g   largest %.5g\n", "lambda_2", bound.lambda2,
                    bound.lambda2Largest);
    if (!std::isnan(bound.printed1))
        std::printf("  %-22s  %.5g   g_max |D^-1 W| for |W|\n", "lambda_1 as printed",
                    bound.printed1);
    if (!std::isnan(bound.frozen1))
        std::printf("  %-22s  %.5g   gains held at their start\n", "lambda_1 frozen",
                    bound.frozen1);
    std::printf("  %-22s  %.5g   largest %.5g\n", gates.size() == 4 ? "c1 = max |c|" : "max |m|",
                bound.gamma, bound.gammaLargest);
    printGates("shares of lambda_1", gates, bound.parts);
    if (bound.carry > 0) std::printf("  %-22s  %.5g\n", "share of max z", bound.carry);
    if (std::isnan(bound.tightnessLargest)) {
        std::printf("  %-22s  no gradient could be compared\n", "tightness, largest");
        return;
    }
    std::printf("  %-22s  %.4g   %d above 1", "tightness, largest", bound.tightnessLargest,
                bound.violations);
    if (bound.leftOut > 0)
        std::printf(", %d of %d not compared", bound.leftOut, bound.leftOut + bound.compared);
    std::printf("\n");
}

/// Float gradients reach 3e38; unscaled binary weights take them there in 100 steps.
std::string gradientText(double value) {
    if (!std::isfinite(value)) return "beyond float";
    char text[32];
    std::snprintf(text, sizeof text, "%.3e", value);
    return text;
}

void printProfile(const char* label, const GradientProfile& profile) {
    const std::vector<double>& median = profile.median;
    if (median.empty()) return;
    std::printf("  %-22s  %s at the last step, %s in the middle, %s at the first\n", label,
                gradientText(median.back()).c_str(),
                gradientText(median[median.size() / 2]).c_str(),
                gradientText(median.front()).c_str());
    const GrowthFit& fit = profile.medianGrowth;
    if (std::isnan(fit.rate)) return;
    std::printf("  %-22s  %.4g a step backwards (steps %d to %d, %d used, %d left out)\n",
                "  growth", fit.rate, fit.from, fit.to, fit.points, fit.ignored);
}

void printLyapunov(const LyapunovRow& row, std::size_t l) {
    const std::vector<double>& exponents = row.layers[l].exponents;
    std::printf("  %-22s", "Lyapunov exponents");
    for (std::size_t i = 0; i < std::min<std::size_t>(8, exponents.size()); ++i)
        std::printf("  %.4f", exponents[i]);
    std::printf("%s\n", exponents.size() > 8 ? "  ..." : "");
    std::printf("  %-22s  nats a step, %d trajector%s, %d steps after %d%s%s\n", "", row.samples,
                row.samples == 1 ? "y" : "ies", row.steps, row.warmup,
                row.statistics == "none" ? "" : (", statistics " + row.statistics).c_str(),
                exponents.empty()  ? ""
                : exponents[0] > 0 ? "; above 0: gradients explode"
                : exponents[0] < 0 ? "; below 0: gradients vanish"
                                   : "");
}

void print(const RunProbe& probe, const std::string& at) {
    std::printf("%s, %lld updates\n", at.c_str(), static_cast<long long>(probe.step));
    const std::vector<std::string> gates = gateNames(probe.cell);
    for (std::size_t l = 0; l < probe.rows.gradients.hidden.size(); ++l) {
        std::printf("layer %zu\n", l);
        if (probe.rows.bounds) printBound(probe.rows.bounds->layers[l], gates);
        if (probe.rows.spectra) {
            const MatrixSpectrum& spectrum = recurrent(*probe.rows.spectra, l);
            printGates("|W_hh| latent", gates, spectrum.latent);
            printGates("|W_hh| quantized", gates, spectrum.quantized);
            printGates("|W_hh| effective", gates, spectrum.effective);
            printGates("floor", gates, spectrum.floor);
        }
        printProfile("|dL/dh|, median sample", probe.rows.gradients.total[l].hidden);
        if (!probe.rows.gradients.last.empty())
            printProfile("  of the last loss", probe.rows.gradients.last[l].hidden);
        if (probe.rows.lyapunov) printLyapunov(*probe.rows.lyapunov, l);
    }
    if (!probe.evaluation) return;
    const auto line = [](const char* label, const std::optional<double>& value) {
        if (value) std::printf("  %-22s  %.5g\n", label, *value);
    };
    std::printf("%s with\n", probe.metric.c_str());
    line("running statistics", probe.evaluation->value);
    line("batch statistics", probe.evaluation->batchStatistics);
    line("averages a step", probe.evaluation->perStep);
    line("average over all steps", probe.evaluation->trueAverage);
}

int run(const Arguments& arguments) {
    RunProbeOptions options = arguments.options;
    options.config.samples = arguments.samples.value_or(options.fullSpectrum ? 1 : 4);
    if (options.config.samples < 1 || options.config.samples > 1024)
        throw InputError("--samples", {}, "expected 1 to 1024");
    if (arguments.exponents < 0 || arguments.exponents > 1024)
        throw InputError("--exponents", {}, "expected 0 to 1024; --spectrum measures all");
    options.config.exponents = arguments.exponents;
    if (arguments.wholeBatch) {
        const Spec spec = readRunSpec(pathFromUtf8(arguments.run));
        if (!spec.network.normalization.method.starts_with("batch"))
            throw InputError("--whole-batch", {},
                             "has no effect: this run has no batch normalization");
        options.batchNorm = BatchNormJacobian::whole;
    }
    if (arguments.threads > 0) options.threads = arguments.threads;
    if (arguments.evaluate == "test")
        options.evaluate = Split::test;
    else if (arguments.evaluate == "valid")
        options.evaluate = Split::valid;
    else if (!arguments.evaluate.empty())
        throw InputError("--evaluate", arguments.evaluate, "expected valid or test");
    // A line at a time, a terminal's over each other: the window reads the last one. What is done
    // at once says nothing.
    const bool terminal = ::isatty(STDERR_FILENO) != 0;
    auto told = std::chrono::steady_clock::now();
    options.progress = [&](const std::string& words) {
        const auto now = std::chrono::steady_clock::now();
        if (now - told < k_pause) return;
        told = now;
        std::fprintf(stderr, terminal ? "\r%s\033[K" : "%s\n", words.c_str());
        std::fflush(stderr);
    };
    const RunProbe probe = probeRun(pathFromUtf8(arguments.run), options);
    if (terminal) std::fprintf(stderr, "\r\033[K");
    if (arguments.json)
        std::printf("%s\n", toJson(probe, options.at).dump().c_str());
    else
        print(probe, options.at);
    // A bound that is broken is an error in the program, and says so.
    int violations = 0;
    if (probe.rows.bounds)
        for (const LayerBound& layer : probe.rows.bounds->layers) violations += layer.violations;
    if (violations > 0)
        throw WorkError("the gradient exceeds its bound in " + std::to_string(violations) +
                        " places: an error in this program, please report it");
    return 0;
}

}  // namespace

void addProbe(CLI::App& app, Action& action) {
    const auto arguments = std::make_shared<Arguments>();
    CLI::App* command = app.add_subcommand(
        "probe", "Measure gradients, bounds, exponents and weights of a run's checkpoint");
    RunProbeOptions& options = arguments->options;
    command->add_option("run", arguments->run, "RUN folder")->required();
    command->add_option("--at", options.at, "initial | best | last")->capture_default_str();
    command->add_flag("--json", arguments->json, "Print JSON");
    command->add_option("--samples", arguments->samples,
                        "Sequences shown one by one and followed for the exponents (4; with "
                        "--spectrum 1)");
    CLI::Option* const some =
        command->add_option("--exponents", arguments->exponents, "Lyapunov exponents a layer")
            ->capture_default_str();
    command->add_flag("--spectrum", options.fullSpectrum, "All Lyapunov exponents")->excludes(some);
    command->add_option("--windows", options.windows, "Windows the exponents are measured along")
        ->capture_default_str();
    command->add_option("--skip", options.skip, "Windows run before the measured one")
        ->capture_default_str();
    command->add_flag("--whole-batch", arguments->wholeBatch,
                      "Batch norm: the Jacobian of the whole batch, statistics included");
    command->add_flag("--double", options.useDouble, "Compute in double precision");
    CLI::Option* const evaluate = command->add_option(
        "--evaluate", arguments->evaluate,
        "Also the value of a split (valid | test) under every kind of statistics");
    command
        ->add_option("--evaluation-limit", options.evaluationLimit,
                     "Batches of it; 0: the whole split")
        ->check(CLI::Range(std::int64_t{0}, std::int64_t{1} << 40))
        ->needs(evaluate)
        ->capture_default_str();
    command->add_option("--threads", arguments->threads, "Threads; 0: as the run")
        ->check(CLI::Range(0, 1024))
        ->capture_default_str();
    command->callback([arguments, &action] { action = [arguments] { return run(*arguments); }; });
}

}  // namespace bitloom::cli
