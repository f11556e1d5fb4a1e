#pragma once
// What `bitloom-cli probe RUN --json` answers, as rows of the kind the run folder holds.

#include <QByteArray>
#include <optional>

#include "models/probe_history.h"

namespace bitloom::ui {

struct ProbeAnswer {
    std::int64_t step = 0;
    RunTail::News rows;    ///< to add to a ProbeHistory
    LyapunovRow spectrum;  ///< the exponents, all of them if --spectrum was asked for
};

/// Nothing if the text is no such answer.
std::optional<ProbeAnswer> parseProbeAnswer(const QByteArray& json);

}  // namespace bitloom::ui
