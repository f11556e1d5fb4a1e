#include "experiment/spec_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "experiment/catalog.h"

namespace bitloom {
namespace {

using nlohmann::json;

constexpr int k_deepest = 32;
constexpr std::size_t k_longest = 1u << 20;

/// Thrown out of the parser's callback; never leaves this file.
struct Refused {
    std::string why;
};

/// Reads the reason out of "[json.exception.parse_error.101] parse error at line 1, column 5: ...",
/// without the bytes that would disturb a terminal and with no more of the text than needed.
std::string readable(std::string message) {
    if (const auto end = message.find("] "); message.starts_with("[json.") && end != message.npos)
        message.erase(0, end + 2);
    for (char& c : message)
        if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7f) c = '?';
    if (message.size() > 240)
        message = message.substr(0, 160) + " ... " + message.substr(message.size() - 70);
    return message;
}

std::vector<std::string> parts(std::string_view path) {
    std::vector<std::string> result;
    while (true) {
        const auto dot = path.find('.');
        result.emplace_back(path.substr(0, dot));
        if (dot == path.npos) return result;
        path.remove_prefix(dot + 1);
    }
}

}  // namespace

bool readStrictJson(const std::string& text, json& value, std::string& problem) {
    if (text.size() > k_longest) {
        problem = "is longer than 1 MB, which no spec is";
        return false;
    }
    if (text.find_first_not_of(" \t\r\n") == text.npos) {
        problem = "is empty, a JSON object is expected";
        return false;
    }
    std::vector<std::set<std::string>> keys;
    const auto callback = [&](int depth, json::parse_event_t event, json& parsed) {
        if (depth > k_deepest) throw Refused{"more than 32 levels deep"};
        if (event == json::parse_event_t::object_start) keys.emplace_back();
        if (event == json::parse_event_t::object_end && !keys.empty()) keys.pop_back();
        if (event == json::parse_event_t::key && !keys.empty()) {
            const auto& key = parsed.get_ref<const std::string&>();
            if (!keys.back().insert(key).second)
                throw Refused{"the field `" + key.substr(0, 80) + "` is there twice"};
        }
        return true;
    };
    try {
        value = json::parse(text, callback);
        return true;
    } catch (const Refused& refused) {
        problem = "is not a valid spec: " + refused.why;
    } catch (const json::exception& error) {
        problem = "is not valid JSON: " + readable(error.what());
    }
    return false;
}

const json* valueAt(const json& tree, std::string_view path) {
    const json* node = &tree;
    for (const std::string& part : parts(path)) {
        if (!node->is_object()) return nullptr;
        const auto found = node->find(part);
        if (found == node->end()) return nullptr;
        node = &*found;
    }
    return node;
}

void setValueAt(json& tree, std::string_view path, json value) {
    json* node = &tree;
    for (const std::string& part : parts(path)) {
        if (!node->is_object()) *node = json::object();
        node = &(*node)[part];
    }
    *node = std::move(value);
}

void eraseAt(json& tree, std::string_view path) {
    json* node = &tree;
    const auto steps = parts(path);
    for (std::size_t i = 0; i + 1 < steps.size(); ++i) {
        if (!node->is_object() || !node->contains(steps[i])) return;
        node = &(*node)[steps[i]];
    }
    if (node->is_object()) node->erase(steps.back());
}

json joined(const json& base, const json& over) {
    if (!base.is_object() || !over.is_object()) return over;
    json result = base;
    for (const auto& [key, value] : over.items())
        result[key] = result.contains(key) ? joined(result[key], value) : value;
    return result;
}

bool goesWithMethod(const std::string& section, const std::string& method, const std::string& key,
                    const json& value) {
    if (section == "normalization")
        return key == "normalization.gain" || key == "normalization.gain_start" ||
               key == "normalization.max_steps";
    if (key == "training.latent_scale")
        return method != "binary_connect" && method != "ter_connect";
    if (key == "quantizer.bits") {
        const Entry* entry = findEntry(quantizerEntries(), method);
        return !entry || !value.is_number_integer() ||
               std::find(entry->bits.begin(), entry->bits.end(), value.get<int>()) ==
                   entry->bits.end();
    }
    return key == "quantizer.threshold" || key == "quantizer.iterations" ||
           key == "quantizer.granularity";
}

json onPreset(const json& preset, const json& user) {
    json base = preset;
    for (const std::string section : {"quantizer", "normalization"}) {
        // null stands for no method.
        const json* whole = valueAt(user, section);
        const json none = "";
        const json* method = whole && whole->is_null() ? &none : valueAt(user, section + ".method");
        const json* before = valueAt(preset, section + ".method");
        if (!method || !method->is_string() || (before && *method == *before)) continue;
        for (const Option& option : specOptions()) {
            const json* value = valueAt(base, option.key);
            if (value && goesWithMethod(section, method->get<std::string>(), option.key, *value))
                eraseAt(base, option.key);
        }
    }
    return joined(base, user);
}

json expanded(const json& user) {
    const json* name = valueAt(user, "preset");
    if (!name || !name->is_string()) return user;
    const Preset* preset = findPreset(name->get_ref<const std::string&>());
    return preset ? onPreset(json::parse(preset->spec), user) : user;
}

bool isSection(std::string_view path) {
    const std::string start = std::string(path) + ".";
    const auto& options = specOptions();
    return std::any_of(options.begin(), options.end(),
                       [&](const Option& option) { return option.key.starts_with(start); });
}

std::string suggestion(const std::string& path) {
    const auto leafOf = [](const std::string& key) { return key.substr(key.rfind('.') + 1); };
    std::vector<std::string> keys;
    std::vector<std::string> sameLeaf;
    // At the top a section is as likely meant as a field.
    if (path.find('.') == path.npos)
        for (const char* section :
             {"dataset", "model", "quantizer", "normalization", "start", "training", "probes"})
            keys.emplace_back(section);
    for (const Option& option : specOptions()) {
        keys.push_back(option.key);
        if (leafOf(option.key) == leafOf(path)) sameLeaf.push_back(option.key);
    }
    // A known field in the wrong place is nearer than one that is merely spelled alike.
    return "; did you mean `" + nearestName(path, sameLeaf.empty() ? keys : sameLeaf) + "`?";
}

std::string uselessBecause(const json& tree, std::string_view key) {
    struct Kind {
        const char* field;
        const std::vector<Entry>& table;
    };
    const Kind kinds[] = {{"dataset.name", datasetEntries()},
                          {"model.cell", cellEntries()},
                          {"quantizer.method", quantizerEntries()},
                          {"normalization.method", normalizationEntries()},
                          {"training.optimizer", optimizerEntries()},
                          {"training.schedule.method", scheduleEntries()}};
    for (const auto& [field, table] : kinds) {
        std::string users;
        std::size_t count = 0;
        bool matters = false;
        const json* chosen = valueAt(tree, field);
        std::string name;
        if (chosen && chosen->is_string()) {
            name = chosen->get<std::string>();
        } else if (!chosen || !chosen->is_null()) {
            const json fallback = json::parse(findOption(field)->fallback);
            if (fallback.is_string()) name = fallback.get<std::string>();
        }
        for (const Entry& entry : table) {
            if (std::find(entry.options.begin(), entry.options.end(), key) == entry.options.end())
                continue;
            users += (users.empty() ? "" : ", ") + entry.name;
            ++count;
            matters = matters || entry.name == name;
        }
        if (matters) return {};
        if (&table == &quantizerEntries() && count + 1 == table.size()) return "quantized weights";
        if (count > 0) return users;
    }
    return {};
}

}  // namespace bitloom
