#pragma once
// A worker: trains one run folder to its end, obeying control.json. Called by `bitloom-cli train`.

#include <filesystem>
#include <functional>

#include "experiment/run_folder.h"

namespace bitloom {

struct WorkerOptions {
    bool resume = true;  ///< continue from the checkpoint if there is one
    std::function<void(const MetricRow&)>
        onReport;  ///< for the progress bar and --json; may be empty
};

/// Returns the final summary (finished, stopped or diverged). Throws InputError / WorkError after
/// it has written status failed. Refuses a folder another living worker holds.
RunSummary runWorker(const std::filesystem::path& run, const WorkerOptions& options);

}  // namespace bitloom
