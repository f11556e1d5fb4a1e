#pragma once
// What a spec must fulfil beyond types and ranges.

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "experiment/spec.h"

namespace bitloom {

/// Problems of single fields: unknown names, types, ranges, choices, options without effect.
/// `user` is what the user wrote, `tree` the same on top of its preset.
void checkFields(const nlohmann::json& user, const nlohmann::json& tree,
                 std::vector<Problem>& problems);

/// What a spec that is in order says in vain: portable options without effect on its choices.
std::vector<Problem> notesOn(const nlohmann::json& user, const nlohmann::json& tree);

/// Impossible combinations of a spec whose dataset is filled in, each with its reason.
void checkCombinations(const Spec& spec, std::vector<Problem>& problems);

}  // namespace bitloom
