#pragma once
// A study's answer as one page and as JSON: question, what to look at, measured beside published,
// the comparison of its runs, and Table 1's cells where the study has them.

#include <string>
#include <vector>

#include "experiment/comparison.h"
#include "experiment/spectral_table.h"
#include "experiment/study_layers.h"
#include "experiment/study_run.h"
#include "experiment/study_values.h"

namespace bitloom {

/// What has been measured so far.
struct StudyResult {
    std::vector<ComparedRun> runs;    ///< in the order of the plan, those that are there
    std::vector<std::string> keys;    ///< of their members
    std::vector<SpectralCell> cells;  ///< Table 1
    std::vector<StudyValue> values;
    std::vector<std::string> findings;  ///< what the figures say, in words
    std::vector<LayerFigures> layers;   ///< of studies that ask for them
};

/// Reads the plan's run folders. Throws InputError for a folder that is no run.
StudyResult readStudy(const StudyPlan& plan, std::vector<SpectralCell> cells);

/// A self-contained HTML page.
std::string studyHtml(const StudyPlan& plan, const StudyResult& result);
/// {"study","scale","question","look","findings":[...],"notes","members":[...],"values":[...],
/// "layers":[...],"spectral":{...}}, indented.
std::string studyJson(const StudyPlan& plan, const StudyResult& result);

}  // namespace bitloom
