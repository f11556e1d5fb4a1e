// bitloom-cli: the same jobs as the workbench, headless.

#include <unistd.h>

#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "base/error.h"
#include "command.h"

namespace {

/// GNU OpenMP's idle threads spin for milliseconds by default: fastest alone, but beside any other
/// busy program each barrier then waits for a time slice, and small networks train 40 times slower.
/// A short spin costs little alone and keeps its speed in company. The library reads this variable
/// when it is loaded, hence the restart.
void limitSpinning(char** argv) {
    if (std::getenv("OMP_WAIT_POLICY") || std::getenv("GOMP_SPINCOUNT")) return;
    ::setenv("GOMP_SPINCOUNT", "1000", 1);
    ::execv("/proc/self/exe", argv);  // returns only on failure, and then the default serves
}

}  // namespace

int main(int argc, char** argv) {
    using namespace bitloom;
    limitSpinning(argv);
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
    cli::addSample(app, action);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    try {
        return action ? action() : 2;
    } catch (const InputError& error) {
        std::fprintf(stderr, "bitloom-cli: %s\n", error.what());
        return 2;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bitloom-cli: %s\n", error.what());
        return 1;
    }
}
