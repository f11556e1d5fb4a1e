#pragma once
// What `bitloom-cli probe RUN --json` answers, read back as rows of the kind the run folder holds.

#include <cstdint>
#include <optional>
#include <string>

#include "experiment/run_folder.h"

namespace bitloom {

struct ProbeAnswer {
    std::int64_t step = 0;
    RunTail::News rows;    ///< what it measured, one row a kind
    LyapunovRow spectrum;  ///< the exponents, all of them if --spectrum was asked for
    std::optional<MetricRow> evaluation;  ///< of --evaluate: every kind of statistics
};

/// Nothing if the text is no such answer.
std::optional<ProbeAnswer> parseProbeAnswer(const std::string& json);

}  // namespace bitloom
