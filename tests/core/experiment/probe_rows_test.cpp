// Rows of probes/*.jsonl written and read back.

#include <gtest/gtest.h>
#include <simdjson.h>

#include <cmath>
#include <fstream>
#include <limits>

#include "experiment/probe_reader.h"
#include "experiment/probe_writer.h"
#include "experiment/run_folder.h"
#include "temporary_folder.h"

namespace bitloom {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

template <class Row>
Row readBack(const Row& row) {
    simdjson::dom::parser parser;
    Row result;
    EXPECT_TRUE(readProbe(parser.parse(probeLine(row)), result)) << probeLine(row);
    return result;
}

GradientRow gradients() {
    GradientRow row;
    row.step = 98;
    row.hidden = {{1.5, 2e-30, 4}};
    row.cell = {{3, 4, 5}};
    row.samples = {0, 7};
    row.times = {0, 1, 2};
    LayerGradients layer;
    layer.hidden.batch = row.hidden[0];
    layer.hidden.median = {0.1, 0.2, 0.3};
    layer.hidden.samples = {{1, 2, 3}, {4, 5, nan}};
    layer.hidden.growth = {2.6, -8, 0, 1, 2, 1};
    layer.cell.batch = row.cell[0];
    row.total = {layer};
    row.last = {layer};
    return row;
}

TEST(ProbeRows, GradientsComeBackWithTheBatchNormsInBothPlaces) {
    const GradientRow is = readBack(gradients());
    EXPECT_EQ(is.step, 98);
    ASSERT_EQ(is.hidden.size(), 1u);
    EXPECT_EQ(is.hidden[0][1], 2e-30);
    EXPECT_TRUE(std::isnan(is.total[0].hidden.samples[1][2]));
    ASSERT_EQ(is.total.size(), 1u);
    EXPECT_EQ(is.total[0].hidden.batch[0], 1.5);
    EXPECT_EQ(is.total[0].cell.batch, is.cell[0]);
    EXPECT_EQ(is.total[0].hidden.samples[1][1], 5);
    EXPECT_EQ(is.total[0].hidden.growth.rate, 2.6);
    EXPECT_EQ(is.total[0].hidden.growth.ignored, 1);
    EXPECT_EQ(is.last[0].cell.batch, is.cell[0]);
    EXPECT_EQ(is.samples, (std::vector<int>{0, 7}));
}

TEST(ProbeRows, GradientLinesOfEarlierVersionsAreRead) {
    simdjson::dom::parser parser;
    GradientRow row;
    EXPECT_TRUE(readProbe(parser.parse(R"({"step":3,"hidden":[[1e-3,null]]})"_padded), row));
    EXPECT_TRUE(row.total.empty());
    EXPECT_EQ(row.hidden[0][0], 1e-3);
}

TEST(ProbeRows, OtherRowsComeBack) {
    BoundRow bound;
    bound.step = 1;
    bound.tightnessMax = 0.25;
    bound.layers.resize(1);
    bound.layers[0].form = "weight";
    bound.layers[0].lambda1 = 1.85;
    bound.layers[0].lambda2 = nan;
    bound.layers[0].parts = {1, 2, 3, 4};
    bound.layers[0].compared = 60;
    bound.layers[0].leftOut = 40;
    const BoundRow boundBack = readBack(bound);
    EXPECT_EQ(boundBack.layers[0].form, "weight");
    EXPECT_EQ(boundBack.layers[0].lambda1, 1.85);
    EXPECT_TRUE(std::isnan(boundBack.layers[0].lambda2));
    EXPECT_EQ(boundBack.layers[0].parts, bound.layers[0].parts);
    EXPECT_EQ(boundBack.tightnessMax, 0.25);
    EXPECT_EQ(boundBack.layers[0].compared, 60);
    EXPECT_EQ(boundBack.layers[0].leftOut, 40);
    simdjson::dom::parser parser;
    BoundRow old;
    EXPECT_TRUE(readProbe(parser.parse(R"({"step":1,"layers":[{"lambda_1":2}]})"_padded), old));
    EXPECT_EQ(old.layers[0].leftOut, -1) << "earlier versions did not count";

    SpectrumRow spectrum;
    spectrum.layers.resize(1);
    spectrum.layers[0].matrices.push_back({"hh", {1, 2}, {3, 4}, {5, 6}, {7, nan}, {}});
    EXPECT_EQ(readBack(spectrum).layers[0].matrices[0].effective[1], 6);

    LyapunovRow lyapunov;
    lyapunov.statistics = "constant";
    lyapunov.layers.resize(2);
    lyapunov.layers[1].exponents = {0.5, -1};
    EXPECT_EQ(readBack(lyapunov).layers[1].exponents[1], -1);
    EXPECT_EQ(readBack(lyapunov).statistics, "constant");

    GainRow gain;
    gain.layers.resize(1);
    gain.layers[0].groups.push_back({"hh", "f", {1, 2, 3, 4, 5, 6, 7}, {}, 7});
    EXPECT_EQ(readBack(gain).layers[0].groups[0].gate, "f");

    StatisticsRow statistics;
    statistics.times = {0, 1};
    statistics.layers.resize(1);
    statistics.layers[0].sides.resize(1);
    statistics.layers[0].sides[0].unitMean = {{1, 2}, {3, 4}};
    EXPECT_EQ(readBack(statistics).layers[0].sides[0].unitMean[1][0], 3);

    WeightRow weight;
    weight.matrices.resize(1);
    weight.matrices[0].name = "rnn.weight_hh_l0";
    weight.matrices[0].quantized = true;
    weight.matrices[0].latent = {-1, 1, {4, 5}};
    weight.matrices[0].gates.push_back({"i", 1, 0, nan, 0.5, 2, 3});
    const WeightRow weightBack = readBack(weight);
    EXPECT_EQ(weightBack.matrices[0].latent.counts[1], 5);
    EXPECT_TRUE(std::isnan(weightBack.matrices[0].gates[0].flipRate));
    EXPECT_EQ(weightBack.matrices[0].gates[0].distinct, 3);
}

TEST(ProbeRows, LinesOfOtherShapesAreRefused) {
    simdjson::dom::parser parser;
    for (const char* text :
         {R"({"step":1})", R"({"step":1,"layers":3})", R"([1])", R"({"layers":[]})",
          R"({"step":"x","layers":[]})", R"({"step":1,"layers":[{"lambda_1":"high"}]})"}) {
        BoundRow row;
        EXPECT_FALSE(readProbe(parser.parse(std::string_view(text)), row)) << text;
    }
}

TEST(ProbeRows, AreFollowedWhereAskedAndATornLineWaits) {
    const TemporaryFolder run;
    std::filesystem::create_directories(run.path() / "probes");
    RunTail all(run.path(), ProbeFiles::all);
    RunTail few(run.path());
    BoundRow row;
    row.step = 7;
    row.layers.resize(1);
    const std::string line = probeLine(row);
    std::ofstream file(run.path() / "probes/bounds.jsonl");
    file << line << '\n' << line.substr(0, 9) << std::flush;
    EXPECT_EQ(all.poll().probes.bounds.size(), 1u);
    EXPECT_EQ(few.poll().probes.bounds.size(), 0u);
    file << line.substr(9) << '\n' << "{\"step\":1}\n" << std::flush;
    EXPECT_EQ(all.poll().probes.bounds.size(), 1u);
    EXPECT_EQ(all.badLines(), 1);
    EXPECT_EQ(few.badLines(), 0);
    std::ofstream gradientFile(run.path() / "probes/state_gradients.jsonl");
    gradientFile << probeLine(gradients()) << '\n' << std::flush;
    const RunTail::News whole = all.poll(), part = few.poll();
    ASSERT_EQ(whole.gradients.size(), 1u);
    ASSERT_EQ(part.gradients.size(), 1u);
    EXPECT_EQ(whole.gradients[0].total.size(), 1u);
    EXPECT_TRUE(part.gradients[0].total.empty());
    EXPECT_EQ(part.gradients[0].hidden, whole.gradients[0].hidden);
}

}  // namespace
}  // namespace bitloom
