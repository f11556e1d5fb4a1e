#include "train/checkpoint.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "base/error.h"
#include "base/files.h"
#include "math/rng.h"

namespace bitloom {
namespace {

NetworkConfig tinyConfig(const std::string& quantizer) {
    NetworkConfig config;
    config.hidden = 6;
    config.layers = 2;
    config.vocabulary = 5;
    config.outputs = 5;
    config.quantizer.method = quantizer;
    config.normalization.method = "batch_shared";
    return config;
}

Batch tinyBatch(std::uint64_t seed) {
    Rng rng(seed);
    Batch batch;
    batch.steps = 4;
    batch.size = 3;
    for (int i = 0; i < 12; ++i) {
        batch.tokens.push_back(static_cast<std::int32_t>(rng.below(5)));
        batch.targets.push_back(static_cast<std::int32_t>(rng.below(5)));
    }
    return batch;
}

/// A network, an optimizer and a state some steps into training.
struct Half {
    explicit Half(const std::string& quantizer, const std::string& optimizerName = "adam")
        : network(tinyConfig(quantizer), 1) {
        TrainingConfig config;
        config.optimizer = optimizerName;
        config.momentum = optimizerName == "sgd" ? 0.9 : 0;
        optimizer = makeOptimizer(config, std::as_const(network).parameters(), true);
    }
    void step(std::uint64_t seed) {
        network.setStep(static_cast<std::uint64_t>(state.step));
        const Batch batch = tinyBatch(seed);
        network.forward(batch, Mode::train, carried);
        network.backward();
        optimizer->step(network.parameters(), 0.01, 1);
        network.setSecondMoments(optimizer->secondMoments());
        network.weightsChanged();
        ++state.step;
    }
    TrainingParts parts() { return {network, *optimizer, carried, state}; }

    Network<float> network;
    std::unique_ptr<Optimizer<float>> optimizer;
    RecurrentState<float> carried;
    TrainingState state;
};

class CheckpointTest : public testing::Test {
protected:
    CheckpointTest() {
        m_folder = std::filesystem::temp_directory_path() /
                   ("bitloom-checkpoint-" + std::to_string(::getpid()));
        std::filesystem::create_directories(m_folder);
        m_file = m_folder / "checkpoint.safetensors";
    }
    ~CheckpointTest() override { std::filesystem::remove_all(m_folder); }

