#include "train/warm_start.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/files.h"
#include "train/checkpoint.h"
#include "train/optimizer.h"

namespace bitloom {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::StartsWith;

NetworkConfig configOf(const std::string& method, const std::string& norm, int hidden = 6) {
    NetworkConfig config;
    config.hidden = hidden;
    config.vocabulary = 5;
    config.outputs = 5;
    config.quantizer.method = method;
    if (method == "ttq" || method == "twn") config.quantizer.bits = 2;
    config.normalization.method = norm;
    config.normalization.maxSteps = 4;
    if (norm == "weight") config.normalization.gainStart = "latent";
    return config;
}

class WarmStartTest : public testing::Test {
protected:
    WarmStartTest() : m_folder(fs::path(testing::TempDir()) / "bitloom-warm-start") {
        fs::create_directories(m_folder);
    }
    ~WarmStartTest() override {
        std::error_code ignored;
        fs::remove_all(m_folder, ignored);
    }
    /// Weights of a network after `step` updates, as best.safetensors has them.
    fs::path saved(Network<float>& network, int step = 7) {
        const fs::path path = m_folder / "best.safetensors";
        saveWeights(path, network, nullptr, {{"spec", "{}"}, {"step", std::to_string(step)}});
        return path;
    }
    static std::vector<float> values(const Network<float>& network, const std::string& name) {
        const auto span = network.parameters().at(name).value.span();
        return {span.begin(), span.end()};
    }

