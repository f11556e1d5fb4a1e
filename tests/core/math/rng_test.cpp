#include "math/rng.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace bitloom {
namespace {

// Rng(key, stream) at block n is Philox 4x32-10 of counter {n, stream} and that key. Published
// vectors: kat_vectors of Random123 (Salmon et al., SC 2011), rows philox4x32 10.
struct KnownAnswer {
    std::uint64_t key, stream, block;
    std::array<std::uint32_t, 4> words;
};

TEST(Rng, GivesThePublishedPhiloxVectors) {
    const KnownAnswer answers[] = {
        {0, 0, 0, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {0xffffffffffffffff,
         0xffffffffffffffff,
         0xffffffffffffffff,
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {0x299f31d0a4093822,
         0x0370734413198a2e,
         0x85a308d3243f6a88,
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (const KnownAnswer& answer : answers) {
        Rng rng(answer.key, answer.stream);
        rng.seekBlock(answer.block);
        for (const std::uint32_t word : answer.words) EXPECT_EQ(rng.bits(), word);
    }
}

TEST(Rng, SeekContinuesTheStream) {
    Rng whole(5, 6);
    std::vector<std::uint32_t> draws(40);
    for (auto& draw : draws) draw = whole.bits();
    for (std::size_t start = 0; start < 20; ++start) {
        Rng rng(5, 6);
        rng.seek(start);
        for (std::size_t i = start; i < 40; ++i) ASSERT_EQ(rng.bits(), draws[i]) << start;
    }
}

TEST(Rng, ManyUniformsAreTheSameDraws) {
    const std::uint64_t wide = 0x123456789ABCDEFull;  // carries reach the high words
    for (const std::uint64_t start :
         {std::uint64_t{0}, std::uint64_t{3}, (std::uint64_t{1} << 34) - 9})
        for (const std::size_t n : {0, 1, 2, 3, 4, 5, 31, 32, 33, 64, 100, 257}) {
            Rng one(wide, ~wide), many(wide, ~wide);
            one.seek(start);
            many.seek(start);
            std::vector<float> out(n + 1, 7);
            many.uniforms(std::span(out).first(n));
            for (std::size_t i = 0; i < n; ++i)
                ASSERT_EQ(out[i], one.uniform()) << start << " " << i;
            EXPECT_EQ(out[n], 7);  // nothing past the end
            EXPECT_EQ(many.bits(), one.bits());
        }
}

TEST(Rng, StreamsAndSeedsDiffer) {
    EXPECT_NE(makeStream("dropout.input", 0, 1), makeStream("dropout.input", 1, 0));
    EXPECT_NE(makeStream("dropout.input"), makeStream("dropout.output"));
    EXPECT_NE(Rng(1, 2).bits(), Rng(2, 2).bits());
    EXPECT_NE(Rng(1, 2).bits(), Rng(1, 3).bits());
}

TEST(Rng, DistributionsHaveTheirMoments) {
    Rng rng(11);
    const int n = 200000;
    double uniform = 0, wide = 0, normal = 0, squares = 0;
    for (int i = 0; i < n; ++i) {
        const float u = rng.uniform();
        ASSERT_TRUE(u >= 0 && u < 1);
        uniform += static_cast<double>(u);
        const double w = rng.uniformDouble();
        ASSERT_TRUE(w >= 0 && w < 1);
        wide += w;
        const double z = rng.normal();
        ASSERT_TRUE(std::isfinite(z));
        normal += z;
        squares += z * z;
    }
    EXPECT_NEAR(uniform / n, 0.5, 0.004);  // six deviations of the mean
    EXPECT_NEAR(wide / n, 0.5, 0.004);
    EXPECT_NEAR(normal / n, 0, 0.014);
    EXPECT_NEAR(squares / n, 1, 0.02);
}

TEST(Rng, BelowIsUniformAndBounded) {
    Rng rng(12);
    std::array<int, 7> counts{};
    for (int i = 0; i < 70000; ++i) {
        const std::uint32_t draw = rng.below(7);
        ASSERT_LT(draw, 7u);
        ++counts[draw];
    }
    for (const int count : counts) EXPECT_NEAR(count, 10000, 600);
    EXPECT_EQ(rng.below(1), 0u);
    for (int i = 0; i < 100; ++i) EXPECT_LT(rng.below(0xC0000001u), 0xC0000001u);
}

TEST(Rng, PermutationHoldsEveryNumberOnce) {
    Rng rng(13);
    auto order = rng.permutation(1000);
    EXPECT_FALSE(std::is_sorted(order.begin(), order.end()));
    std::sort(order.begin(), order.end());
    for (std::uint32_t i = 0; i < 1000; ++i) ASSERT_EQ(order[i], i);
    EXPECT_TRUE(rng.permutation(0).empty());
    EXPECT_EQ(rng.permutation(1), std::vector<std::uint32_t>{0});
}

}  // namespace
}  // namespace bitloom
