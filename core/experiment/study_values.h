#pragma once
// What a study measured beside what the paper printed, number by number.

#include <optional>
#include <string>
#include <vector>

#include "experiment/comparison.h"
#include "experiment/studies.h"

namespace bitloom {

struct StudyValue {
    std::string run;       ///< title of the run
    std::string key;       ///< of the member
    std::string quantity;  ///< "λ₁", "test, perplexity"
    std::string at;        ///< "iteration 98", "" where that says nothing
    std::optional<double> measured;
    std::optional<double> published;
    std::string source;  ///< "Figure 1", "Table 3"; "" without a published value
    std::string unit;    ///< " %" or ""
};

/// A run of a study with its member's key.
struct StudyRun {
    std::string key;
    const ComparedRun* run = nullptr;
};

/// In the order of the study's quantities and, within one, of its runs. Published values stand only
/// beside networks and data they were published for.
std::vector<StudyValue> studyValues(const Study& study, const std::vector<StudyRun>& runs);

}  // namespace bitloom
