#include <gtest/gtest.h>

#include <QLocale>
#include <cmath>
#include <limits>
#include <random>

#include "charts/clip.h"
#include "charts/csv.h"
#include "charts/curve_data.h"
#include "charts/decimate.h"
#include "charts/range.h"
#include "charts/ticker.h"

namespace bitloom::ui {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double inf = std::numeric_limits<double>::infinity();

TEST(Range, IsDrawableForAnyData) {
    const std::vector<std::vector<double>> cases{{},
                                                 {nan},
                                                 {inf, -inf},
                                                 {0},
                                                 {0, 0},
                                                 {5},
                                                 {-5},
                                                 {1e300, -1e300},
                                                 {1e-300},
                                                 {1e-310, 1e308},
                                                 {1, 1 + 1e-15},
                                                 {-1, nan, 1},
                                                 {1e6, 1e6 + 1e-9},
                                                 {0, 1e-320}};
    for (const auto& values : cases) {
        for (const bool log : {false, true}) {
            Extent extent(log);
            for (const double value : values) extent.add(value);
            const AxisRange range = rangeAround(extent, log, 0.05);
            EXPECT_TRUE(drawable(range.lower, range.upper, log))
                << range.lower << " .. " << range.upper << " log " << log;
        }
    }
}

TEST(Range, KeepsDataInsideAndObeysBounds) {
    Extent extent;
    for (const double value : {2.0, 8.0}) extent.add(value);
    const AxisRange free = rangeAround(extent, false, 0.1);
    EXPECT_DOUBLE_EQ(free.lower, 1.4);
    EXPECT_DOUBLE_EQ(free.upper, 8.6);
    const AxisRange bound = rangeAround(extent, false, 0.1, 2.0, 8.0);
    EXPECT_DOUBLE_EQ(bound.lower, 2);
    EXPECT_DOUBLE_EQ(bound.upper, 8);
    // Bounds that leave nothing are not obeyed.
    EXPECT_DOUBLE_EQ(rangeAround(extent, false, 0.1, 9.0, 10.0).lower, 1.4);
    Extent positive(true);
    for (const double value : {0.0, -4.0, 1e-6, 1.0}) positive.add(value);
    const AxisRange log = rangeAround(positive, true, 0);
    EXPECT_NEAR(log.lower, 1e-6, 1e-15);
    EXPECT_NEAR(log.upper, 1, 1e-12);
}

TEST(Ticks, AreShort) {
    EXPECT_EQ(tickText(0.25, 0.05), QStringLiteral("0.25"));
    EXPECT_EQ(tickText(0.1 + 0.2 - 0.3, 0.1), QStringLiteral("0"));
    EXPECT_EQ(tickText(20000, 5000), QStringLiteral("20k"));
    EXPECT_EQ(tickText(12500, 2500), QStringLiteral("12.5k"));
    EXPECT_EQ(tickText(1.5e6, 5e5), QStringLiteral("1.5M"));
    EXPECT_EQ(tickText(-3, 1), QStringLiteral("-3"));
    EXPECT_EQ(valueText(1.49432), QStringLiteral("1.494"));
    EXPECT_EQ(placeText(400, 1), QStringLiteral("400"));
    EXPECT_EQ(placeText(5200.73, 12), QStringLiteral("5201"));
    EXPECT_EQ(placeText(2.7183, 0.02), QStringLiteral("2.72"));
    EXPECT_EQ(valueText(nan), QStringLiteral("NaN"));
    EXPECT_EQ(valueText(12340), QStringLiteral("12340"));
}

TEST(Ticks, OfALogAxisAreRoundAndFit) {
    using V = std::vector<double>;
    struct Case {
        double lower, upper;
        int most;
        V expected;
    };
    for (const auto& [lower, upper, most, expected] :
         {Case{0.15, 1.5, 4, {0.2, 0.5, 1}}, Case{0.05, 20, 4, {0.1, 1, 10}},
          Case{0.5, 50, 4, {1, 3, 10, 30}}, Case{0.5, 5e5, 4, {1, 100, 1e4}},
          Case{90, 130, 4, {}},  // equal distances say more: 90, 100, 110 ..
          Case{1, 1, 4, {}}, Case{-1, 1, 4, {}}, Case{1, inf, 4, {}}}) {
        const V ticks = logTicks(lower, upper, most);
        ASSERT_EQ(ticks.size(), expected.size()) << lower << " to " << upper;
        for (std::size_t i = 0; i < ticks.size(); ++i) EXPECT_NEAR(ticks[i] / expected[i], 1, 1e-9);
    }
    for (const int most : {2, 3, 4, 6}) {
        EXPECT_LE(logTicks(1e-180, 1e190, most).size(), static_cast<std::size_t>(most));
    }
}

TEST(Ticks, OfALogAxisAreLabelledInOneWay) {
    EXPECT_TRUE(plainTicks(0.002, 3));
    EXPECT_FALSE(plainTicks(0.0001, 3));
    EXPECT_EQ(logTickText(0.003, true), QStringLiteral("0.003"));
    EXPECT_EQ(logTickText(0.003, false), QString::fromUtf8("3·10⁻³"));
    EXPECT_EQ(logTickText(1, false), QString::fromUtf8("10⁰"));
    EXPECT_EQ(logTickText(1e-5, false), QString::fromUtf8("10⁻⁵"));
}

TEST(Decimation, KeepsExtremesOfEveryColumn) {
    std::mt19937 random(1);
    std::normal_distribution<double> noise;
    std::vector<double> x(200000);
    std::vector<double> y(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
        x[i] = static_cast<double>(i);
        y[i] = noise(random);
    }
    y[123456] = 40;
    y[77777] = -40;
    const auto points = decimate(x, y, 0, 199999, 500, false);
    EXPECT_LE(points.size(), 4U * 502U);
    const auto has = [&](double value) {
        return std::any_of(points.begin(), points.end(),
                           [value](const QPointF& point) { return point.y() == value; });
    };
    EXPECT_TRUE(has(40));
    EXPECT_TRUE(has(-40));
    EXPECT_EQ(points.front().x(), 0);
    EXPECT_EQ(points.back().x(), 199999);
    EXPECT_TRUE(std::is_sorted(points.begin(), points.end(),
                               [](const QPointF& a, const QPointF& b) { return a.x() < b.x(); }));
}

TEST(Decimation, HandlesGapsWindowsAndNothing) {
    EXPECT_TRUE(decimate({}, {}, 0, 1, 100, false).empty());
    const std::vector<double> x{0, 1, 2, 3, 4, 5};
    const std::vector<double> y{0, 1, nan, 3, inf, 5};
    const auto few = decimate(x, y, 2.5, 3.5, 100, false);
    ASSERT_EQ(few.size(), 3U);  // one beyond each end
    EXPECT_EQ(few[1], QPointF(3, 3));
    EXPECT_TRUE(std::isnan(few[2].y()));
    std::vector<double> manyX(10000);
    std::vector<double> manyY(10000, nan);
    for (std::size_t i = 0; i < manyX.size(); ++i) manyX[i] = static_cast<double>(i) - 5;
    const auto gaps = decimate(manyX, manyY, -5, 9994, 50, true);
    for (const QPointF& point : gaps) EXPECT_TRUE(std::isnan(point.y()));
}

TEST(Clip, CutsAtTheEdgesAndAtGaps) {
    const QRectF area(0, 0, 10, 10);
    auto pieces = clipped({{-10, 5}, {20, 5}}, area);
    ASSERT_EQ(pieces.size(), 1U);
    EXPECT_EQ(pieces[0], QPolygonF({{0, 5}, {10, 5}}));
    pieces = clipped({{1, 1}, {2, 2}, {3, nan}, {4, 4}, {5, 5}, {5, 1e6}}, area);
    ASSERT_EQ(pieces.size(), 2U);
    EXPECT_EQ(pieces[1].last(), QPointF(5, 10));
    EXPECT_TRUE(clipped({{11, 0}, {12, 10}}, area).empty());
    EXPECT_TRUE(clipped({{5, 5}}, area).empty());
    // Out and in again: two pieces.
    EXPECT_EQ(clipped({{2, 5}, {5, -20}, {8, 5}}, area).size(), 2U);
}

TEST(Csv, QuotesAsRfc4180AndIgnoresTheLocale) {
    EXPECT_EQ(
        csvLine({QStringLiteral("a,b"), QStringLiteral("say \"x\""), QStringLiteral("plain")}),
        QStringLiteral("\"a,b\",\"say \"\"x\"\"\",plain\r\n"));
    const QLocale before;
    QLocale::setDefault(QLocale(QLocale::German));
    EXPECT_EQ(csvNumber(0.1), QStringLiteral("0.1"));
    EXPECT_EQ(tickText(0.25, 0.05), QStringLiteral("0.25"));
    QLocale::setDefault(before);
    EXPECT_EQ(csvNumber(nan), QStringLiteral("nan"));
    EXPECT_EQ(csvNumber(-inf), QStringLiteral("-inf"));
    for (const double value : {1.0 / 3, 1e-300, 123456789.125})
        EXPECT_EQ(csvNumber(value).toDouble(), value);
}

TEST(MovingAverage, IsUnbiasedAtTheStartAndSkipsNaN) {
    const auto constant = movingAverage({2, 2, nan, 2}, 0.9);
    EXPECT_DOUBLE_EQ(constant[0], 2);
    EXPECT_DOUBLE_EQ(constant[1], 2);
    EXPECT_TRUE(std::isnan(constant[2]));
    EXPECT_DOUBLE_EQ(constant[3], 2);
    // Weights 0.5 * 0.5 and 0.5, over their sum.
    EXPECT_DOUBLE_EQ(movingAverage({0, 3}, 0.5)[1], 2);
}

}  // namespace
}  // namespace bitloom::ui
