#pragma once
// Recomputes a reference case: one JSON file of parameters, inputs and float64 results (written by
// oracle/make_vectors.py), and says how far this machine's numbers are from them. The self-test of
// a build and a machine, and the test that the engine computes what docs say.

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

namespace bitloom {

/// The worst tensor of one kind of result.
struct VerifyGroup {
    std::string name;    ///< quantized, effective, logits, loss, gradients, state_gradients, ...
    std::string tensor;  ///< where the worst error is
    double error = 0;    ///< |a - b| / |b| as 2-norms (|a - b| where b is zero); inf if not finite
    bool conditioned = false;  ///< over the tolerance, but no more than the precision can hold
};

struct VerifyResult {
    std::string name;
    double worst = 0;
    double tolerance = 0;  ///< 1e-4; 1e-3 with batch normalization
    std::vector<VerifyGroup> groups;
    std::string note;  ///< what a reader should know of it, may be empty

    /// Every group within the tolerance.
    [[nodiscard]] bool passed() const { return worst <= tolerance; }
    /// Every group within the tolerance, or, in the precision used, as close as it can be: doubles
    /// meet the tolerance there, and floats miss it by no more than rounding explains.
    [[nodiscard]] bool holds() const {
        return std::ranges::all_of(
            groups, [this](const VerifyGroup& g) { return g.error <= tolerance || g.conditioned; });
    }
};

/// Runs the case in T = float (what ships) or double (the plain twin): quantization, training pass,
/// loss, gradients, clip + one Adam step, running statistics, evaluation pass.
/// Throws InputError naming file and field for anything missing, misshapen, not finite or too
/// large.
template <class T>
VerifyResult verifyCase(const std::filesystem::path& file);

}  // namespace bitloom
