#include "bench/scale.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace bitloom {
namespace {

TEST(Scale, FindsSizesByNameAndLetter) {
    const struct {
        const char *name, *letter;
        int Workload::*member;
    } sizes[] = {{"hidden", "d", &Workload::hidden},
                 {"window", "T", &Workload::steps},
                 {"batch", "B", &Workload::batch},
                 {"vocabulary", "V", &Workload::vocabulary}};
    const Workload base = findWorkload("char-ptb", "test");
    for (const auto& [name, letter, member] : sizes) {
        EXPECT_EQ(findScaleSize(letter).name, name);
        Workload expected = base;
        expected.*member = 77;
        const Workload scaled = scaledWorkload(base, findScaleSize(name), 77);
        for (const auto& other : sizes)
            EXPECT_EQ(scaled.*(other.member), expected.*(other.member)) << name;
    }
    EXPECT_EQ(scaledWorkload(base, findScaleSize("layers"), 3).layers, 3);
    for (const char* wrong : {"", "D", "hiden"}) EXPECT_THROW(findScaleSize(wrong), InputError);
}

TEST(Scale, RefusesWhatAWorkloadDoesNotHave) {
    const Workload pixels = findWorkload("seq-mnist", "test");
    EXPECT_THROW(scaledWorkload(pixels, findScaleSize("vocabulary"), 10), InputError);
    EXPECT_THROW(scaledWorkload(pixels, findScaleSize("hidden"), 0), InputError);
}

TEST(Scale, CoversTheSizesOfTheWorkload) {
    for (const ScaleSize& size : scaleSizes()) {
        EXPECT_TRUE(std::is_sorted(size.points.begin(), size.points.end())) << size.name;
        const int standard = findWorkload("char-ptb", "test").*(size.member);
        EXPECT_NE(std::find(size.points.begin(), size.points.end(), standard), size.points.end())
            << size.name;
    }
}

TEST(Scale, DrawsTimeAndMemory) {
    const ScaleSize size = findScaleSize("hidden");
    std::vector<ScalePoint> points;
    for (const char* variant : {"full+none", "bwn+layer"})
        for (const int d : {64, 128, 256})
            points.push_back({variant, d, {1e-4 * d * d, std::int64_t{d} << 20}});
    const Workload base = findWorkload("char-ptb", "test");
    const std::string svg = scaleSvg(base, size, points);
    for (const char* part : {"<svg xmlns", "hidden units d", "ms a step", "memory, MiB",
                             "full+none", "bwn+layer", ">128<"})
        EXPECT_NE(svg.find(part), std::string::npos) << part;
    for (ScalePoint& point : points) point.cost.memoryBytes.reset();
    EXPECT_EQ(scaleSvg(base, size, points).find("memory, MiB"), std::string::npos);
    EXPECT_EQ(scaleSvg(base, size, {}), "");
}

}  // namespace
}  // namespace bitloom
