#pragma once
// Where a run's weights come from when they are another run's: finding that run, fitting it, and
// keeping a copy.
//
// createRun() copies the checkpoint into the new run folder as start.safetensors and records its
// SHA-256. From then on the run depends on nothing outside its folder: the first run may train on,
// move or go, and a cluster job has all it needs.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "experiment/spec.h"

namespace bitloom {

/// The run folder `spec.start.run` names: a folder, or an id in `library`. Throws InputError with
/// field start.run if there is none or it has no such weights.
std::filesystem::path findStartRun(const Spec& spec, const std::filesystem::path& library);

/// The recipe whose trained networks this one quantizes without a step of training; "" for all
/// others.
std::string trainedPreset(std::string_view preset);

/// What is missing: a recipe that quantizes a trained network (trainedPreset()) names no run yet,
/// and without one it would quantize drawn weights. Nothing where all is there.
std::optional<Problem> missingStart(const Spec& spec);

/// Such a recipe's start in `library`: the newest finished run of the recipe it starts from
/// whose network and data are this one's. Empty if there is none.
std::filesystem::path trainedStart(const Spec& spec, const std::filesystem::path& library);

/// RUN/best.safetensors or RUN/checkpoint.safetensors, as `at` says.
std::filesystem::path startWeights(const std::filesystem::path& run, const std::string& at);

/// Refuses a start whose network is not this one's, naming the file and the field that differs
/// (model.hidden ...). What normalization and quantizer bring may differ.
void checkStartFits(const Spec& spec, const std::filesystem::path& weights);

/// Copies `weights` to RUN/start.safetensors and returns its SHA-256. Throws InputError, WorkError.
std::string keepStart(const std::filesystem::path& weights, const std::filesystem::path& run);

/// RUN/start.safetensors, checked against the recorded hash; a run folder made elsewhere without it
/// gets it from its library first. Throws InputError if it is another file.
std::filesystem::path recordedStart(const std::filesystem::path& run, const Spec& spec);

}  // namespace bitloom
