#pragma once
// The progress of a training run on stderr: a bar with an estimate on a terminal, a line a
// validation elsewhere.

#include <chrono>

#include "experiment/run_folder.h"

namespace bitloom::cli {

class Progress {
public:
    explicit Progress(bool terminal) : m_terminal(terminal) {}

    void start(const RunSummary& summary);
    void report(const MetricRow& row);
    /// Ends the bar's line.
    void finish();

private:
    using Clock = std::chrono::steady_clock;

    void drawBar();

    bool m_terminal;
    bool m_drawn = false;
    std::string m_metric;
    std::int64_t m_first = 0;
    std::int64_t m_total = 0;
    MetricRow m_last;
    Clock::time_point m_started = Clock::now();
    Clock::time_point m_shown{};
};

/// 75 -> "1:15", 3700 -> "1:01:40".
std::string clockText(double seconds);

}  // namespace bitloom::cli
