#include "bench/peers.h"

#include <gtest/gtest.h>

#include "../experiment/temporary_folder.h"
#include "base/error.h"
#include "base/files.h"

namespace bitloom {
namespace {

class Peers : public testing::Test {
protected:
    std::filesystem::path file(const std::string& text, const std::string& name = "peers.json") {
        writeFileAtomically(m_folder.path() / name, text);
        return m_folder.path() / name;
    }
    std::vector<Peer> read(const std::string& text) { return readPeers(file(text)); }
    std::string refusal(const std::string& text) {
        try {
            read(text);
        } catch (const InputError& error) {
            return error.what();
        }
        return {};
    }

    TemporaryFolder m_folder;
};

TEST_F(Peers, ReadsEveryKind) {
    file(
        "{\"workload\":\"word-ptb\",\"variant\":\"full+none\",\"precision\":\"bf16\","
        "\"ms_per_step\":54,\"threads\":2}\n",
        "older.jsonl");
    const auto peers = read(R"({"peers": [
        {"name": "seen", "ms_per_step": {"char-ptb": 463, "word-ptb": [139, 141]}},
        {"name": "older", "file": "older.jsonl"},
        {"name": "live", "command": ["python3", "b.py", "--workload", "{workload}", ""],
         "environment": {"OMP_WAIT_POLICY": "ACTIVE"}}]})");
    ASSERT_EQ(peers.size(), 3u);
    ASSERT_EQ(peers[0].recorded.size(), 3u);
    EXPECT_EQ(peers[0].recorded[0].workload, "char-ptb");
    EXPECT_EQ(peers[0].recorded[2].milliseconds, 141);
    ASSERT_EQ(peers[1].recorded.size(), 1u);
    EXPECT_EQ(peers[1].recorded[0].kind, "full+none bf16");
    EXPECT_TRUE(peers[2].runsByWorkload());
    EXPECT_EQ(peers[2].environment.at("OMP_WAIT_POLICY"), "ACTIVE");
}

// As bitloom-cli bench --json and as the PyTorch yardstick print them.
TEST_F(Peers, AFileOfLinesIsAPeer) {
    const auto peers = readPeers(file(
        "{\"workload\":\"char-ptb\",\"variant\":\"full+none\",\"precision\":\"fp32\",\"ms_per_"
        "step\""
        ":214.5}\n\n"
        "{\"workload\": \"char-ptb\", \"peer\": \"torch-fused\", \"threads\": 2, \"ms_per_step\": "
        "439.11, \"tokens_per_second\": 14575}\n",
        "before.jsonl"));
    ASSERT_EQ(peers.size(), 1u);
    EXPECT_EQ(peers[0].name, "before");
    ASSERT_EQ(peers[0].recorded.size(), 2u);
    EXPECT_EQ(peers[0].recorded[0].kind, "full+none");
    EXPECT_EQ(peers[0].recorded[1].kind, "torch-fused");
    EXPECT_EQ(peers[0].recorded[1].milliseconds, 439.11);
}

TEST_F(Peers, LinesOfOtherTextBeforeFiguresArePassedOver) {
    const auto peers = readPeers(file(
        "loading\n\n  {\"workload\": \"char-ptb\", \"threads\": 4, \"ms_per_step\": 7}\ndone\n",
        "log.txt"));
    ASSERT_EQ(peers.size(), 1u);
    EXPECT_EQ(peers[0].name, "log");
    ASSERT_EQ(peers[0].recorded.size(), 1u);
    EXPECT_EQ(peers[0].recorded[0].milliseconds, 7);
    EXPECT_EQ(peers[0].recorded[0].threads, 4);
}

TEST_F(Peers, AVariableMayBeEmpty) {
    const auto peers =
        read(R"({"peers": [{"name": "a", "command": ["x"], "environment": {"OMP_PLACES": ""}}]})");
    EXPECT_EQ(peers[0].environment.at("OMP_PLACES"), "");
}

