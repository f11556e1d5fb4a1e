#include "train/trainer.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>

#include "base/error.h"
#include "base/files.h"
#include "recorder.h"
#include "train/sampler.h"

namespace bitloom {
namespace {

TEST(TrainerTest, ReportsEveryStepValidatesAndTests) {
    TrainingConfig config = trainingConfig();
    config.validateEvery = 5;
    Network<float> network(networkFor(dataset()->info()), 1);
    Recorder seen;
    Trainer trainer(network, dataset(), config,
                    {.checkpoint = {}, .best = {}, .spec = {}, .probeEvery = 6}, seen);
    const TrainingEnd end = trainer.run();
    EXPECT_EQ(end.kind, TrainingEnd::Kind::finished);
    ASSERT_EQ(seen.steps.size(), 12u);
    EXPECT_EQ(seen.steps.front().step, 1);
    EXPECT_EQ(seen.steps.back().tokens, 12 * 4 * 10);
    EXPECT_NEAR(seen.steps.front().loss, std::log(dataset()->info().outputs), 0.5);
    ASSERT_EQ(seen.validations.size(), 3u) << "at 5, 10 and the end";
    EXPECT_EQ(seen.validations[2].first, 12);
    EXPECT_NEAR(seen.validations[0].second.value, seen.validations[0].second.loss / std::log(2.0),
                1e-12);
    EXPECT_TRUE(seen.bests[0]);
    EXPECT_EQ(seen.samples.size(), 3u);
    ASSERT_EQ(seen.tests.size(), 1u);
    ASSERT_TRUE(end.test);
    EXPECT_GT(end.test->value, 0);
    ASSERT_EQ(seen.probes.size(), 3u) << "steps 1, 6 and 12";
    EXPECT_EQ(seen.probes, (std::vector<std::int64_t>{1, 6, 12}));
}

TEST(TrainerTest, MeansSinceTheLastReport) {
    TrainingConfig config = trainingConfig();
    Recorder single, grouped;
    Network<float> first(networkFor(dataset()->info()), 1);
    Trainer(first, dataset(), config, {}, single).run();
    config.reportEvery = 4;
    Network<float> second(networkFor(dataset()->info()), 1);
    Trainer(second, dataset(), config, {}, grouped).run();
    ASSERT_EQ(grouped.steps.size(), 4u) << "steps 1, 4, 8, 12";
    double mean = 0;
    for (int i = 4; i < 8; ++i) mean += single.steps[static_cast<std::size_t>(i)].loss / 4;
    EXPECT_NEAR(grouped.steps[2].loss, mean, 1e-12);
}

TEST(TrainerTest, ValidatesAtTheEndOfEachPassAndRestartsTheStreams) {
    TrainingConfig config = trainingConfig();
    config.batch = 40;
    config.window = 40;
    config.steps.reset();
    config.epochs = 3;
    Network<float> network(networkFor(dataset()->info()), 1);
    Recorder seen;
    Trainer trainer(network, dataset(), config, {}, seen);
    trainer.run();
    EXPECT_EQ(seen.epochs, (std::vector<int>{0, 1, 2}));
    EXPECT_EQ(trainer.state().step, trainer.totalSteps());
    EXPECT_EQ(trainer.state().epoch, 3);
    EXPECT_EQ(trainer.state().position, 0);
}

TEST(TrainerTest, TrueAverageAndBatchStatisticsAreReported) {
    const struct {
        const char* method;
        bool batch, average;
    } cases[] = {
        {"layer", false, false}, {"batch_separate", true, true}, {"batch_shared", true, true}};
    for (const auto& c : cases) {
        NetworkConfig config = networkFor(dataset()->info(), c.method);
        config.normalization.maxSteps = 10;
        Network<float> network(config, 1);
        Recorder seen;
        Trainer(network, dataset(), trainingConfig(), {}, seen).run();
        ASSERT_EQ(seen.tests.size(), 1u);
        EXPECT_EQ(seen.tests[0].second.batchStatistics.has_value(), c.batch) << c.method;
        EXPECT_EQ(seen.tests[0].second.trueAverage.has_value(), c.average) << c.method;
        EXPECT_EQ(seen.tests[0].second.perStep.has_value(), c.average) << c.method;
    }
}

TEST(TrainerTest, TheBatchOfEvaluationsNeedNotSuitTheTrainingSplit) {
    for (const int batch : {1, 5000})
        for (const char* method : {"batch_shared", "batch_separate"}) {
            TrainingConfig config = trainingConfig();
            config.evaluationBatch = batch;
            NetworkConfig net = networkFor(dataset()->info(), method);
            net.normalization.maxSteps = 10;
            Network<float> network(net, 1);
            Recorder seen;
            ASSERT_NO_THROW(Trainer(network, dataset(), config, {}, seen).run()) << batch;
            ASSERT_EQ(seen.tests.size(), 1u);
            EXPECT_TRUE(seen.tests[0].second.trueAverage) << method << batch;
        }
}

TEST(TrainerTest, ClassificationAndRegressionTrainOnTheSameRoad) {
    for (const char* name : {"glyphs", "adding", "copy"}) {
        DatasetConfig config;
        config.name = name;
        config.size = 60;
        if (std::string(name) != "glyphs") config.length = 30;
        const auto data = openDataset(config);
        TrainingConfig training = trainingConfig();
        training.steps = 2;
        NetworkConfig net = networkFor(data->info());
        net.hidden = 4;
        Network<float> network(net, 1);
        Recorder seen;
        Trainer(network, data, training, {}, seen).run();
        ASSERT_EQ(seen.validations.size(), 1u) << name;
        EXPECT_TRUE(std::isfinite(seen.validations[0].second.value)) << name;
        EXPECT_TRUE(seen.samples.empty()) << name;
    }
}

TEST(TrainerTest, NotANumberEndsAsDivergedWithTheStep) {
    TrainingConfig config = trainingConfig();
    config.learningRate = 1e38;
    config.optimizer = "sgd";
    config.clipNorm = 0;
    config.steps = 100;
    Network<float> network(networkFor(dataset()->info()), 1);
    Recorder seen;
    TrainerOptions options;
    options.probeEvery = 1;
    const TrainingEnd end = Trainer(network, dataset(), config, options, seen).run();
    ASSERT_EQ(end.kind, TrainingEnd::Kind::diverged);
    EXPECT_EQ(seen.probes.back(), seen.steps.back().step) << "the step that diverged is looked at";
    EXPECT_NE(end.message.find("at step " + std::to_string(seen.steps.back().step)),
              std::string::npos)
        << end.message;
    EXPECT_EQ(seen.events.back(), "diverged@" + std::to_string(seen.steps.back().step));
    EXPECT_LT(seen.steps.size(), 100u);
    EXPECT_FALSE(end.test) << "nothing was validated";
}

class TrainerFilesTest : public testing::Test {
protected:
    TrainerFilesTest() {
        m_folder = std::filesystem::temp_directory_path() /
                   ("bitloom-trainer-" + std::to_string(::getpid()));
        std::filesystem::create_directories(m_folder);
    }
    ~TrainerFilesTest() override { std::filesystem::remove_all(m_folder); }

