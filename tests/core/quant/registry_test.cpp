#include "quant/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <set>

#include "base/error.h"
#include "support.h"

namespace bitloom {
namespace {

using testing::HasSubstr;

TEST(QuantizerRegistry, HoldsTheTwentyMethodsOnce) {
    std::set<std::string_view> names;
    for (const QuantizerMethod& method : quantizerMethods()) names.insert(method.name);
    EXPECT_EQ(names.size(), quantizerMethods().size());
    EXPECT_THAT(names, testing::UnorderedElementsAre(
                           "binary_connect", "binary_connect_stochastic", "bwn", "lab",
                           "ter_connect", "ternary_connect", "twn", "ttq", "lat_approximate",
                           "lat_exact", "lat2_approximate", "lat2_exact", "laq_linear", "laq_log",
                           "dorefa", "uniform", "greedy", "alternating", "sbn", "stn"));
}

template <class T>
void rowsTellTheTruth() {
    for (const QuantizerMethod& method : quantizerMethods())
        for (const int bits : method.bits) {
            SCOPED_TRACE(std::string(method.name) + " " + std::to_string(bits));
            const auto quantizer = makeQuantizer<T>(test::configOf(std::string(method.name), bits));
            ASSERT_NE(quantizer, nullptr);
            EXPECT_EQ(quantizer->usesSecondMoment(), method.secondMoment);
            EXPECT_EQ(quantizer->isStochastic(), method.stochastic);
            EXPECT_EQ(quantizer->hasTrainedScales(), method.trainedScales);
            EXPECT_EQ(quantizer->cost().scalesPerRow, method.rowByRow);
            EXPECT_EQ(quantizer->cost().bitsPerWeight, bits);
            EXPECT_LE(quantizer->cost().packedBits, bits);
        }
}

TEST(QuantizerRegistry, RowsTellTheTruth) {
    rowsTellTheTruth<float>();
    rowsTellTheTruth<double>();
}

TEST(QuantizerRegistry, FullPrecisionIsNoQuantizer) {
    EXPECT_EQ(makeQuantizer<float>({}), nullptr);
    EXPECT_EQ(refuseQuantizer({}), std::nullopt);
}

struct Refusal {
    const char* method;
    int bits;
    Granularity granularity;
    double threshold;
    int iterations;
    const char* reason;
};

TEST(QuantizerRegistry, RefusesWithTheReason) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const Refusal table[] = {
        {"bitwise", 1, Granularity::gate, 0, 0, "there is no quantizer \"bitwise\""},
        {"bwn", 2, Granularity::gate, 0, 0, "bwn has 1 bit, not 2"},
        {"twn", 1, Granularity::gate, 0, 0, "ternary weights count as 2 bits"},
        {"uniform", 1, Granularity::gate, 0, 0, "uniform has 2, 3, 4 or 8 bits, not 1"},
        {"dorefa", 5, Granularity::gate, 0, 0, "not 5"},
        {"laq_log", 8, Granularity::gate, 0, 0, "2, 3 or 4 bits"},
        {"alternating", 0, Granularity::gate, 0, 0, "not 0"},
        {"alternating", -2147483647, Granularity::gate, 0, 0, "not -2147483647"},
        {"greedy", 2, Granularity::matrix, 0, 0, "fits each row by itself"},
        {"twn", 2, Granularity::gate, -0.5, 0, "threshold"},
        {"twn", 2, Granularity::gate, nan, 0, "threshold"},
        {"ttq", 2, Granularity::gate, 1, 0, "below 1"},
        {"laq_linear", 3, Granularity::gate, 0, -1, "iterations"},
        {"laq_linear", 3, Granularity::gate, 0, 1000000000, "iterations"},
    };
    for (const Refusal& row : table) {
        QuantizerConfig config;
        config.method = row.method;
        config.bits = row.bits;
        config.granularity = row.granularity;
        config.threshold = row.threshold;
        config.iterations = row.iterations;
        const auto reason = refuseQuantizer(config);
        ASSERT_TRUE(reason.has_value()) << row.method;
        EXPECT_THAT(*reason, HasSubstr(row.reason));
        EXPECT_THROW(makeQuantizer<float>(config), InputError);
        EXPECT_THROW(makeQuantizer<double>(config), InputError);
    }
}

// Values no training should produce must neither crash nor hang, and stay within the block.
TEST(QuantizerRegistry, EveryMethodSurvivesEveryInput) {
    const double inf = std::numeric_limits<double>::infinity(), nan = std::nan("");
    const std::vector<std::vector<double>> inputs = {
        {nan, 1, -1, 0},   {nan, nan, nan, nan},
        {inf, -inf, 1, 0}, {1e308, -1e308, 1e308, 1},
        {5e-324, 0, 0, 0}, {1e-310, -1e-310, 1e-310, 0},
        {0, 0, 0, 0},      {-0.0, 0, -0.0, 0},
        {1, 1, 1, 1},      {-1, -1, -1, -1}};
    for (const QuantizerMethod& method : quantizerMethods())
        for (const int bits : method.bits)
            for (std::size_t k = 0; k < inputs.size(); ++k) {
                SCOPED_TRACE(std::string(method.name) + " input " + std::to_string(k));
                for (const auto& v : {std::vector<double>{}, {0, 0, 0, 0}, {1, 1e-20, 4, 1e-4}}) {
                    const auto q = test::quantized(std::string(method.name), bits, inputs[k], 2, v);
                    for (const double x : q) EXPECT_NE(x, 99);
                    const bool finite = k > 3;
                    for (const double x : q) EXPECT_TRUE(!finite || std::isfinite(x)) << x;
                    if (k != 6 && k != 7) continue;
                    const bool scaled = method.name != "binary_connect" && !method.stochastic;
                    for (const double x : q) EXPECT_TRUE(!scaled || x == 0) << x;
                }
            }
}

TEST(QuantizerRegistry, EveryMethodTakesAnEmptyBlock) {
    for (const QuantizerMethod& method : quantizerMethods())
        for (const std::size_t rows : {0u, 2u})
            EXPECT_TRUE(
                test::quantizeBlock<float>(test::configOf(std::string(method.name)), {}, rows)
                    .empty());
}

}  // namespace
}  // namespace bitloom
