#include <nlohmann/json.hpp>

#include "base/error.h"
#include "experiment/catalog.h"
#include "experiment/spec.h"
#include "experiment/spec_fields.h"
#include "experiment/spec_json.h"

namespace bitloom {
namespace {

using Ordered = nlohmann::ordered_json;

template <class T>
Ordered toJson(const T& value) {
    return value;
}
Ordered toJson(const Cell& cell) {
    return cell == Cell::gru ? "gru" : "lstm";
}
Ordered toJson(const Granularity& granularity) {
    return granularity == Granularity::row      ? "row"
           : granularity == Granularity::matrix ? "matrix"
                                                : "gate";
}
Ordered toJson(const std::optional<std::int64_t>& value) {
    return value ? Ordered(*value) : Ordered(nullptr);
}

void put(Ordered& tree, std::string_view key, Ordered value) {
    const auto dot = key.find('.');
    if (dot == key.npos) {
        tree[std::string(key)] = std::move(value);
    } else {
        put(tree[std::string(key.substr(0, dot))], key.substr(dot + 1), std::move(value));
    }
}

/// @param automatic name and normalization.max_steps stay open where they are what they would be
/// anyway
Ordered complete(const Spec& spec, bool automatic) {
    Ordered tree;
    tree["format"] = 1;
    const NormalizationConfig& norm = spec.network.normalization;
    const bool perStep = norm.method == "batch_separate";  // nobody else counts steps
    const bool quantized = !spec.network.quantizer.method.empty();
    visitFields(spec, [&](const char* key, const auto& member) {
        if (std::string_view(key).starts_with("quantizer.")) {
            if (quantized)
                put(tree, key, toJson(member));
            else
                tree["quantizer"] = nullptr;
        } else {
            put(tree, key, toJson(member));
        }
        if (std::string_view(key) == "quantizer.granularity" && quantized) {
            Ordered tensors = Ordered::array();
            if (spec.network.quantizer.weightIh) tensors.push_back("weight_ih");
            if (spec.network.quantizer.weightHh) tensors.push_back("weight_hh");
            if (spec.network.quantizer.encoder) tensors.push_back("encoder");
            if (spec.network.quantizer.decoder) tensors.push_back("decoder");
            tree["quantizer"]["tensors"] = tensors;
        }
        if (std::string_view(key) == "normalization.cell")
            tree["normalization"]["max_steps"] =
                perStep ? Ordered(norm.maxSteps) : Ordered(nullptr);
    });
    if (automatic) {
        if (spec.name == specTitle(spec)) tree["name"] = "";
        if (norm.maxSteps == automaticMaxSteps(spec)) tree["normalization"]["max_steps"] = nullptr;
    }
    return tree;
}

std::string text(const Ordered& tree) {
    return tree.dump(2, ' ', false, Ordered::error_handler_t::replace) + "\n";
}

std::string normWords(const std::string& method) {
    if (method == "batch_shared") return "shared batch norm";
    if (method == "batch_separate") return "per-step batch norm";
    return method + " norm";
}

}  // namespace

std::string writeSpec(const Spec& spec) {
    return text(complete(spec, false));
}

std::string writeSpec(const Spec& spec, const SpecRecord& record) {
    Ordered tree = complete(spec, false);
    tree["record"] = {{"dataset_hash", record.datasetHash},
                      {"version", record.version},
                      {"cpu", record.cpu},
                      {"created", record.created}};
    if (!record.startHash.empty()) tree["record"]["start_hash"] = record.startHash;
    if (!record.datasetLabel.empty()) tree["record"]["dataset_label"] = record.datasetLabel;
    return text(tree);
}

SpecRecord readSpecRecord(const std::string& source) {
    SpecRecord record;
    nlohmann::json tree;
    std::string problem;
    if (!readStrictJson(source, tree, problem)) return record;
    const auto read = [&](const char* path, std::string& out) {
        const nlohmann::json* value = valueAt(tree, path);
        if (value && value->is_string()) out = value->get<std::string>();
    };
    read("record.dataset_hash", record.datasetHash);
    read("record.version", record.version);
    read("record.cpu", record.cpu);
    read("record.created", record.created);
    read("record.start_hash", record.startHash);
    read("record.dataset_label", record.datasetLabel);
    return record;
}

std::string defaultSpec() {
    return text(complete(parseSpec("{}", "default spec"), true));
}

std::string presetSpec(const std::string& name) {
    const nlohmann::json tree = {{"preset", name}};
    return text(complete(parseSpec(tree.dump(), "preset"), true));
}

std::string specTitle(const Spec& spec) {
    const auto label = [](const std::vector<Entry>& table, const std::string& name) {
        const Entry* entry = findEntry(table, name);
        return entry ? entry->label : name;
    };
    const QuantizerConfig& quantizer = spec.network.quantizer;
    std::string title = label(quantizerEntries(), quantizer.method);
    if (const Entry* entry = findEntry(quantizerEntries(), quantizer.method);
        entry && entry->bits.size() > 1)
        title += " " + std::to_string(quantizer.bits) + " bit";
    const NormalizationConfig& norm = spec.network.normalization;
    if (norm.method != "none") title += " + " + normWords(norm.method);
    if (norm.cell) title += " with cell";
    title += ", ";
    if (spec.dataset.name == "text_file") {
        const std::string& path = spec.dataset.path;
        title += path.substr(path.find_last_of('/') + 1);
    } else {
        title += label(datasetEntries(), spec.dataset.name);
        if (!spec.publishedData) title += " (part)";
    }
    title += ", " + label(cellEntries(), spec.network.cell == Cell::lstm ? "lstm" : "gru") + " ";
    if (spec.network.layers > 1) title += std::to_string(spec.network.layers) + " × ";
    title += std::to_string(spec.network.hidden);
    if (!spec.start.run.empty())
        title += spec.training.steps == 0 ? ", quantized afterwards" : ", from trained weights";
    return title;
}

}  // namespace bitloom
