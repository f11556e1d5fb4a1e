#pragma once
// Runs the real bitloom-cli, in a fresh folder of its own per test.

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace bitloom::testing_app {

struct Output {
    int exitCode = -1;   ///< 128 + signal when killed
    std::string text;    ///< stdout
    std::string errors;  ///< stderr
    double peak = 0;     ///< most resident memory, bytes
};

/// Starts the program; stdout and stderr go to FOLDER/out and FOLDER/err.
pid_t start(const std::filesystem::path& folder, const std::vector<std::string>& arguments);
/// Waits for its end and returns the exit code, 128 + signal when killed.
int await(pid_t pid);
/// The same; also the most memory it ever held resident, in bytes.
int await(pid_t pid, double& peak);
/// start + await + what it printed.
Output runProgram(const std::filesystem::path& folder, const std::vector<std::string>& arguments);

/// Waits up to `seconds` until `condition` holds; says whether it does.
template <class Condition>
bool eventually(const Condition& condition, double seconds = 20);

/// A folder that is removed at the end.
class Folder {
public:
    Folder();
    ~Folder();
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const { return m_path; }

private:
    std::filesystem::path m_path;
};

void sleepMilliseconds(int milliseconds);

template <class Condition>
bool eventually(const Condition& condition, double seconds) {
    for (double waited = 0; waited < seconds; waited += 0.01) {
        if (condition()) return true;
        sleepMilliseconds(10);
    }
    return condition();
}

/// Lines of a text, without the fields that hold times.
std::vector<std::string> timelessLines(const std::string& jsonLines);

}  // namespace bitloom::testing_app
