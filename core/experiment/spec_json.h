#pragma once
// Strict reading and joining of spec JSON; used by spec*.cpp and sweeps, not by other rooms.

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace bitloom {

/// Parses JSON text into `value`. False with one sentence in `problem` for malformed text,
/// duplicate keys, more than 32 levels, more than 1 MB, or numbers beyond a double.
bool readStrictJson(const std::string& text, nlohmann::json& value, std::string& problem);

/// The value at a dotted path, or nullptr.
const nlohmann::json* valueAt(const nlohmann::json& tree, std::string_view path);

/// Sets the value at a dotted path, making objects on the way (a null or a scalar there is
/// replaced).
void setValueAt(nlohmann::json& tree, std::string_view path, nlohmann::json value);
/// Removes the value at a dotted path if it is there.
void eraseAt(nlohmann::json& tree, std::string_view path);

/// `over` on top of `base`: objects join field by field, everything else (null too) replaces.
nlohmann::json joined(const nlohmann::json& base, const nlohmann::json& over);

/// Whether a field of a recipe belongs to its quantizer or normalization (`section`) and is not
/// taken over by another `method`: options of the old one, a learning rate for weights without
/// scales, gains. Bits stay where the new one has them.
bool goesWithMethod(const std::string& section, const std::string& method, const std::string& key,
                    const nlohmann::json& value);

/// A preset's fields under the user's. Where the user names another quantizer or normalization,
/// what belongs to the preset's goes with it.
nlohmann::json onPreset(const nlohmann::json& preset, const nlohmann::json& user);

/// The user's tree on top of the preset it names; as it is without one or with an unknown one.
nlohmann::json expanded(const nlohmann::json& user);

/// True if `path` is the beginning of a known option's key, as "model" and "model.init".
bool isSection(std::string_view path);

/// "; did you mean `x`?" for an unknown dotted field.
std::string suggestion(const std::string& path);

/// For an option that only matters with some choices ("training.momentum" with sgd): the other
/// choices as text if the tree's choice is not among them, else empty. Defaults stand in for
/// missing fields.
std::string uselessBecause(const nlohmann::json& tree, std::string_view key);

}  // namespace bitloom
