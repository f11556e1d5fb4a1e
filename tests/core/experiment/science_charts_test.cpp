#include "experiment/science_charts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace bitloom {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// A run of the paper's network with a record of each kind.
ComparedRun recordedRun(const std::string& quantizer, const std::string& norm, int layers = 1) {
    ComparedRun run;
    run.run.summary.name = quantizer + " " + norm;
    run.spec.dataset.name = "ptb_char";
    run.spec.network.hidden = 512;
    run.spec.network.layers = layers;
    run.spec.network.quantizer.method = quantizer;
    run.spec.network.normalization.method = norm;
    for (const int step : {1, 98, 490}) {
        BoundRow bound;
        bound.step = step;
        bound.layers.resize(static_cast<std::size_t>(layers));
        for (LayerBound& layer : bound.layers) {
            layer.form = norm == "weight" ? "weight" : "plain";
            layer.lambda1 = 160 + step;
            layer.printed1 = norm == "weight" ? 1.8 : std::nan("");
            layer.frozen1 = norm == "weight" ? 1.5 : std::nan("");
            layer.tightness = {0.1, 0.2};
            layer.tightnessMedian = {0.05, 0.1};
            layer.tightnessLargest = 0.2;
        }
        run.probes.bounds.push_back(bound);
        GradientRow gradient;
        gradient.step = step;
        gradient.times = {0, 1, 2};
        gradient.hidden.assign(static_cast<std::size_t>(layers), {1e-1, 1e-2, 1e-3});
        gradient.total.resize(static_cast<std::size_t>(layers));
        for (LayerGradients& layer : gradient.total) {
            layer.hidden.low = {1e-2, 1e-3, 1e-4};
            layer.hidden.median = {2e-2, 2e-3, 2e-4};
            layer.hidden.high = {4e-2, 4e-3, 4e-4};
            layer.hidden.growth.rate = 2.6;
        }
        gradient.last = gradient.total;
        run.gradients.push_back(gradient);
        LyapunovRow lyapunov;
        lyapunov.step = step;
        lyapunov.layers.resize(static_cast<std::size_t>(layers));
        for (LayerLyapunov& layer : lyapunov.layers) {
            layer.exponents = {0.4, -0.1};
            layer.low = {0.3, -0.2};
            layer.high = {0.5, 0};
        }
        run.probes.lyapunov.push_back(lyapunov);
        GainRow gains;
        gains.step = step;
        gains.layers.resize(static_cast<std::size_t>(layers));
        for (LayerGains& layer : gains.layers)
            layer.groups = {{"hh", "i", {0, 1, 2, 3, 4, 5, 6}, {0, 1, 2, 3, 4, 5, 6}, 6}};
        if (norm != "none") run.probes.gains.push_back(gains);
    }
    return run;
}

const Chart* chartNamed(const std::vector<ScienceChart>& charts, const std::string& title) {
    const auto found = std::find_if(charts.begin(), charts.end(),
                                    [&](const auto& one) { return one.chart.title == title; });
    return found == charts.end() ? nullptr : &found->chart;
}

TEST(ScienceCharts, PublishedCurvesStandBesideThePapersNetwork) {
    const std::vector<ComparedRun> runs = {recordedRun("binary_connect", "none"),
                                           recordedRun("binary_connect", "weight")};
    const auto charts = scienceCharts(runs);
    const Chart* lambda = chartNamed(charts, "Bound λ₁ over training");
    ASSERT_NE(lambda, nullptr);
    ASSERT_EQ(lambda->series.size(), 3u);  // two runs, one published: weight norm has its own form
    EXPECT_TRUE(lambda->series[2].published);
    EXPECT_EQ(lambda->series[2].style, 0);
    ASSERT_EQ(lambda->series[2].points.size(), 3u);  // as far as the runs went
    EXPECT_EQ(lambda->series[2].points[0], (std::pair<double, double>(1, 167)));
    const Chart* printed = chartNamed(charts, "λ₁ as the paper prints it");
    ASSERT_NE(printed, nullptr);
    ASSERT_EQ(printed->series.size(), 2u);
    EXPECT_EQ(printed->series[1].points[0].second, 1.85);
    const Chart* frozen = chartNamed(charts, "λ₁ with gains held at their start");
    ASSERT_NE(frozen, nullptr);
    EXPECT_EQ(frozen->series.size(), 1u);
    const Chart* start = chartNamed(charts, "Gradient by time step at the start");
    ASSERT_NE(start, nullptr);
    EXPECT_EQ(start->series[0].points[2], (std::pair<double, double>(3, 2e-4)));
    EXPECT_EQ(start->series[0].band[0].high, 4e-2);
    ASSERT_EQ(start->references.size(), 1u);  // BinaryConnect's last time step
    EXPECT_EQ(start->references[0].value, 0.201e-3);
    const Chart* end = chartNamed(charts, "Gradient by time step");
    ASSERT_NE(end, nullptr);
    ASSERT_EQ(end->references.size(), 1u);  // the median with weight norm
    EXPECT_EQ(end->references[0].value, 0.492e-3);

    std::vector<ComparedRun> squared = {recordedRun("binary_connect", "batch_shared")};
    for (BoundRow& row : squared[0].probes.bounds) {
        row.layers[0].squared = true;
        row.layers[0].lambda1 = 81;
    }
    EXPECT_EQ(chartNamed(scienceCharts(squared), "Bound λ₁ over training")->series[0].points[0],
              (std::pair<double, double>(1, 9)))
        << "as it compares with the others";

    std::vector<ComparedRun> small = runs;
    for (ComparedRun& run : small) run.spec.network.hidden = 128;
    const auto others = scienceCharts(small);
    EXPECT_EQ(chartNamed(others, "Bound λ₁ over training")->series.size(), 2u);
    EXPECT_TRUE(chartNamed(others, "Gradient by time step at the start")->references.empty());
}

