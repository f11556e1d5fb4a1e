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

/// Impossible combinations of a spec whose dataset is filled in, each with its reason.
void checkCombinations(const Spec& spec, std::vector<Problem>& problems);

}  // namespace bitloom
