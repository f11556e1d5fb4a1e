#include "session/study_desk.h"

#include <gtest/gtest.h>

#include <QTimer>
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
    /// Once, when a question was just put to the desk's thread and its answer is on its way.
    template <class Work>
    void whileAsked(Work&& work) {
        QObject::connect(desk.findChild<QTimer*>(), &QTimer::timeout, &desk,
                         std::forward<Work>(work), Qt::SingleShotConnection);
    }
    void stopAll() {
        while (!workspace.queue().items().empty()) {
            const auto run = workspace.queue().items().front().run;
            for (const auto& item : std::vector(workspace.queue().items())) {
                workspace.queue().remove(item.run);
            }
            std::ofstream(run / "control.json") << R"({"command":"stop"})";
            ASSERT_TRUE(eventually([&] { return workspace.queue().items().empty(); }));
        }
    }

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
    stopAll();
}

TEST_F(StudyDeskTest, APlanOfTheStudyBeforeIsNotTaken) {
    desk.choose("review/gru");
    whileAsked([&] { desk.choose("review/gain"); });
    ASSERT_TRUE(eventually([&] { return planned(); }));
    EXPECT_EQ(desk.plan()->study->name, "review/gain");
}

TEST_F(StudyDeskTest, APlanOfTheLibraryBeforeIsNotTaken) {
    const FakeLibrary other;
    desk.choose("review/gru");
    whileAsked([&] { EXPECT_TRUE(workspace.open(other.folder())); });
    ASSERT_TRUE(eventually([&] { return planned(); }));
    EXPECT_EQ(desk.plan()->library, other.folder());
}

TEST_F(StudyDeskTest, APlanOfBeforeARunWasMadeIsNotTaken) {
    library.useWorker(testing::untilStopped);
    desk.choose("review/gru");
    ASSERT_TRUE(eventually([&] { return planned(); }));
    int plans = 0;
    bool forgotten = false;
    QObject::connect(&desk, &StudyDesk::planned, &desk, [&] {
        forgotten = forgotten || desk.find("binary_connect")->folder.empty();
        ++plans;
    });
    desk.refresh();
    whileAsked([&] { desk.start({"binary_connect"}); });
    ASSERT_TRUE(eventually([&] { return plans >= 2; }));
    EXPECT_FALSE(forgotten);
    stopAll();
}

TEST_F(StudyDeskTest, RetryingAFailedStartKeepsWhatWaitsForIt) {
    const Study* study = nullptr;
    StudyMember member;
    for (const Study& each : studies()) {
        for (const StudyMember& candidate : each.quick) {
            if (!study && !candidate.start.empty()) {
                study = &each;
                member = candidate;
            }
        }
    }
    ASSERT_NE(study, nullptr);
    library.useWorker("summary running 0\nsummary failed 0 broken\n");
    desk.choose(study->name);
    ASSERT_TRUE(eventually([&] { return planned(); }));
    desk.start({member.key});
    EXPECT_TRUE(desk.queued(*desk.find(member.key)));
    ASSERT_TRUE(eventually([&] { return desk.find(member.start)->status == RunStatus::failed; }));
    ASSERT_TRUE(eventually([&] { return !desk.queued(*desk.find(member.key)); }))
        << "what it starts from failed";
    library.useWorker(testing::untilStopped);
    desk.start({member.key});
    EXPECT_TRUE(desk.queued(*desk.find(member.start)));
    EXPECT_TRUE(desk.queued(*desk.find(member.key)));
    stopAll();
}

}  // namespace
}  // namespace bitloom::ui
