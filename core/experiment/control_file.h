#pragma once
// What a worker is asked to do: control.json of its run folder, and signals.

#include <sys/stat.h>

#include <filesystem>
#include <optional>

#include "experiment/run_folder.h"
#include "experiment/stop_signals.h"

namespace bitloom {

/// control.json, read again only when the file changed: it is looked at before every step.
class ControlFile {
public:
    /// @param signals a signal to stop overrules the file; must outlive this
    ControlFile(std::filesystem::path run, const StopSignals& signals);

    /// Throws InputError for a file that is no control.json.
    Control read();

private:
    const StopSignals& m_signals;
    std::filesystem::path m_run;
    std::filesystem::path m_path;
    std::optional<struct stat> m_seen;
    std::optional<struct stat> m_obeyed;
    Control m_control;
};

}  // namespace bitloom
