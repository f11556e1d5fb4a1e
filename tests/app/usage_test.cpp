// What the program says to words it does not know, and to an output it cannot write.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "program.h"

namespace bitloom::testing_app {
namespace {

TEST(Usage, NamesTheWordAtFaultInOneLine) {
    const struct {
        std::vector<std::string> arguments;
        const char* named;
    } cases[] = {{{"bogus"}, "\"bogus\""},
                 {{"--bogus"}, "\"--bogus\""},
                 {{"data", "bogus"}, "\"bogus\" is not known here; see bitloom-cli data --help"},
                 {{"train", "--bogus"}, "\"--bogus\""},
                 {{"train"}, "subject is required"},
                 {{"bench", "--threads", "0"}, "--threads"},
                 {{"list", "quantisers"}, "quantizers"},
                 {{"size", "paper/ptb_chars/full"}, "paper/"},
                 {{"train", "/dev/null/spec.json"}, "/dev/null/spec.json"},
                 {{"train", "demo/full", "--library", ""}, "--library"},
                 {{"size", "demo/full", "--check"}, "--check"},
                 {{"sample", "run", "--seed", "-1"}, "--seed"},
                 {{"probe", "run", "--samples", "0"}, "--samples"},
                 {{"study", "paper/table1", "--report", "/nowhere/a.html"}, "--report"},
                 {{"compare", "run", "--csv", "/nowhere/a.csv"}, "there is no folder /nowhere"},
                 {{"compare", "run", "--report", "/tmp"}, "is a folder"},
                 {{"export", "run", "--output", ""}, "--output"},
                 {{"verify", "/nowhere.json"}, "/nowhere.json"},
                 {{}, "subcommand"}};
    for (const auto& example : cases) {
        const Folder folder;
        const Output output = runProgram(folder.path(), example.arguments);
        EXPECT_EQ(output.exitCode, 2) << example.named;
        EXPECT_NE(output.errors.find(example.named), std::string::npos) << output.errors;
        EXPECT_EQ(output.errors.rfind("bitloom-cli: ", 0), 0u) << output.errors;
        EXPECT_EQ(std::count(output.errors.begin(), output.errors.end(), '\n'), 1) << output.errors;
        EXPECT_EQ(output.text, "");
    }
}

TEST(Usage, EveryCommandHasHelp) {
    for (const char* command :
         {"train", "list", "verify", "size", "bench", "data", "compare", "export", "sample"}) {
        const Folder folder;
        const Output output = runProgram(folder.path(), {command, "--help"});
        EXPECT_EQ(output.exitCode, 0) << command;
        EXPECT_NE(output.text.find("Usage"), std::string::npos) << command;
    }
}

}  // namespace
}  // namespace bitloom::testing_app
