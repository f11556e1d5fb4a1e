#pragma once
// spec.json: what was asked. Parsed, completed with the catalog's defaults and validated here only.

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "data/dataset.h"
#include "nn/config.h"
#include "probe/config.h"
#include "train/config.h"

namespace bitloom {

/// Where the weights come from instead of being drawn: another run's checkpoint.
struct StartConfig {
    std::string run;          ///< "" = drawn; a run folder, or the id of a run in the same library
    std::string at = "best";  ///< best | last: best.safetensors or checkpoint.safetensors
    bool operator==(const StartConfig&) const = default;
};

struct Spec {
    std::string name;
    std::string preset;  ///< "" or the preset it started from
    DatasetConfig dataset;
    NetworkConfig network;  ///< vocabulary, features, outputs and task filled in from the dataset
    StartConfig start;
    TrainingConfig training;
    ProbeConfig probes;
    int sequenceSteps = 0;  ///< length of the dataset's sequences, filled in from it; 0 for streams
    std::int64_t datasetBytes = 0;  ///< of the data in memory, filled in from it
    std::int64_t trainSymbols = 0;  ///< symbols or sequences to train on, filled in from it
    /// False for a part of the published data: by a run's record, else by the files there are.
    bool publishedData = true;
    bool operator==(const Spec&) const = default;
};

struct Problem {
    std::string field;    ///< dotted path
    std::string message;  ///< what is wrong and what would be accepted
};

/// All problems of a spec (JSON text), empty if it can run. Never throws: malformed JSON is one
/// problem with field "". Unknown fields name the nearest known one; impossible combinations give
/// the reason.
std::vector<Problem> validateSpec(const std::string& json);

/// What a spec without problems says in vain, as "training.window" where sequences are read whole.
std::vector<Problem> specNotes(const std::string& json);

/// Parses JSON text with missing fields set to defaults (and to the preset's values, if it names
/// one). Throws InputError naming `where` and the first bad field.
Spec parseSpec(const std::string& json, const std::string& where);

/// As parseSpec, but a dataset whose files are gone leaves vocabulary, outputs and task at their
/// defaults and combinations are not judged: for showing old records.
Spec parseRecordedSpec(const std::string& json, const std::string& where);

/// Complete JSON text, every default written out, indented; parseSpec(writeSpec(s)) gives s again.
std::string writeSpec(const Spec& spec);

/// Sets dotted fields ("training.epochs=2") on JSON text; values are JSON or, failing that,
/// strings. A choice that changes (quantizer.method, training.optimizer, dataset.name ...) takes
/// the fields that only mattered with the old one along, unless they are assigned too. Throws
/// InputError for unknown fields.
std::string setSpecFields(const std::string& json, const std::vector<std::string>& assignments);

/// The default spec, and a preset's, as complete JSON text. Name and normalization.max_steps stay
/// automatic ("" and null) so that they follow later changes. presetSpec throws InputError for an
/// unknown name.
std::string defaultSpec();
std::string presetSpec(const std::string& name);

/// Specs whose training needs more are refused everywhere; what this machine has is judged where
/// training starts (experiment/memory.h).
constexpr double k_mostMemoryGigabytes = 64;

/// normalization.max_steps when null: the sequence length, for streams the window.
int automaticMaxSteps(const Spec& spec);

/// What a run's spec.json says of its making (object `record`): empty where it does not say.
struct SpecRecord {
    std::string datasetHash;        ///< SHA-256 of the data
    std::string version;            ///< of Bitloom
    std::string cpu;                ///< model name
    std::string created;            ///< ISO 8601 UTC
    std::string startHash = {};     ///< SHA-256 of the checkpoint it starts from, "" if drawn
    std::string datasetLabel = {};  ///< of data that is not what papers report on, else ""
};
/// writeSpec() with a record; parseSpec() accepts it.
std::string writeSpec(const Spec& spec, const SpecRecord& record);
/// The record of JSON text; never throws.
SpecRecord readSpecRecord(const std::string& json);

/// A short title from the choices: "BinaryConnect + layer norm, grammar, LSTM 128".
std::string specTitle(const Spec& spec);

}  // namespace bitloom
