#pragma once
// One file a command: each adds its subcommand and, when chosen, leaves what to do in `action`.

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

namespace bitloom::cli {

using Action =
    std::function<int()>;  ///< returns the exit code; may throw InputError (2), WorkError (1)

/// Of an option's text: "" is a mistake, not the default.
inline const CLI::Validator notEmpty(
    [](const std::string& text) {
        return text.empty() ? std::string("needs a name, it is empty") : std::string();
    },
    "");

void addTrain(CLI::App& app, Action& action);
void addList(CLI::App& app, Action& action);
void addVerify(CLI::App& app, Action& action);
void addSize(CLI::App& app, Action& action);
void addBench(CLI::App& app, Action& action);
void addData(CLI::App& app, Action& action);
void addCompare(CLI::App& app, Action& action);
void addExport(CLI::App& app, Action& action);
void addSample(CLI::App& app, Action& action);
void addProbe(CLI::App& app, Action& action);
void addSpectral(CLI::App& app, Action& action);
void addQuantize(CLI::App& app, Action& action);
void addStudy(CLI::App& app, Action& action);

}  // namespace bitloom::cli