    TrainerOptions files(const std::string& name) const {
        TrainerOptions options;
        options.checkpoint = m_folder / (name + ".safetensors");
        options.best = m_folder / (name + "-best.safetensors");
        options.spec = "{}";
        return options;
    }

    std::filesystem::path m_folder;
};

TEST_F(TrainerFilesTest, AStoppedAndResumedRunEndsWithTheSameBytes) {
    for (const char* normalization : {"none", "batch_shared"}) {
        NetworkConfig net = networkFor(dataset()->info(), normalization);
        net.quantizer.method = "lab";
        net.dropout.output = 0.2;
        TrainingConfig config = trainingConfig();
        config.validateEvery = 4;
        config.reportEvery = 5;
        Recorder whole;
        Network<float> first(net, 1);
        Trainer(first, dataset(), config, files("whole"), whole).run();

        Recorder part;
        part.script.assign(8, Control{});
        part.script.back().command = Control::Command::stop;
        Network<float> second(net, 1);
        Trainer(second, dataset(), config, files("part"), part).run();
        Recorder rest;
        Network<float> same(net, 1);
        Trainer resumed(same, dataset(), config, files("part"), rest);
        resumed.resume();
        EXPECT_EQ(resumed.state().step, 4) << "stopped inside the validation there";
        resumed.run();
        EXPECT_EQ(part.steps.size() + rest.steps.size(), whole.steps.size());
        EXPECT_EQ(rest.steps.back().loss, whole.steps.back().loss);
        EXPECT_EQ(rest.tests[0].second.value, whole.tests[0].second.value);
        for (const char* suffix : {".safetensors", "-best.safetensors"})
            EXPECT_EQ(readFile(m_folder / (std::string("whole") + suffix)),
                      readFile(m_folder / (std::string("part") + suffix)))
                << normalization << suffix;
    }
}

TEST_F(TrainerFilesTest, AStopDuringValidationOrTestIsTakenUpThere) {
    TrainingConfig config = trainingConfig();
    config.validateEvery = 6;
    Recorder whole;
    Network<float> first(networkFor(dataset()->info()), 1);
    Trainer(first, dataset(), config, files("whole"), whole).run();
    // Wishes are read once a step and once an evaluation batch: stop between steps, in the
    // validation of step 6, in the test.
    for (const std::size_t reads : {3u, 9u, 50u}) {
        const std::string name = "stopped" + std::to_string(reads);
        Recorder part;
        part.script.assign(reads, Control{});
        part.script.back().command = Control::Command::stop;
        Network<float> second(networkFor(dataset()->info()), 1);
        const TrainingEnd end = Trainer(second, dataset(), config, files(name), part).run();
        ASSERT_EQ(end.kind, TrainingEnd::Kind::stopped) << reads;
        Recorder rest;
        Network<float> third(networkFor(dataset()->info()), 1);
        Trainer resumed(third, dataset(), config, files(name), rest);
        resumed.resume();
        EXPECT_EQ(resumed.run().kind, TrainingEnd::Kind::finished);
        EXPECT_EQ(part.validations.size() + rest.validations.size(), whole.validations.size());
        ASSERT_EQ(rest.tests.size(), 1u);
        EXPECT_EQ(rest.tests[0].second.value, whole.tests[0].second.value);
        EXPECT_EQ(readFile(files(name).checkpoint), readFile(files("whole").checkpoint)) << reads;
    }
}

TEST_F(TrainerFilesTest, ABestFileLostInACrashIsWrittenAgain) {
    TrainingConfig config = trainingConfig();
    Recorder seen;
    Network<float> network(networkFor(dataset()->info()), 1);
    Trainer(network, dataset(), config, files("a"), seen).run();
    const std::string best = readFile(files("a").best);
    std::filesystem::remove(files("a").best);
    Network<float> again(networkFor(dataset()->info()), 1);
    Trainer trainer(again, dataset(), config, files("a"), seen);
    trainer.resume();
    EXPECT_EQ(readFile(files("a").best), best);
}

TEST_F(TrainerFilesTest, ACheckpointOfAnotherDatasetIsRefused) {
    TrainingConfig config = trainingConfig();
    Recorder seen;
    seen.script.assign(9, Control{});
    seen.script.back().command = Control::Command::stop;
    Network<float> network(networkFor(dataset()->info()), 1);
    Trainer(network, dataset(), config, files("b"), seen).run();
    config.batch = 100;  // far fewer batches a pass
    config.window = 40;
    Network<float> again(networkFor(dataset()->info()), 1);
    Trainer trainer(again, dataset(), config, files("b"), seen);
    EXPECT_THROW(trainer.resume(), InputError);
}

TEST(SamplerTest, DrawsFollowTheLogits) {
    const float logits[] = {0, std::log(3.0f), std::nanf(""), -HUGE_VALF};
    EXPECT_EQ(drawToken(logits, 1, 0.0), 0);
    EXPECT_EQ(drawToken(logits, 1, 0.24), 0);
    EXPECT_EQ(drawToken(logits, 1, 0.26), 1);
    EXPECT_EQ(drawToken(logits, 1, 0.999999), 1);
    EXPECT_EQ(drawToken(logits, 0, 0.0), 1) << "temperature 0 takes the likeliest";
    EXPECT_EQ(drawToken(logits, 0.1, 0.01), 1) << "colder is surer";
    const float none[] = {std::nanf(""), std::nanf("")};
    EXPECT_EQ(drawToken(none, 1, 0.5), 0);
}

TEST(SamplerTest, TheSameSeedDrawsTheSameText) {
    Network<float> network(networkFor(dataset()->info()), 1);
    SampleOptions options;
    options.length = 50;
    const std::string one = sampleText(network, *dataset(), options);
    EXPECT_EQ(sampleText(network, *dataset(), options), one);
    EXPECT_EQ(one.size(), 50u);
    options.seed = 2;
    EXPECT_NE(sampleText(network, *dataset(), options), one);
    options.temperature = std::nan("");
    EXPECT_THROW(sampleText(network, *dataset(), options), InputError);
}

}  // namespace
}  // namespace bitloom
