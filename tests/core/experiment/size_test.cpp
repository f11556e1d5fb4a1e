#include "experiment/size.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "experiment/published.h"
#include "experiment/spec.h"

namespace bitloom {
namespace {

/// 218 rows share 192 distinct cells: Table 4 prints one size for sequential and permuted pixels.
TEST(Size, ReproducesThePrintedSizesButSeven) {
    const auto checks = checkPublishedSizes();
    EXPECT_EQ(checks.size(), 192u);
    std::size_t fitting = 0;
    for (const SizeCheck& check : checks) {
        EXPECT_EQ(check.printed == check.computed, !check.knownMisfit)
            << check.label << " " << check.printed << " " << check.computed;
        fitting += check.printed == check.computed ? 1u : 0u;
    }
    EXPECT_EQ(fitting, 185u);
}

TEST(Size, PresetsGiveThePrintedSizesToo) {
    for (const PublishedResult& row : publishedResults()) {
        if (row.sizeMisfit || row.postTraining()) continue;
        std::string name = "paper/" + std::string(row.dataset);
        if (row.dataset == "ptb_word") name += "_" + std::to_string(row.hidden);
        name += "/" + std::string(row.quantizer.empty() ? "full" : row.quantizer) + "/" +
                std::string(row.normalization);
        EXPECT_EQ(modelSize(parseSpec(presetSpec(name), name).network).paperKb, row.sizeKb) << name;
    }
}

std::int64_t total(const ModelSize::Parts& parts) {
    return parts.weights + parts.scales + parts.norm + parts.statistics + parts.bias +
           parts.embedding + parts.decoder;
}

struct Packed {
    const char* spec;
    std::int64_t weights, scales, norm, statistics, bias;
};

class PackedSize : public ::testing::TestWithParam<Packed> {};

/// Counted by hand: H = 8, one-hot adding task of 2 inputs, 4 gates: W_ih 32 x 2, W_hh 32 x 8.
TEST_P(PackedSize, CountsTheBytes) {
    const Packed& expected = GetParam();
    const ModelSize size = modelSize(parseSpec(expected.spec, "t").network);
    EXPECT_EQ(size.parts.weights, expected.weights);
    EXPECT_EQ(size.parts.scales, expected.scales);
    EXPECT_EQ(size.parts.norm, expected.norm);
    EXPECT_EQ(size.parts.statistics, expected.statistics);
    EXPECT_EQ(size.parts.bias, expected.bias);
    EXPECT_EQ(total(size.parts), size.modelBytes);
    EXPECT_EQ(size.recurrentBytes, size.modelBytes - size.parts.embedding - size.parts.decoder);
}

INSTANTIATE_TEST_SUITE_P(
    Table, PackedSize,
    ::testing::Values(Packed{R"({"dataset":{"name":"adding"},"model":{"hidden":8}})", 4 * 320, 0, 0,
                             0, 128},
                      Packed{R"({"dataset":{"name":"adding"},"model":{"hidden":8},
                   "quantizer":{"method":"binary_connect"}})",
                             40, 0, 0, 0, 128},
                      Packed{R"({"dataset":{"name":"adding"},"model":{"hidden":8},
                   "quantizer":{"method":"bwn"}})",
                             40, 2 * 4 * 4, 0, 0, 128},
                      Packed{R"({"dataset":{"name":"adding"},"model":{"hidden":8},
                   "quantizer":{"method":"bwn","granularity":"row"}})",
                             40, 2 * 32 * 4, 0, 0, 128},
                      // Ternary: 64 trits in 13 bytes, 256 in 52.
                      Packed{R"({"dataset":{"name":"adding"},"model":{"hidden":8},
                   "quantizer":{"method":"twn"}})",
                             65, 32, 0, 0, 128},
                      Packed{R"({"dataset":{"name":"adding"},"model":{"hidden":8},
                   "normalization":{"method":"weight"}})",
                             1280, 0, 256, 0, 128},
                      Packed{R"({"dataset":{"name":"adding"},"model":{"hidden":8},
                   "normalization":{"method":"batch_separate","max_steps":3,"cell":true}})",
                             1280, 0, 512 + 64, 3 * (512 + 64), 128},
                      Packed{R"({"dataset":{"name":"adding"},"model":{"hidden":8,"cell":"gru"}})",
                             4 * 240, 0, 0, 0, 192}));

TEST(Size, JsonHasThePromisedKeys) {
    const auto tree = nlohmann::json::parse(sizeJson(modelSize(parseSpec("{}", "t").network)));
    for (const char* key : {"paper_kb", "recurrent_bytes", "model_bytes"})
        EXPECT_TRUE(tree[key].is_number_integer()) << key;
    for (const char* key :
         {"weights", "scales", "norm", "statistics", "bias", "embedding", "decoder"})
        EXPECT_TRUE(tree["parts"][key].is_number_integer()) << key;
}

}  // namespace
}  // namespace bitloom
