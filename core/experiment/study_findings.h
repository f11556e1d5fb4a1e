#pragma once
// What a study found, in sentences made from its figures: one paragraph a quantity. Nothing is said
// that the runs do not show, whichever way they come out.

#include <string>
#include <vector>

#include "experiment/spectral_table.h"
#include "experiment/study_layers.h"

namespace bitloom {

/// In the order of the study's quantities; Table 1's cells last. Empty without measurements.
std::vector<std::string> studyFindings(const Study& study, const std::vector<StudyRun>& runs,
                                       const std::vector<SpectralCell>& cells);

/// What two accuracies (shares) of one network with batch norm show, its running statistics beside
/// the batch's own. `guessing` is the accuracy of a guess, 0 if unknown: that training has worked
/// is said only of a network well above it.
std::string statisticsVerdict(double running, double batch, double guessing);

/// Test results of runs with batch normalization, a sentence each kind of statistics.
std::vector<std::string> statisticsFindings(const std::vector<StudyRun>& runs);

}  // namespace bitloom
