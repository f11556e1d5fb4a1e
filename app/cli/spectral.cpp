// bitloom-cli spectral: Table 1 of the paper for any size, initialization and quantizer.

#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "command.h"
#include "experiment/catalog.h"
#include "experiment/spectral_table.h"
#include "math/threads.h"
#include "text_table.h"

namespace bitloom::cli {
namespace {

struct Arguments {
    std::vector<std::size_t> sizes;
    std::vector<std::string> initializations;
    std::vector<std::string> quantizers;
    int bits = 0;
    std::string granularity = "gate";
    int seeds = 10;
    std::uint64_t seed = 1;
    int threads = 2;
    bool json = false;
};

QuantizerConfig quantizerOf(const std::string& name, const Arguments& arguments) {
    QuantizerConfig config;
    if (name.empty() || name == "none" || name == "full") return config;
    const Entry* entry = findEntry(quantizerEntries(), name);
    if (!entry) {
        std::vector<std::string> names{"full"};
        for (const Entry& known : quantizerEntries())
            if (!known.name.empty()) names.push_back(known.name);
        throw InputError("--quantizer", {},
                         "`" + name.substr(0, 60) + "` is not a quantizer; did you mean `" +
                             nearestName(name, names) + "`?");
    }
    config.method = name;
    config.bits = arguments.bits > 0 ? arguments.bits : entry->bits.front();
    config.granularity = arguments.granularity == "row"      ? Granularity::row
                         : arguments.granularity == "matrix" ? Granularity::matrix
                                                             : Granularity::gate;
    return config;
}

/// The cells asked for: the paper's fifteen, its five rows at other sizes, or every combination of
/// what was named.
std::vector<RandomMatrixExperiment> experimentsOf(const Arguments& arguments) {
    std::vector<RandomMatrixExperiment> cells;
    const auto add = [&](std::size_t size, const std::string& initialization,
                         const QuantizerConfig& quantizer) {
        RandomMatrixExperiment cell;
        cell.size = size;
        cell.initialization = initialization;
        cell.quantizer = quantizer;
        cell.seeds = arguments.seeds;
        cell.firstSeed = arguments.seed;
        cells.push_back(cell);
    };
    const std::vector<std::size_t> sizes =
        arguments.sizes.empty() ? std::vector<std::size_t>{512, 1024, 2048} : arguments.sizes;
    const bool paper = arguments.initializations.empty() && arguments.quantizers.empty();
    for (const std::size_t size : sizes) {
        if (paper) {
            for (const SpectralRow& row : spectralRows())
                add(size, std::string(row.initialization),
                    quantizerOf(std::string(row.quantizer), arguments));
            continue;
        }
        for (const std::string& initialization : arguments.initializations.empty()
                                                     ? std::vector<std::string>{"pytorch"}
                                                     : arguments.initializations)
            for (const std::string& quantizer : arguments.quantizers.empty()
                                                    ? std::vector<std::string>{"full"}
                                                    : arguments.quantizers)
                add(size, initialization, quantizerOf(quantizer, arguments));
    }
    return cells;
}

std::string cellText(double value) {
    char text[40];
    std::snprintf(text, sizeof text, "%.3f", value);
    return text;
}

void printTable(const std::vector<SpectralCell>& cells) {
    std::vector<std::vector<std::string>> rows = {{"d", "initialization", "quantizer", "bits",
                                                   "norm", "sd", "paper", "sd", "off", "floor",
                                                   "sqrt(d)"}};
    const std::string none = "–";
    for (const SpectralCell& cell : cells) {
        const QuantizerConfig& quantizer = cell.experiment.quantizer;
        const bool full = quantizer.method.empty();
        char off[40];
        std::snprintf(off, sizeof off, "%+.2f%%", 100 * cell.difference());
        rows.push_back({std::to_string(cell.experiment.size), cell.experiment.initialization,
                        full ? "full" : quantizer.method,
                        full ? "32" : std::to_string(quantizer.bits), cellText(cell.result.mean),
                        cellText(cell.result.deviation),
                        cell.published ? cellText(cell.published->mean) : none,
                        cell.published ? cellText(cell.published->deviation) : none,
                        cell.published ? off : none, full ? none : cellText(cell.result.floor),
                        cellText(std::sqrt(static_cast<double>(cell.experiment.size)))});
    }
    printColumns(rows, "rllrrrrrrrr");
    for (const SpectralCell& cell : cells)
        if (!cell.result.converged)
            std::printf("d = %zu, %s: a norm did not converge\n", cell.experiment.size,
                        cell.experiment.initialization.c_str());
    const SpectralAgreement agreement = agreementOf(cells);
    if (agreement.published > 0)
        std::printf("%d of %d published cells within 2%% or two deviations\n", agreement.agreeing,
                    agreement.published);
}

int spectral(const Arguments& arguments) {
    setThreads(arguments.threads);
    const bool terminal = ::isatty(STDERR_FILENO) != 0;
    const std::vector<RandomMatrixExperiment> experiments = experimentsOf(arguments);
    const std::vector<SpectralCell> cells =
        measureSpectralTable(experiments, [&](std::size_t done) {
            if (terminal)
                std::fprintf(stderr, "\r%zu of %zu cells%s", done, experiments.size(),
                             done == experiments.size() ? "\r\033[K" : "");
            return true;
        });
    if (arguments.json)
        std::printf("%s\n", spectralTableJson(cells).c_str());
    else
        printTable(cells);
    return 0;
}

}  // namespace

void addSpectral(CLI::App& app, Action& action) {
    const auto arguments = std::make_shared<Arguments>();
    std::string names;
    for (const RandomInitialization& row : randomInitializations())
        names += (names.empty() ? "" : ", ") + std::string(row.name);
    CLI::App* command = app.add_subcommand(
        "spectral", "Spectral norms of random matrices: Table 1 of the paper, or any other cell");
    command->add_option("--size", arguments->sizes, "Rows and columns d; default 512 1024 2048")
        ->delimiter(',')
        ->check(CLI::Range(1, 16384));
    command->add_option("--initialization", arguments->initializations, "Of " + names)
        ->delimiter(',');
    command
        ->add_option("--quantizer", arguments->quantizers,
                     "full, or names of bitloom-cli list quantizers")
        ->delimiter(',');
    command->add_option("--bits", arguments->bits, "Bits a weight; default the fewest it has")
        ->check(CLI::Range(1, 8));
    command->add_option("--granularity", arguments->granularity, "gate, row or matrix")
        ->check(CLI::IsMember({"gate", "row", "matrix"}));
    command->add_option("--seeds", arguments->seeds, "Draws a cell; default 10")
        ->check(CLI::Range(1, 10000));
    command->add_option("--seed", arguments->seed, "The first of them; default 1");
    command->add_option("--threads", arguments->threads, "Processor threads; default 2")
        ->check(CLI::Range(1, 256));
    command->add_flag("--json", arguments->json, "Print JSON");
    command->callback(
        [arguments, &action] { action = [arguments] { return spectral(*arguments); }; });
}

}  // namespace bitloom::cli
