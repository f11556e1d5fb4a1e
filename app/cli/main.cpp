// bitloom-cli: the same jobs as the workbench, headless.

#include <unistd.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <new>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "base/preset_environment.h"
#include "command.h"

namespace {

/// Sets a variable unless the user has; true if it did.
bool preset(const bitloom::PresetVariable& variable) {
    if (std::getenv(variable.name)) return false;
    ::setenv(variable.name, variable.value, 1);
    return true;
}

/// Starts the program again if its libraries were loaded without the variables that suit it.
void presetLibraries(char** argv) {
    const bool spins = !std::getenv("OMP_WAIT_POLICY") && preset(bitloom::k_presetSpin);
    const bool pages = preset(bitloom::k_presetPages);
    if (!spins && !pages) return;
    // By its own path, so that the process keeps its name; returns only on failure, and then the
    // defaults serve.
    std::error_code failure;
    const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", failure);
    ::execv(failure ? "/proc/self/exe" : self.c_str(), argv);
}

/// oneDNN's large products take megabytes of scratch memory a call. By default glibc maps them
/// anew each time, and the kernel's clearing of pages was a tenth of a training step.
void keepFreedMemory() {
#ifdef __GLIBC__
    constexpr int most = 32 << 20;  // the largest threshold glibc takes
    ::mallopt(M_MMAP_THRESHOLD, most);
    ::mallopt(M_TRIM_THRESHOLD, 4 * most);
#endif
}

int complain(int exitCode, const std::string& message) {
    std::fflush(stdout);
    std::fprintf(stderr, "bitloom-cli: %s\n", message.c_str());
    return exitCode;
}

/// Help and version exit with 0; anything else is one sentence that names the word at fault.
int refuse(CLI::App& app, const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    std::string program = "bitloom-cli";
    for (const CLI::App* chosen = &app; !chosen->get_subcommands().empty();) {
        chosen = chosen->get_subcommands().front();
        program += " " + chosen->get_name();
    }
    const std::vector<std::string> unknown = app.remaining(true);
    const std::string what =
        unknown.empty() ? error.what() : "\"" + unknown.front() + "\" is not known here";
    return complain(2, what + "; see " + program + " --help");
}

int perform(const bitloom::cli::Action& action) {
    const int result = action();
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0)
        return complain(1, "the output could not be written");
    return result;
}

}  // namespace

int main(int argc, char** argv) {
    using namespace bitloom;
    presetLibraries(argv);
    keepFreedMemory();
    CLI::App app{"Bitloom: a workbench for low-bit recurrent networks, on the command line",
                 "bitloom-cli"};
    app.require_subcommand(1);
    app.set_version_flag("--version", "bitloom " BITLOOM_VERSION);
    cli::Action action;
    cli::addTrain(app, action);
    cli::addList(app, action);
    cli::addVerify(app, action);
    cli::addSize(app, action);
    cli::addBench(app, action);
    cli::addData(app, action);
    cli::addCompare(app, action);
    cli::addExport(app, action);
    cli::addProbe(app, action);
    cli::addSample(app, action);
    cli::addSpectral(app, action);
    cli::addQuantize(app, action);
    cli::addStudy(app, action);
    try {
        app.parse(argc, argv);
        return perform(action);
    } catch (const CLI::ParseError& error) {
        return refuse(app, error);
    } catch (const InputError& error) {
        return complain(2, error.what());
    } catch (const std::filesystem::filesystem_error& error) {
        return complain(2, utf8(error.path1()) + ": " + error.code().message());
    } catch (const std::bad_alloc&) {
        return complain(1, "not enough memory for this");
    } catch (const std::exception& error) {
        return complain(1, error.what());
    }
}
