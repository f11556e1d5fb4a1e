#pragma once
// The append-only files of a run, written: metrics.jsonl, events.jsonl and probes/*.jsonl. Reading
// is experiment/run_folder.h's RunTail.
//
// A checkpoint remembers how many lines were written, not how many bytes: lines hold times, so
// their lengths differ from one execution to the next while their number does not.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/files.h"
#include "experiment/run_folder.h"
#include "probe/prober.h"

namespace bitloom {

/// One line of metrics.jsonl. `tokens` is written for train rows. Numbers that are not finite are
/// null.
std::string metricLine(const MetricRow& row, std::int64_t tokens);

class RunRecord {
public:
    /// Opens or creates the files. Throws WorkError.
    explicit RunRecord(const std::filesystem::path& run);

    /// Empties all files.
    void clear();
    /// Cuts the files to what `position` (of a checkpoint at `step`) counts and drops events of
    /// steps that are lost. Returns false if lines are missing that the checkpoint counted.
    bool restore(const std::string& position, std::int64_t step);

    /// Returns the line.
    std::string metric(const MetricRow& row, std::int64_t tokens);
    /// A line in the file of each row that is there.
    void probe(const ProbeRows& rows);
    /// `details` is JSON text; the readable text is made from both.
    void event(std::int64_t step, const std::string& name, const std::string& details);

    /// Lines so far as JSON text.
    [[nodiscard]] std::string position() const;
    /// Every line written before this call is on the disk when it returns. May be called on another
    /// thread. Throws WorkError.
    void sync();
    /// `seconds` of the last train line, 0 without one.
    [[nodiscard]] double lastSeconds() const;

private:
    std::filesystem::path m_run;
    AppendFile m_metrics;
    AppendFile m_events;
    struct ProbeFile {
        const char* name;  ///< as the checkpoint counts it
        std::unique_ptr<AppendFile> file;
        std::int64_t lines = 0;
    };
    std::vector<ProbeFile> m_probes;
    std::int64_t m_metricLines = 0;
};

}  // namespace bitloom
