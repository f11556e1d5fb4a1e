#pragma once
// How the studies of the table are put together: variants over a recipe. Used by studies*.cpp.

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "experiment/studies.h"

namespace bitloom::studies_build {

/// Recipes the members stand on; a member takes the paper's own of its network where there is one.
inline const std::string k_characters = "paper/ptb_char/full/none";
inline const std::string k_words = "paper/ptb_word_300/full/weight";

/// Quantizer and normalization of a member, what else differs, and where its weights come from.
struct Variant {
    std::string quantizer;  ///< "" = full precision
    std::string normalization = "none";
    std::string fields = "{}";  ///< JSON text over the recipe
    std::string key = {};       ///< "" = made of the choices
    std::string label = {};     ///< "" = made of the choices
    std::string start = {};     ///< key of an earlier member
};

/// `recipe`: the fields that differ from the preset.
StudyMember memberOf(const Variant& variant, const std::string& preset,
                     const nlohmann::json& recipe);
std::vector<StudyMember> membersOf(const std::vector<Variant>& variants, const std::string& preset,
                                   const nlohmann::json& recipe);

/// Fields of a shorter training: so many steps, one validation at the end, probes so often.
nlohmann::json shortRun(int steps, int probes, int evaluationLimit);
nlohmann::json atSize(nlohmann::json recipe, int hidden, int batch, int window);
/// A character recipe of minutes: 128 units, windows long enough for gradients to explode.
nlohmann::json quickCharacters(int steps, int probes);
/// Ten epochs, the length of the paper's Figure 1.
nlohmann::json tenEpochs();

/// Full precision, BinaryConnect, and it with weight and with layer normalization.
std::vector<Variant> fourOfTheFigures();

std::vector<Study> paperStudies();   ///< studies_paper.cpp
std::vector<Study> reviewStudies();  ///< studies_review.cpp

}  // namespace bitloom::studies_build
