#include "experiment/spectral_table.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace bitloom {
namespace {

TEST(SpectralTable, PaperRowsFindAllFifteenCells) {
    const auto experiments = paperSpectralExperiments({512, 1024, 2048}, 10);
    ASSERT_EQ(experiments.size(), 15u);
    for (std::size_t i = 0; i < experiments.size(); ++i) {
        const PublishedSpectralNorm* cell = findPublishedSpectralNorm(
            experiments[i].size, experiments[i].initialization, experiments[i].quantizer.method);
        EXPECT_EQ(cell, &publishedSpectralNorms()[i]) << i;
    }
}

TEST(SpectralTable, SignsForgetTheScaleOfTheDraw) {
    const auto value = [](const char* initialization, const char* quantizer) {
        const auto* cell = findPublishedSpectralNorm(512, initialization, quantizer);
        return cell ? cell->mean : 0;
    };
    EXPECT_EQ(value("he_normal", "binary_connect"), 44.76);
    EXPECT_EQ(value("uniform", "ter_connect"), 36.18);
    EXPECT_EQ(value("normal", "ter_connect"), 0);  // another share of zeros
    EXPECT_EQ(value("xavier_normal", ""), 1.98);
    EXPECT_EQ(value("orthogonal", "binary_connect"), 0);
    EXPECT_EQ(value("pytorch", "twn"), 0);
}

TEST(SpectralTable, AgreesWithinTwoPercentOrTwoDeviations) {
    const PublishedSpectralNorm published{512, "", "", "", 100, 1};
    SpectralCell cell;
    cell.published = &published;
    const struct {
        double mean, deviation;
        bool agrees;
    } cases[] = {{101.9, 0, true}, {102.1, 0, false}, {104, 2.5, true}, {97.9, 0.5, false}};
    for (const auto& [mean, deviation, agrees] : cases) {
        cell.result.mean = mean;
        cell.result.deviation = deviation;
        EXPECT_EQ(cell.agrees(), agrees) << mean;
    }
    cell.published = nullptr;
    EXPECT_TRUE(cell.agrees());
    EXPECT_EQ(agreementOf({cell}).published, 0);
}

TEST(SpectralTable, JsonHoldsEveryCellAndStopsWhenAsked) {
    auto experiments = paperSpectralExperiments({32}, 2);
    std::size_t heard = 0;
    const auto cells = measureSpectralTable(experiments, [&](std::size_t done) {
        heard = done;
        return done < 4;
    });
    EXPECT_EQ(heard, 4u);
    ASSERT_EQ(cells.size(), 4u);
    const auto tree = nlohmann::json::parse(spectralTableJson(cells));
    EXPECT_EQ(tree["published"], 0);
    ASSERT_EQ(tree["rows"].size(), 4u);
    EXPECT_EQ(tree["rows"][3]["quantizer"], "binary_connect");
    EXPECT_TRUE(tree["rows"][0]["quantizer"].is_null());
    EXPECT_EQ(tree["rows"][0]["norms"].size(), 2u);
    EXPECT_NEAR(tree["rows"][3]["floor"].get<double>(), std::sqrt(32.0), 1e-6);
}

}  // namespace
}  // namespace bitloom
