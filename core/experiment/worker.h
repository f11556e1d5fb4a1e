#pragma once
// A worker: trains one run folder to its end, obeying control.json. Called by `bitloom-cli train`.

#include <filesystem>
#include <functional>
#include <string>

#include "experiment/run_folder.h"

namespace bitloom {

struct WorkerOptions {
    bool resume = true;  ///< continue from the checkpoint if there is one; false: from the start
    std::function<void(const MetricRow&)>
        onReport;  ///< for the progress bar and --json; may be empty
    std::function<void(const std::string&)>
        onLine;  ///< each line as it goes to metrics.jsonl; may be empty
    std::function<void(const RunSummary&)>
        onStart;  ///< once the totals are known, before the first step; may be empty
};

/// Returns the final summary (finished, stopped or diverged). Throws InputError / WorkError after
/// it has written status failed. Refuses a folder another living worker holds (InputError; the
/// folder stays untouched). A run that is finished, or diverged, and is asked nothing new is
/// returned as it is. SIGTERM and SIGINT stop it with a checkpoint while this runs; a second one
/// ends the process.
RunSummary runWorker(const std::filesystem::path& run, const WorkerOptions& options);

}  // namespace bitloom
