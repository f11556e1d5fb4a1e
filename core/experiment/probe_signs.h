#pragma once
// RUN/probes/signs.safetensors: the signs of the latent weights at the last probe before the
// checkpoint, so that a resumed run counts the same flips as one never interrupted. 16 signs a
// number; the metadata names the step. The file before it stays beside it (signs.former), for a
// crash that falls between this file and its checkpoint.

#include <cstdint>
#include <filesystem>

#include "probe/prober.h"

namespace bitloom {

/// Nothing to do if the signs are those of step `saved`, which becomes theirs. Throws WorkError
/// (full disk).
void saveSigns(const std::filesystem::path& run, const Prober<float>& prober, std::int64_t& saved);

/// Gives the prober the signs of `step` (the last probed step up to the checkpoint); without a file
/// of that step the next probe has no flip rates. Never throws for what is in a file. True if
/// found.
bool loadSigns(const std::filesystem::path& run, std::int64_t step, Prober<float>& prober);

/// The last step up to `step` that was probed; 0 if none was.
std::int64_t lastProbedStep(std::int64_t step, int every);

}  // namespace bitloom
