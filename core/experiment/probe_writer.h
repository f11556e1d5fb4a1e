#pragma once
// The rows of probe/rows.h as lines of RUN/probes/*.jsonl. Numbers have six significant digits; one
// that is not finite is null.

#include <string>

#include "probe/rows.h"

namespace bitloom {

/// One line of JSON without the newline.
std::string probeLine(const GradientRow& row);
std::string probeLine(const BoundRow& row);
std::string probeLine(const SpectrumRow& row);
std::string probeLine(const LyapunovRow& row);
std::string probeLine(const GainRow& row);
std::string probeLine(const StatisticsRow& row);
std::string probeLine(const WeightRow& row);

}  // namespace bitloom
