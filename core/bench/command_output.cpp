#include "bench/command_output.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "base/preset_environment.h"

extern char** environ;

namespace bitloom {
namespace {

constexpr std::size_t k_keptErrors = 4096;

/// Both ends are closed in programs that are started, unless handed over.
class Pipe {
public:
    Pipe() {
        if (::pipe2(m_ends.data(), O_CLOEXEC) != 0)
            throw WorkError(std::string("cannot make a pipe: ") + std::strerror(errno));
    }
    ~Pipe() {
        closeEnd(0);
        closeEnd(1);
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;

    [[nodiscard]] int end(std::size_t which) const { return m_ends[which]; }
    void closeEnd(std::size_t which) {
        if (m_ends[which] >= 0) ::close(m_ends[which]);
        m_ends[which] = -1;
    }

private:
    std::array<int, 2> m_ends{-1, -1};
};

/// A NAME=value that bitloom-cli sets for itself.
bool isPreset(const std::string& text) {
    return std::ranges::any_of(std::array{k_presetSpin, k_presetPages},
                               [&](const PresetVariable& preset) {
                                   return text == std::string(preset.name) + "=" + preset.value;
                               });
}

std::vector<std::string> mergedEnvironment(const std::map<std::string, std::string>& own) {
    std::vector<std::string> merged;
    for (char** entry = environ; *entry; ++entry) {
        const std::string text = *entry;
        const std::string name = text.substr(0, text.find('='));
        if (!isPreset(text) && !own.count(name)) merged.push_back(text);
    }
    for (const auto& [name, value] : own) merged.push_back(name + "=" + value);
    return merged;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> result;
    for (std::string& text : texts) result.push_back(text.data());
    result.push_back(nullptr);
    return result;
}

/// Reads both until both are closed: a program must not wait for a full pipe.
void drain(Pipe& out, Pipe& err, CommandOutput& output) {
    while (out.end(0) >= 0 || err.end(0) >= 0) {
        std::array<pollfd, 2> watched{{{out.end(0), POLLIN, 0}, {err.end(0), POLLIN, 0}}};
        if (::poll(watched.data(), watched.size(), -1) < 0) {
            if (errno == EINTR) continue;
            throw WorkError(std::string("cannot wait for a program: ") + std::strerror(errno));
        }
        for (std::size_t i = 0; i < watched.size(); ++i) {
            if (watched[i].fd < 0 || watched[i].revents == 0) continue;
            std::array<char, 4096> buffer;
            const ssize_t count = ::read(watched[i].fd, buffer.data(), buffer.size());
            if (count < 0 && errno == EINTR) continue;
            if (count <= 0) {
                (i == 0 ? out : err).closeEnd(0);
                continue;
            }
            std::string& text = i == 0 ? output.text : output.errors;
            text.append(buffer.data(), static_cast<std::size_t>(count));
            if (i == 1 && text.size() > k_keptErrors) text.erase(0, text.size() - k_keptErrors);
        }
    }
}

}  // namespace

CommandOutput runCommand(const std::vector<std::string>& argv,
                         const std::map<std::string, std::string>& environment) {
    if (argv.empty() || argv[0].empty()) throw WorkError("an empty command cannot be started");
    Pipe out, err;
    std::vector<std::string> words = argv;
    std::vector<std::string> variables = mergedEnvironment(environment);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, out.end(1), 1);
    posix_spawn_file_actions_adddup2(&actions, err.end(1), 2);
    pid_t pid = 0;
    const int failure = ::posix_spawnp(&pid, words[0].c_str(), &actions, nullptr,
                                       pointers(words).data(), pointers(variables).data());
    posix_spawn_file_actions_destroy(&actions);
    if (failure != 0) throw WorkError("cannot start " + argv[0] + ": " + std::strerror(failure));
    out.closeEnd(1);
    err.closeEnd(1);

    CommandOutput output;
    drain(out, err, output);
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    output.exitCode = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return output;
}

}  // namespace bitloom
