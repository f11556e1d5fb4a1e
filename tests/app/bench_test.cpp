// bitloom-cli bench, as users and scripts meet it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/files.h"
#include "program.h"

namespace bitloom {
namespace {

using namespace testing_app;
using nlohmann::json;
using ::testing::HasSubstr;

class BenchCommandTest : public testing::Test {
protected:
    Output bench(std::vector<std::string> arguments) {
        std::vector<std::string> all{"bench", "--workload", "char-small", "--steps",
                                     "1",     "--threads",  "1"};
        all.insert(all.end(), arguments.begin(), arguments.end());
        return runProgram(m_folder.path(), all);
    }
    std::string file(const std::string& name, const std::string& text) {
        writeFileAtomically(m_folder.path() / name, text);
        return utf8(m_folder.path() / name);
    }
    static std::vector<json> lines(const std::string& text) {
        std::vector<json> parsed;
        std::istringstream in(text);
        for (std::string line; std::getline(in, line);) parsed.push_back(json::parse(line));
        return parsed;
    }

    Folder m_folder;
};

TEST_F(BenchCommandTest, KeepsTheFieldsThatScriptsRead) {
    const Output output = bench({"--variant", "full+none", "--json"});
    ASSERT_EQ(output.exitCode, 0) << output.errors;
    const auto rows = lines(output.text);
    ASSERT_EQ(rows.size(), 1u);
    for (const char* key : {"workload", "variant", "precision", "threads", "ms_per_step",
                            "tokens_per_second", "gflops", "peak_gflops", "peak_fraction"})
        EXPECT_TRUE(rows[0].contains(key)) << key;
    EXPECT_NEAR(rows[0]["tokens_per_second"].get<double>(),
                50 * 32 * 1e3 / rows[0]["ms_per_step"].get<double>(), 1);
}

TEST_F(BenchCommandTest, ComparesWithItsOwnEarlierLinesAndWithACommand) {
    const Output before = bench({"--variant", "full+none", "--json"});
    ASSERT_EQ(before.exitCode, 0) << before.errors;
    const Output again = bench({"--variant", "bwn+none", "--json", "--rounds", "2", "--compare",
                                file("before.jsonl", before.text)});
    ASSERT_EQ(again.exitCode, 0) << again.errors;
    auto rows = lines(again.text);
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(rows[0]["peer"], "before: full+none");
    EXPECT_EQ(rows[1]["variant"], "bwn+none");
    EXPECT_EQ(rows[1]["best_peer"], "before: full+none");
    EXPECT_EQ(rows[1]["samples"], 2);
    EXPECT_GT(rows[1]["times_as_fast"].get<double>(), 0);
    EXPECT_LE(rows[1]["ms_least"], rows[1]["ms_per_step"]);

    const std::string list = file("peers.json", R"({"peers": [{"name": "slow", "command":
        ["sh", "-c", "echo '{\"workload\": \"'$1'\", \"ms_per_step\": 1e6}'", "sh", "{workload}"]}]})");
    const Output plain = bench({"--variant", "full+none", "--rounds", "1", "--compare", list});
    ASSERT_EQ(plain.exitCode, 0) << plain.errors;
    EXPECT_THAT(plain.text, HasSubstr("slow"));
    EXPECT_THAT(plain.text, HasSubstr("Bitloom: full+none"));
    EXPECT_THAT(plain.text, HasSubstr("1000000.00"));
}

TEST_F(BenchCommandTest, ScalesASizeAndDrawsIt) {
    const std::string svg = utf8(m_folder.path() / "scale.svg");
    const Output output = bench(
        {"--variant", "full+none", "--scale", "d", "--sizes", "8", "16", "--svg", svg, "--json"});
    ASSERT_EQ(output.exitCode, 0) << output.errors;
    const auto rows = lines(output.text);
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(rows[0]["size"], "hidden");
    EXPECT_EQ(rows[0]["value"], 8);
    EXPECT_EQ(rows[1]["value"], 16);
    EXPECT_TRUE(rows[0].contains("memory_bytes"));
    EXPECT_THAT(readFile(pathFromUtf8(svg)), HasSubstr("hidden units d"));
}

