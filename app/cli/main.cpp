// bitloom-cli: the same jobs as the workbench, headless.

#include <clocale>
#include <cstdio>
#include <exception>

#include "base/error.h"
#include "command.h"

int main(int argc, char** argv) {
    using namespace bitloom;
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
