// Every reference vector, in double to 1e-9 and in float within the shipped tolerance.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "math/threads.h"
#include "probe/verify.h"

namespace bitloom {
namespace {

std::vector<std::filesystem::path> casesIn(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> files;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error))
        if (entry.path().extension() == ".json") files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
}

std::string describe(const VerifyResult& result) {
    std::string text = result.name;
    for (const VerifyGroup& g : result.groups)
        text += "\n  " + g.name + " " + g.tensor + " " + std::to_string(g.error * 1e9) + "e-9";
    return text + "\n  " + result.note;
}

void checkAll(const std::filesystem::path& folder) {
    setThreads(2);
    for (const auto& file : casesIn(folder)) {
        const VerifyResult twin = verifyCase<double>(file);
        // One input under weight norm: the reference itself keeps only the epsilon's share of a
        // gradient that cancels, 1e-8 of its terms.
        const bool cancels = twin.name.ends_with("weight-classify");
        EXPECT_LT(twin.worst, cancels ? 1e-7 : 1e-9) << describe(twin);
        const VerifyResult shipped = verifyCase<float>(file);
        EXPECT_TRUE(shipped.passed()) << describe(shipped);
        EXPECT_GE(shipped.groups.size(), 9u) << describe(shipped);
    }
}

TEST(Vectors, CommittedCases) {
    const std::filesystem::path folder = BITLOOM_SOURCE_DIR "/tests/data/vectors";
    ASSERT_GE(casesIn(folder).size(), 12u);
    checkAll(folder);
}

TEST(Vectors, AllReferenceCases) {
    const std::filesystem::path folder = BITLOOM_SOURCE_DIR "/../shared/vectors";
    if (!std::filesystem::exists(folder)) GTEST_SKIP() << "the full reference vectors are not here";
    EXPECT_EQ(casesIn(folder).size(), 89u);
    checkAll(folder);
}

}  // namespace
}  // namespace bitloom
