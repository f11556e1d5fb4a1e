#pragma once
// What a study's figures of layers say, in sentences: used by study_findings.cpp. Each function
// adds a paragraph, or nothing where nothing was measured.

#include <string>
#include <vector>

#include "experiment/study_layers.h"

namespace bitloom::layer_findings {

using Words = std::vector<std::string>;
using Rows = std::vector<LayerFigures>;

/// Growth of the gradient a step back, at the first and the last probe.
void addGrowth(Words& words, const Rows& rows);
/// lambda_1 over the runs, and what the gains' training adds to it.
void addBound(Words& words, const Rows& rows, const std::vector<StudyRun>& runs);
void addTightness(Words& words, const Rows& rows, const std::vector<StudyRun>& runs);
/// Signs of the first exponents, and whether growth agrees.
void addExponents(Words& words, const Rows& rows);
/// Layers of one quantizer and normalization together: does every layer do the same? Nothing for
/// networks of one layer.
void addLayers(Words& words, const Rows& rows, const std::vector<StudyRun>& runs);

/// "A", "A and B", "A, B and C".
std::string listed(const Words& words);
/// "all 3 layers", "2 of 3 layers", "the one layer".
std::string counted(std::size_t some, std::size_t all, const std::string& what);

}  // namespace bitloom::layer_findings
