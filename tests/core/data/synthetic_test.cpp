// Glyphs, adding, copy.

#include <gmock/gmock.h>

#include <cmath>
#include <map>

#include "data/glyphs.h"
#include "data/pixels.h"
#include "fixture.h"

namespace bitloom {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

DatasetConfig small(const std::string& name, std::int64_t size) {
    DatasetConfig config = test::named(name);
    config.size = size;
    return config;
}

Batch firstBatch(const Dataset& dataset, Split split, std::size_t size) {
    Batch batch;
    EXPECT_TRUE(dataset.source(split, {size, 1, 1})->next(batch));
    return batch;
}

TEST(Glyphs, AreBalancedGreyAndReproducible) {
    const auto dataset = openDataset(small("glyphs", 500));
    EXPECT_THAT(dataset->info().symbols, ElementsAre(500, 100, 100));
    const Batch batch = firstBatch(*dataset, Split::train, 500);
    EXPECT_EQ(batch.steps, 784u);
    EXPECT_EQ(batch.features, 1u);
    ASSERT_EQ(batch.frames.size(), 784u * 500u);
    std::map<int, int> classes;
    for (const std::int32_t label : batch.targets) ++classes[label];
    EXPECT_EQ(classes.size(), 10u);
    for (const auto& [label, count] : classes) {
        EXPECT_GT(count, 25) << label;
        EXPECT_LT(count, 85) << label;
    }
    double ink = 0;
    int grey = 0;
    for (const float value : batch.frames) {
        ASSERT_GE(value, 0.0f);
        ASSERT_LE(value, 1.0f);
        ink += static_cast<double>(value);
        grey += value > 0.2f && value < 0.8f;
    }
    const double mean = ink / static_cast<double>(batch.frames.size());
    EXPECT_GT(mean, 0.05);
    EXPECT_LT(mean, 0.3);
    EXPECT_GT(grey, 500 * 20) << "edges are smooth";
    EXPECT_EQ(firstBatch(*openDataset(small("glyphs", 500)), Split::train, 500).frames,
              batch.frames);
    DatasetConfig other = small("glyphs", 500);
    other.seed = 2;
    EXPECT_NE(firstBatch(*openDataset(other), Split::train, 500).frames, batch.frames);
    EXPECT_NE(describeDataset(other).hash, dataset->info().hash);
}

TEST(Glyphs, ClassesCanBeToldApart) {
    // Nearest class mean on raw pixels: far from perfect, far from guessing.
    const auto dataset = openDataset(small("glyphs", 2000));
    const Batch train = firstBatch(*dataset, Split::train, 2000);
    const Batch test = firstBatch(*dataset, Split::test, 400);
    std::vector<std::vector<double>> mean(10, std::vector<double>(784, 0));
    std::vector<double> count(10, 0);
    for (std::size_t b = 0; b < train.size; ++b) {
        const auto label = static_cast<std::size_t>(train.targets[b]);
        ++count[label];
        for (std::size_t t = 0; t < 784; ++t)
            mean[label][t] += static_cast<double>(train.frames[t * train.size + b]);
    }
    int right = 0;
    for (std::size_t b = 0; b < test.size; ++b) {
        std::size_t best = 0;
        double least = INFINITY;
        for (std::size_t c = 0; c < 10; ++c) {
            double distance = 0;
            for (std::size_t t = 0; t < 784; ++t) {
                const double gap =
                    mean[c][t] / count[c] - static_cast<double>(test.frames[t * test.size + b]);
                distance += gap * gap;
            }
            if (distance < least) {
                least = distance;
                best = c;
            }
        }
        right += static_cast<std::int32_t>(best) == test.targets[b];
    }
    EXPECT_GT(right, 240) << "of 400";
    EXPECT_LT(right, 400);
}

TEST(Glyphs, PermutationMovesPixelsAndNothingElse) {
    DatasetConfig config = small("glyphs", 50);
    const Batch plain = firstBatch(*openDataset(config), Split::valid, 10);
    config.permuted = true;
    const auto dataset = openDataset(config);
    const Batch permuted = firstBatch(*dataset, Split::valid, 10);
    EXPECT_EQ(plain.targets, permuted.targets);
    const auto order = pixelPermutation(config.seed, 784);
    for (std::size_t t = 0; t < 784; ++t)
        for (std::size_t b = 0; b < 10; ++b)
            ASSERT_EQ(permuted.frames[t * 10 + b], plain.frames[order[t] * 10 + b]);
    EXPECT_NE(plain.frames, permuted.frames);
}

TEST(Adding, TargetIsTheSumOfTheTwoMarkedValues) {
    DatasetConfig config = small("adding", 5000);
    config.length = 41;
    const auto dataset = openDataset(config);
    EXPECT_EQ(dataset->info().metric, "mean_squared_error");
    const Batch batch = firstBatch(*dataset, Split::train, 5000);
    ASSERT_EQ(batch.steps, 41u);
    ASSERT_EQ(batch.features, 2u);
    double squares = 0;
    for (std::size_t b = 0; b < batch.size; ++b) {
        float sum = 0;
        int early = 0, late = 0;
        for (std::size_t t = 0; t < 41; ++t) {
            const float* frame = &batch.frames[(t * batch.size + b) * 2];
            ASSERT_GE(frame[0], 0.0f);
            ASSERT_LT(frame[0], 1.0f);
            if (frame[1] == 0.0f) continue;
            ASSERT_EQ(frame[1], 1.0f);
            sum += frame[0];
            ++(t < 20 ? early : late);
        }
        EXPECT_EQ(early, 1);
        EXPECT_EQ(late, 1);
        EXPECT_EQ(batch.values[b], sum);
        squares += std::pow(static_cast<double>(sum) - 1, 2);
    }
    ASSERT_TRUE(dataset->info().floor.has_value());
    EXPECT_NEAR(squares / 5000, *dataset->info().floor, 0.012);
}

TEST(Copy, TargetsAreTheFirstTenSymbolsAtTheEnd) {
    DatasetConfig config = small("copy", 100);
    config.length = 35;
    const auto dataset = openDataset(config);
    EXPECT_EQ(dataset->info().task, Task::labelling);
    EXPECT_EQ(dataset->info().vocabulary, 10);
    EXPECT_EQ(dataset->info().outputs, 8);
    const Batch batch = firstBatch(*dataset, Split::train, 100);
    std::map<int, int> used;
    for (std::size_t b = 0; b < batch.size; ++b)
        for (std::size_t t = 0; t < 35; ++t) {
            const std::int32_t token = batch.tokens[t * batch.size + b];
            const std::int32_t target = batch.targets[t * batch.size + b];
            if (t < 10) {
                EXPECT_LT(token, 8);
                ++used[token];
            } else {
                EXPECT_EQ(token, t == 24 ? 9 : 8) << t;
            }
            EXPECT_EQ(target, t < 25 ? -1 : batch.tokens[(t - 25) * batch.size + b]) << t;
        }
    EXPECT_EQ(used.size(), 8u);
    EXPECT_EQ(dataset->symbolText(9), ":");
    EXPECT_THAT(dataset->tokenize("07_?:"), ElementsAre(0, 7, 8, 9));
}

TEST(Synthetic, SplitsDifferAndBadOptionsAreNamed) {
    for (const char* name : {"adding", "copy"}) {
        const auto dataset = openDataset(small(name, 100));
        const Batch valid = firstBatch(*dataset, Split::valid, 10);
        const Batch test = firstBatch(*dataset, Split::test, 10);
        EXPECT_TRUE(valid.frames != test.frames || valid.tokens != test.tokens) << name;
        DatasetConfig config = test::named(name);
        config.length = name[0] == 'a' ? 1 : 20;
        EXPECT_THAT(test::inputError([&] { describeDataset(config); }),
                    HasSubstr("dataset.length"));
        config.length = 1 << 30;
        EXPECT_THAT(test::inputError([&] { openDataset(config); }), HasSubstr("dataset.length"));
    }
    for (const char* name : {"adding", "copy", "glyphs"})
        for (const std::int64_t size : {-5, 3, 1 << 30})
            EXPECT_THAT(test::inputError([&] { openDataset(small(name, size)); }),
                        HasSubstr("dataset.size"));
}

}  // namespace
}  // namespace bitloom
