#include "models/probe_words.h"

#include <gtest/gtest.h>

#include <cmath>

#include "charts/range.h"

namespace bitloom::ui {
namespace {

GrowthFit fit(double rate, int points = 100) {
    return {rate, 0, 0, 99, points, 0};
}

LayerLyapunov exponents(double first, double low, double high) {
    LayerLyapunov layer;
    layer.exponents = {first, first - 1};
    layer.low = {low, low - 1};
    layer.high = {high, high - 1};
    return layer;
}

bool has(const QString& words, const char* part) {
    return words.contains(QString::fromUtf8(part));
}

TEST(ProbeWords, GrowthIsCalledByWhatItComesTo) {
    struct Case {
        double rate;
        const char* said;
    };
    const Case cases[] = {{1.94, "grow by a factor of 1.94"},
                          {1.0, "keep their size: a factor of 1.000"},
                          {0.9, "shrink by a factor of 0.9"},
                          {1.002, "keep their size"},
                          {1.01, "grow by a factor of 1.010"}};
    for (const Case& each : cases) {
        EXPECT_TRUE(has(growthWords(fit(each.rate)), each.said))
            << each.rate << ' ' << growthWords(fit(each.rate)).toStdString();
    }
    EXPECT_TRUE(has(growthWords(fit(1.94)), "3.1·10²⁸"));
    EXPECT_TRUE(has(growthWords(fit(std::nan(""))), "No growth"));
    EXPECT_TRUE(has(growthWords(fit(2, 2)), "No growth"));
    GrowthFit holes = fit(2);
    holes.ignored = 7;
    EXPECT_TRUE(has(growthWords(holes), "7 time steps are left out"));
    EXPECT_EQ(rateText(std::nan("")), QString::fromUtf8("–"));
}

TEST(ProbeWords, TheExponentExplodesOnlyIfAllSamplesAgree) {
    EXPECT_TRUE(has(lyapunovWords(exponents(0.3, 0.1, 0.5)), "explode"));
    EXPECT_TRUE(has(lyapunovWords(exponents(-0.3, -0.5, -0.1)), "fade"));
    const QString open = lyapunovWords(exponents(0.01, -0.1, 0.1));
    EXPECT_TRUE(has(open, "not settled"));
    EXPECT_TRUE(has(open, "−0.1"));
    EXPECT_TRUE(lyapunovWords({}).isEmpty());
    EXPECT_TRUE(lyapunovWords(exponents(std::nan(""), 0, 0)).isEmpty());
    EXPECT_TRUE(has(agreementWords(exponents(0.3, 0, 1), fit(1.4)), "does the same"));
    EXPECT_TRUE(has(agreementWords(exponents(0.3, 0, 1), fit(0.9)), "other way"));
}

TEST(ProbeWords, ABrokenBoundIsAnErrorOfTheProgram) {
    BoundRow row;
    row.layers.resize(1);
    row.layers[0].tightnessLargest = 0.08;
    row.layers[0].compared = 100;
    row.layers[0].leftOut = 0;
    EXPECT_TRUE(has(tightnessWords(row, 0), "holds at every step"));
    EXPECT_TRUE(has(tightnessWords(row, 0), "8.0 %"));
    EXPECT_TRUE(has(tightnessWords(row, 0), "12.5 times"));
    row.layers[0].violations = 3;
    row.layers[0].tightnessLargest = 1.2;
    EXPECT_TRUE(has(tightnessWords(row, 0), "error in this program"));
    EXPECT_TRUE(tightnessWords(row, 1).isEmpty());
    row.layers[0] = {};
    row.layers[0].tightnessLargest = std::nan("");
    EXPECT_TRUE(has(tightnessWords(row, 0), "not finite"));
}

TEST(ProbeWords, TheBoundIsSaidToHoldOnlyWhereItWasCompared) {
    BoundRow row;
    row.layers.resize(1);
    LayerBound& bound = row.layers[0];
    bound.tightnessLargest = 0.08;
    bound.compared = 60;
    bound.leftOut = 40;
    EXPECT_FALSE(has(tightnessWords(row, 0), "every step"));
    EXPECT_TRUE(has(tightnessWords(row, 0), "at all 60 steps of samples"));
    EXPECT_TRUE(has(tightnessWords(row, 0), "at 40 others"));
    bound.tightnessLargest = 0;
    EXPECT_TRUE(has(tightnessWords(row, 0), "40 others are not finite"));
    bound.compared = bound.leftOut = 0;
    EXPECT_TRUE(has(tightnessWords(row, 0), "The gradients are zero"));
    // A record of an earlier version does not know what was left out.
    bound.compared = bound.leftOut = -1;
    EXPECT_FALSE(has(tightnessWords(row, 0), "The gradients are zero"));
    bound.tightnessLargest = 0.08;
    EXPECT_FALSE(has(tightnessWords(row, 0), "every step"));
    EXPECT_TRUE(has(tightnessWords(row, 0), "wherever"));
}

TEST(ProbeWords, ALargeBoundIsNoExplosion) {
    LayerBound bound;
    bound.lambda1 = 8;
    EXPECT_TRUE(has(boundWords(bound, fit(0.96)), "does not mean an explosion"));
    const QString grows = boundWords(bound, fit(2));
    EXPECT_TRUE(has(grows, "λ₁ = 8 times"));
    EXPECT_TRUE(has(grows, "is measured to change by a factor of 2."));
    EXPECT_FALSE(has(grows, "explosion"));
    // With λ₂ |dL/dc| beside it, no λ₁ rules growth out.
    bound.lambda1 = 0.5;
    bound.lambda2 = 0.4;
    for (const double rate : {0.4, 1.2}) {
        const QString words = boundWords(bound, fit(rate));
        EXPECT_TRUE(has(words, "λ₂ = 0.4 times")) << words.toStdString();
        EXPECT_FALSE(has(words, "cannot"));
        EXPECT_FALSE(has(words, "explosion"));
    }
    bound.lambda2 = std::nan("");
    EXPECT_FALSE(has(boundWords(bound, fit(0.4)), "λ₂")) << "a GRU";
    bound.lambda1 = 64;
    bound.lambda2 = 49;
    bound.squared = true;  // of squared norms
    EXPECT_TRUE(has(boundWords(bound, fit(2)), "λ₁ = 8 times"));
    EXPECT_TRUE(has(boundWords(bound, fit(2)), "λ₂ = 7 times"));
}

StatisticsRow statistics(const std::vector<double>& variance, double running) {
    StatisticsRow row;
    row.layers.resize(1);
    SideStatistics side;
    side.side = "ih";
    for (std::size_t t = 0; t < variance.size(); ++t) row.times.push_back(static_cast<int>(t));
    side.variance = {variance, variance, variance};
    side.runningVariance = {{running}, {running}, {running}};
    row.layers[0].sides.push_back(side);
    return row;
}

TEST(ProbeWords, QuietInputIsFoundInTheFigures) {
    const StatisticsRow row = statistics({0, 0, 4, 1, 0}, 1e-4);
    EXPECT_EQ(quietTimes(row, 0), (std::vector<int>{0, 1, 4}));
    const QString words = statisticsWords(row, 0);
    EXPECT_TRUE(has(words, "At 3 of 5 time steps"));
    EXPECT_TRUE(has(words, "reaches 4 at t = 3"));
    EXPECT_TRUE(has(words, "191 times too small"));  // sqrt((4 + eps) / (1e-4 + eps))
    EXPECT_FALSE(has(statisticsWords(statistics({1, 2}, 5), 0), "too small"));
    EXPECT_TRUE(statisticsWords({}, 0).isEmpty());
}

TEST(ProbeWords, AccuracyWordsFollowTheFigures) {
    const auto words = [](double running, double batch, std::optional<double> average) {
        StatisticsAccuracy accuracy;
        accuracy.running = running;
        accuracy.batch = batch;
        accuracy.average = average;
        accuracy.chance = 0.1;
        return accuracyWords(accuracy);
    };
    const QString fails = words(0.15, 0.38, 0.37);
    EXPECT_TRUE(has(fails, "the running statistics cost 23.0 percentage points"));
    EXPECT_TRUE(has(fails, "Guessing gives 10.0 %"));
    EXPECT_TRUE(has(fails, "average over all steps reaches 37.0 %, as good"));
    const QString chance = words(0.1, 0.125, {});
    EXPECT_FALSE(has(chance, "worked")) << chance.toStdString();
    EXPECT_TRUE(has(chance, "Neither shows that the network has learnt: guessing gives 10.0 %"));
    EXPECT_TRUE(has(words(0.15, 0.38, 0.25), "between the two"));
    EXPECT_TRUE(has(words(0.15, 0.38, 0.15), "does not help"));
    EXPECT_TRUE(has(words(0.6, 0.605, {}), "agree"));
    EXPECT_TRUE(has(words(0.7, 0.5, {}), "do better"));
    EXPECT_TRUE(accuracyWords({}).isEmpty());
}

TEST(PowerText, ReadsWellAtAnySize) {
    struct Case {
        double value;
        const char* text;
    };
    const Case cases[] = {
        {0, "0"},      {1.944, "1.94"},      {-0.05, "−0.05"},     {12345, "12345"},
        {1e5, "10⁵"},  {1.7e11, "1.7·10¹¹"}, {2e-12, "2.0·10⁻¹²"}, {0.00271, "0.00271"},
        {99.96, "100"}};
    for (const Case& each : cases) {
        EXPECT_EQ(powerText(each.value), QString::fromUtf8(each.text)) << each.value;
    }
    EXPECT_EQ(powerText(std::nan("")), QStringLiteral("NaN"));
}

}  // namespace
}  // namespace bitloom::ui
