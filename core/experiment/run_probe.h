#pragma once
// A run's checkpoint measured again: what `bitloom-cli probe` prints. Reads the run folder, writes
// nothing.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "data/dataset.h"
#include "experiment/spec.h"
#include "probe/prober.h"
#include "probe/state_jacobian.h"
#include "train/observer.h"

namespace bitloom {

struct RunProbeOptions {
    std::string at = "best";  ///< initial | best | last
    ProbeConfig config;       ///< groups, samples, exponents; `every` plays no part
    int skip = 0;             ///< windows of the training split run before the measured one
    int windows = 1;  ///< windows the exponents are measured along, from the measured one on
    bool fullSpectrum = false;  ///< all exponents
    BatchNormJacobian batchNorm = BatchNormJacobian::constant;
    bool useDouble = false;            ///< the plain twin instead of what ships
    std::optional<Split> evaluate;     ///< also the split's value under every kind of statistics
    std::int64_t evaluationLimit = 0;  ///< batches of it, 0 = all
    std::optional<int> threads;        ///< the run's own without
    /// Hears what is being done, "test with running statistics, 12 of 100 batches"; may be empty.
    std::function<void(const std::string&)> progress;
};

struct RunProbe {
    std::int64_t step = 0;  ///< updates made
    Cell cell = Cell::lstm;
    ProbeRows rows;
    std::string metric;
    std::optional<Evaluation> evaluation;
};

/// Throws InputError: no such run, no such checkpoint, data that is gone or not the run's, options
/// out of range.
RunProbe probeRun(const std::filesystem::path& run, const RunProbeOptions& options);

}  // namespace bitloom
