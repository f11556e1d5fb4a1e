#pragma once
// What checkpoint.safetensors and best.safetensors have in common: the digest, and where second
// moments and the step stand. Used by train/checkpoint.cpp and train/warm_start.cpp.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/safetensors.h"
#include "nn/parameters.h"

namespace bitloom {

/// Prefix of second moments that are kept for the quantizer alone.
inline const std::string k_secondMoment = "second_moment/";

/// Prefix of those a run started with, in a checkpoint before its first update.
inline const std::string k_startMoment = "start_moment/";

/// SHA-256 over names, values and metadata, so that a flipped bit in a weight is found too.
std::string weightsDigest(const std::vector<TensorToWrite>& tensors,
                          const TensorMetadata& metadata);

/// Opens a file of ours and checks its digest over the bytes as they are. Throws InputError.
Safetensors openWeights(const std::filesystem::path& path);

/// Where the second moments stand that the weights of the file are quantized with: those of the
/// start, Adam's own v, or one kept for the quantizers; "" if the file has none.
/// @param step updates the weights had: an optimizer before its first has moments of nothing
std::string momentPrefix(const Safetensors& file, std::int64_t step);

/// Updates the weights had: a checkpoint's counter, or the best weights' own note. Throws
/// InputError.
std::int64_t weightsStep(const Safetensors& file);

/// The second moment of every quantized parameter. Throws InputError (one is missing or has
/// another shape).
void copyMoments(const Safetensors& file, const std::string& prefix,
                 const ParameterSet<float>& parameters, ParameterSet<float>& moments);

}  // namespace bitloom
