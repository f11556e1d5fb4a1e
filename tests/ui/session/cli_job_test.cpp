#include "session/cli_job.h"

#include <gtest/gtest.h>

#include <QSignalSpy>

#include "ui/session/fake_worker.h"

namespace bitloom::ui {
namespace {

using testing::eventually;
using testing::FakeLibrary;

class CliJobTest : public ::testing::Test {
protected:
    CliJobTest() {
        QObject::connect(&job, &CliJob::finished, &job, [this](const QByteArray& out) {
            output = out;
            ended = true;
        });
        QObject::connect(&job, &CliJob::failed, &job, [this](const QString& words) {
            message = words;
            ended = true;
        });
        QObject::connect(&job, &CliJob::cancelled, &job, [this] { ended = cancelled = true; });
    }
    FakeLibrary library;
    CliJob job;
    QByteArray output;
    QString message;
    bool ended = false, cancelled = false;
};

TEST_F(CliJobTest, GivesTheOutputAndTellsProgress) {
    library.useWorker("echo \"$@\"; printf 'one\\r' >&2; echo 'seed 2 of 3' >&2; sleep 0.6");
    QSignalSpy progress(&job, &CliJob::progressed);
    ASSERT_TRUE(job.start({QStringLiteral("probe"), QStringLiteral("a b")}));
    EXPECT_FALSE(job.start({}));
    ASSERT_TRUE(eventually([&] { return ended; }));
    EXPECT_EQ(output, QByteArray("probe a b\n"));
    EXPECT_FALSE(job.busy());
    ASSERT_FALSE(progress.isEmpty());
    EXPECT_EQ(progress.back().front().toString(), QStringLiteral("seed 2 of 3"));
    ended = false;
    ASSERT_TRUE(job.start({QStringLiteral("again")}));
    ASSERT_TRUE(eventually([&] { return ended; }));
    EXPECT_EQ(output, QByteArray("again\n"));
}

TEST_F(CliJobTest, TellsTheReasonOfAFailure) {
    library.useWorker("echo 'bitloom-cli: RUN has no checkpoint yet' >&2; exit 2");
    job.start({});
    ASSERT_TRUE(eventually([&] { return ended; }));
    EXPECT_EQ(message, QStringLiteral("RUN has no checkpoint yet"));
    ended = false;
    library.useWorker("kill -9 $$");
    job.start({});
    ASSERT_TRUE(eventually([&] { return ended; }));
    EXPECT_EQ(message, QStringLiteral("bitloom-cli ended by itself."));
    ended = false;
    setWorkerProgram(QStringLiteral("/nowhere/bitloom-cli"));
    job.start({});
    ASSERT_TRUE(eventually([&] { return ended; }));
    EXPECT_TRUE(message.contains(QStringLiteral("/nowhere/bitloom-cli could not be started")));
    EXPECT_FALSE(job.busy());
}

TEST_F(CliJobTest, CancelEndsEvenAStubbornCommand) {
    library.useWorker("trap '' TERM; echo ready >&2; while true; do sleep 0.05; done");
    QSignalSpy progress(&job, &CliJob::progressed);
    job.start({});
    ASSERT_TRUE(eventually([&] { return !progress.isEmpty(); }));
    job.cancel();
    ASSERT_TRUE(eventually([&] { return ended; }));
    EXPECT_TRUE(cancelled);
    EXPECT_FALSE(job.busy());
}

}  // namespace
}  // namespace bitloom::ui
