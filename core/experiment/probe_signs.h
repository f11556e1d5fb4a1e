#pragma once
// RUN/probes/signs.safetensors: the signs of the latent weights at the last probe before the
// checkpoint, so that a resumed run counts the same flips as one never interrupted. 16 signs a
// number; the metadata names the step. Two files take turns (the other is signs.other.safetensors):
// the one that the checkpoint on the disk needs is never written over, whenever the run is killed
// and however often.

#include <cstdint>
#include <filesystem>
#include <utility>

#include "probe/prober.h"

namespace bitloom {

class ProbeSigns {
public:
    explicit ProbeSigns(std::filesystem::path run) : m_run(std::move(run)) {}

    /// Gives the prober the signs of `step` (the last probed step up to the checkpoint); without a
    /// file of that step the next probe has no flip rates. Never throws for what is in a file.
    /// True if found.
    bool load(std::int64_t step, Prober<float>& prober);

    /// For the checkpoint that is about to be written; the one before is on the disk. Nothing to do
    /// if there was no probe since. Throws WorkError (full disk).
    void save(const Prober<float>& prober);

private:
    std::filesystem::path m_run;
    std::int64_t m_step = 0;  ///< of the signs that the checkpoint on the disk needs
    std::size_t m_place = 0;  ///< which of the two files has them
};

/// The last step up to `step` that was probed; 0 if none was.
std::int64_t lastProbedStep(std::int64_t step, int every);

}  // namespace bitloom
