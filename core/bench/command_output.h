#pragma once
// Runs a program to its end and keeps what it prints: how peers are measured. The only place in
// core that starts processes.

#include <map>
#include <string>
#include <vector>

namespace bitloom {

struct CommandOutput {
    int exitCode = 0;    ///< 128 + signal when killed
    std::string text;    ///< standard output
    std::string errors;  ///< the last few kilobytes of standard error
};

/// Runs argv[0], looked up in PATH, without a shell and with an empty standard input; waits for it.
/// The program sees this process's environment with `environment` on top, and without
/// what bitloom-cli sets for itself at its start (base/preset_environment.h).
/// Throws WorkError if it cannot be started.
CommandOutput runCommand(const std::vector<std::string>& argv,
                         const std::map<std::string, std::string>& environment = {});

}  // namespace bitloom
