#include <gtest/gtest.h>

#include "../experiment/temporary_folder.h"
#include "recorder.h"
#include "train/checkpoint.h"

namespace bitloom {
namespace {

TEST(TrainerControl, PausesStepsContinuesAndStops) {
    using enum Control::Command;
    Network<float> network(networkFor(dataset()->info()), 1);
    Recorder seen;
    seen.script = {wish(run),      wish(run),      wish(pause),  wish(pause, 1), wish(pause, 1),
                   wish(pause, 1), wish(pause, 2), wish(run, 2), wish(stop, 2)};
    Trainer trainer(network, dataset(), trainingConfig(), {}, seen);
    const TrainingEnd end = trainer.run();
    EXPECT_EQ(end.kind, TrainingEnd::Kind::stopped);
    EXPECT_FALSE(end.test);
    // Two steps, a pause, one step, one step more, on after "run" for one, then the stop.
    EXPECT_EQ(trainer.state().step, 5);
    EXPECT_EQ(seen.events, (std::vector<std::string>{"paused@2", "continued@4"}));
}

TEST(TrainerControl, TakesAnotherLearningRateOnceAndMoreSteps) {
    Control faster;
    faster.learningRate = 0.01;
    Control longer = faster;
    longer.steps = 15;
    Network<float> network(networkFor(dataset()->info()), 1);
    Recorder seen;
    seen.script = {Control{}, Control{}, faster, faster, longer};
    Trainer trainer(network, dataset(), trainingConfig(), {}, seen);
    trainer.run();
    ASSERT_EQ(seen.steps.size(), 15u);
    EXPECT_DOUBLE_EQ(seen.steps[1].learningRate, 0.002);
    EXPECT_DOUBLE_EQ(seen.steps[2].learningRate, 0.01);
    EXPECT_EQ(seen.events, (std::vector<std::string>{"learning_rate_changed@2", "extended@4"}));
}

/// Where a run of one step ends that was given these wishes, one a step; and its events.
std::pair<TrainingState, std::vector<std::string>> extended(std::deque<Control> wishes) {
    TrainingConfig config = trainingConfig();
    config.batch = 40;
    config.window = 40;
    config.steps = 1;
    Network<float> network(networkFor(dataset()->info()), 1);
    Recorder seen;
    seen.script = std::move(wishes);
    Trainer trainer(network, dataset(), config, {}, seen);
    trainer.run();
    return {trainer.state(), seen.events};
}

TEST(TrainerControl, AnExtensionInOneUnitLiftsTheOther) {
    Control longer;
    longer.epochs = 2;
    EXPECT_EQ(extended({longer}).first.epoch, 2);
}

TEST(TrainerControl, AnExtensionReplacesAnEarlierOneInTheOtherUnit) {
    Control bySteps, byEpochs;
    bySteps.steps = 2;
    byEpochs.epochs = 2;
    const auto [end, events] = extended({bySteps, byEpochs});
    EXPECT_EQ(end.epoch, 2);
    EXPECT_GT(end.step, 2);
    EXPECT_FALSE(end.userSteps);
    EXPECT_EQ(events, (std::vector<std::string>{"extended@0", "extended@1"}));
}

TEST(TrainerControl, ALoweredTotalEndsTheRunLikeAnyOther) {
    Control shorter;
    shorter.steps = 5;
    for (const int validateEvery : {0, 7}) {
        const TemporaryFolder folder;
        TrainerOptions files;
        files.checkpoint = folder.path() / "checkpoint.safetensors";
        files.best = folder.path() / "best.safetensors";
        files.spec = "{}";
        TrainingConfig config = trainingConfig();
        config.steps.reset();
        config.validateEvery = validateEvery;
        Network<float> network(networkFor(dataset()->info()), 1);
        Recorder seen;
        seen.script.assign(7, Control{});  // before the first step and after each of six
        seen.script.push_back(shorter);
        const TrainingEnd end = Trainer(network, dataset(), config, files, seen).run();
        EXPECT_EQ(end.kind, TrainingEnd::Kind::finished);
        EXPECT_TRUE(end.test);
        ASSERT_EQ(seen.validations.size(), 1u) << validateEvery;
        EXPECT_EQ(seen.validations[0].first, 7);
        EXPECT_EQ(readCheckpointState(files.checkpoint).step, 7);
        EXPECT_TRUE(std::filesystem::exists(files.best));
    }
}

TEST(TrainerControl, ALoweredTotalEndsAResumedRunToo) {
    const TemporaryFolder folder;
    TrainerOptions files;
    files.checkpoint = folder.path() / "checkpoint.safetensors";
    files.spec = "{}";
    Recorder part, rest;
    part.script.assign(9, Control{});
    part.script.push_back(wish(Control::Command::stop));
    Network<float> first(networkFor(dataset()->info()), 1);
    Trainer(first, dataset(), trainingConfig(), files, part).run();
    ASSERT_TRUE(part.validations.empty());
    rest.script = {Control{}};
    rest.script[0].steps = 5;
    Network<float> second(networkFor(dataset()->info()), 1);
    Trainer resumed(second, dataset(), trainingConfig(), files, rest);
    resumed.resume();
    EXPECT_TRUE(resumed.run().test);
    EXPECT_TRUE(rest.steps.empty());
    EXPECT_EQ(rest.validations.size(), 1u);
}

}  // namespace
}  // namespace bitloom