    std::filesystem::path m_folder;
    std::filesystem::path m_file;
};

TEST_F(CheckpointTest, RoundTripContinuesBitForBit) {
    for (const char* quantizer : {"", "lab", "binary_connect_stochastic"})
        for (const char* optimizer : {"adam", "sgd"}) {
            Half original(quantizer, optimizer);
            for (std::uint64_t i = 0; i < 3; ++i) original.step(i);
            original.state.best = 1.25;
            original.state.userRate = 0.1;
            original.state.userEpochs = 7;
            original.state.lossSum = 1.0 / 3;
            original.state.record = R"({"metrics":3})";
            saveCheckpoint(m_file, original.parts(), "{}");

            Half resumed(quantizer, optimizer);
            loadCheckpoint(m_file, resumed.parts());
            EXPECT_EQ(resumed.state, original.state);
            resumed.network.setSecondMoments(resumed.optimizer->secondMoments());
            original.step(9);
            resumed.step(9);
            saveCheckpoint(m_file, original.parts(), "{}");
            const std::string one = readFile(m_file);
            saveCheckpoint(m_file, resumed.parts(), "{}");
            EXPECT_EQ(readFile(m_file), one) << quantizer << " " << optimizer;
        }
}

TEST_F(CheckpointTest, CopiesHoldTheMomentTheyWereTakenWhileTrainingGoesOn) {
    const std::filesystem::path best = m_folder / "best.safetensors";
    Half half("lab");
    for (std::uint64_t i = 0; i < 3; ++i) half.step(i);
    const ParameterSet<float>* moments = half.optimizer->secondMoments();
    saveCheckpoint(m_file, half.parts(), "{}");
    saveWeights(best, half.network, moments, {{"step", "3"}});
    const std::string checkpointThen = readFile(m_file), bestThen = readFile(best);

    WeightsFile files[] = {checkpointFile(m_file, half.parts(), "{}"),
                           weightsFile(best, half.network, moments, {{"step", "3"}})};
    CopiedTensors copies;
    for (WeightsFile& file : files) copies.take(file);
    half.step(8);
    for (const WeightsFile& file : files) file.write();
    EXPECT_EQ(readFile(m_file), checkpointThen);
    EXPECT_EQ(readFile(best), bestThen);
}

TEST_F(CheckpointTest, WeightsCarryWhatTheLossAwareQuantizersLookAt) {
    Half original("lab");
    for (std::uint64_t i = 0; i < 3; ++i) original.step(i);
    saveWeights(m_file, original.network, original.optimizer->secondMoments(), {{"step", "3"}});
    const Matrix<float> expected = original.network.quantizedWeight("rnn.weight_hh_l1");
    Network<float> loaded(tinyConfig("lab"), 2);
    ParameterSet<float> moments;
    loadWeights(m_file, loaded, moments);
    const Matrix<float>& is = loaded.quantizedWeight("rnn.weight_hh_l1");
    EXPECT_TRUE(std::ranges::equal(is.span(), expected.span()));

    original.state.step = 3;
    saveCheckpoint(m_file, original.parts(), "{}");
    Network<float> again(tinyConfig("lab"), 3);
    ParameterSet<float> moreMoments;
    loadWeights(m_file, again, moreMoments);
    EXPECT_TRUE(
        std::ranges::equal(again.quantizedWeight("rnn.weight_hh_l1").span(), expected.span()));
}

TEST_F(CheckpointTest, AnotherNetworkOrOptimizerIsRefused) {
    Half original("");
    original.step(1);
    saveCheckpoint(m_file, original.parts(), "{}");
    Half other("", "sgd");
    EXPECT_THROW(loadCheckpoint(m_file, other.parts()), InputError);
    NetworkConfig wide = tinyConfig("");
    wide.hidden = 7;
    Network<float> wider(wide, 1);
    ParameterSet<float> moments;
    EXPECT_THROW(loadWeights(m_file, wider, moments), InputError);
}

TEST_F(CheckpointTest, EveryMutationIsOneClearError) {
    Half original("binary_connect");
    for (std::uint64_t i = 0; i < 2; ++i) original.step(i);
    saveCheckpoint(m_file, original.parts(), R"({"name":"x"})");
    const std::string good = readFile(m_file);
    Rng rng(11, makeStream("test.mutations"));
    const auto below = [&](std::size_t n) { return rng.below(static_cast<std::uint32_t>(n)); };
    int refused = 0;
    for (int i = 0; i < 100; ++i) {
        std::string bad = good;
        if (i % 4 == 0)
            bad.resize(below(bad.size()));
        else if (i % 4 == 1)
            bad.insert(below(bad.size()), "x");
        else
            for (std::uint32_t k = 0; k <= below(3); ++k) {
                char& c = bad[below(bad.size())];
                c = static_cast<char>(c ^ static_cast<char>(1 + below(255)));
            }
        writeFileAtomically(m_file, bad);
        Half victim("binary_connect");
        try {
            loadCheckpoint(m_file, victim.parts());
            ADD_FAILURE() << "mutation " << i << " was not noticed";
        } catch (const InputError& error) {
            ++refused;
            EXPECT_NE(std::string(error.what()).find("checkpoint.safetensors"), std::string::npos);
        }
    }
    EXPECT_EQ(refused, 100);
}

TEST_F(CheckpointTest, TheReadableCopyAddsOnlyTheTime) {
    TrainingState state;
    state.step = 5;
    EXPECT_EQ(trainingStateJson(state, std::nullopt).find("seconds"), std::string::npos);
    EXPECT_NE(trainingStateJson(state, 1.5).find("\"seconds\": 1.5"), std::string::npos);
}

}  // namespace
}  // namespace bitloom
