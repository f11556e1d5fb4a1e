#include "deploy/safetensors_export.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>

#include "base/error.h"
#include "base/safetensors.h"
#include "math/rng.h"

namespace bitloom {
namespace {

NetworkConfig configured(Cell cell, const std::string& quantizer,
                         const std::string& normalization) {
    NetworkConfig config;
    config.cell = cell;
    config.hidden = 5;
    config.vocabulary = 7;
    config.outputs = 7;
    config.quantizer.method = quantizer;
    if (quantizer == "ttq" || quantizer == "twn") config.quantizer.bits = 2;
    config.normalization.method = normalization;
    config.normalization.maxSteps = 4;
    return config;
}

Batch someBatch() {
    Rng rng(4);
    Batch batch;
    batch.steps = 6;
    batch.size = 3;
    for (int i = 0; i < 18; ++i) {
        batch.tokens.push_back(static_cast<std::int32_t>(rng.below(7)));
        batch.targets.push_back(static_cast<std::int32_t>(rng.below(7)));
    }
    return batch;
}

std::vector<float> logitsOf(Network<float>& network) {
    RecurrentState<float> state;
    network.forward(someBatch(), Mode::evaluate, state);
    const auto view = network.logits();
    return {view.data, view.data + view.size()};
}

class SafetensorsExportTest : public testing::Test {
protected:
    ~SafetensorsExportTest() override { std::filesystem::remove(m_file); }
    std::filesystem::path m_file =
        std::filesystem::temp_directory_path() /
        ("bitloom-export-" + std::to_string(::getpid()) + ".safetensors");
};

TEST_F(SafetensorsExportTest, AnImportedExportComputesTheSame) {
    const struct {
        Cell cell;
        const char* quantizer;
        const char* normalization;
        bool tied;
    } cases[] = {
        {Cell::lstm, "", "none", false},           {Cell::lstm, "binary_connect", "weight", false},
        {Cell::lstm, "ttq", "layer", false},       {Cell::lstm, "twn", "batch_separate", false},
        {Cell::gru, "bwn", "batch_shared", false}, {Cell::gru, "twn", "weight", true}};
    for (const auto& c : cases) {
        NetworkConfig config = configured(c.cell, c.quantizer, c.normalization);
        if (c.tied) {
            config.tied = true;
            config.embedding = config.hidden;
        }
        Network<float> network(config, 3);
        RecurrentState<float> state;
        network.forward(someBatch(), Mode::train, state);  // moves the running statistics
        exportSafetensors(network, m_file, {{"spec", "{}"}});
        Network<float> loaded(exportedConfig(config), 8);
        importSafetensors(loaded, m_file);
        const std::vector<float> expected = logitsOf(network);
        const std::vector<float> is = logitsOf(loaded);
        ASSERT_EQ(is.size(), expected.size());
        for (std::size_t i = 0; i < is.size(); ++i)
            ASSERT_NEAR(is[i], expected[i], 1e-5f) << c.quantizer << "+" << c.normalization;
    }
}

TEST_F(SafetensorsExportTest, NamesAndShapesArePyTorchs) {
    Network<float> network(configured(Cell::lstm, "binary_connect", "weight"), 3);
    exportSafetensors(network, m_file, {});
    const Safetensors file = Safetensors::read(m_file);
    std::set<std::string> names;
    for (const auto& tensor : file.tensors()) names.insert(tensor.name);
    EXPECT_EQ(names,
              (std::set<std::string>{"rnn.weight_ih_l0", "rnn.weight_hh_l0", "rnn.bias_ih_l0",
                                     "rnn.bias_hh_l0", "decoder.weight", "decoder.bias"}));
    std::vector<float> bias(20, 1);
    file.copy("rnn.bias_hh_l0", std::vector<std::int64_t>{20}, bias);
    EXPECT_TRUE(std::ranges::all_of(bias, [](float b) { return b == 0; }));
    // Weight norm of signs: every row of W_hh holds one magnitude.
    std::vector<float> weight(20 * 5);
    file.copy("rnn.weight_hh_l0", std::vector<std::int64_t>{20, 5}, weight);
    for (std::size_t r = 0; r < 20; ++r)
        for (std::size_t j = 1; j < 5; ++j)
            EXPECT_FLOAT_EQ(std::abs(weight[r * 5 + j]), std::abs(weight[r * 5]));
}

TEST_F(SafetensorsExportTest, ATiedDecoderIsWrittenOut) {
    NetworkConfig config = configured(Cell::gru, "", "none");
    config.embedding = config.hidden;
    config.tied = true;
    Network<float> network(config, 3);
    exportSafetensors(network, m_file, {});
    const Safetensors file = Safetensors::read(m_file);
    std::vector<float> encoder(35), decoder(35);
    file.copy("encoder.weight", std::vector<std::int64_t>{7, 5}, encoder);
    file.copy("decoder.weight", std::vector<std::int64_t>{7, 5}, decoder);
    EXPECT_EQ(encoder, decoder);
    EXPECT_NE(file.find("rnn.bias_hh_l0"), nullptr);
}

TEST_F(SafetensorsExportTest, AnotherNetworksFileIsRefused) {
    Network<float> network(configured(Cell::lstm, "", "none"), 3);
    exportSafetensors(network, m_file, {});
    NetworkConfig other = configured(Cell::gru, "", "none");
    Network<float> gru(other, 3);
    EXPECT_THROW(importSafetensors(gru, m_file), InputError);
}

}  // namespace
}  // namespace bitloom
