#include "probe/verify.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <type_traits>

#include "math/rng.h"
#include "probe/verify_case.h"
#include "probe/verify_choice.h"
#include "probe/verify_run.h"
#include "quant/quantizer.h"

namespace bitloom {

namespace {

/// All gradients flow through the same sums, so none is more exact than a few last places of the
/// whole. Where one nearly cancels (trained scales under layer normalization, which undoes a scale;
/// a batch of two under batch normalization) a note says so when floats meet the tolerance
/// of this share of the whole gradient's norm.
constexpr double k_smallGradient = 0.01;
/// A gradient that is zero in exact arithmetic (a batch of two under batch normalization) is what
/// rounding left of it, in the file too: below this share of the whole gradient's norm.
constexpr double k_roundingNoise = 1e-8;
/// Runs with every number moved within its last place as a float.
constexpr int k_disturbances = 6;
/// A float run rounds at every operation, a disturbed one only its weights and inputs.
constexpr double k_disturbanceFactor = 16;

/// A float latent weight next to a threshold may fall on its other side: then the quantized weights
/// differ by a whole level, in float only, and everything after them too. Empty if that is not so.
std::string tieOf(const std::filesystem::path& file, const VerifyResult& single) {
    const auto quantizedError = [](const VerifyResult& r) {
        for (const VerifyGroup& g : r.groups)
            if (g.name == "quantized") return g;
        return VerifyGroup{};
    };
    const VerifyGroup group = quantizedError(single);
    if (group.error <= single.tolerance) return {};
    if (quantizedError(verifyCase<double>(file)).error > single.tolerance) return {};
    return group.tensor +
           " has a weight on a quantizer's threshold: rounding it to float changes its level; "
           "continued with the level of doubles";
}

/// Each group by the choice of the open rows that it agrees with best: the reference solved them
/// anew for each of its results.
void takeBest(const VerifyResult& other, VerifyResult& result) {
    result.worst = 0;
    for (std::size_t i = 0; i < result.groups.size(); ++i) {
        if (other.groups[i].error < result.groups[i].error) result.groups[i] = other.groups[i];
        result.worst = std::max(result.worst, result.groups[i].error);
    }
}

/// Fills in what the reference chose where the method leaves a choice; true if there was any.
template <class T>
bool chooseOpenRows(const std::filesystem::path& file, const VerifyCase& reference,
                    VerifyWeights& weights, VerifyResult& result) {
    const std::vector<OpenRow> rows = openRows(reference);
    if (rows.empty()) return false;
    const auto attempt = [&](const VerifyWeights& choice) {
        if (!result.passed()) takeBest(runCase<T>(file, reference, &choice), result);
    };
    const VerifyWeights own = ownWeights(reference);
    const VerifyWeights first = takeRows(rows, reference.quantized, own);
    attempt(first);
    if (reference.config.normalization.method != "weight")
        attempt(takeRows(rows, reference.effective, own));
    weights = inferRows(reference, rows, first, ChoiceEvidence::logits);
    attempt(weights);
    if (!result.passed())
        attempt(inferRows(reference, rows, first, ChoiceEvidence::evaluation_loss));
    result.note = std::to_string(rows.size()) + (rows.size() == 1 ? " row" : " rows") +
                  " of dependent codes, which leave the least squares open, taken as the file has "
                  "them or as its results say";
    return true;
}

void addNote(VerifyResult& result, const std::string& line) {
    result.note += (result.note.empty() ? "" : "\n    ") + line;
}

std::string scientific(double value) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.1e", value);
    return text.data();
}

/// A case may ask more than floats can give: where a gradient nearly cancels, or where results of
/// the exact network move as far as that when its numbers are moved within their last place as
/// floats. Such a group is conditioned: doubles meet the tolerance, floats are as close as they
/// get.
void explainConditioning(const std::filesystem::path& file, const VerifyCase& reference,
                         const VerifyWeights* weights, VerifyResult& result) {
    const VerifyResult exact = runCase<double>(file, reference, weights);
    std::vector<double> movement(result.groups.size(), 0.0);
    Rng rng(1, makeStream("verify.disturbance"));
    for (int i = 0; i < k_disturbances; ++i) {
        const VerifyResult moved = runCase<double>(file, reference, weights, &rng);
        for (std::size_t g = 0; g < movement.size(); ++g)
            movement[g] = std::max(movement[g], moved.groups[g].error);
    }
    const VerifyResult whole = runCase<float>(file, reference, weights, nullptr, k_smallGradient);
    const VerifyResult exactWhole =
        runCase<double>(file, reference, weights, nullptr, k_smallGradient);
    for (std::size_t g = 0; g < result.groups.size(); ++g) {
        VerifyGroup& group = result.groups[g];
        if (group.error <= result.tolerance) continue;
        const std::string what = group.name + ' ' + group.tensor;
        const std::string errors = scientific(group.error) + " in floats, " +
                                   scientific(exact.groups[g].error) + " in doubles";
        const bool mayCancel = group.name == "gradients" || group.name == "adam";
        if (mayCancel && whole.groups[g].error <= result.tolerance &&
            exactWhole.groups[g].error <= result.tolerance) {
            group.conditioned = true;
            addNote(result, what + " nearly cancels: of itself " + errors);
        } else if (group.error <= k_disturbanceFactor * movement[g] &&
                   exact.groups[g].error <= result.tolerance) {
            group.conditioned = true;
            addNote(result, what + ": " + errors +
                                "; moving each number within its last place as a float moves it "
                                "by " +
                                scientific(movement[g]));
        }
    }
}

/// The same for doubles, which miss the tolerance only where the file has rounding noise.
void explainNoise(const std::filesystem::path& file, const VerifyCase& reference,
                  const VerifyWeights* weights, VerifyResult& result) {
    const VerifyResult whole = runCase<double>(file, reference, weights, nullptr, k_roundingNoise);
    for (std::size_t g = 0; g < result.groups.size(); ++g) {
        VerifyGroup& group = result.groups[g];
        if (group.error <= result.tolerance || whole.groups[g].error > result.tolerance) continue;
        group.conditioned = true;
        addNote(result, group.name + ' ' + group.tensor +
                            " is zero but for rounding, in the file too: " +
                            scientific(group.error) + " of itself");
    }
}

}  // namespace

template <class T>
VerifyResult verifyCase(const std::filesystem::path& file) {
    const VerifyCase reference = readVerifyCase(file);
    VerifyResult result = runCase<T>(file, reference, nullptr);
    if (result.passed()) return result;
    VerifyWeights weights;
    bool given = chooseOpenRows<T>(file, reference, weights, result);
    if constexpr (std::is_same_v<T, float>) {
        if (result.passed()) return result;
        const auto quantizer = makeQuantizer<double>(reference.config.quantizer);
        if (!given && quantizer && !quantizer->hasOwnGradient()) {
            weights = ownWeights(reference);
            given = true;
        }
        if (const std::string tie = tieOf(file, result); given && !tie.empty()) {
            result = runCase<float>(file, reference, &weights);
            result.note = tie;
        }
        if (!result.passed())
            explainConditioning(file, reference, given ? &weights : nullptr, result);
    } else if (!result.passed()) {
        explainNoise(file, reference, given ? &weights : nullptr, result);
    }
    return result;
}

template VerifyResult verifyCase<float>(const std::filesystem::path&);
template VerifyResult verifyCase<double>(const std::filesystem::path&);

}  // namespace bitloom
