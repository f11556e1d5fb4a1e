#pragma once
// spec.json: what was asked. Parsed, completed with the catalog's defaults and validated here only.

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "data/dataset.h"
#include "nn/config.h"
#include "train/config.h"

namespace bitloom {

struct Spec {
    std::string name;
    std::string preset;  ///< "" or the preset it started from
    DatasetConfig dataset;
    NetworkConfig network;  ///< vocabulary, features, outputs and task filled in from the dataset
    TrainingConfig training;
    int probeEvery = 98;  ///< steps; 0 = never
};

struct Problem {
    std::string field;    ///< dotted path
    std::string message;  ///< what is wrong and what would be accepted
};

/// All problems of a spec (JSON text), empty if it can run. Never throws: malformed JSON is one
/// problem with field "". Unknown fields name the nearest known one; impossible combinations give
/// the reason.
std::vector<Problem> validateSpec(const std::string& json);

/// Parses JSON text with missing fields set to defaults (and to the preset's values, if it names
/// one). Throws InputError naming `where` and the first bad field.
Spec parseSpec(const std::string& json, const std::string& where);

/// Complete JSON text, every default written out, indented; parseSpec(writeSpec(s)) == s.
std::string writeSpec(const Spec& spec);

/// Sets dotted fields ("training.epochs=2") on JSON text; values are JSON or, failing that,
/// strings.
std::string setSpecFields(const std::string& json, const std::vector<std::string>& assignments);

/// The default spec, and a preset's, as complete JSON text.
std::string defaultSpec();
std::string presetSpec(const std::string& name);

/// A short title from the choices: "BinaryConnect + layer norm, grammar, LSTM 128".
std::string specTitle(const Spec& spec);

}  // namespace bitloom
