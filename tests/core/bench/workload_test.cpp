#include "bench/workload.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "bench/median.h"
#include "bench/peak_memory.h"
#include "bench/quantizer_cost.h"
#include "bench/step_timer.h"
#include "math/threads.h"
#include "quant/registry.h"

namespace bitloom {
namespace {

/// A step of a moment.
Workload tiny() {
    Workload w = findWorkload("char-small", "test");
    w.steps = 3;
    w.batch = 4;
    w.hidden = 8;
    return w;
}

TEST(Workload, HasTheFourOfTheYardstick) {
    for (const char* name : {"char-ptb", "word-ptb", "seq-mnist", "char-small"})
        EXPECT_EQ(findWorkload(name, "test").name, name);
    try {
        findWorkload("char-ptbb", "peers.json", "peers[0]");
        FAIL();
    } catch (const InputError& error) {
        EXPECT_EQ(error.where(), "peers.json");
        EXPECT_EQ(error.field(), "peers[0]");
        EXPECT_NE(error.message().find("char-ptb, word-ptb"), std::string::npos);
    }
}

TEST(Workload, VariantsNameTheNetwork) {
    const NetworkConfig plain = workloadNetwork(tiny(), "full+none");
    EXPECT_EQ(plain.quantizer.method, "");
    EXPECT_EQ(plain.normalization.method, "none");
    const NetworkConfig twn = workloadNetwork(tiny(), "twn+layer");
    EXPECT_EQ(twn.quantizer.method, "twn");
    EXPECT_EQ(twn.quantizer.bits, 2);
    EXPECT_EQ(twn.normalization.method, "layer");
    for (const char* wrong : {"twn+layers", "tvn", "+", ""})
        EXPECT_THROW(workloadNetwork(tiny(), wrong), InputError) << wrong;
}

// GFLOP a step, decoder included.
TEST(Workload, CountsTheWorkOfAStep) {
    const struct {
        const char* name;
        double gflop;
    } expected[] = {
        {"char-ptb", 41}, {"word-ptb", 15.6}, {"seq-mnist", 18.8}, {"char-small", 0.69}};
    for (const auto& [name, gflop] : expected) {
        const Workload w = findWorkload(name, "test");
        EXPECT_NEAR(productFlops(w, workloadNetwork(w, "full+none")) * 1e-9, gflop, 0.02 * gflop)
            << name;
    }
    Workload deep = tiny();
    const double one = productFlops(deep, workloadNetwork(deep, "full+none"));
    deep.layers = 2;  // the second layer's input is as wide as its state
    const double two = productFlops(deep, workloadNetwork(deep, "full+none"));
    EXPECT_EQ(two - one, 2.0 * 2 * 3 * (3 * 4) * (4 * 8) * 8);
}

TEST(Workload, BatchesAreRandomAndFit) {
    for (const Workload& w : workloads()) {
        const Batch batch = randomBatch(w);
        EXPECT_EQ(batch.targets.size(),
                  static_cast<std::size_t>(w.classes ? w.batch : w.steps * w.batch));
        EXPECT_EQ(batch.frames.empty(), w.features == 0);
        const auto [least, most] = std::minmax_element(batch.targets.begin(), batch.targets.end());
        EXPECT_GE(*least, 0);
        EXPECT_LT(*most, w.classes ? w.classes : w.vocabulary);
        EXPECT_NE(*least, *most);
    }
}

TEST(StepTimer, TimesEveryKindOfStep) {
    setThreads(1);
    for (const char* variant :
         {"full+none", "lat_exact+weight", "ttq+batch_separate", "sbn+layer"}) {
        const Workload w = tiny();
        const StepCost cost = timeSteps(w, workloadNetwork(w, variant), 2, Precision::fp32);
        EXPECT_GT(cost.seconds, 0) << variant;
        EXPECT_LT(cost.seconds, 30) << variant;
    }
}

TEST(StepTimer, ComparesWithTheFirstInTurns) {
    setThreads(1);
    const Workload w = tiny();
    Workload large = w;
    large.hidden = 64;
    const auto costs = timeInTurns(
        w, {workloadNetwork(w, "full+none"), workloadNetwork(large, "lat_exact+weight")}, 5,
        Precision::fp32);
    ASSERT_EQ(costs.size(), 2u);
    EXPECT_EQ(costs[0].ratio.low, 1);
    EXPECT_EQ(costs[0].ratio.high, 1);
    EXPECT_GT(costs[0].seconds, 0);
    // 64 units instead of 8: far more than noise.
    EXPECT_GT(costs[1].ratio.low, 1);
    EXPECT_GT(costs[1].seconds, costs[0].seconds);
}

TEST(Median, QuartilesAreValues) {
    EXPECT_EQ(quartilesOf({}).median, 0);
    const Quartiles five = quartilesOf({5, 1, 4, 2, 3});
    EXPECT_EQ(five.low, 2);
    EXPECT_EQ(five.median, 3);
    EXPECT_EQ(five.high, 4);
    const Quartiles two = quartilesOf({1, 2});
    EXPECT_EQ(two.low, 1);
    EXPECT_EQ(two.median, 1.5);
    EXPECT_EQ(two.high, 2);
}

TEST(PeakMemory, SeesWhatCameAndWent) {
    const PeakMemory memory;
    if (!memory.growth()) GTEST_SKIP() << "this kernel does not tell";
    constexpr std::size_t bytes = 48 << 20;
    const auto fill = [] {
        std::vector<char> block(bytes, 1);
        return block[bytes / 2];
    };
    ASSERT_EQ(fill(), 1);
    EXPECT_GE(*memory.growth(), static_cast<std::int64_t>(bytes * 9 / 10));
    const PeakMemory later;  // the mark has been reset
    EXPECT_LT(*later.growth(), static_cast<std::int64_t>(bytes / 2));
}

TEST(QuantizerCost, HasARowForEveryMethodAndWidth) {
    setThreads(1);
    const auto costs = quantizerCosts(tiny(), 1);
    std::size_t expected = 0;
    for (const QuantizerMethod& method : quantizerMethods()) expected += method.bits.size();
    EXPECT_EQ(costs.size(), expected);
    for (const QuantizerCost& cost : costs) {
        EXPECT_GT(cost.forwardSeconds, 0) << cost.method;
        const bool own = cost.method == "ttq" || (cost.method == "dorefa" && cost.bits > 1);
        EXPECT_EQ(cost.backwardSeconds > 0, own) << cost.method;
    }
}

TEST(Median, OfAFew) {
    EXPECT_EQ(median({}), 0);
    EXPECT_EQ(median({5}), 5);
    EXPECT_EQ(median({9, 1, 4}), 4);
    EXPECT_EQ(median({9, 1, 4, 6}), 5);
    const Spread spread = spreadOf({9, 1, 4});
    EXPECT_EQ(spread.least, 1);
    EXPECT_EQ(spread.median, 4);
    EXPECT_EQ(spread.most, 9);
}

}  // namespace
}  // namespace bitloom
