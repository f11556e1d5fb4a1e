#pragma once
// Several runs side by side: the table, the curves, and a report with charts.

#include <filesystem>
#include <string>
#include <vector>

#include "experiment/library.h"

namespace bitloom {

struct ComparedRun {
    LibraryRun run;
    Spec spec;
    std::vector<MetricRow> metrics;  ///< all rows
    std::vector<EventRow> events;
    std::vector<GradientRow> gradients;
    ProbeNews probes;  ///< what else the run's probes measured
};

/// Reads the run folders; throws InputError for a folder that is no run.
std::vector<ComparedRun> readComparison(const std::vector<std::filesystem::path>& runs);

/// One row a run, comma separated, header first; RFC 4180 quoting.
std::string comparisonCsv(const std::vector<ComparedRun>& runs);
/// One JSON object with key "runs".
std::string comparisonJson(const std::vector<ComparedRun>& runs);
/// A self-contained HTML page: table, curves (inline SVG), size bars, what the probes measured,
/// light and dark; and its content without the page around it (experiment/report_page.h).
std::string comparisonHtml(const std::vector<ComparedRun>& runs);
std::string comparisonBody(const std::vector<ComparedRun>& runs);

}  // namespace bitloom
