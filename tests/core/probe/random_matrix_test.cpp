#include "probe/random_matrix.h"

#include <gtest/gtest.h>

#include <Eigen/SVD>
#include <cmath>

#include "base/error.h"
#include "quant/registry.h"

namespace bitloom {
namespace {

RandomMatrixExperiment experimentOf(std::size_t size, const std::string& initialization,
                                    const std::string& quantizer, int seeds = 3) {
    RandomMatrixExperiment experiment;
    experiment.size = size;
    experiment.initialization = initialization;
    experiment.quantizer.method = quantizer;
    if (const QuantizerMethod* method = findQuantizerMethod(quantizer))
        experiment.quantizer.bits = method->bits.front();
    experiment.seeds = seeds;
    return experiment;
}

/// The limit of |W|_2 / (2 deviation sqrt d) for independent entries is 1 (Bai, Yin 1988).
TEST(RandomMatrix, NormsApproachTwiceTheDeviationTimesTheRoot) {
    const struct {
        const char* initialization;
        double limit;
    } cases[] = {{"pytorch", 2 / std::sqrt(3.0)},
                 {"xavier", 2},
                 {"xavier_normal", 2},
                 {"he", 2 * std::sqrt(2.0)},
                 {"he_normal", 2 * std::sqrt(2.0)},
                 {"orthogonal", 1},
                 {"uniform", 2 * std::sqrt(200 / 3.0)},
                 {"normal", 2 * std::sqrt(200.0)}};
    EXPECT_EQ(std::size(cases), randomInitializations().size());
    for (const auto& [initialization, limit] : cases) {
        const auto result = measureRandomMatrices(experimentOf(200, initialization, ""));
        EXPECT_NEAR(result.mean, limit, 0.05 * limit) << initialization;
        EXPECT_TRUE(result.converged) << initialization;
        EXPECT_EQ(result.norms.size(), 3u);
        EXPECT_EQ(result.floor, 0) << initialization;
    }
}

TEST(RandomMatrix, EqualsAFullSingularValueDecomposition) {
    const RandomInitialization& row = *findRandomInitialization("he_normal");
    Matrix<float> w(60, 60);
    Rng rng(5, makeStream("random_matrix", 60));
    row.fill(w.view(), rng);
    Eigen::MatrixXd wide(60, 60);
    for (int i = 0; i < 60; ++i)
        for (int j = 0; j < 60; ++j)
            wide(i, j) = static_cast<double>(
                w.view()(static_cast<std::size_t>(i), static_cast<std::size_t>(j)));
    const double expected = Eigen::JacobiSVD<Eigen::MatrixXd>(wide).singularValues()(0);
    auto experiment = experimentOf(60, "he_normal", "", 1);
    experiment.firstSeed = 5;
    EXPECT_NEAR(measureRandomMatrices(experiment).mean, expected, 2e-5 * expected);
}

/// Three cells of Table 1 at d = 512.
TEST(RandomMatrix, ReproducesThePaperAt512) {
    const struct {
        const char* quantizer;
        double published;
    } cases[] = {{"", 1.15}, {"binary_connect", 44.76}, {"ter_connect", 36.18}};
    for (const auto& [quantizer, published] : cases) {
        const auto result = measureRandomMatrices(experimentOf(512, "pytorch", quantizer));
        EXPECT_NEAR(result.mean, published, 0.02 * published) << quantizer;
    }
}

TEST(RandomMatrix, NothingIsBelowTheFloors) {
    for (const QuantizerMethod& method : quantizerMethods()) {
        const auto result =
            measureRandomMatrices(experimentOf(48, "pytorch", std::string(method.name), 2));
        EXPECT_GE(result.mean, result.floor * 0.9999) << method.name;
        EXPECT_GE(result.mean, result.frobeniusFloor * 0.9999) << method.name;
        EXPECT_GT(result.floor, 0) << method.name;
    }
    const auto binary = measureRandomMatrices(experimentOf(100, "normal", "binary_connect"));
    EXPECT_NEAR(binary.floor, 10, 1e-6);
    EXPECT_EQ(binary.sparsity, 0);
    const auto ternary = measureRandomMatrices(experimentOf(300, "uniform", "ter_connect"));
    EXPECT_NEAR(ternary.sparsity, 0.35, 0.02);  // 0.7 of the mean of |U(-1, 1)|
}

TEST(RandomMatrix, SeedsDecide) {
    auto experiment = experimentOf(40, "pytorch", "binary_connect", 4);
    const auto first = measureRandomMatrices(experiment);
    EXPECT_EQ(first.norms, measureRandomMatrices(experiment).norms);
    EXPECT_GT(first.deviation, 0);
    experiment.firstSeed = 3;
    experiment.seeds = 1;
    const auto third = measureRandomMatrices(experiment);
    EXPECT_EQ(third.norms.front(), first.norms[2]);
    EXPECT_EQ(third.deviation, 0);
}

TEST(RandomMatrix, RefusesWhatThereIsNot) {
    const auto refused = [](const RandomMatrixExperiment& experiment) {
        try {
            measureRandomMatrices(experiment);
        } catch (const InputError& error) {
            return error.field();
        }
        return std::string();
    };
    EXPECT_EQ(refused(experimentOf(10, "glorot", "")), "initialization");
    EXPECT_EQ(refused(experimentOf(0, "pytorch", "")), "size");
    EXPECT_EQ(refused(experimentOf(10, "pytorch", "", 0)), "seeds");
    EXPECT_EQ(refused(experimentOf(10, "pytorch", "binary")), "quantizer");
}

}  // namespace
}  // namespace bitloom
