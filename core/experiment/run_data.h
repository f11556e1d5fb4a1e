#pragma once
// Whether the data there is are the ones a run was made for: the hash in its record.

#include <filesystem>

#include "data/dataset.h"
#include "experiment/spec.h"

namespace bitloom {

/// Throws InputError if the run's record names other data than the opened ones.
void checkDataset(const std::filesystem::path& run, const DatasetInfo& info);

/// Writes the hash of opened data into a record that has none (text8's is not known before), for
/// the first start. Throws WorkError.
void recordHash(const std::filesystem::path& run, const Spec& spec, const DatasetInfo& info);

}  // namespace bitloom