TEST(ScienceCharts, DeeperRunsHaveAChartALayer) {
    const auto charts = scienceCharts({recordedRun("binary_connect", "none", 2)});
    for (const char* title : {"Bound λ₁ over training, layer 1", "Bound λ₁ over training, layer 2",
                              "Growth a step back, layer 2", "Largest Lyapunov exponent, layer 2"})
        EXPECT_NE(chartNamed(charts, title), nullptr) << title;
}

TEST(ScienceCharts, RunsWithoutRecordsHaveNone) {
    EXPECT_TRUE(scienceCharts({ComparedRun{}}).empty());
    EXPECT_TRUE(scienceCharts({}).empty());
    EXPECT_EQ(scienceBody({ComparedRun{}}), "");
    // Old records have only the norm over the batch.
    ComparedRun old = recordedRun("", "none");
    old.probes = {};
    for (GradientRow& row : old.gradients) {
        row.total.clear();
        row.last.clear();
        row.times.clear();
    }
    const auto charts = scienceCharts({old});
    const Chart* profile = chartNamed(charts, "Gradient by time step");
    ASSERT_NE(profile, nullptr);
    EXPECT_EQ(profile->series[0].points[0].second, 1e-1);
}

StatisticsRow borderedStatistics() {
    StatisticsRow row;
    row.step = 20;
    row.times = {0, 100, 200, 300, 400, 500, 600, 700};
    SideStatistics side;
    side.side = "ih";
    side.variance.median = {1e-9, 1e-9, 1, 2, 2, 1, 1e-8, 1e-9};
    side.variance.low = side.variance.high = side.variance.median;
    side.runningVariance.median = {1e-8};
    side.runningVariance.low = side.runningVariance.high = {1e-8};
    row.layers.resize(1);
    row.layers[0].sides = {side};
    return row;
}

TEST(ScienceCharts, BorderPixelsAreMarkedWhereInputsDoNotVary) {
    const auto spans = quietSteps(borderedStatistics());
    ASSERT_EQ(spans.size(), 2u);
    EXPECT_EQ(spans[0].from, 1);
    EXPECT_EQ(spans[0].to, 201);
    EXPECT_EQ(spans[1].from, 601);
    ComparedRun run = recordedRun("", "batch_shared");
    run.probes.statistics = {borderedStatistics()};
    run.spec.sequenceSteps = 784;
    const std::string html = scienceBody({run});
    EXPECT_THAT(html, HasSubstr("black border"));
    EXPECT_THAT(html, HasSubstr("class=\"span\""));
    run.spec.sequenceSteps = 0;  // text has no border
    EXPECT_THAT(scienceBody({run}), Not(HasSubstr("class=\"span\"")));
}

TEST(ScienceCharts, AccuracyByKindOfStatistics) {
    ComparedRun run;
    run.run.summary.name = "shared";
    run.run.summary.metric = "accuracy";
    run.run.summary.test = 0.2;
    run.run.summary.testBatchStatistics = 0.9;
    run.run.summary.testTrueAverage = 0.6;
    const auto bars = statisticsBars({run, ComparedRun{}});
    ASSERT_EQ(bars.size(), 1u);
    EXPECT_EQ(bars[0].values[0].second, 20);
    EXPECT_EQ(bars[0].values[1].second, 90);
    const std::string html = scienceBody({run});
    EXPECT_THAT(html, HasSubstr("running statistics"));
    EXPECT_THAT(html, HasSubstr("90 %"));
}

TEST(ScienceCharts, BandsAndRingsSurviveOddNumbers) {
    const double nan = std::nan("");
    ChartSeries series;
    series.points = {{1, 1}, {2, nan}, {3, 3}};
    series.band = {{1, 0.5, 2}, {2, nan, 1}, {3, 0, 5}, {4, 1, 2}};
    ChartSeries published = series;
    published.published = true;
    for (const bool logarithmic : {false, true}) {
        Chart chart;
        chart.title = "t";
        chart.logarithmic = logarithmic;
        chart.series = {series, published};
        chart.spans = {{1, 2, "a"}, {2, 3, "b"}};
        const std::string svg = chartSvg(chart);
        EXPECT_EQ(svg.find("nan"), svg.npos);
        EXPECT_NE(svg.find("class=\"ring\""), svg.npos);
        EXPECT_NE(svg.find("class=\"band"), svg.npos);
    }
    EXPECT_EQ(valueBarsSvg({}, 0, ""), "");
}

}  // namespace
}  // namespace bitloom
