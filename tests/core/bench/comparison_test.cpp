#include "bench/comparison.h"

#include <gtest/gtest.h>

#include <map>

#include "base/error.h"

namespace bitloom {
namespace {

Peer recorded(const std::string& name, std::vector<PeerFigure> figures) {
    return {name, std::move(figures), {}, {}};
}

ComparisonOptions optionsFor(std::vector<std::string> workloads, int rounds) {
    ComparisonOptions options;
    options.workloads = std::move(workloads);
    options.variants = {"full+none", "bwn+layer"};
    options.rounds = rounds;
    options.where = "peers.json";
    return options;
}

ComparisonRow rowOf(const std::vector<ComparisonRow>& rows, const std::string& workload,
                    const std::string& name) {
    for (const ComparisonRow& row : rows)
        if (row.workload == workload && row.name == name) return row;
    throw std::runtime_error("no row " + workload + " " + name);
}

TEST(BenchComparison, TakesTheBestPeerOfAnyKind) {
    const std::vector<Peer> peers{
        recorded("torch", {{"char-ptb", "fused", 400, {}}, {"char-ptb", "steps", 900, {}}}),
        recorded("other", {{"char-ptb", "", 500, {}},
                           {"char-ptb", "", 300, {}},
                           {"char-ptb", "", 410, {}},
                           {"word-ptb", "", 90, {}}})};
    std::map<std::string, double> ours{{"full+none", 200}, {"bwn+layer", 100}};
    const auto rows = compareWithPeers(
        peers, optionsFor({"char-ptb", "seq-mnist"}, 3),
        [&](const std::string&, const std::string& variant) { return ours.at(variant) += 10; });
    // Peers first, best first; then ours.
    ASSERT_EQ(rows.size(), 3u + 2 + 2);
    EXPECT_EQ(rows[0].name, "torch: fused");
    EXPECT_EQ(rows[1].name, "other");
    EXPECT_EQ(rows[1].milliseconds.median, 410);
    EXPECT_EQ(rows[1].milliseconds.least, 300);
    EXPECT_EQ(rows[1].milliseconds.most, 500);
    EXPECT_EQ(rows[1].samples, 3u);
    EXPECT_FALSE(rows[0].ratio);
    const ComparisonRow full = rowOf(rows, "char-ptb", "full+none");
    EXPECT_TRUE(full.ours);
    EXPECT_EQ(full.bestPeer, "torch: fused");
    EXPECT_EQ(full.milliseconds.median, 230);  // another workload was measured between
    ASSERT_TRUE(full.ratio);
    EXPECT_DOUBLE_EQ(full.ratio->median, 400.0 / 230);
    EXPECT_DOUBLE_EQ(full.ratio->least, 400.0 / 250);
    EXPECT_DOUBLE_EQ(full.ratio->most, 400.0 / 210);
    EXPECT_EQ(full.samples, 3u);
    // No peer knows this workload: nothing of ours stands in for one.
    EXPECT_FALSE(rowOf(rows, "seq-mnist", "full+none").ratio);
    EXPECT_FALSE(rowOf(rows, "seq-mnist", "bwn+layer").ratio);
}

TEST(BenchComparison, TellsOtherNumbersOfThreadsApart) {
    ComparisonOptions options = optionsFor({"char-ptb"}, 1);
    options.threads = 2;
    const auto rows = compareWithPeers({recorded("before", {{"char-ptb", "full+none", 400, 2},
                                                            {"char-ptb", "full+none", 700, 1},
                                                            {"char-ptb", "", 300, 4},
                                                            {"char-ptb", "", 500, {}}})},
                                       options, [](const auto&, const auto&) { return 5.0; });
    EXPECT_EQ(rowOf(rows, "char-ptb", "before: full+none").milliseconds.median, 400);
    EXPECT_EQ(rowOf(rows, "char-ptb", "before: full+none, 1 thread").milliseconds.median, 700);
    EXPECT_EQ(rowOf(rows, "char-ptb", "before: 4 threads").milliseconds.median, 300);
    EXPECT_EQ(rowOf(rows, "char-ptb", "before").milliseconds.median, 500);
}

// Each round's ratio is of the figures of that round.
TEST(BenchComparison, PairsRounds) {
    const std::string counter =
        ::testing::TempDir() + "/bitloom-rounds-" + std::to_string(::getpid());
    ::unlink(counter.c_str());
    const Peer live{"live",
                    {},
                    {"sh", "-c",
                     "echo x >> " + counter + "; n=$(wc -l < " + counter +
                         R"(); echo "{\"workload\": \"$1\", \"ms_per_step\": $((n * 100))}")",
                     "sh", "{workload}"},
                    {}};
    int round = 0;
    std::vector<std::string> order;
    const auto rows = compareWithPeers(
        {live}, optionsFor({"char-ptb"}, 3),
        [&](const std::string&, const std::string& variant) {
            order.push_back(variant);
            return round * 50.0;  // as the machine slows, both do
        },
        [&](int number) { round = number; });
    ::unlink(counter.c_str());
    EXPECT_EQ(order.size(), 6u);
    const ComparisonRow ours = rowOf(rows, "char-ptb", "full+none");
    EXPECT_EQ(ours.milliseconds.least, 50);
    EXPECT_EQ(ours.milliseconds.most, 150);
    EXPECT_EQ(rowOf(rows, "char-ptb", "live").milliseconds.median, 200);
    EXPECT_EQ(ours.ratio->least, 2);
    EXPECT_EQ(ours.ratio->most, 2);
}

TEST(BenchComparison, RunsACommandForAllWorkloadsOnceARound) {
    const Peer live{"live",
                    {},
                    {"printf", R"({"workload": "char-ptb", "peer": "a", "ms_per_step": 10}\n)"
                               R"({"workload": "word-ptb", "peer": "a", "ms_per_step": 20}\n)"},
                    {}};
    const auto rows = compareWithPeers({live}, optionsFor({"char-ptb", "word-ptb"}, 2),
                                       [](const auto&, const auto&) { return 5.0; });
    EXPECT_EQ(rowOf(rows, "char-ptb", "live: a").samples, 2u);
    EXPECT_EQ(rowOf(rows, "char-ptb", "full+none").ratio->median, 2);
    EXPECT_EQ(rowOf(rows, "word-ptb", "full+none").ratio->median, 4);
}

TEST(BenchComparison, RefusesPeersThatKnowNoneOfTheWorkloads) {
    bool measured = false;
    EXPECT_THROW(compareWithPeers({recorded("torch", {{"char-ptb", "", 400, {}}})},
                                  optionsFor({"word-ptb"}, 1),
                                  [&](const auto&, const auto&) {
                                      measured = true;
                                      return 1.0;
                                  }),
                 InputError);
    EXPECT_FALSE(measured);  // before any time is spent
}

}  // namespace
}  // namespace bitloom
