#include "train/schedule.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "train/divergence.h"
#include "train/metric.h"

namespace bitloom {
namespace {

ScheduleConfig configured(const std::string& method, double factor = 0.98) {
    ScheduleConfig config;
    config.method = method;
    config.factor = factor;
    return config;
}

TEST(ScheduleTest, RatesByEpoch) {
    const Schedule constant(configured("constant"), 0.002, 20);
    EXPECT_DOUBLE_EQ(constant.rate(0), 0.002);
    EXPECT_DOUBLE_EQ(constant.rate(500), 0.002);

    const Schedule exponential(configured("exponential_after"), 0.002, 200);
    EXPECT_DOUBLE_EQ(exponential.rate(9), 0.002);
    EXPECT_DOUBLE_EQ(exponential.rate(10), 0.002 * 0.98);
    EXPECT_DOUBLE_EQ(exponential.rate(12), 0.002 * std::pow(0.98, 3));

    const Schedule geometric(configured("geometric"), 0.002, 200);
    EXPECT_DOUBLE_EQ(geometric.rate(0), 0.002);
    EXPECT_NEAR(geometric.rate(199), 0.001, 1e-15);
    EXPECT_NEAR(geometric.rate(400), 0.001, 1e-15) << "an extension holds the last rate";
    EXPECT_NEAR(geometric.rate(100) / geometric.rate(99), std::pow(0.5, 1.0 / 199), 1e-12);
}

TEST(ScheduleTest, PlateausDivide) {
    Schedule schedule(configured("divide_on_plateau", 0.25), 20, 120);
    schedule.validated(true);
    EXPECT_DOUBLE_EQ(schedule.rate(1), 20);
    schedule.validated(false);
    schedule.validated(false);
    EXPECT_DOUBLE_EQ(schedule.rate(3), 20.0 / 16);
    Schedule constant(configured("constant", 0.25), 20, 120);
    constant.validated(false);
    EXPECT_DOUBLE_EQ(constant.rate(1), 20);
}

TEST(ScheduleTest, TheUsersRateHoldsAndTheScheduleGoesOnFromIt) {
    Schedule schedule(configured("exponential_after"), 0.002, 200);
    schedule.setRate(0.01, 20);
    EXPECT_NEAR(schedule.rate(20), 0.01, 1e-15);
    EXPECT_NEAR(schedule.rate(21), 0.0098, 1e-15);
    Schedule resumed(configured("exponential_after"), 0.002, 200);
    resumed.setMultiplier(schedule.multiplier());
    EXPECT_DOUBLE_EQ(resumed.rate(21), schedule.rate(21));
}

TEST(ScheduleTest, UnknownMethodIsRefused) {
    EXPECT_THROW(Schedule(configured("cosine"), 0.1, 2), InputError);
}

TEST(MetricTest, Conversions) {
    EXPECT_NEAR(metricValue("bits_per_character", std::log(2.0) * 3, 0, 1), 3, 1e-12);
    EXPECT_NEAR(metricValue("perplexity", std::log(100.0), 0, 1), 100, 1e-10);
    EXPECT_DOUBLE_EQ(metricValue("accuracy", 1, 3, 4), 0.75);
    EXPECT_DOUBLE_EQ(metricValue("mean_squared_error", 0.5, 0, 4), 0.5);
    EXPECT_THROW(metricValue("bleu", 1, 1, 1), InputError);
}

TEST(MetricTest, BetterIsLowerButForAccuracy) {
    const double none = std::nan("");
    EXPECT_TRUE(isBetter("bits_per_character", 1.2, 1.3));
    EXPECT_FALSE(isBetter("bits_per_character", 1.3, 1.3));
    EXPECT_TRUE(isBetter("accuracy", 0.9, 0.8));
    EXPECT_TRUE(isBetter("perplexity", 900, none));
    EXPECT_FALSE(isBetter("perplexity", none, 900));
    EXPECT_FALSE(isBetter("perplexity", HUGE_VAL, none));
}

TEST(DivergenceTest, NotFiniteAtOnce) {
    DivergenceWatch watch(50);
    EXPECT_EQ(watch.look(3, 1), "");
    EXPECT_NE(watch.look(std::nan(""), 1), "");
    EXPECT_NE(watch.look(HUGE_VAL, 1), "");
    EXPECT_NE(watch.look(3, std::nan("")), "");
}

TEST(DivergenceTest, HighLossOnlyAfterTwoHundredStepsInARow) {
    DivergenceWatch watch(50);
    const double high = 10 * std::log(50.0) + 0.1;
    for (int i = 0; i < 199; ++i) ASSERT_EQ(watch.look(high, 1), "");
    EXPECT_EQ(watch.look(1, 1), "") << "one good step starts the count anew";
    for (int i = 0; i < 199; ++i) ASSERT_EQ(watch.look(high, 1), "");
    EXPECT_NE(watch.look(high, 1), "");
    DivergenceWatch regression(1);
    for (int i = 0; i < 300; ++i) ASSERT_EQ(regression.look(1e9, 1), "");
}

}  // namespace
}  // namespace bitloom
