#include "experiment/run_record.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <limits>

#include "base/error.h"
#include "base/files.h"
#include "experiment/run_lock.h"

namespace bitloom {
namespace {

ProbeRows probeRows(std::int64_t step) {
    ProbeRows rows;
    rows.gradients.step = step;
    rows.gradients.hidden = {{1, std::nan("")}};
    rows.gradients.cell = {{2, 3}};
    rows.bounds.emplace();
    rows.bounds->step = step;
    rows.bounds->layers.resize(1);
    return rows;
}

std::string position(int metrics, int gradients, int bounds) {
    return R"({"metrics":)" + std::to_string(metrics) + R"(,"probes":)" +
           std::to_string(gradients) + R"(,"probe_files":{"bounds":)" + std::to_string(bounds) +
           R"(,"spectra":0,"lyapunov":0,"gains":0,"statistics":0,"weights":0}})";
}

class RunRecordTest : public testing::Test {
protected:
    RunRecordTest() {
        m_run = std::filesystem::temp_directory_path() /
                ("bitloom-record-" + std::to_string(::getpid()));
        std::filesystem::create_directories(m_run);
    }
    ~RunRecordTest() override { std::filesystem::remove_all(m_run); }

    static MetricRow trainRow(std::int64_t step) {
        MetricRow row;
        row.step = step;
        row.loss = 1.0 / static_cast<double>(step);
        row.seconds = static_cast<double>(step) * 0.5;
        return row;
    }

    std::filesystem::path m_run;
};

TEST_F(RunRecordTest, WhatIsWrittenIsWhatATailReads) {
    RunRecord record(m_run);
    record.metric(trainRow(1), 100);
    MetricRow valid;
    valid.kind = MetricRow::Kind::valid;
    valid.step = 1;
    valid.value = 2.5;
    valid.loss = std::numeric_limits<double>::infinity();
    valid.best = true;
    valid.batchStatistics = 2.25;
    record.metric(valid, 0);
    MetricRow sample;
    sample.kind = MetricRow::Kind::sample;
    sample.step = 1;
    sample.text = "a \"b\"\n\xff";
    record.metric(sample, 0);
    record.probe(probeRows(3));
    record.event(3, "learning_rate_changed", R"({"from":0.002,"to":0.001})");

    RunTail tail(m_run);
    const RunTail::News news = tail.poll();
    EXPECT_EQ(tail.badLines(), 0);
    ASSERT_EQ(news.metrics.size(), 3u);
    EXPECT_EQ(news.metrics[0].loss, 1.0);
    EXPECT_TRUE(std::isnan(news.metrics[1].loss)) << "null: not finite";
    EXPECT_TRUE(news.metrics[1].best);
    EXPECT_EQ(news.metrics[1].batchStatistics, 2.25);
    EXPECT_EQ(news.metrics[2].text, "a \"b\"\n\xEF\xBF\xBD");
    ASSERT_EQ(news.gradients.size(), 1u);
    EXPECT_EQ(news.gradients[0].cell[0][1], 3);
    ASSERT_EQ(news.events.size(), 1u);
    EXPECT_EQ(news.events[0].text, "learning rate 0.002 -> 0.001");
    EXPECT_EQ(record.position(), position(3, 1, 1));
}

TEST_F(RunRecordTest, RestoreCutsToTheCheckpointAndDropsLostMarks) {
    std::string position;
    {
        RunRecord record(m_run);
        record.event(0, "started", "{}");
        for (int step = 1; step <= 3; ++step) record.metric(trainRow(step), 0);
        position = record.position();
        for (int step = 4; step <= 6; ++step) record.metric(trainRow(step), 0);
        record.event(5, "learning_rate_changed", "{}");
        record.event(6, "stopped", "{}");
        record.probe(probeRows(5));
    }
    {
        AppendFile torn(m_run / "metrics.jsonl");
        torn.appendLine(R"({"kind":"tra)");
    }
    RunRecord record(m_run);
    EXPECT_TRUE(record.restore(position, 3));
    EXPECT_EQ(record.lastSeconds(), 1.5);
    EXPECT_EQ(record.position(), position);
    EXPECT_EQ(readFile(m_run / "probes/state_gradients.jsonl"), "");
    EXPECT_EQ(readFile(m_run / "probes/bounds.jsonl"), "");
    const std::string events = readFile(m_run / "events.jsonl");
    EXPECT_NE(events.find("started"), events.npos);
    EXPECT_NE(events.find("stopped"), events.npos) << "a stop did happen";
    EXPECT_EQ(events.find("learning_rate_changed"), events.npos);
}

TEST_F(RunRecordTest, MissingLinesAreSaidAndCountedAsTheyAre) {
    RunRecord record(m_run);
    record.metric(trainRow(1), 0);
    EXPECT_FALSE(record.restore(R"({"metrics":5,"probes":0})", 5));
    EXPECT_EQ(record.position(), position(1, 0, 0));
    EXPECT_THROW(record.restore("{}", 1), InputError);
    EXPECT_THROW(record.restore(R"({"metrics":-1,"probes":0})", 1), InputError);
    EXPECT_THROW(record.restore(R"({"metrics":1,"probes":0,"probe_files":{"bounds":"x"}})", 1),
                 InputError);
    record.probe(probeRows(2));
    record.probe(probeRows(3));
    EXPECT_TRUE(record.restore(R"({"metrics":1,"probes":2,"probe_files":{"bounds":1}})", 1));
    EXPECT_EQ(record.position(), position(1, 2, 1)) << "each file is cut to its own count";
}

TEST_F(RunRecordTest, TheLockHoldsOneAndDiesWithItsOwner) {
    {
        const RunLock lock(m_run);
        EXPECT_THROW(RunLock{m_run}, InputError);
    }
    EXPECT_NO_THROW(RunLock{m_run});
}

}  // namespace
}  // namespace bitloom
