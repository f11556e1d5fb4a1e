#include "experiment/studies_build.h"

#include <nlohmann/json.hpp>

#include "experiment/catalog.h"
#include "experiment/spec_json.h"

namespace bitloom::studies_build {
namespace {

using nlohmann::json;

std::string labelIn(const std::vector<Entry>& table, const std::string& name) {
    const Entry* entry = findEntry(table, name);
    return entry ? entry->label : name;
}

std::string normWords(const std::string& method) {
    if (method == "none") return "";
    if (method == "batch_shared") return " + shared batch norm";
    if (method == "batch_separate") return " + per-step batch norm";
    return " + " + method + " norm";
}

/// The paper's own recipe of this very network where there is one: "PAPER/quantizer/norm". Words
/// with unscaled quantizers step their latent weights further, for example.
std::string presetFor(const std::string& preset, const Variant& variant) {
    std::string paper = preset;
    for (int i = 0; i < 2; ++i) paper = paper.substr(0, paper.rfind('/'));
    const std::string own = paper + "/" + (variant.quantizer.empty() ? "full" : variant.quantizer) +
                            "/" + variant.normalization;
    return findPreset(own) ? own : preset;
}

}  // namespace

StudyMember memberOf(const Variant& variant, const std::string& preset, const json& recipe) {
    StudyMember member;
    member.key = variant.key;
    if (member.key.empty()) {
        member.key = variant.quantizer.empty() ? "full" : variant.quantizer;
        if (variant.normalization != "none") member.key += "_" + variant.normalization;
    }
    member.label = variant.label.empty() ? labelIn(quantizerEntries(), variant.quantizer) +
                                               normWords(variant.normalization)
                                         : variant.label;
    member.preset = presetFor(preset, variant);
    member.start = variant.start;
    json spec = recipe;
    spec["quantizer"] = nullptr;
    if (!variant.quantizer.empty()) spec["quantizer"] = {{"method", variant.quantizer}};
    spec["normalization"]["method"] = variant.normalization;
    // The paper's code starts weight-norm gains at the norms of an independent draw.
    if (variant.normalization == "weight") spec["normalization"]["gain_start"] = "independent";
    spec = joined(spec, json::parse(variant.fields));
    member.spec = spec.dump();
    return member;
}

std::vector<StudyMember> membersOf(const std::vector<Variant>& variants, const std::string& preset,
                                   const json& recipe) {
    std::vector<StudyMember> members;
    for (const Variant& variant : variants) members.push_back(memberOf(variant, preset, recipe));
    return members;
}

json shortRun(int steps, int probes, int evaluationLimit) {
    return {{"training",
             {{"steps", steps},
              {"validate_every", steps},
              {"evaluation_limit", evaluationLimit},
              {"sample_length", 0}}},
            {"probes", {{"every", probes}}}};
}

json atSize(json recipe, int hidden, int batch, int window) {
    recipe["model"]["hidden"] = hidden;
    recipe["training"]["batch"] = batch;
    recipe["training"]["window"] = window;
    return recipe;
}

json quickCharacters(int steps, int probes) {
    return atSize(shortRun(steps, probes, 20), 128, 32, 100);
}

json tenEpochs() {
    return {{"training", {{"epochs", 10}}}, {"probes", {{"every", 98}}}};
}

std::vector<Variant> fourOfTheFigures() {
    return {{""}, {"binary_connect"}, {"binary_connect", "weight"}, {"binary_connect", "layer"}};
}

}  // namespace bitloom::studies_build
