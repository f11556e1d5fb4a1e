#pragma once
// Every choice Bitloom offers, in one explicit table a kind. The form, --help, validation and the
// run record derive from it. Plain data, no Qt.

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bitloom {

enum class OptionType { integer, real, boolean, choice, choices, text, path };

/// One field of spec.json.
struct Option {
    std::string key;    ///< dotted path in spec.json: training.learning_rate
    std::string label;  ///< "Learning rate"
    std::string help;   ///< one line
    OptionType type = OptionType::real;
    std::string fallback;  ///< default, as JSON text: 0.002, "adam", null
    double least = 0;      ///< range of numbers, inclusive
    double most = 0;
    std::vector<std::string> choices;  ///< values of choice / choices
    std::string unit;                  ///< "", "steps", "bits", "%"
    std::string formula;               ///< optional
    std::string source;                ///< optional citation
    bool nullable = false;             ///< null is accepted
    bool advanced = false;             ///< the form folds it away
    bool portable = false;  ///< recipes take it from one dataset or quantizer to another: where it
                            ///< has no effect a note says so, where others are refused
};

/// One row of a table: a quantizer, a normalization, a cell, a dataset, an optimizer, a schedule.
struct Entry {
    std::string name;       ///< the value in spec.json: binary_connect
    std::string label;      ///< "BinaryConnect"
    std::string summary;    ///< one sentence
    std::string formula;    ///< "Q(W) = sign(W)"; plain text with Unicode maths
    std::string source;     ///< "Courbariaux, Bengio, David: BinaryConnect, NeurIPS 2015"
    std::vector<int> bits;  ///< quantizers: bit-widths it has
    std::vector<std::string> options;  ///< keys of the options that only matter with this entry
    std::string family;  ///< groups in lists: "binary", "ternary", "multi-bit"; datasets: "built
                         ///< in", "real"
};

const std::vector<Entry>& quantizerEntries();  ///< first row is name "" / label "Full precision"
const std::vector<Entry>& normalizationEntries();
const std::vector<Entry>& cellEntries();
const std::vector<Entry>& datasetEntries();
const std::vector<Entry>& optimizerEntries();
const std::vector<Entry>& scheduleEntries();

/// Every field of a spec in form order; sections are the first part of the key.
const std::vector<Option>& specOptions();
const Option* findOption(std::string_view key);
const Entry* findEntry(const std::vector<Entry>& table, std::string_view name);

/// A recipe to start from. `spec` is JSON text of the fields that differ from the defaults.
struct Preset {
    std::string name;  ///< paper/ptb_char/binary_connect/weight
    std::string label;
    std::string summary;
    std::string group;  ///< "Demo", "Paper: PTB characters"
    std::string spec;
};
const std::vector<Preset>& presets();
const Preset* findPreset(std::string_view name);

/// The name in `candidates` nearest to `name` by edit distance (for "unknown field; did you mean").
std::string nearestName(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace bitloom