    fs::path m_folder;
};

TEST_F(WarmStartTest, MatricesComeOverAndScalesStartAtOne) {
    Network<float> trained(configOf("", "none"), 3);
    Network<float> network(configOf("ttq", "none"), 4);
    ASSERT_NE(values(network, "rnn.weight_hh_l0"), values(trained, "rnn.weight_hh_l0"));
    ParameterSet<float> moments;
    const WarmStart start = warmStart(saved(trained), network, 4, moments);
    EXPECT_EQ(values(network, "rnn.weight_hh_l0"), values(trained, "rnn.weight_hh_l0"));
    EXPECT_EQ(values(network, "decoder.bias"), values(trained, "decoder.bias"));
    EXPECT_EQ(start.step, 7);
    EXPECT_THAT(start.fresh, Contains(StartsWith("rnn.scale_hh_l0")));
    EXPECT_TRUE(start.left.empty());
    EXPECT_FALSE(start.secondMoments);
    for (const Parameter<float>& p : network.parameters())
        for (const float value : p.value) EXPECT_TRUE(p.role != Role::scale || value == 1.0f);
}

/// Gains that the file lacks are the norms of the rows that came over, so that the full-precision
/// network computes what it did.
TEST_F(WarmStartTest, NewWeightGainsFollowTheRowsThatCameOver) {
    Network<float> trained(configOf("", "none"), 3);
    Network<float> network(configOf("binary_connect", "weight"), 4);
    ParameterSet<float> moments;
    warmStart(saved(trained), network, 4, moments);
    const auto& weight = trained.parameters().at("rnn.weight_hh_l0");
    const auto gains = values(network, "rnn.gain_hh_l0");
    for (std::size_t r = 0; r < weight.rows(); ++r) {
        double squares = 0;
        for (std::size_t j = 0; j < weight.cols(); ++j)
            squares += static_cast<double>(weight.view()(r, j)) * weight.view()(r, j);
        EXPECT_NEAR(gains[r], std::sqrt(squares), 1e-6);
    }
}

TEST_F(WarmStartTest, GainsOfTheFileCarryOverAndUnusedOnesAreNamed) {
    Network<float> trained(configOf("", "layer"), 3);
    for (Parameter<float>& p : trained.parameters())
        if (p.role == Role::gain) p.value.fill(0.25f);
    Network<float> same(configOf("binary_connect", "layer"), 4);
    ParameterSet<float> moments;
    EXPECT_TRUE(warmStart(saved(trained), same, 4, moments).left.empty());
    for (const Parameter<float>& p : same.parameters())
        EXPECT_TRUE(p.role != Role::gain || p.value.span().front() == 0.25f) << p.name;
    Network<float> plain(configOf("binary_connect", "none"), 4);
    const WarmStart start = warmStart(saved(trained), plain, 4, moments);
    EXPECT_THAT(start.left, Contains(StartsWith("rnn.norm_hh_l0")));
}

TEST_F(WarmStartTest, RunningStatisticsCarryOver) {
    Network<float> trained(configOf("", "batch_separate"), 3);
    for (Parameter<float>& p : trained.statistics()) p.value.fill(0.5f);
    Network<float> network(configOf("twn", "batch_separate"), 4);
    ParameterSet<float> moments;
    warmStart(saved(trained), network, 4, moments);
    ASSERT_GT(network.statistics().size(), 0u);
    for (const Parameter<float>& p : network.statistics())
        EXPECT_EQ(p.value.span().back(), 0.5f) << p.name;
}

TEST_F(WarmStartTest, RefusesOtherShapesAndDamage) {
    Network<float> trained(configOf("", "none"), 3);
    const fs::path path = saved(trained);
    ParameterSet<float> moments;
    Network<float> wider(configOf("", "none", 8), 4);
    try {
        warmStart(path, wider, 4, moments);
        FAIL() << "another width was accepted";
    } catch (const InputError& error) {
        EXPECT_EQ(error.field(), "start.run");
        EXPECT_THAT(error.where(), HasSubstr("best.safetensors"));
        EXPECT_THAT(error.message(), HasSubstr("[24, 5]"));
    }
    std::string content = readFile(path);
    content[content.size() - 3] = static_cast<char>(content[content.size() - 3] ^ 1);
    writeFileAtomically(path, content);
    Network<float> network(configOf("", "none"), 4);
    EXPECT_THROW(warmStart(path, network, 4, moments), InputError);
}

/// What a loss-aware quantizer sees: Adam's v of a checkpoint, and nothing of one before its first
/// update.
TEST_F(WarmStartTest, LossAwareQuantizersGetTheCurvature) {
    const fs::path path = m_folder / "checkpoint.safetensors";
    const auto write = [&](int step) {
        Network<float> trained(configOf("", "none"), 3);
        const auto optimizer =
            makeOptimizer(TrainingConfig{}, std::as_const(trained).parameters(), false);
        for (const MomentSet<float>& set : optimizer->moments())
            for (Parameter<float>& v : *set.values) v.value.fill(0.5f);
        RecurrentState<float> carried;
        TrainingState state;
        state.step = step;
        saveCheckpoint(path, {trained, *optimizer, carried, state}, "{}");
    };
    write(9);
    Network<float> network(configOf("lab", "none"), 4);
    ParameterSet<float> moments;
    EXPECT_TRUE(warmStart(path, network, 4, moments).secondMoments);
    EXPECT_EQ(moments.at("rnn.weight_hh_l0").value.span().front(), 0.5f);
    write(0);
    Network<float> untrained(configOf("lab", "none"), 4);
    ParameterSet<float> none;
    EXPECT_FALSE(warmStart(path, untrained, 4, none).secondMoments);
    EXPECT_EQ(none.size(), 0u);
}

/// A run before its first update evaluates with the curvature it started from, and so does
/// whoever reads its files later.
TEST_F(WarmStartTest, StartMomentsAreKeptInBothFiles) {
    Network<float> network(configOf("lab", "none"), 4);
    ParameterSet<float> given;
    for (const Parameter<float>& p : network.parameters()) {
        if (!p.quantized) continue;
        Parameter<float>& v = given.add(p.name, p.shape, p.role, false);
        v.quantized = true;
        v.value.fill(0.125f);
    }
    const auto optimizer =
        makeOptimizer(TrainingConfig{}, std::as_const(network).parameters(), true);
    RecurrentState<float> carried;
    TrainingState state;
    const fs::path checkpoint = m_folder / "checkpoint.safetensors";
    saveCheckpoint(checkpoint, {network, *optimizer, carried, state, &given}, "{}");
    const fs::path best = m_folder / "best.safetensors";
    saveWeights(best, network, &given, {{"spec", "{}"}, {"step", "0"}});
    for (const fs::path& path : {checkpoint, best}) {
        Network<float> reader(configOf("lab", "none"), 5);
        ParameterSet<float> read;
        loadWeights(path, reader, read);
        ASSERT_GT(read.size(), 0u) << path;
        EXPECT_EQ(read.at("rnn.weight_ih_l0").value.span().front(), 0.125f) << path;
    }
    // And a checkpoint without them means v = 1, not the optimizer's zeros.
    saveCheckpoint(checkpoint, {network, *optimizer, carried, state}, "{}");
    Network<float> reader(configOf("lab", "none"), 5);
    ParameterSet<float> read;
    loadWeights(checkpoint, reader, read);
    EXPECT_EQ(read.size(), 0u);
}

}  // namespace
}  // namespace bitloom
