#include "session/study_desk.h"

#include <gtest/gtest.h>

#include <fstream>

#include "fake_worker.h"

namespace bitloom::ui {
namespace {

using testing::eventually;
using testing::FakeLibrary;

class StudyDeskTest : public ::testing::Test {
protected:
    void SetUp() override { ASSERT_TRUE(workspace.open(library.folder())); }
    bool planned() { return desk.plan().has_value(); }

    FakeLibrary library;
    Workspace workspace;
    StudyDesk desk{workspace};
};

TEST_F(StudyDeskTest, FindsMakesAndFindsAgain) {
    library.useWorker(testing::quick);
    desk.choose("nothing/like/it");
    desk.choose("review/gru");
    ASSERT_TRUE(eventually([&] { return planned(); }));
    const int all = static_cast<int>(desk.plan()->runs.size());
    EXPECT_GT(all, 2);
    EXPECT_EQ(desk.missing(), all);
    EXPECT_EQ(desk.missing({"binary_connect"}), 1);
    EXPECT_EQ(desk.find("no such key"), nullptr);
    desk.start({"binary_connect"});
    EXPECT_EQ(desk.missing({"binary_connect"}), 0);
    ASSERT_TRUE(eventually([&] { return workspace.queue().items().empty(); }));
    ASSERT_TRUE(eventually([&] { return desk.find("binary_connect")->done(); }));
    EXPECT_EQ(desk.missing(), all - 1);
    // Another desk finds the run by what it is, not by who made it.
    StudyDesk other(workspace);
    other.choose("review/gru");
    ASSERT_TRUE(eventually([&] { return other.plan().has_value(); }));
    EXPECT_EQ(other.find("binary_connect")->folder, desk.find("binary_connect")->folder);
}

TEST_F(StudyDeskTest, StartingTwiceQueuesOnce) {
    library.useWorker(testing::untilStopped);
    desk.choose("review/gru");
    ASSERT_TRUE(eventually([&] { return planned(); }));
    desk.start();
    desk.start();
    EXPECT_EQ(workspace.queue().items().size(), desk.plan()->runs.size());
    while (!workspace.queue().items().empty()) {
        const auto run = workspace.queue().items().front().run;
        for (const auto& item : std::vector(workspace.queue().items())) {
            workspace.queue().remove(item.run);
        }
        std::ofstream(run / "control.json") << R"({"command":"stop"})";
        ASSERT_TRUE(eventually([&] { return workspace.queue().items().empty(); }));
    }
}

}  // namespace
}  // namespace bitloom::ui
