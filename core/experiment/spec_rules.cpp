#include "experiment/spec_rules.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "experiment/catalog.h"
#include "experiment/memory.h"
#include "experiment/spec_json.h"
#include "nn/check.h"

namespace bitloom {
namespace {

using nlohmann::json;

std::string shortNumber(double value) {
    char text[40];
    std::snprintf(text, sizeof text, "%.10g", value);
    return text;
}

std::string join(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
    return text;
}

std::string range(const Option& option) {
    if (option.least == option.most) return shortNumber(option.least);
    return "from " + shortNumber(option.least) + " to " + shortNumber(option.most);
}

/// Text of the user's in a message: cut, so that a megabyte of it stays out.
std::string quoted(const std::string& text) {
    return "`" + (text.size() > 60 ? text.substr(0, 60) + "…" : text) + "`";
}

std::string checkNumber(const Option& option, const json& value) {
    const bool whole = option.type == OptionType::integer;
    if (!value.is_number())
        return whole ? "must be a whole number " + range(option)
                     : "must be a number " + range(option);
    const auto number = value.get<double>();
    if (!std::isfinite(number) || number < option.least || number > option.most)
        return "must be " + range(option) + ", not " + shortNumber(number);
    if (whole && number != std::floor(number))
        return "must be a whole number " + range(option) + ", not " + shortNumber(number);
    return {};
}

std::string checkChoice(const Option& option, const json& value) {
    if (!value.is_string()) return "must be one of " + join(option.choices);
    const auto& text = value.get_ref<const std::string&>();
    if (std::find(option.choices.begin(), option.choices.end(), text) != option.choices.end())
        return {};
    return quoted(text) + " is not known; did you mean `" + nearestName(text, option.choices) +
           "`? One of " + join(option.choices);
}

std::string checkChoices(const Option& option, const json& value) {
    const std::string accepted = "must be a list of " + join(option.choices);
    if (!value.is_array()) return accepted;
    std::vector<std::string> seen;
    for (const json& item : value) {
        if (!item.is_string()) return accepted;
        const auto& text = item.get_ref<const std::string&>();
        if (std::find(option.choices.begin(), option.choices.end(), text) == option.choices.end())
            return quoted(text) + " is not known; did you mean `" +
                   nearestName(text, option.choices) + "`? " + accepted;
        if (std::find(seen.begin(), seen.end(), text) != seen.end())
            return quoted(text) + " is there twice";
        seen.push_back(text);
    }
    return {};
}

std::string checkText(const json& value) {
    if (!value.is_string()) return "must be text in quotes";
    const auto& text = value.get_ref<const std::string&>();
    if (text.size() > 4096) return "longer than 4096 bytes";
    if (text.find('\0') != text.npos) return "must not hold a zero byte";
    return {};
}

std::string checkValue(const Option& option, const json& value) {
    if (value.is_null()) {
        if (option.nullable) return {};
        return "must not be null; leave the field out for the default " + option.fallback;
    }
    switch (option.type) {
        case OptionType::integer:
        case OptionType::real:
            return checkNumber(option, value);
        case OptionType::boolean:
            return value.is_boolean() ? "" : "must be true or false";
        case OptionType::choice:
            // The empty method is full precision, as null is.
            if (option.key == "quantizer.method" && value == "") return {};
            return checkChoice(option, value);
        case OptionType::choices:
            return checkChoices(option, value);
        case OptionType::text:
        case OptionType::path:
            return checkText(value);
    }
    return {};
}

bool isRecord(const std::string& path) {
    return path == "record" || path == "record.dataset_hash" || path == "record.version" ||
           path == "record.cpu" || path == "record.created" || path == "record.start_hash" ||
           path == "record.dataset_label";
}

/// Equal in value: 1 and 1.0, null and the default.
bool isDefault(const Option& option, const json& value) {
    return value == json::parse(option.fallback);
}

std::string noEffect(const std::string& users) {
    return "has no effect here: it is only used by " + users;
}

class FieldCheck {
public:
    FieldCheck(const json& tree, std::vector<Problem>& problems)
        : m_tree(tree), m_problems(problems) {}

    void visit(const json& node, const std::string& prefix) {
        for (const auto& [key, value] : node.items()) {
            const std::string path = prefix.empty() ? key : prefix + "." + key;
            if (const Option* option = findOption(path)) {
                visitOption(*option, value);
            } else if (isRecord(path)) {
                visitRecord(path, value);
            } else if (isSection(path)) {
                visitSection(path, value);
            } else {
                add(path.size() > 80 ? path.substr(0, 80) : path,
                    "is not a field of a spec" + suggestion(path));
            }
            if (m_problems.size() >= 100) return;  // a flood of them helps nobody
        }
    }

private:
    void visitOption(const Option& option, const json& value) {
        if (std::string message = checkValue(option, value); !message.empty()) {
            add(option.key, message);
            return;
        }
        if (isDefault(option, value) || option.portable) return;  // specNotes() tells of those
        // Switching to full precision leaves the quantizer's other fields harmlessly behind.
        if (option.key.starts_with("quantizer.")) {
            const json* method = valueAt(m_tree, "quantizer.method");
            if (!method || method->is_null() || *method == "") return;
        }
        if (const std::string users = uselessBecause(m_tree, option.key); !users.empty())
            add(option.key, noEffect(users) + reasonBehind(option.key));
    }

