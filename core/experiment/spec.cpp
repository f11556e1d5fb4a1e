#include "experiment/spec.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "experiment/catalog.h"
#include "experiment/spec_fields.h"
#include "experiment/spec_json.h"
#include "experiment/spec_rules.h"

namespace bitloom {
namespace {

using nlohmann::json;

/// The field's value or its default. Types and ranges were checked before.
json fieldValue(const json& tree, const char* key) {
    const json* found = valueAt(tree, key);
    return found ? *found : json::parse(findOption(key)->fallback);
}

/// Whole numbers may come as 1e3.
template <class T>
T whole(const json& value) {
    if (value.is_number_float()) return static_cast<T>(value.get<double>());
    return value.get<T>();
}

void assign(const json& v, std::string& out) {
    out = v.is_string() ? v.get<std::string>() : "";
}
void assign(const json& v, bool& out) {
    out = v.get<bool>();
}
void assign(const json& v, double& out) {
    out = v.get<double>();
}
void assign(const json& v, int& out) {
    out = whole<int>(v);
}
void assign(const json& v, std::int64_t& out) {
    out = whole<std::int64_t>(v);
}
void assign(const json& v, std::uint64_t& out) {
    out = whole<std::uint64_t>(v);
}
void assign(const json& v, Cell& out) {
    out = v == "gru" ? Cell::gru : Cell::lstm;
}
void assign(const json& v, Granularity& out) {
    out = v == "row" ? Granularity::row : v == "matrix" ? Granularity::matrix : Granularity::gate;
}
void assign(const json& v, std::optional<std::int64_t>& out) {
    out.reset();
    if (!v.is_null()) out = whole<std::int64_t>(v);
}

void assign(const json& v, std::vector<std::string>& out) {
    out = v.get<std::vector<std::string>>();
}

int fewestBits(const std::string& method) {
    const Entry* entry = findEntry(quantizerEntries(), method);
    return entry && !entry->bits.empty() ? entry->bits.front() : 1;
}

void readQuantizer(const json& tree, QuantizerConfig& quantizer) {
    const json method = fieldValue(tree, "quantizer.method");
    if (!method.is_string() || method == "") {
        quantizer = {};
        return;
    }
    const json tensors = fieldValue(tree, "quantizer.tensors");
    const auto has = [&](const char* name) {
        return std::find(tensors.begin(), tensors.end(), name) != tensors.end();
    };
    quantizer.weightIh = has("weight_ih");
    quantizer.weightHh = has("weight_hh");
    quantizer.encoder = has("encoder");
    quantizer.decoder = has("decoder");
}

/// Options that do not matter with the choices made go back to their defaults, so that a record
/// never claims something that was not used.
json withoutUseless(json tree) {
    for (const Option& option : specOptions())
        if (valueAt(tree, option.key) && !uselessBecause(tree, option.key).empty())
            eraseAt(tree, option.key);
    return tree;
}

void readFields(const json& complete, Spec& spec) {
    const json tree = withoutUseless(complete);
    visitFields(spec, [&](const char* key, auto& member) {
        const json value = fieldValue(tree, key);
        if (std::string_view(key) == "quantizer.bits" && value.is_null()) {
            const json method = fieldValue(tree, "quantizer.method");
            spec.network.quantizer.bits =
                fewestBits(method.is_string() ? method.get<std::string>() : "");
        } else {
            assign(value, member);
        }
    });
    readQuantizer(tree, spec.network.quantizer);
    NormalizationConfig& norm = spec.network.normalization;
    // One default for all methods in the file; each method's own word for it in the network.
    if (norm.method == "weight" && norm.gainStart == "constant") norm.gainStart = "latent";
    if (norm.method != "weight" && norm.gainStart == "latent") norm.gainStart = "constant";
}

/// Symbols in as few bytes as they need, pixels in one; synthetic numbers are drawn anew.
std::int64_t memoryOf(const DatasetInfo& info) {
    const std::int64_t count = info.symbols[0] + info.symbols[1] + info.symbols[2];
    if (info.task == Task::language_model)
        return count * (info.vocabulary <= 256 ? 1 : info.vocabulary <= 65536 ? 2 : 4);
    if (info.task == Task::classification) return count * info.steps * info.features;
    return 0;
}

void fillFromDataset(Spec& spec) {
    const DatasetInfo info = describeDataset(spec.dataset);
    spec.network.vocabulary = info.vocabulary;
    spec.network.features = info.features;
    spec.network.outputs = info.outputs;
    spec.network.task = info.task;
    spec.sequenceSteps = info.steps;
    spec.datasetBytes = memoryOf(info);
    spec.trainSymbols = info.symbols[0];
    spec.publishedData = info.published;
}

void finish(const json& tree, Spec& spec) {
    const json* steps = valueAt(tree, "normalization.max_steps");
    const bool own =
        steps && steps->is_number() && spec.network.normalization.method == "batch_separate";
    spec.network.normalization.maxSteps = own ? whole<int>(*steps) : automaticMaxSteps(spec);
    if (spec.name.empty()) spec.name = specTitle(spec);
}

/// Everything from text to a checked spec. Problems empty: `spec` is complete.
/// @param recorded an old record: only its fields are judged
void interpret(const std::string& text, Spec& spec, std::vector<Problem>& problems,
               bool recorded = false) {
    json user;
    std::string why;
    if (!readStrictJson(text, user, why)) {
        problems.push_back({"", why});
        return;
    }
    const json* name = valueAt(user, "preset");
    if (name && name->is_string() && *name != "") {
        const auto& wanted = name->get_ref<const std::string&>();
        // An old run may name a recipe that is gone; its own fields are complete.
        if (!findPreset(wanted) && !valueAt(user, "record")) {
            std::vector<std::string> names;
            for (const Preset& known : presets()) names.push_back(known.name);
            problems.push_back({"preset", "`" + wanted.substr(0, 80) +
                                              "` is not a preset; did you mean `" +
                                              nearestName(wanted, names) + "`?"});
        }
    }
    const json tree = expanded(user);
    checkFields(user, tree, problems);
    if (!problems.empty()) return;
    readFields(tree, spec);
    try {
        fillFromDataset(spec);
    } catch (const InputError& error) {
        spec.publishedData = !valueAt(user, "record.dataset_label");
        if (recorded) return finish(tree, spec);
        const bool ofFiles = spec.dataset.name == "text_file";
        if (error.field().empty())
            problems.push_back({ofFiles ? "dataset.path" : "dataset.name", error.what()});
        else if (error.field() == "dataset.path" && !spec.dataset.path.empty())
            problems.push_back({error.field(), error.where() + " " + error.message()});
        else
            problems.push_back({error.field(), error.message()});
        return;
    }
    if (valueAt(user, "record")) spec.publishedData = !valueAt(user, "record.dataset_label");
    finish(tree, spec);
    if (!recorded) checkCombinations(spec, problems);
}

}  // namespace

std::vector<Problem> validateSpec(const std::string& text) {
    std::vector<Problem> problems;
    try {
        Spec spec;
        interpret(text, spec, problems);
    } catch (const std::exception& error) {
        problems.push_back({"", error.what()});
    }
    return problems;
}

std::vector<Problem> specNotes(const std::string& text) {
    json user;
    std::string why;
    if (!readStrictJson(text, user, why)) return {};
    return notesOn(user, expanded(user));
}

Spec parseSpec(const std::string& text, const std::string& where) {
    Spec spec;
    std::vector<Problem> problems;
    interpret(text, spec, problems);
    if (!problems.empty())
        throw InputError(where, problems.front().field, problems.front().message);
    return spec;
}

Spec parseRecordedSpec(const std::string& text, const std::string& where) {
    Spec spec;
    std::vector<Problem> problems;
    interpret(text, spec, problems, true);
    if (!problems.empty())
        throw InputError(where, problems.front().field, problems.front().message);
    return spec;
}

int automaticMaxSteps(const Spec& spec) {
    return spec.sequenceSteps > 0 ? spec.sequenceSteps : spec.training.window;
}

namespace {

std::string methodOf(const json& tree, const std::string& section) {
    const json* method = valueAt(tree, section + ".method");
    return method && method->is_string() ? method->get<std::string>() : std::string();
}

/// The fields of the preset a spec names, complete; null without one.
json recipeNamedIn(const json& tree) {
    const json* name = valueAt(tree, "preset");
    if (!name || !name->is_string() || !findPreset(name->get<std::string>())) return {};
    return json::parse(presetSpec(name->get<std::string>()));
}

}  // namespace

std::string setSpecFields(const std::string& text, const std::vector<std::string>& assignments) {
    json tree;
    std::string why;
    // A text that is no spec stays as it is: parseSpec() refuses it and names the file.
    if (!readStrictJson(text, tree, why) || !tree.is_object()) return text;
    if (assignments.empty()) return text;
    const json former = expanded(tree);
    std::vector<std::string> keys;
    for (const std::string& assignment : assignments) {
        const auto equals = assignment.find('=');
        if (equals == assignment.npos || equals == 0)
            throw InputError("--set", assignment.substr(0, 80), "must look like field=value");
        const std::string key = assignment.substr(0, equals);
        const std::string raw = assignment.substr(equals + 1);
        const Option* option = findOption(key);
        if (!option && !isSection(key))
            throw InputError("--set", key.substr(0, 80),
                             "is not a field of a spec" + suggestion(key));
        json value;
        if (!readStrictJson(raw, value, why)) value = raw;
        const bool words =
            option && (option->type == OptionType::text || option->type == OptionType::path ||
                       option->type == OptionType::choice);
        // A name may look like a number; null stays null where the field accepts it.
        if (words && !value.is_string() && !(value.is_null() && option->nullable)) value = raw;
        if (option && option->type == OptionType::choices && value.is_string()) {
            value = json::array();
            for (std::size_t start = 0; start <= raw.size();) {
                const auto comma = std::min(raw.find(',', start), raw.size());
                if (comma > start) value.push_back(raw.substr(start, comma - start));
                start = comma + 1;
            }
        }
        setValueAt(tree, key, std::move(value));
        keys.push_back(key);
    }
    // Fields that only mattered with a former choice go with it. What never mattered is left for
    // the validation to refuse.
    const json whole = expanded(tree);
    const json recipe = recipeNamedIn(tree);
    for (const Option& option : specOptions()) {
        if (std::find(keys.begin(), keys.end(), option.key) != keys.end()) continue;
        const json* value = valueAt(tree, option.key);
        if (!value) continue;
        bool goes = uselessBecause(former, option.key).empty() &&
                    !uselessBecause(whole, option.key).empty();
        for (const std::string section : {"quantizer", "normalization"}) {
            const std::string method = methodOf(whole, section);
            if (method == methodOf(former, section)) continue;
            const json* own = valueAt(recipe, option.key);
            const bool ofRecipe = own && *own == *value;
            goes = goes || ((ofRecipe || option.key == "quantizer.bits") &&
                            goesWithMethod(section, method, option.key, *value));
        }
        if (goes) eraseAt(tree, option.key);
    }
    return tree.dump(2, ' ', false, json::error_handler_t::replace);
}

}  // namespace bitloom
