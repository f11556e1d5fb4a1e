// bitloom-cli export: a trained network as a file for other programs.

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include "base/error.h"
#include "base/files.h"
#include "command.h"
#include "deploy/safetensors_export.h"
#include "experiment/run_folder.h"
#include "math/threads.h"
#include "output_file.h"
#include "train/checkpoint.h"

namespace bitloom::cli {
namespace {

struct ExportOptions {
    std::string run;
    std::string format = "safetensors";
    std::string output;
    std::string at = "best";
};

int exportRun(const ExportOptions& options) {
    for (const char* later : {"onnx", "packed", "c"})
        if (options.format == later)
            throw InputError("--format", options.format,
                             "this version writes safetensors only; expected safetensors");
    if (options.format != "safetensors")
        throw InputError("--format", options.format, "unknown format; expected safetensors");
    if (options.at != "best" && options.at != "last")
        throw InputError("--at", options.at, "expected best or last");
    const std::filesystem::path output = outputFile("--output", options.output);
    const std::filesystem::path run = pathFromUtf8(options.run);
    Spec spec = readRunSpec(run);
    setThreads(spec.training.threads);
    Network<float> network(spec.network, spec.training.seed);
    const auto file = run / (options.at == "best" ? "best.safetensors" : "checkpoint.safetensors");
    if (!std::filesystem::exists(file))
        throw InputError(options.run, {},
                         options.at == "best" ? "has no validated weights yet; train it, or take "
                                                "--at last"
                                              : "has no checkpoint yet; train it first");
    // Stochastic quantizers are drawn once, for the step of these weights: the file is that draw.
    ParameterSet<float> moments;
    loadWeights(file, network, moments);
    const std::string trained = writeSpec(spec);
    spec.network = exportedConfig(spec.network);
    exportSafetensors(network, output,
                      {{"format", "pt"}, {"spec", writeSpec(spec)}, {"trained_spec", trained}});
    std::printf("%s\n", options.output.c_str());
    return 0;
}

}  // namespace

void addExport(CLI::App& app, Action& action) {
    const auto options = std::make_shared<ExportOptions>();
    CLI::App* command = app.add_subcommand("export", "Write a trained network for other programs");
    command->add_option("run", options->run, "RUN folder")->required();
    command->add_option("--format", options->format, "safetensors")->capture_default_str();
    command->add_option("--output", options->output, "File to write")->required();
    command->add_option("--at", options->at, "best | last")->capture_default_str();
    command->callback([options, &action] { action = [options] { return exportRun(*options); }; });
}

}  // namespace bitloom::cli
