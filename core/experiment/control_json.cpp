// control.json as plain values (experiment/run_folder.h).

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/error.h"
#include "base/files.h"
#include "experiment/run_folder.h"

namespace bitloom {
namespace {

using nlohmann::json;

constexpr std::size_t k_longestControl = 1u << 20;
constexpr std::array<std::string_view, 5> k_fields = {"command", "learning_rate", "step_requests",
                                                      "epochs", "steps"};

/// Nothing if the field is absent or null.
const json* given(const json& tree, const char* key) {
    const auto found = tree.find(key);
    return found == tree.end() || found->is_null() ? nullptr : &*found;
}

[[noreturn]] void refuse(const std::string& where, const char* key, const json& value,
                         const std::string& expected) {
    throw InputError(where, key,
                     value.dump(-1, ' ', false, json::error_handler_t::replace).substr(0, 40) +
                         " is not " + expected);
}

std::optional<std::int64_t> count(const json& tree, const char* key, std::int64_t least,
                                  double most, const std::string& where) {
    const json* value = given(tree, key);
    if (!value) return std::nullopt;
    const double real = value->is_number() ? value->get<double>() : std::nan("");
    if (!(real >= static_cast<double>(least) && real <= most) || real != std::floor(real))
        refuse(where, key, *value, "a whole number from " + std::to_string(least));
    return static_cast<std::int64_t>(real);
}

const char* nameOf(Control::Command command) {
    if (command == Control::Command::pause) return "pause";
    return command == Control::Command::stop ? "stop" : "run";
}

}  // namespace

Control parseControl(const std::string& text, const std::string& where) {
    const json tree = text.size() > k_longestControl ? json() : json::parse(text, nullptr, false);
    if (!tree.is_object()) throw InputError(where, "", "is not a JSON object of a run's wishes");
    for (const auto& [key, value] : tree.items())
        if (std::find(k_fields.begin(), k_fields.end(), key) == k_fields.end())
            throw InputError(where, key.substr(0, 40),
                             "is not a wish a run knows; it knows command, learning_rate, "
                             "step_requests, epochs and steps");
    Control control;
    if (const json* value = given(tree, "command")) {
        using enum Control::Command;
        bool known = false;
        for (const auto command : {run, pause, stop})
            if (*value == nameOf(command)) {
                control.command = command;
                known = true;
            }
        if (!known) refuse(where, "command", *value, "run, pause or stop");
    }
    if (const json* value = given(tree, "learning_rate")) {
        const double rate = value->is_number() ? value->get<double>() : 0;
        // Weights are floats; a checkpoint reads no rate beyond them.
        if (!(rate > 0 && rate <= static_cast<double>(std::numeric_limits<float>::max())))
            refuse(where, "learning_rate", *value, "a number above 0 that a float holds");
        control.learningRate = rate;
    }
    // Numbers no counter reaches are not counters.
    control.stepRequests = count(tree, "step_requests", 0, 9e15, where).value_or(0);
    if (const auto epochs = count(tree, "epochs", 1, 2e9, where))
        control.epochs = static_cast<int>(*epochs);
    control.steps = count(tree, "steps", 1, 9e15, where);
    return control;
}

Control readControl(const std::filesystem::path& run) {
    const std::filesystem::path path = run / "control.json";
    try {
        return parseControl(readFile(path), utf8(path));
    } catch (const InputError&) {
        return {};
    }
}

void writeControl(const std::filesystem::path& run, const Control& control) {
    const json tree = {
        {"command", nameOf(control.command)},
        {"learning_rate", control.learningRate && std::isfinite(*control.learningRate)
                              ? json(*control.learningRate)
                              : json(nullptr)},
        {"step_requests", control.stepRequests},
        {"epochs", control.epochs ? json(*control.epochs) : json(nullptr)},
        {"steps", control.steps ? json(*control.steps) : json(nullptr)}};
    writeFileAtomically(run / "control.json", tree.dump(2) + "\n");
}

}  // namespace bitloom