    /// Why an option that one may well expect here is not.
    [[nodiscard]] std::string reasonBehind(const std::string& key) const {
        const json* norm = valueAt(m_tree, "normalization.method");
        if (key != "normalization.true_average" || !norm || *norm != "batch_separate") return {};
        return ". One average for all steps in the place of statistics a step would make this "
               "shared batch norm; a test measures batch_separate with that average too, and with "
               "averages a step";
    }

    void visitSection(const std::string& path, const json& value) {
        if (value.is_object()) {
            visit(value, path);
        } else if (!value.is_null() || (path != "quantizer" && path != "normalization")) {
            add(path, "must be an object with fields in { }");
        }
    }

    void visitRecord(const std::string& path, const json& value) {
        if (path == "record" && value.is_object()) {
            visit(value, path);
        } else if (path == "record" || !value.is_string()) {
            add(path, path == "record" ? "must be an object with fields in { }" : "must be text");
        }
    }

    void add(const std::string& path, const std::string& message) {
        m_problems.push_back({path, message});
    }

    const json& m_tree;
    std::vector<Problem>& m_problems;
};

void checkQuantizer(const Spec& spec, std::vector<Problem>& problems) {
    const QuantizerConfig& quantizer = spec.network.quantizer;
    if (quantizer.method.empty()) return;
    const Entry* entry = findEntry(quantizerEntries(), quantizer.method);
    if (entry &&
        std::find(entry->bits.begin(), entry->bits.end(), quantizer.bits) == entry->bits.end()) {
        std::string has;
        for (const int bits : entry->bits) has += (has.empty() ? "" : ", ") + std::to_string(bits);
        problems.push_back({"quantizer.bits", entry->label + " has " + has +
                                                  (has == "1" ? " bit" : " bits") + ", not " +
                                                  std::to_string(quantizer.bits)});
    } else if (const auto reason = refuseQuantizer(quantizer)) {
        problems.push_back({"quantizer", *reason});
    }
    if (!quantizer.weightIh && !quantizer.weightHh && !quantizer.encoder && !quantizer.decoder)
        problems.push_back({"quantizer.tensors",
                            "is empty: name at least one tensor, or set quantizer to null for full "
                            "precision"});
    if (quantizer.encoder && spec.network.embedding == 0)
        problems.push_back({"quantizer.tensors",
                            "holds encoder, but model.embedding is 0: there is no such matrix"});
    if (spec.network.tied && quantizer.encoder != quantizer.decoder)
        problems.push_back({"quantizer.tensors",
                            "encoder and decoder are one matrix when model.tied is true: name both "
                            "or neither"});
    if ((quantizer.method == "sbn" || quantizer.method == "stn") &&
        (spec.network.normalization.method != "batch_separate" || !spec.network.normalization.cell))
        problems.push_back({"normalization.method",
                            quantizer.method + " is defined with batch_separate normalization and "
                                               "normalization.cell true"});
}

void checkNormalization(const Spec& spec, std::vector<Problem>& problems) {
    const NormalizationConfig& norm = spec.network.normalization;
    const bool batch = norm.method == "batch_shared" || norm.method == "batch_separate";
    if (batch && spec.training.batch < 2)
        problems.push_back({"training.batch",
                            "must be at least 2 with batch normalization: one sample has no "
                            "variance"});
    if (norm.cell && spec.network.cell == Cell::gru)
        problems.push_back(
            {"normalization.cell", "must be false with a GRU, which has no cell state"});
    if (norm.method == "weight" && norm.gainStart == "uniform")
        problems.push_back({"normalization.gain_start",
                            "weight normalization starts its gains latent or independent"});
    if (norm.method != "weight" && norm.gainStart == "independent")
        problems.push_back(
            {"normalization.gain_start", "independent is for weight normalization; " + norm.method +
                                             " starts its gains constant or uniform"});
}

void checkModel(const Spec& spec, std::vector<Problem>& problems) {
    const NetworkConfig& network = spec.network;
    if (network.features > 0 && network.embedding > 0)
        problems.push_back({"model.embedding", "must be 0: " + spec.dataset.name +
                                                   " has numbers as inputs, no symbols to embed"});
    if (network.tied && (network.embedding != network.hidden))
        problems.push_back({"model.tied", "needs model.embedding equal to model.hidden (" +
                                              std::to_string(network.embedding) + " is not " +
                                              std::to_string(network.hidden) + ")"});
    if (network.tied && network.outputs != network.vocabulary)
        problems.push_back({"model.tied", "needs as many outputs as input symbols; " +
                                              spec.dataset.name + " has " +
                                              std::to_string(network.outputs) + " and " +
                                              std::to_string(network.vocabulary)});
    if (network.layers == 1 && network.dropout.between > 0)
        problems.push_back({"model.dropout.between", "has no effect with one layer"});
}

void checkDataset(const Spec& spec, std::vector<Problem>& problems) {
    const DatasetConfig& data = spec.dataset;
    if (data.name == "text_file" && data.trainShare + data.validShare > 0.99)
        problems.push_back({"dataset.valid_share",
                            "with dataset.train_share it must leave at least 0.01 to test on"});
    const std::int64_t count = spec.trainSymbols, batch = spec.training.batch;
    if (count <= 0 || batch <= 0) return;
    if (spec.sequenceSteps > 0 && batch > count)
        problems.push_back({"training.batch", "is more than the " + std::to_string(count) +
                                                  " sequences there are to train on"});
    if (spec.sequenceSteps == 0 && (count - 1) / batch < spec.training.window)
        problems.push_back({"training.batch", "the training text has " + std::to_string(count) +
                                                  " symbols, too few for " + std::to_string(batch) +
                                                  " streams of " +
                                                  std::to_string(spec.training.window) +
                                                  " steps; take a smaller batch or window"});
}

void checkStart(const Spec& spec, std::vector<Problem>& problems) {
    if (spec.start.run.empty() && spec.start.at != StartConfig{}.at)
        problems.push_back({"start.at", "has no effect without start.run"});
}

void checkRecompute(const Spec& spec, std::vector<Problem>& problems) {
    const int segment = spec.training.recompute;
    if (segment == 0) return;
    const int steps = automaticMaxSteps(spec);
    if (segment >= steps)
        problems.push_back(
            {"training.recompute", "must be less than the " + std::to_string(steps) +
                                       " steps of a window, or 0 to keep all of them"});
    else if (spec.probes.every > 0)
        problems.push_back({"training.recompute",
                            "saves nothing while probes keep the whole window: set probes.every "
                            "to 0 (`bitloom-cli probe` looks at the run's checkpoints)"});
}

void checkMemory(const Spec& spec, std::vector<Problem>& problems) {
    const double gigabytes = trainingMemory(spec).total() / (1024.0 * 1024 * 1024);
    if (gigabytes > k_mostMemoryGigabytes)
        problems.push_back({"model.hidden",
                            "training would need about " + shortNumber(std::round(gigabytes)) +
                                " GB, more than the " + shortNumber(k_mostMemoryGigabytes) +
                                " GB accepted: make the network, the batch or the window smaller"});
}

}  // namespace

void checkFields(const json& user, const json& tree, std::vector<Problem>& problems) {
    if (!user.is_object()) {
        problems.push_back({"", "a spec is a JSON object with fields in { }"});
        return;
    }
    FieldCheck(tree, problems).visit(user, "");
    const json* quantizer = valueAt(tree, "quantizer");
    if (quantizer && quantizer->is_object() && !quantizer->empty() &&
        !quantizer->contains("method"))
        problems.push_back({"quantizer.method",
                            "is missing; name a method or set quantizer to null for full "
                            "precision"});
}

std::vector<Problem> notesOn(const json& user, const json& tree) {
    std::vector<Problem> notes;
    for (const Option& option : specOptions()) {
        const json* value = valueAt(user, option.key);
        if (!value || isDefault(option, *value)) continue;
        if (const std::string users = uselessBecause(tree, option.key); !users.empty())
            notes.push_back({option.key, noEffect(users)});
    }
    const json* start = valueAt(tree, "normalization.gain_start");
    if (start && *start == "uniform" && valueAt(user, "normalization.gain"))
        notes.push_back({"normalization.gain",
                         "has no effect here: with gain_start uniform the gains are drawn from "
                         "0 to 1"});
    return notes;
}

void checkCombinations(const Spec& spec, std::vector<Problem>& problems) {
    checkDataset(spec, problems);
    checkModel(spec, problems);
    checkQuantizer(spec, problems);
    checkNormalization(spec, problems);
    checkStart(spec, problems);
    checkRecompute(spec, problems);
    if (!problems.empty()) return;
    checkMemory(spec, problems);  // of a network that can be
    if (!problems.empty()) return;
    try {  // the network has the last word on what it can be
        checkNetwork(spec.network);
    } catch (const InputError& error) {
        problems.push_back({error.field(), error.message()});
    }
}

}  // namespace bitloom
