// verify: recompute reference cases, the self-test of a build and a machine.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "command.h"
#include "math/threads.h"
#include "probe/verify.h"

namespace bitloom::cli {

namespace {

struct Options {
    std::vector<std::string> cases;
    bool json = false;
    bool useDouble = false;
    bool strict = false;
    int threads = 2;
};

/// Files as given; a folder's *.json by name.
std::vector<std::filesystem::path> expand(const std::vector<std::string>& names) {
    std::vector<std::filesystem::path> files;
    for (const std::string& name : names) {
        const std::filesystem::path path = pathFromUtf8(name);
        std::error_code error;
        if (!std::filesystem::is_directory(path, error)) {
            files.push_back(path);
            continue;
        }
        const std::size_t before = files.size();
        for (const auto& entry : std::filesystem::directory_iterator(path, error))
            if (entry.path().extension() == ".json") files.push_back(entry.path());
        if (error) throw InputError(name, {}, "the folder cannot be read: " + error.message());
        if (files.size() == before) throw InputError(name, {}, "the folder has no .json cases");
        std::sort(files.begin() + static_cast<std::ptrdiff_t>(before), files.end());
    }
    return files;
}

bool isOk(const VerifyResult& result, const Options& options) {
    return options.strict ? result.passed() : result.holds();
}

void print(const VerifyResult& result, std::size_t width, const Options& options) {
    const bool ok = isOk(result, options);
    if (!options.json) {
        std::printf("%-*s  %8.2e  %s\n", static_cast<int>(width), result.name.c_str(), result.worst,
                    !ok               ? "FAIL"
                    : result.passed() ? "ok"
                                      : "ok, as far as the precision goes");
        for (const VerifyGroup& g : result.groups)
            if (!(g.error <= result.tolerance) && (options.strict || !g.conditioned))
                std::printf("    %s %s: %.2e, tolerance %.0e\n", g.name.c_str(), g.tensor.c_str(),
                            g.error, result.tolerance);
        if (!result.note.empty()) std::printf("    %s\n", result.note.c_str());
        return;
    }
    const auto number = [](double v) {
        return std::isfinite(v) ? nlohmann::ordered_json(v) : nlohmann::ordered_json(nullptr);
    };
    nlohmann::ordered_json line = {{"name", result.name},
                                   {"worst", number(result.worst)},
                                   {"tolerance", result.tolerance},
                                   {"ok", ok},
                                   {"within_tolerance", result.passed()},
                                   {"precision", options.useDouble ? "double" : "float"}};
    for (const VerifyGroup& g : result.groups) line["groups"][g.name] = number(g.error);
    if (!result.note.empty()) line["note"] = result.note;
    std::printf("%s\n",
                line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
}

int run(const Options& options) {
    setThreads(options.threads);
    const std::vector<std::filesystem::path> files = expand(options.cases);
    std::size_t width = 0;
    for (const auto& file : files) width = std::max(width, utf8(file.stem()).size());
    bool malformed = false;
    int failed = 0;
    for (const std::filesystem::path& file : files) {
        try {
            const VerifyResult result =
                options.useDouble ? verifyCase<double>(file) : verifyCase<float>(file);
            print(result, width, options);
            failed += !isOk(result, options);
        } catch (const InputError& error) {  // the other cases still run
            std::fprintf(stderr, "bitloom-cli: %s\n", error.what());
            malformed = true;
        }
        std::fflush(stdout);
    }
    return malformed ? 2 : failed > 0 ? 1 : 0;
}

}  // namespace

void addVerify(CLI::App& app, Action& action) {
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand(
        "verify", "Recompute reference cases and print the worst relative error");
    command->add_option("cases", options->cases, "Case files, or folders of them")->required();
    command->add_flag("--json", options->json,
                      "One JSON object a case, with the error of each group");
    command->add_flag("--double", options->useDouble,
                      "Use the double-precision twin instead of what ships (float)");
    command->add_flag("--strict", options->strict,
                      "Fail a case over its tolerance also where the precision cannot do better");
    command->add_option("--threads", options->threads, "Threads to compute with")
        ->check(CLI::Range(1, 1024))
        ->capture_default_str();
    command->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace bitloom::cli
