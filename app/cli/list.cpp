#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "command.h"
#include "experiment/catalog.h"
#include "experiment/studies.h"

// bitloom-cli list: every choice of the catalog, as a table or as JSON.

namespace bitloom::cli {
namespace {

using Ordered = nlohmann::ordered_json;

struct Kind {
    const char* name;
    const std::vector<Entry>& (*table)();
};
constexpr Kind k_kinds[] = {
    {"quantizers", quantizerEntries}, {"normalizations", normalizationEntries},
    {"cells", cellEntries},           {"datasets", datasetEntries},
    {"optimizers", optimizerEntries}, {"schedules", scheduleEntries}};

const char* typeName(OptionType type) {
    switch (type) {
        case OptionType::integer:
            return "integer";
        case OptionType::real:
            return "number";
        case OptionType::boolean:
            return "true or false";
        case OptionType::choice:
            return "choice";
        case OptionType::choices:
            return "choices";
        case OptionType::text:
            return "text";
        case OptionType::path:
            return "path";
    }
    return "";
}

std::string join(const std::vector<std::string>& words, const char* between) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : between) + word;
    return text;
}

std::string bitsText(const Entry& entry) {
    std::vector<std::string> words;
    for (const int bits : entry.bits) words.push_back(std::to_string(bits));
    return join(words, ",");
}

Ordered entryJson(const Entry& entry) {
    return {{"name", entry.name},       {"label", entry.label},     {"family", entry.family},
            {"summary", entry.summary}, {"formula", entry.formula}, {"source", entry.source},
            {"bits", entry.bits},       {"options", entry.options}};
}

Ordered optionJson(const Option& option) {
    Ordered row = {{"key", option.key},
                   {"label", option.label},
                   {"type", typeName(option.type)},
                   {"default", Ordered::parse(option.fallback)},
                   {"nullable", option.nullable},
                   {"unit", option.unit},
                   {"help", option.help},
                   {"formula", option.formula},
                   {"source", option.source}};
    if (option.type == OptionType::integer || option.type == OptionType::real) {
        row["least"] = option.least;
        row["most"] = option.most;
    }
    if (!option.choices.empty()) row["choices"] = option.choices;
    return row;
}

Ordered presetJson(const Preset& preset) {
    return {{"name", preset.name},
            {"label", preset.label},
            {"group", preset.group},
            {"summary", preset.summary},
            {"spec", Ordered::parse(preset.spec)}};
}

void printEntries(const std::vector<Entry>& table) {
    for (const Entry& entry : table) {
        std::printf("%-26s %s", entry.name.empty() ? "(null)" : entry.name.c_str(),
                    entry.label.c_str());
        if (!entry.bits.empty()) std::printf(", %s bit", bitsText(entry).c_str());
        std::printf("\n    %s\n", entry.summary.c_str());
        if (!entry.formula.empty()) std::printf("    %s\n", entry.formula.c_str());
        if (!entry.source.empty()) std::printf("    %s\n", entry.source.c_str());
    }
}

void printOptions() {
    for (const Option& option : specOptions()) {
        std::printf("%s = %s\n    %s", option.key.c_str(), option.fallback.c_str(),
                    option.help.c_str());
        if (!option.choices.empty()) std::printf(" One of %s.", join(option.choices, ", ").c_str());
        if (option.type == OptionType::integer || option.type == OptionType::real)
            std::printf(" From %.10g to %.10g%s%s.", option.least, option.most,
                        option.unit.empty() ? "" : " ", option.unit.c_str());
        std::printf("%s\n", option.nullable ? " May be null." : "");
    }
}

void printPresets() {
    std::string group;
    for (const Preset& preset : presets()) {
        if (preset.group != group) std::printf("%s\n", preset.group.c_str());
        group = preset.group;
        std::printf("    %-52s %s\n", preset.name.c_str(), preset.summary.c_str());
    }
}

int list(const std::string& what, bool json) {
    Ordered rows = Ordered::array();
    if (what == "presets") {
        if (!json) printPresets();
        for (const Preset& preset : presets()) rows.push_back(presetJson(preset));
    } else if (what == "studies") {
        for (const Study& study : studies()) {
            if (!json)
                std::printf("%-30s %s\n    %s\n", study.name.c_str(), study.title.c_str(),
                            study.question.c_str());
            rows.push_back({{"name", study.name},
                            {"title", study.title},
                            {"group", study.group},
                            {"question", study.question},
                            {"look", study.look}});
        }
    } else if (what == "options") {
        if (!json) printOptions();
        for (const Option& option : specOptions()) rows.push_back(optionJson(option));
    } else {
        std::vector<std::string> names = {"presets", "studies", "options"};
        const Kind* chosen = nullptr;
        for (const Kind& kind : k_kinds) {
            names.emplace_back(kind.name);
            if (what == kind.name) chosen = &kind;
        }
        if (!chosen)
            throw InputError("list", "",
                             "`" + what.substr(0, 60) + "` is not a table; did you mean `" +
                                 nearestName(what, names) + "`? One of " + join(names, ", "));
        if (!json) printEntries(chosen->table());
        for (const Entry& entry : chosen->table()) rows.push_back(entryJson(entry));
    }
    if (json) std::printf("%s\n", rows.dump(2).c_str());
    return 0;
}

}  // namespace

void addList(CLI::App& app, Action& action) {
    struct Arguments {
        std::string what;
        bool json = false;
    };
    const auto arguments = std::make_shared<Arguments>();
    CLI::App* command = app.add_subcommand("list", "Show what there is to choose from");
    command
        ->add_option("what", arguments->what,
                     "quantizers, normalizations, cells, datasets, presets, studies, optimizers, "
                     "schedules or options")
        ->required();
    command->add_flag("--json", arguments->json, "Print JSON");
    command->callback([arguments, &action] {
        action = [arguments] { return list(arguments->what, arguments->json); };
    });
}

}  // namespace bitloom::cli