TEST_F(Peers, RefusesWithFileAndField) {
    const struct {
        const char* text;
        const char* says;
    } cases[] = {
        {"", "not JSON"},
        {"{", "not JSON"},
        {"[]", "peers"},
        {"{}", "peers"},
        {R"({"peers": []})", "at least one"},
        {R"({"peers": [7]})", "peers[0]: expected an object"},
        {R"({"peers": [{"ms_per_step": {"char-ptb": 1}}]})", "peers[0].name"},
        {R"({"peers": [{"name": "a"}]})", "exactly one of"},
        {R"({"peers": [{"name": "a", "ms_per_step": {"char-ptb": 1}, "command": ["x"]}]})",
         "exactly one of"},
        {R"({"peers": [{"name": "a", "comand": ["x"]}]})", "did you mean command"},
        {R"({"peers": [{"name": "a", "ms_per_step": {"char-pbt": 1}}]})", "char-ptb, word-ptb"},
        {R"({"peers": [{"name": "a", "ms_per_step": {"char-ptb": NaN}}]})", "NaN"},
        {R"({"peers": [{"name": "a", "ms_per_step": {"char-ptb": 1e999}}]})", "peers.json"},
        {R"({"peers": [{"name": "a", "ms_per_step": {"char-ptb": -1}}]})",
         "peers[0].ms_per_step.char-ptb"},
        {R"({"peers": [{"name": "a", "ms_per_step": {"char-ptb": "1"}}]})", "positive number"},
        {R"({"peers": [{"name": "a", "ms_per_step": {"char-ptb": []}}]})", "at least one"},
        {R"({"peers": [{"name": "a", "command": "python3 b.py"}]})", "list of texts"},
        {R"({"peers": [{"name": "a", "command": [""]}]})", "peers[0].command[0]"},
        {R"({"peers": [{"name": "a", "command": ["x"], "environment": {"A": 1}}]})",
         "peers[0].environment.A"},
        {R"({"peers": [{"name": "a", "command": ["x"], "environment": {"A=B": "1"}}]})", "A=B"},
        {R"({"peers": [{"name": "a", "ms_per_step": {"char-ptb": 1}, "environment": {}}]})",
         "belongs to a command"},
        {R"({"peers": [{"name": "a", "command": ["x"]}, {"name": "a", "command": ["y"]}]})",
         "another peer's name"},
        {R"({"peers": [{"name": "a", "command": ["x"]}], "rounds": 3})", "rounds"},
        {R"({"peers": [{"name": "a", "file": "nowhere.jsonl"}]})", "nowhere.jsonl"},
        {R"({"peers": [{"name": "", "ms_per_step": {"char-ptb": 1}}]})", "not \"\""},
        {"{\"workload\": \"char-ptb\", \"ms_per_step\": 1, \"size\": \"hidden\", \"value\": 8}\n",
         "line 1.size"},
        {"{\"workload\": \"char-ptb\", \"ms_per_step\": 1, \"threads\": 0}\n", "line 1.threads"},
        {"{\"workload\": \"char-ptb\"}\n", "line 1: ms_per_step is missing"},
        {"{\"workload\": \"char-ptb\", \"ms_per_step\": 1}\n{\"workload\": \"x\", \"ms_per_step\": "
         "1}\n",
         "line 2.workload"},
        {"{\"workload\": \"char-ptb\", \"ms_per_step\": 1}\n{\"workload\": \"char-ptb\", "
         "\"ms_per_step\": NaN}\n",
         "line 2: not JSON"},
    };
    for (const auto& c : cases) {
        const std::string message = refusal(c.text);
        EXPECT_NE(message.find(c.says), std::string::npos) << c.text << "\n" << message;
        EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    }
}

TEST_F(Peers, MeasuresACommand) {
    Peer peer{"live",
              {},
              {"sh", "-c", R"(echo "loading"; echo "{\"workload\": \"$1\", \"ms_per_step\": $MS}")",
               "sh", "{workload}"},
              {{"MS", "12.5"}}};
    const auto figures = measurePeer(peer, "word-ptb", "peers.json");
    ASSERT_EQ(figures.size(), 1u);
    EXPECT_EQ(figures[0].workload, "word-ptb");
    EXPECT_EQ(figures[0].milliseconds, 12.5);
    EXPECT_EQ(figures[0].kind, "");
}

TEST_F(Peers, SaysWhyACommandIsOfNoUse) {
    const struct {
        std::vector<std::string> command;
        const char* says;
    } cases[] = {
        {{"/no/such/program"}, "cannot start /no/such/program"},
        {{"sh", "-c", "echo first >&2; echo broken >&2; exit 4"}, "exit code 4, saying: broken"},
        {{"sh", "-c", "exit 1"}, "exit code 1"},
        {{"true"}, "no figures"},
        {{"echo", "some text"}, "no figures"},
        {{"echo", R"({"workload": "char-ptb", "ms_per_step": NaN})"}, "not JSON"},
        {{"echo", R"({"workload": "char-ptb"})"}, "line 1: ms_per_step is missing"},
        {{"echo", R"({"workload": "char-ptb", "ms_per_step": 1})", "{workload}"}, "not JSON"},
        {{"sh", "-c", R"(echo '{"workload": "char-ptb", "ms_per_step": 1}')", "{workload}"},
         "no figure of word-ptb"},
    };
    for (const auto& c : cases) {
        try {
            measurePeer({"live", {}, c.command, {}}, "word-ptb", "peers.json");
            ADD_FAILURE() << c.says;
        } catch (const InputError& error) {
            const std::string message = error.what();
            EXPECT_NE(message.find(c.says), std::string::npos) << message;
            EXPECT_NE(message.find("peers.json"), std::string::npos) << message;
            EXPECT_NE(message.find("live"), std::string::npos) << message;
        }
    }
}

}  // namespace
}  // namespace bitloom
