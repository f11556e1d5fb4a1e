#include "experiment/comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "core/experiment/temporary_folder.h"
#include "experiment/chart_svg.h"

namespace bitloom {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

/// A run with curves, and one that diverged.
std::vector<ComparedRun> twoRuns(const fs::path& library) {
    const fs::path good = createRun(
        library, parseSpec(R"({"name":"<b>\"good\", & 1</b>","quantizer":{"method":"twn"}})", "t"));
    const fs::path bad = createRun(library, parseSpec(R"({"name":"bad"})", "t"));
    std::ofstream goodRows(good / "metrics.jsonl");
    for (int step = 1; step <= 2000; ++step)
        goodRows << R"({"kind":"train","step":)" << step << R"(,"loss":)" << 3.0 / step + 1
                 << R"(,"gradient_norm":1.5})"
                 << "\n";
    goodRows << R"({"kind":"valid","step":100,"loss":1.2,"value":1.7})"
             << "\n";
    goodRows << R"({"kind":"valid","step":200,"loss":1.1,"value":1.6})"
             << "\n";
    std::ofstream(good / "probes" / "state_gradients.jsonl")
        << R"({"step":98,"hidden":[[1e-5,1e-4,1e-3]],"cell":[[1,1,1]]})"
        << "\n";
    std::ofstream(bad / "metrics.jsonl")
        << R"({"kind":"train","step":1,"loss":3,"gradient_norm":100})"
        << "\n"
        << R"({"kind":"train","step":2,"loss":null,"gradient_norm":null})"
        << "\n";
    goodRows.close();
    RunSummary summary = readSummary(good);
    summary.status = RunStatus::finished;
    summary.best = 1.6;
    summary.last = 1.6;
    summary.step = 2000;
    writeSummary(good, summary);
    summary = readSummary(bad);
    summary.status = RunStatus::diverged;
    summary.step = 2;
    summary.message = "the loss became NaN at step 2";
    writeSummary(bad, summary);
    return readComparison({good, bad / ""});
}

TEST(Comparison, CsvHasOneQuotedRowARun) {
    TemporaryFolder folder;
    const std::string csv = comparisonCsv(twoRuns(folder.path()));
    EXPECT_THAT(csv, HasSubstr("\"<b>\"\"good\"\", & 1</b>\""));
    EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 3);
    EXPECT_THAT(csv, HasSubstr("id,name,status,dataset"));
    EXPECT_EQ(comparisonCsv({}).substr(0, 3), "id,");
}

TEST(Comparison, JsonHoldsTheRuns) {
    TemporaryFolder folder;
    const auto tree = nlohmann::json::parse(comparisonJson(twoRuns(folder.path())));
    ASSERT_EQ(tree["runs"].size(), 2u);
    EXPECT_EQ(tree["runs"][0]["best"], 1.6);
    EXPECT_EQ(tree["runs"][0]["quantizer"], "twn");
    EXPECT_EQ(tree["runs"][0]["valid"].size(), 2u);
    EXPECT_TRUE(tree["runs"][1]["best"].is_null());
    EXPECT_EQ(tree["runs"][1]["status"], "diverged");
    EXPECT_TRUE(tree["runs"][1]["size"]["parts"]["decoder"].is_number());
}

TEST(Comparison, HtmlIsCompleteAndEscaped) {
    TemporaryFolder folder;
    const std::string html = comparisonHtml(twoRuns(folder.path()));
    EXPECT_NE(html.find("&lt;b&gt;&quot;good&quot;, &amp; 1&lt;/b&gt;"), html.npos);
    EXPECT_EQ(html.find("<b>"), html.npos);
    EXPECT_EQ(html.find("nan"), html.npos);
    EXPECT_EQ(html.find("inf\""), html.npos);
    EXPECT_NE(html.find("prefers-color-scheme:dark"), html.npos);
    EXPECT_NE(html.find("diverged at step 2"), html.npos);
    for (const char* title : {"Validation, bits per character", "Training loss", "Gradient norm",
                              "Gradient by time step", "Model size"})
        EXPECT_NE(html.find(title), html.npos) << title;
    EXPECT_NE(html.find("class=\"reference\""), html.npos);  // the grammar's entropy
    EXPECT_EQ(html.find("http"), html.npos);                 // needs nothing from elsewhere
    EXPECT_LT(html.size(), 200000u);                         // 2000 points were thinned
}

