#include "session/run_control.h"

#include <gtest/gtest.h>

#include <cmath>

#include "fake_worker.h"
#include "session/spec_checker.h"

namespace bitloom::ui {
namespace {

using testing::eventually;
using testing::FakeLibrary;

TEST(RunControl, WritesWhatIsWantedAndKeepsTheRest) {
    FakeLibrary library;
    const auto run = library.makeRun("steered");
    EXPECT_EQ(control::setLearningRate(run, 0.0005), QString());
    EXPECT_EQ(control::extendSteps(run, 900), QString());
    EXPECT_EQ(readControl(run).steps, 900);
    EXPECT_EQ(control::extend(run, 7), QString());
    EXPECT_FALSE(readControl(run).steps) << "the later wish is not held back by the earlier";
    EXPECT_EQ(control::step(run), QString());
    EXPECT_EQ(control::step(run), QString());
    Control wanted = readControl(run);
    EXPECT_EQ(wanted.command, Control::Command::pause);
    EXPECT_EQ(wanted.stepRequests, 2);
    EXPECT_EQ(wanted.learningRate, 0.0005);
    EXPECT_EQ(wanted.epochs, 7);
    EXPECT_EQ(control::extendSteps(run, 900), QString());
    EXPECT_FALSE(readControl(run).epochs);
    EXPECT_EQ(control::stop(run), QString());
    EXPECT_EQ(readControl(run).command, Control::Command::stop);
    EXPECT_EQ(control::prepareStart(run), QString());
    EXPECT_EQ(readControl(run).command, Control::Command::run);
    EXPECT_EQ(readControl(run).learningRate, 0.0005);
}

TEST(RunControl, RefusesNonsenseInWords) {
    FakeLibrary library;
    const auto run = library.makeRun("refused");
    for (const double rate : {0.0, -1.0, std::nan(""), HUGE_VAL}) {
        EXPECT_FALSE(control::setLearningRate(run, rate).isEmpty()) << rate;
    }
    EXPECT_FALSE(control::extend(run, 0).isEmpty());
    EXPECT_FALSE(control::extendSteps(run, 0).isEmpty());
    std::filesystem::remove_all(run);
    EXPECT_FALSE(control::stop(run).isEmpty());
    EXPECT_FALSE(std::filesystem::exists(run));  // no folder comes back with only a control file
}

TEST(SpecChecker, TellsTheNewestOnly) {
    SpecChecker checker;
    std::vector<std::string> told;
    QObject::connect(&checker, &SpecChecker::checked, &checker,
                     [&](const SpecReport& report) { told.push_back(report.json); });
    const std::string wanted = setSpecFields(defaultSpec(), {"model.hidden=96"});
    checker.check("{");
    checker.check(defaultSpec());
    checker.check(wanted);
    EXPECT_TRUE(checker.busy());
    ASSERT_TRUE(eventually([&] { return !checker.busy(); }));
    EXPECT_EQ(told, std::vector<std::string>{wanted});
}

TEST(SpecChecker, ReportsSizeOrReason) {
    const SpecReport fine = checkSpec(defaultSpec());
    EXPECT_TRUE(fine.problems.empty());
    ASSERT_TRUE(fine.size);
    EXPECT_GT(fine.size->paperKb, 0);
    ASSERT_TRUE(fine.dataset);
    const SpecReport bad = checkSpec(setSpecFields(defaultSpec(), {"model.hidden=0"}));
    ASSERT_FALSE(bad.problems.empty());
    EXPECT_EQ(bad.problems.front().field, "model.hidden");
    EXPECT_FALSE(bad.spec);
    EXPECT_FALSE(checkSpec("{").problems.empty());
}

}  // namespace
}  // namespace bitloom::ui