TEST_F(BenchCommandTest, TellsWhatQuantizersCost) {
    const Output output = bench({"--quantizers", "--json"});
    ASSERT_EQ(output.exitCode, 0) << output.errors;
    const auto rows = lines(output.text);
    ASSERT_GT(rows.size(), 20u);
    for (const char* key : {"quantizer", "bits", "forward_ms", "backward_ms", "step_ms", "share"})
        EXPECT_TRUE(rows[0].contains(key)) << key;
}

TEST_F(BenchCommandTest, ComparesVariantsInTurns) {
    const Output output = bench({"--turns", "--json"});
    ASSERT_EQ(output.exitCode, 0) << output.errors;
    const auto rows = lines(output.text);
    ASSERT_EQ(rows.size(), 4u);
    EXPECT_EQ(rows[0]["variant"], "binary_connect+none");
    EXPECT_EQ(rows[0]["ratio"], 1);
    EXPECT_EQ(rows[3]["variant"], "binary_connect+batch_shared");
    for (const json& row : rows) {
        EXPECT_EQ(row["beside"], "binary_connect+none");
        EXPECT_LE(row["ratio_low"], row["ratio"]);
        EXPECT_LE(row["ratio"], row["ratio_high"]);
    }
    const Output table = bench({"--turns", "--variant", "full+none", "bwn+weight"});
    ASSERT_EQ(table.exitCode, 0) << table.errors;
    EXPECT_THAT(table.text, HasSubstr("bwn+weight"));
}

TEST_F(BenchCommandTest, RefusesInOneSentence) {
    const std::string broken = file("broken.json", R"({"peers": [{"name": "a"}]})");
    const std::string failing =
        file("failing.json", R"({"peers": [{"name": "a", "command": ["false", "{workload}"]}]})");
    const std::string silent =
        file("silent.json", R"({"peers": [{"name": "a", "command": ["true"]}]})");
    const struct {
        std::vector<std::string> arguments;
        const char* says;
    } cases[] = {{{"--compare", "nowhere.json"}, "nowhere.json"},
                 {{"--compare", broken}, "peers[0]"},
                 {{"--compare", failing}, "exit code 1"},
                 {{"--compare", silent}, "no figures"},
                 {{"--rounds", "2"}, "--compare"},
                 {{"--scale", "hiden"}, "hidden (d)"},
                 {{"--scale", "hidden", "--sizes", "0"}, "1 or more"},
                 {{"--scale", "hidden", "--sizes", "8", "--svg", "/nowhere/x.svg"}, "/nowhere"},
                 {{"--scale", "hidden", "--sizes", "8", "2000000000"}, "--sizes: 2000000000"},
                 {{"--scale", "hidden", "--sizes", "8", "--svg", ""}, "--svg"},
                 {{"--scale", ""}, "--scale"},
                 {{"--compare", ""}, "--compare"},
                 {{"--compare", silent, "--variant", "full", "full"}, "given twice"},
                 {{"--quantizers", "--variant", "full"}, "excludes"},
                 {{"--turns", "--variant", "full"}, "two variants"},
                 {{"--turns", "--quantizers"}, "excludes"},
                 {{"--sizes", "8"}, "--scale"},
                 {{"--scale", "hidden", "--quantizers"}, "excludes"},
                 {{"--variant", "twn+layers"}, "twn+layers"}};
    for (const auto& c : cases) {
        const Output output = bench(c.arguments);
        EXPECT_EQ(output.exitCode, 2) << c.says;
        EXPECT_EQ(output.text, "") << c.says << ": refused before anything is measured";
        EXPECT_THAT(output.errors, HasSubstr(c.says));
        EXPECT_EQ(std::count(output.errors.begin(), output.errors.end(), '\n'), 1) << output.errors;
    }
}

}  // namespace
}  // namespace bitloom
