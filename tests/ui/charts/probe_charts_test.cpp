// Heat map, distribution over training and histogram: what they hold, what they survive, what they
// export. BITLOOM_SHOTS=DIR saves the pictures.

#include <QFile>
#include <QGridLayout>
#include <QMenu>
#include <QSignalSpy>
#include <QSvgRenderer>
#include <QTemporaryDir>
#include <QTest>
#include <cmath>
#include <random>
#include <string_view>

#include "charts/color_ramp.h"
#include "charts/distribution_chart.h"
#include "charts/heat_map_chart.h"
#include "charts/histogram_chart.h"
#include "theme/roles.h"
#include "ui/theme/gui_main.h"

namespace bitloom::ui {
namespace {

const double none = std::nan("");

QString text(const char* words) {
    return QString::fromUtf8(words);
}

double luminance(const QColor& color) {
    const auto linear = [](double part) {
        return part <= 0.04045 ? part / 12.92 : std::pow((part + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * linear(color.redF()) + 0.7152 * linear(color.greenF()) +
           0.0722 * linear(color.blueF());
}

class ProbeChartsTest : public testing::Test {
protected:
    ProbeChartsTest() { theme.apply(application()); }
    Theme theme{Theme::Mode::light};
};

TEST_F(ProbeChartsTest, TheRampGetsLighterAllTheWay) {
    double before = -1;
    for (int i = 0; i <= 100; ++i) {
        const double now = luminance(rampColor(i / 100.0));
        EXPECT_GT(now, before) << i;
        before = now;
    }
    EXPECT_EQ(rampColor(-1), rampColor(0));
    EXPECT_EQ(rampColor(none), rampColor(0));
    EXPECT_EQ(rampColor(7), rampColor(1));
}

TEST_F(ProbeChartsTest, HeatMapFindsCellsBetweenUnevenColumns) {
    HeatMapChart map(theme);
    map.setColumns({100, 0, 10}, {{7, 8, 9}, {1, 2, 3}, {4, 5}});
    EXPECT_EQ(map.columns(), 3U);
    struct Case {
        double x, y;
        std::optional<double> value;
    };
    const Case cases[] = {{0, 1, 1.0},   {4.9, 3.4, 3.0}, {5.1, 1, 4.0}, {10, 3, {}},
                          {54, 2, 5.0},  {56, 2, 8.0},    {100, 3, 9.0}, {101, 1, {}},
                          {-0.1, 1, {}}, {0, 0.4, {}},    {0, 3.6, {}},  {none, 1, {}}};
    for (const Case& each : cases) {
        EXPECT_EQ(map.valueAt(each.x, each.y), each.value) << each.x << ' ' << each.y;
    }
    EXPECT_NEAR(map.colorRange().first, 1, 1e-9);
    EXPECT_NEAR(map.colorRange().second, 9, 1e-9);
}

TEST_F(ProbeChartsTest, HeatMapSurvivesWhatRunsProduce) {
    const double infinity = std::numeric_limits<double>::infinity();
    HeatMapChart map(theme);
    map.resize(400, 300);
    EXPECT_TRUE(map.isEmpty());
    EXPECT_FALSE(map.image().isNull());
    const std::vector<std::vector<std::vector<double>>> cases = {{{none, none}, {none, none}},
                                                                 {{0, 0}, {0, 0}},
                                                                 {{infinity, 1}, {1e300, 1e-300}},
                                                                 {{3, 3}, {3, 3}},
                                                                 {{-1, 2}, {3}}};
    for (const auto& columns : cases) {
        map.setColumns({0, 50}, columns);
        const auto [least, most] = map.colorRange();
        EXPECT_TRUE(std::isfinite(least) && std::isfinite(most) && least < most);
        EXPECT_FALSE(map.image().isNull());
    }
    map.setColumns({5}, {{1, 2, 3}});
    EXPECT_EQ(map.valueAt(5.4, 2), 2.0);
    map.setColumns({none, 1, 1}, {{1}, {2}, {3}});
    EXPECT_EQ(map.columns(), 1U);
    EXPECT_EQ(map.valueAt(1, 1), 3.0);
}

TEST_F(ProbeChartsTest, HeatMapTellsWhichColumnWasClicked) {
    HeatMapChart map(theme);
    map.resize(500, 300);
    map.setColumns({0, 100}, {{1, 2}, {3, 4}});
    map.show();
    map.flush();
    QApplication::processEvents();
    QSignalSpy chosen(&map, &HeatMapChart::columnChosen);
    QTest::mouseClick(map.focusProxy(), Qt::LeftButton, {}, QPoint(370, 150));
    ASSERT_EQ(chosen.size(), 1);
    EXPECT_EQ(chosen.front().front().toDouble(), 100.0);
    map.setMarker(100);
    map.flush();
}

TEST_F(ProbeChartsTest, QuantilesLeaveOutWhatIsNotFinite) {
    std::vector<double> values{none};
    for (int i = 100; i >= 0; --i) values.push_back(i);
    values.push_back(std::numeric_limits<double>::infinity());
    const Quantiles found = quantilesOf(values);
    EXPECT_DOUBLE_EQ(found.p5, 5);
    EXPECT_DOUBLE_EQ(found.p25, 25);
    EXPECT_DOUBLE_EQ(found.p50, 50);
    EXPECT_DOUBLE_EQ(found.p95, 95);
    EXPECT_DOUBLE_EQ(quantilesOf({1, 2}).p25, 1.25);
    EXPECT_TRUE(std::isnan(quantilesOf({none}).p50));
}

TEST_F(ProbeChartsTest, DistributionExportsItsQuantiles) {
    DistributionChart chart(theme);
    chart.setXAxis({text("step"), {}, false, {}, {}});
    const int gate = chart.addGroup(text("gate i"), 0);
    const int other = chart.addGroup(text("gate f"), 1);
    EXPECT_TRUE(chart.isEmpty());
    chart.setGroup(gate, {0, 10}, {{1, 2, 3, 4, 5}, {2, 3, 4, 5, none}});
    chart.setGroup(other, {10}, {{6, 7, 8, 9, 10}});
    EXPECT_FALSE(chart.isEmpty());
    EXPECT_EQ(chart.csv(), text("step,gate i 5 %,gate i 25 %,gate i 50 %,gate i 75 %,gate i 95 %,"
                                "gate f 5 %,gate f 25 %,gate f 50 %,gate f 75 %,gate f 95 %\r\n"
                                "0,1,2,3,4,5,,,,,\r\n10,2,3,4,5,nan,6,7,8,9,10\r\n"));
    chart.flush();
    EXPECT_LT(chart.ranges().yLeast, 1);
    EXPECT_GT(chart.ranges().yMost, 10);
    chart.clearGroups();
    EXPECT_TRUE(chart.isEmpty());
}

TEST_F(ProbeChartsTest, HistogramTurnsCountsIntoPercent) {
    const HistogramSeries found = histogramOf(text("latent"), 0, -1, 1, {1, 0, none, 3});
    EXPECT_EQ(found.edges, (std::vector<double>{-1, -0.5, 0, 0.5, 1}));
    EXPECT_EQ(found.shares, (std::vector<double>{25, 0, 0, 75}));
    EXPECT_TRUE(histogramOf(text("none"), 0, 0, 1, {}).shares.empty());
    EXPECT_TRUE(histogramOf(text("none"), 0, none, 1, {1}).shares.empty());
    const HistogramSeries point = histogramOf(text("all alike"), 0, 2, 2, {5});
    EXPECT_LT(point.edges.front(), point.edges.back());

    // Much narrower than the bins it is put into, and outside of them: nothing is lost, nothing
    // counts twice.
    const HistogramSeries narrow =
        inBinsOf(found, histogramOf(QStringLiteral("before"), 2, 1.1, 1.3, {3, 1}));
    double whole = 0;
    for (const double share : narrow.shares) whole += share;
    EXPECT_NEAR(whole, 100, 1e-9);
    ASSERT_FALSE(narrow.shares.empty());
    EXPECT_NEAR(narrow.edges[1] - narrow.edges[0], 0.5, 1e-12);
    EXPECT_NEAR(narrow.shares.front(), 100, 1e-9);

    HistogramChart chart(theme);
    EXPECT_TRUE(chart.isEmpty());
    chart.setData({histogramOf(text("latent"), 0, 0, 2, {1, 1})},
                  {{text("quantized"), 1, {-1, 1}, {40, 60}}});
    chart.setMarks({{none, text("never")}, {1, text("+1")}});
    EXPECT_EQ(chart.csv(), text("name,from,to,share\r\nlatent,0,1,50\r\nlatent,1,2,50\r\n"
                                "quantized,-1,-1,40\r\nquantized,1,1,60\r\n"));
    chart.flush();
    EXPECT_LE(chart.ranges().xLeast, -1);
    EXPECT_EQ(chart.ranges().yLeast, 0);
    EXPECT_GE(chart.ranges().yMost, 60);
}

TEST_F(ProbeChartsTest, AllExportToFiles) {
    QTemporaryDir folder;
    HeatMapChart map(theme);
    map.setColumns({0, 1}, {{1, 2}, {3, 4}});
    DistributionChart bands(theme);
    bands.setGroup(bands.addGroup(text("i"), 0), {0, 1}, {{1, 2, 3, 4, 5}, {1, 2, 3, 4, 5}});
    HistogramChart bins(theme);
    bins.setData({histogramOf(text("latent"), 0, 0, 2, {1, 1})});
    for (Chart* chart : std::initializer_list<Chart*>{&map, &bands, &bins}) {
        for (const char* suffix : {"png", "svg", "pdf", "csv"}) {
            const QString path = folder.filePath(text("chart.") + text(suffix));
            EXPECT_EQ(chart->exportTo(path), QString()) << suffix;
            EXPECT_GT(QFile(path).size(), std::string_view(suffix) == "csv" ? 20 : 1000) << suffix;
        }
        EXPECT_TRUE(QSvgRenderer(folder.filePath(text("chart.svg"))).isValid());
    }
}

void paint(const Theme& theme, const QString& name) {
    QWidget page;
    setRole(&page, SurfaceRole::page);
    page.resize(1100, 720);
    auto* grid = new QGridLayout(&page);
    grid->setContentsMargins(16, 16, 16, 16);
    grid->setSpacing(16);
    std::mt19937 random(3);
    std::normal_distribution<double> noise(0, 1);
    auto* map = new HeatMapChart(theme);
    map->setTitle(text("|∂L/∂hₜ|, time step × training step"));
    map->setXAxis({text("training step"), {}, false, {}, {}});
    map->setYAxis({text("time step t"), {}, false, {}, {}});
    map->setColorAxis({text("|∂L/∂hₜ|"), {}, true, {}, {}});
    std::vector<double> x;
    std::vector<std::vector<double>> columns;
    for (int step = 0; step < 1000; step += 50) {
        x.push_back(step);
        std::vector<double> column(100);
        for (int t = 0; t < 100; ++t) {
            column[static_cast<std::size_t>(t)] =
                2e-4 * std::pow(1 + 1.5 * std::exp(-step / 300.0), (100 - t) / 6.0);
            if (step == 600 && t < 40) column[static_cast<std::size_t>(t)] = none;
        }
        columns.push_back(column);
    }
    map->setColumns(x, columns);
    map->setMarker(450);
    grid->addWidget(map, 0, 0, 1, 2);
    auto* bands = new DistributionChart(theme);
    bands->setTitle(text("Gains"));
    bands->setXAxis({text("step"), {}, false, {}, {}});
    bands->setYAxis({text("gain g"), {}, false, {}, {}});
    bands->setKeyVisible(true);
    const char* const gates[] = {"i", "f", "g", "o"};
    for (int gate = 0; gate < 4; ++gate) {
        const int group = bands->addGroup(text(gates[gate]), gate);
        std::vector<Quantiles> quantiles;
        for (std::size_t i = 0; i < x.size(); ++i) {
            std::vector<double> gains(128);
            for (double& gain : gains) {
                gain = 1 + 0.4 * gate + (0.1 + x[i] / 4000) * noise(random);
            }
            quantiles.push_back(quantilesOf(gains));
        }
        bands->setGroup(group, x, quantiles);
    }
    grid->addWidget(bands, 1, 0);
    auto* bins = new HistogramChart(theme);
    bins->setTitle(text("Weights"));
    bins->setXAxis({text("weight"), {}, false, {}, {}});
    bins->setYAxis({text("share"), text("%"), false, {}, {}});
    std::vector<double> counts(60);
    for (int i = 0; i < 20000; ++i) {
        const double at = 30 + 8 * noise(random);
        if (at >= 0 && at < 60) ++counts[static_cast<std::size_t>(at)];
    }
    bins->setData({histogramOf(text("latent"), 0, -0.6, 0.6, counts)},
                  {{text("quantized"), 1, {-0.3, 0.3}, {49, 51}}});
    bins->setMarks({{0, text("0")}});
    grid->addWidget(bins, 1, 1);
    page.show();
    for (Chart* chart : page.findChildren<Chart*>()) chart->flush();
    QApplication::processEvents();
    shot(page, name);
    shot(map->image(), name + text("-map-export"));
}

TEST_F(ProbeChartsTest, PaintsInBothThemes) {
    paint(theme, text("probe-charts-light"));
    theme.setMode(Theme::Mode::dark);
    paint(theme, text("probe-charts-dark"));
}

}  // namespace
}  // namespace bitloom::ui