TEST(Comparison, AFolderThatIsNoRunIsAnInputError) {
    TemporaryFolder folder;
    EXPECT_THROW(readComparison({folder.path()}), InputError);
    EXPECT_THROW(readComparison({folder.path() / "nowhere"}), InputError);
}

TEST(Chart, SurvivesEveryKindOfNumber) {
    const double nan = std::nan("");
    const double infinity = std::numeric_limits<double>::infinity();
    for (const bool logarithmic : {false, true})
        for (const std::vector<std::pair<double, double>>& points :
             std::vector<std::vector<std::pair<double, double>>>{{},
                                                                 {{0, nan}},
                                                                 {{0, 0}},
                                                                 {{0, -1}, {1, infinity}},
                                                                 {{0, 1e-320}, {1, 1e299}},
                                                                 {{5, 3}},
                                                                 {{0, 1}, {1, nan}, {2, 1}},
                                                                 {{0, -1e300}, {1, 1e300}}}) {
            Chart chart;
            chart.logarithmic = logarithmic;
            chart.series.push_back({"a", 13, points, "diverged", nan});
            chart.references = {{nan, "x"}, {1, "y"}};
            const std::string svg = chartSvg(chart);
            EXPECT_THAT(svg, Not(HasSubstr("nan")));
            EXPECT_THAT(svg, Not(HasSubstr("inf")));
        }
}

TEST(Chart, AGapBreaksTheLine) {
    Chart chart;
    chart.series.push_back({"a", 0, {{0, 1}, {1, 2}, {2, std::nan("")}, {3, 2}, {4, 1}}, "", 0});
    const std::string svg = chartSvg(chart);
    const auto path = svg.substr(svg.find("class=\"line\""));
    const auto line = path.substr(0, path.find("/>"));
    EXPECT_EQ(std::count(line.begin(), line.end(), 'M'), 2);
}

TEST(Chart, ThinningKeepsExtremesAndGaps) {
    std::vector<std::pair<double, double>> points;
    for (int i = 0; i < 10000; ++i) points.emplace_back(i, std::sin(i));
    points[5000].second = 50;
    points[7000].second = std::nan("");
    const auto thin = thinned(points, 100);
    EXPECT_LE(thin.size(), 301u);
    double most = 0;
    bool gap = false;
    for (std::size_t i = 0; i < thin.size(); ++i) {
        EXPECT_LE(thin[i > 0 ? i - 1 : 0].first, thin[i].first);
        if (std::isnan(thin[i].second))
            gap = true;
        else
            most = std::max(most, thin[i].second);
    }
    EXPECT_EQ(most, 50);
    EXPECT_TRUE(gap);
}

TEST(Chart, EscapingHandlesMarkupControlAndBrokenBytes) {
    EXPECT_EQ(escaped("<a href='x'>&\"</a>"), "&lt;a href=&#39;x&#39;&gt;&amp;&quot;&lt;/a&gt;");
    EXPECT_EQ(escaped("µ→"), "µ→");
    EXPECT_EQ(escaped(std::string("a\0b\x01", 4)), "a b ");
    EXPECT_EQ(escaped("\xff"), "\xef\xbf\xbd");
    EXPECT_EQ(escaped("\xc3"), "\xef\xbf\xbd");
}

TEST(Chart, NumbersAreShort) {
    EXPECT_EQ(shortNumber(1.4944), "1.494");
    EXPECT_EQ(shortNumber(18200), "18.2 k");
    EXPECT_EQ(shortNumber(181), "181");
    EXPECT_EQ(shortNumber(0.002), "0.002");
    EXPECT_EQ(shortNumber(5066000), "5.1 M");
    EXPECT_EQ(shortNumber(std::nan("")), "–");
    EXPECT_EQ(shortNumber(0), "0");
}

}  // namespace
}  // namespace bitloom
