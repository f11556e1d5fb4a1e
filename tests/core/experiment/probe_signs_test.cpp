#include "experiment/probe_signs.h"

#include <gtest/gtest.h>

#include <fstream>

#include "temporary_folder.h"

namespace bitloom {
namespace {

class ProbeSignsTest : public testing::Test {
protected:
    ProbeSignsTest() { std::filesystem::create_directories(m_folder.path() / "probes"); }

    static Prober<float> prober(std::int64_t step) {
        Prober<float> result({}, 1, {});
        if (step > 0)
            result.setSigns({{"rnn.weight_hh_l0", {static_cast<std::uint64_t>(step) << 40, 1}}},
                            step);
        return result;
    }

    [[nodiscard]] bool finds(std::int64_t step) const {
        ProbeSigns signs(m_folder.path());
        Prober<float> found = prober(0);
        if (!signs.load(step, found)) return false;
        EXPECT_EQ(found.signsStep(), step);
        EXPECT_EQ(found.signs(), prober(step).signs());
        return true;
    }

    TemporaryFolder m_folder;
};

TEST_F(ProbeSignsTest, ComeBack) {
    ProbeSigns signs(m_folder.path());
    signs.save(prober(0));
    EXPECT_TRUE(std::filesystem::is_empty(m_folder.path() / "probes"));
    for (const int step : {1, 20, 40}) {
        signs.save(prober(step));
        EXPECT_TRUE(finds(step));
    }
    EXPECT_TRUE(finds(20)) << "the checkpoint of step 40 may not have reached the disk";
    EXPECT_FALSE(finds(30));
    EXPECT_FALSE(finds(0));
}

// Killed again and again between the signs of step 40 and the checkpoint that needs them.
TEST_F(ProbeSignsTest, WhatTheCheckpointNeedsOutlivesEveryKill) {
    {
        ProbeSigns signs(m_folder.path());
        signs.save(prober(1));
        signs.save(prober(20));  // the checkpoint on the disk is of this time
        signs.save(prober(40));
    }
    for (int kill = 0; kill < 4; ++kill) {
        ProbeSigns signs(m_folder.path());
        Prober<float> resumed = prober(0);
        ASSERT_TRUE(signs.load(20, resumed)) << kill;
        signs.save(resumed);
        signs.save(prober(40 + kill % 2));
    }
    EXPECT_TRUE(finds(20));
}

TEST_F(ProbeSignsTest, ADamagedFileIsNoSigns) {
    ProbeSigns signs(m_folder.path());
    signs.save(prober(20));
    for (const auto& entry : std::filesystem::directory_iterator(m_folder.path() / "probes"))
        std::ofstream(entry.path()) << "not tensors";
    EXPECT_FALSE(finds(20));
}

}  // namespace
}  // namespace bitloom
