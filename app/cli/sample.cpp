// bitloom-cli sample: text from a trained language model.

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include "base/error.h"
#include "base/files.h"
#include "base/safetensors.h"
#include "command.h"
#include "deploy/safetensors_export.h"
#include "experiment/run_folder.h"
#include "math/threads.h"
#include "train/checkpoint.h"
#include "train/sampler.h"

namespace bitloom::cli {
namespace {

namespace fs = std::filesystem;

struct SampleArguments {
    std::string model;
    std::string prompt;
    int length = 500;
    double temperature = 1;
    std::uint64_t seed = 1;
};

int sampleModel(const SampleArguments& arguments) {
    fs::path path = pathFromUtf8(arguments.model);
    if (fs::is_directory(path)) {
        readRunSpec(path);  // the clearer error when this is no run folder
        path /=
            fs::exists(path / "best.safetensors") ? "best.safetensors" : "checkpoint.safetensors";
        if (!fs::exists(path))
            throw InputError(arguments.model, {}, "has no weights yet; train it first");
    }
    const Safetensors file = Safetensors::read(path);
    const Spec spec = parseSpec(file.metadata("spec"), utf8(path) + " (its spec)");
    setThreads(spec.training.threads);
    const FlushToZero guard;
    const auto dataset = openDataset(spec.dataset);
    ParameterSet<float> moments;
    Network<float> network(spec.network, spec.training.seed);
    if (file.metadata().contains("digest"))
        loadWeights(path, network, moments);
    else
        importSafetensors(network, path);

    SampleOptions options;
    options.length = arguments.length;
    options.temperature = arguments.temperature;
    options.seed = arguments.seed;
    if (!arguments.prompt.empty()) {
        options.prompt = dataset->tokenize(arguments.prompt);
        if (options.prompt.empty())
            throw InputError("--prompt", {}, "holds no symbol this model knows");
        std::fwrite(arguments.prompt.data(), 1, arguments.prompt.size(), stdout);
    }
    sample(network, *dataset, options, [](std::string_view symbol) {
        std::fwrite(symbol.data(), 1, symbol.size(), stdout);
        return std::fflush(stdout) == 0;
    });
    std::printf("\n");
    return 0;
}

}  // namespace

void addSample(CLI::App& app, Action& action) {
    const auto arguments = std::make_shared<SampleArguments>();
    CLI::App* command = app.add_subcommand("sample", "Draw text from a trained language model");
    command->add_option("model", arguments->model, "RUN folder or .safetensors file")->required();
    command->add_option("--prompt", arguments->prompt, "Text the model reads first");
    command->add_option("--length", arguments->length, "Symbols to draw")
        ->check(CLI::Range(0, 100000000))
        ->capture_default_str();
    command
        ->add_option("--temperature", arguments->temperature,
                     "1 = as trained, less = safer choices, 0 = always the likeliest")
        ->check(CLI::Range(0.0, 1000.0))
        ->capture_default_str();
    command->add_option("--seed", arguments->seed, "Another seed draws another text")
        ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{1} << 53))
        ->capture_default_str();
    command->callback(
        [arguments, &action] { action = [arguments] { return sampleModel(*arguments); }; });
}

}  // namespace bitloom::cli
