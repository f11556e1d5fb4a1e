#pragma once
// What a worker is asked to do: control.json of its run folder, and signals.

#include <sys/stat.h>

#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "experiment/run_folder.h"
#include "experiment/stop_signals.h"

namespace bitloom {

/// control.json, read again only when the file changed: it is looked at before every step.
class ControlFile {
public:
    /// @param signals a signal to stop overrules the file; must outlive this
    ControlFile(std::filesystem::path run, const StopSignals& signals);

    /// What the file says now; no file: run. One that cannot be meant so (parseControl()) changes
    /// nothing: the wishes before it stay, and takeProblem() has what is wrong.
    Control read();
    /// What is wrong with the file, naming it and the field; once for each content in a row.
    std::optional<std::string> takeProblem() { return std::exchange(m_problem, std::nullopt); }

private:
    void take(bool exists);

    const StopSignals& m_signals;
    std::filesystem::path m_run;
    std::filesystem::path m_path;
    std::optional<struct stat> m_seen;
    std::optional<struct stat> m_obeyed;
    Control m_control;
    std::optional<std::string> m_problem;  ///< not yet taken
    std::optional<std::string> m_refused;  ///< the content it was of
};

}  // namespace bitloom
