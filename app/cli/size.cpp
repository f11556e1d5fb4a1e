#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "command.h"
#include "experiment/catalog.h"
#include "experiment/memory.h"
#include "experiment/size.h"
#include "experiment/spec.h"

// bitloom-cli size: the paper's kilobytes and the packed bytes of a spec, and what its training
// holds in memory, without training and without data.

namespace bitloom::cli {
namespace {

namespace fs = std::filesystem;

struct Arguments {
    std::string spec;
    std::vector<std::string> assignments;
    bool check = false;
    bool json = false;
};

/// A spec file, a run folder or the name of a preset.
Spec readSpec(const Arguments& arguments) {
    const fs::path path = pathFromUtf8(arguments.spec);
    std::error_code failure;
    const fs::file_status status = fs::status(path, failure);
    std::string text, where = arguments.spec;
    if (status.type() == fs::file_type::not_found) {
        if (!findPreset(arguments.spec)) {
            std::vector<std::string> names;
            for (const Preset& preset : presets()) names.push_back(preset.name);
            throw InputError(arguments.spec, {},
                             "there is no such spec file, run folder or preset; the nearest preset "
                             "is \"" +
                                 nearestName(arguments.spec, names) + "\"");
        }
        text = presetSpec(arguments.spec);
    } else if (fs::is_directory(status)) {
        if (!fs::exists(path / "spec.json", failure))
            throw InputError(arguments.spec, {}, "is not a run folder: it has no spec.json");
        text = readFile(path / "spec.json");
        where = utf8(path / "spec.json");
    } else {
        text = readFile(path);
    }
    if (!arguments.assignments.empty()) text = setSpecFields(text, arguments.assignments);
    return parseSpec(text, where);
}

void printPart(const char* name, std::int64_t bytes) {
    if (bytes > 0) std::printf("    %-12s %12lld bytes\n", name, static_cast<long long>(bytes));
}

int printSize(const Arguments& arguments) {
    const Spec spec = readSpec(arguments);
    const ModelSize size = modelSize(spec.network);
    const TrainingMemory memory = trainingMemory(spec);
    if (arguments.json) {
        auto tree = nlohmann::ordered_json::parse(sizeJson(size));
        tree["training_bytes"] = nlohmann::ordered_json::parse(memoryJson(memory));
        std::printf("%s\n", tree.dump().c_str());
        return 0;
    }
    std::printf("%s\n", specTitle(spec).c_str());
    std::printf("  paper's formula  %12lld KB     recurrent layers, scales not counted\n",
                static_cast<long long>(size.paperKb));
    std::printf("  packed           %12lld bytes  recurrent layers\n",
                static_cast<long long>(size.recurrentBytes));
    std::printf("  packed           %12lld bytes  whole model\n",
                static_cast<long long>(size.modelBytes));
    printPart("weights", size.parts.weights);
    printPart("scales", size.parts.scales);
    printPart("norm", size.parts.norm);
    printPart("statistics", size.parts.statistics);
    printPart("bias", size.parts.bias);
    printPart("embedding", size.parts.embedding);
    printPart("decoder", size.parts.decoder);
    std::printf("  training memory  %12s        about, at its peak\n",
                memoryWords(memory.total()).c_str());
    for (const auto& [name, bytes] : memory.parts())
        if (bytes > 0) std::printf("    %-12s %12s\n", name.c_str(), memoryWords(bytes).c_str());
    return 0;
}

/// Every printed size of the paper against ours. Fails if one that should fit does not.
int checkSizes(bool json) {
    const std::vector<SizeCheck> checks = checkPublishedSizes();
    std::size_t fitting = 0;
    std::size_t unexpected = 0;
    nlohmann::ordered_json rows = nlohmann::ordered_json::array();
    std::string misfits;
    for (const SizeCheck& check : checks) {
        const bool fits = check.printed == check.computed;
        fitting += fits ? 1u : 0u;
        unexpected += fits == check.knownMisfit ? 1u : 0u;
        rows.push_back({{"label", check.label},
                        {"printed", check.printed},
                        {"computed", check.computed},
                        {"fits", fits},
                        {"known_misfit", check.knownMisfit}});
        if (!fits)
            misfits += "  " + check.label + ": printed " + std::to_string(check.printed) +
                       " KB, computed " + std::to_string(check.computed) + " KB" +
                       (check.knownMisfit ? "" : "  UNEXPECTED") + "\n";
        if (!json)
            std::printf("%8lld %8lld  %s  %s\n", static_cast<long long>(check.printed),
                        static_cast<long long>(check.computed), fits ? "ok    " : "misfit",
                        check.label.c_str());
    }
    if (json) {
        const nlohmann::ordered_json tree = {
            {"cells", checks.size()}, {"fitting", fitting}, {"checks", rows}};
        std::printf("%s\n", tree.dump(2).c_str());
    } else {
        std::printf("\n%zu of %zu distinct printed sizes reproduced; the others:\n%s", fitting,
                    checks.size(), misfits.c_str());
    }
    return unexpected == 0 ? 0 : 1;
}

}  // namespace

void addSize(CLI::App& app, Action& action) {
    const auto arguments = std::make_shared<Arguments>();
    CLI::App* command =
        app.add_subcommand("size",
                           "Model size by the paper's formula and in packed bytes, and the "
                           "memory its training takes");
    CLI::Option* spec =
        command->add_option("spec", arguments->spec, "Spec file, run folder or preset");
    CLI::Option* set =
        command->add_option("--set", arguments->assignments, "field=value; may be repeated")
            ->expected(1)
            ->take_all();
    command->add_flag("--check", arguments->check, "Compare with every size the paper prints")
        ->excludes(spec)
        ->excludes(set);
    command->add_flag("--json", arguments->json, "Print JSON");
    command->callback([arguments, &action] {
        action = [arguments] {
            if (arguments->check) return checkSizes(arguments->json);
            if (arguments->spec.empty())
                throw InputError("size", "",
                                 "needs a spec file, a run folder or a preset, or --check");
            return printSize(*arguments);
        };
    });
}

}  // namespace bitloom::cli
