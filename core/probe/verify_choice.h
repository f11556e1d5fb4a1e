#pragma once
// Which of its possible solutions did the reference take?
//
// Rows that alternating quantization leaves open (probe/verify_open_rows.h) are no test of an
// engine: a reference that solves them anew for each of its results may take another solution each
// time, also one that its file does not hold. The choice is inferred from the results it led to,
// among the possible ones, and everything else is compared with that.

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "math/matrix.h"
#include "probe/verify_case.h"

namespace bitloom {

/// Quantized weights by parameter name.
using VerifyWeights = std::map<std::string, Matrix<double>>;

/// The case's quantized weights as the engine computes them in double.
VerifyWeights ownWeights(const VerifyCase& reference);

struct OpenRow {
    std::string weight;
    std::size_t row = 0;
    std::vector<std::vector<double>> possible;
};

/// The rows of the case's latent weights that its quantizer leaves open; none for other methods.
std::vector<OpenRow> openRows(const VerifyCase& reference);

/// The quantized weights `base` with the open rows as the file gives them.
VerifyWeights takeRows(const std::vector<OpenRow>& rows, const VerifyTensors& from,
                       const VerifyWeights& base);

/// Which result of the file a choice is inferred from.
enum class ChoiceEvidence { logits, evaluation_loss };

/// The choice under which the case's network (in double) comes nearest to the evidence: one row
/// after another takes its best until none does better, from `start` and, while that does not
/// meet the evidence, from random choices.
VerifyWeights inferRows(const VerifyCase& reference, const std::vector<OpenRow>& rows,
                        VerifyWeights start, ChoiceEvidence evidence);

}  // namespace bitloom
