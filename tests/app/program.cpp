#include "program.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>
#include <thread>

extern char** environ;

namespace bitloom::testing_app {
namespace {

std::string content(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

pid_t start(const std::filesystem::path& folder, const std::vector<std::string>& arguments) {
    std::vector<std::string> texts{BITLOOM_CLI};
    texts.insert(texts.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (std::string& text : texts) argv.push_back(text.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    const int flags = O_WRONLY | O_CREAT | O_TRUNC;
    posix_spawn_file_actions_addopen(&actions, 1, (folder / "out").c_str(), flags, 0644);
    posix_spawn_file_actions_addopen(&actions, 2, (folder / "err").c_str(), flags, 0644);
    pid_t pid = 0;
    const int failure = ::posix_spawn(&pid, BITLOOM_CLI, &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failure != 0) throw std::runtime_error("cannot start " BITLOOM_CLI);
    return pid;
}

int await(pid_t pid) {
    double peak = 0;
    return await(pid, peak);
}

int await(pid_t pid, double& peak) {
    int status = 0;
    struct rusage usage {};
    ::wait4(pid, &status, 0, &usage);
    peak = static_cast<double>(usage.ru_maxrss) * 1024;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

Output runProgram(const std::filesystem::path& folder, const std::vector<std::string>& arguments) {
    Output output;
    output.exitCode = await(start(folder, arguments), output.peak);
    output.text = content(folder / "out");
    output.errors = content(folder / "err");
    return output;
}

Folder::Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "bitloom-app-XXXXXX").string();
    if (!::mkdtemp(name.data())) throw std::runtime_error("cannot make a temporary folder");
    m_path = name;
}

Folder::~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(m_path, ignored);
}

void sleepMilliseconds(int milliseconds) {
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
}

std::vector<std::string> timelessLines(const std::string& jsonLines) {
    std::vector<std::string> lines;
    std::istringstream in(jsonLines);
    for (std::string line; std::getline(in, line);) {
        auto tree = nlohmann::json::parse(line);
        for (const char* key : {"seconds", "tokens_per_second", "time"}) tree.erase(key);
        lines.push_back(tree.dump());
    }
    return lines;
}

}  // namespace bitloom::testing_app
