#include "bench/command_output.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "base/error.h"

namespace bitloom {
namespace {

TEST(CommandOutput, KeepsWhatAProgramPrints) {
    const CommandOutput output =
        runCommand({"sh", "-c", "echo one; echo two >&2; echo \"$1\"; exit 3", "sh", "a b"});
    EXPECT_EQ(output.exitCode, 3);
    EXPECT_EQ(output.text, "one\na b\n");
    EXPECT_EQ(output.errors, "two\n");
    EXPECT_EQ(runCommand({"sh", "-c", "kill -TERM $$"}).exitCode, 128 + 15);
    EXPECT_EQ(runCommand({"cat"}).text, "");  // nobody is asked anything
}

// More than a pipe holds, on both at once.
TEST(CommandOutput, TakesAnyAmount) {
    const CommandOutput output =
        runCommand({"sh", "-c",
                    "i=0; while [ $i -lt 20000 ]; do echo 0123456789; echo 0123456789 >&2; "
                    "i=$((i+1)); done"});
    EXPECT_EQ(output.text.size(), 220000u);
    EXPECT_LE(output.errors.size(), 4096u);
    EXPECT_GT(output.errors.size(), 1000u);
}

TEST(CommandOutput, SetsTheEnvironment) {
    ::setenv("GOMP_SPINCOUNT", "1000", 1);
    ::setenv("BITLOOM_TEST_WORD", "ours", 1);
    const std::vector<std::string> show{
        "sh", "-c", "echo \"${GOMP_SPINCOUNT-none} ${OMP_WAIT_POLICY-none} $BITLOOM_TEST_WORD\""};
    EXPECT_EQ(runCommand(show).text, "none none ours\n");
    EXPECT_EQ(
        runCommand(show, {{"OMP_WAIT_POLICY", "PASSIVE"}, {"BITLOOM_TEST_WORD", "theirs"}}).text,
        "none PASSIVE theirs\n");
    EXPECT_EQ(runCommand(show, {{"GOMP_SPINCOUNT", "7"}}).text, "7 none ours\n");
    ::setenv("GOMP_SPINCOUNT", "5", 1);  // the user's own
    EXPECT_EQ(runCommand(show).text, "5 none ours\n");
}

TEST(CommandOutput, SaysWhatCannotBeStarted) {
    EXPECT_THROW(runCommand({"/no/such/program"}), WorkError);
    EXPECT_THROW(runCommand({}), WorkError);
    EXPECT_THROW(runCommand({""}), WorkError);
}

}  // namespace
}  // namespace bitloom
