// Streams and sequences as batches: coverage, order, seeking.

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "data/sequence_source.h"
#include "data/stream_source.h"
#include "fixture.h"

namespace bitloom {
namespace {

using ::testing::ElementsAre;

std::shared_ptr<Symbols> counting(std::size_t count) {
    auto row = std::make_shared<Symbols>(70000);
    for (std::size_t i = 0; i < count; ++i) row->append(static_cast<std::int32_t>(i));
    return row;
}

std::vector<Batch> passOf(BatchSource& source) {
    std::vector<Batch> batches;
    Batch batch;
    while (source.next(batch)) batches.push_back(batch);
    return batches;
}

struct StreamCase {
    std::size_t count, batch, window;
};

class Streams : public ::testing::TestWithParam<StreamCase> {};

TEST_P(Streams, AreContiguousAndCoverTheSplit) {
    const auto [count, batch, window] = GetParam();
    const std::size_t begin = 3;
    const auto row = counting(begin + count + 5);
    for (const Split split : {Split::train, Split::valid}) {
        if (split == Split::train && (count - 1) / batch < window) continue;
        const auto source =
            makeStreamSource(row, begin, begin + count, split, {batch, window, 1}, "test");
        const auto batches = passOf(*source);
        ASSERT_EQ(static_cast<std::int64_t>(batches.size()), source->batchesPerPass());
        ASSERT_FALSE(batches.empty());
        std::size_t targets = 0;
        std::vector<std::int32_t> expected(batches[0].size);
        for (std::size_t i = 0; i < batches.size(); ++i) {
            const Batch& each = batches[i];
            EXPECT_EQ(each.carriesState, i > 0);
            EXPECT_EQ(each.startsStreams, i == 0);
            EXPECT_EQ(each.size, batches[0].size);
            EXPECT_EQ(each.features, 0u);
            if (split == Split::train || i + 1 < batches.size()) {
                EXPECT_EQ(each.steps, window);
            }
            for (std::size_t t = 0; t < each.steps; ++t)
                for (std::size_t b = 0; b < each.size; ++b) {
                    const std::int32_t token = each.tokens[t * each.size + b];
                    EXPECT_EQ(each.targets[t * each.size + b], token + 1);
                    EXPECT_GE(token, static_cast<std::int32_t>(begin));
                    EXPECT_LT(token + 1, static_cast<std::int32_t>(begin + count));
                    if (i > 0 || t > 0) {
                        EXPECT_EQ(token, expected[b]);
                    }
                    expected[b] = token + 1;
                    ++targets;
                }
        }
        if (split == Split::valid)
            EXPECT_GT(targets + batches[0].size, count - 1)
                << "fewer than B steps may be left over";
        else
            EXPECT_EQ(targets, batch * ((count - 1) / batch / window) * window);
    }
}

INSTANTIATE_TEST_SUITE_P(Shapes, Streams,
                         ::testing::Values(StreamCase{1000, 4, 10}, StreamCase{1000, 7, 13},
                                           StreamCase{2, 64, 100}, StreamCase{99, 64, 100},
                                           StreamCase{5000, 1, 4999}, StreamCase{501, 5, 100},
                                           StreamCase{300, 1, 7}));

TEST(Streams, SeekContinuesExactly) {
    const auto row = counting(1000);
    const BatchConfig config{4, 10, 1};
    const auto all = passOf(*makeStreamSource(row, 0, 1000, Split::train, config, "test"));
    const auto source = makeStreamSource(row, 0, 1000, Split::train, config, "test");
    for (std::size_t position = 0; position < all.size(); ++position) {
        source->seek(3, static_cast<std::int64_t>(position));
        Batch batch;
        ASSERT_TRUE(source->next(batch));
        EXPECT_EQ(batch.tokens, all[position].tokens);
        EXPECT_EQ(batch.carriesState, all[position].carriesState);
        EXPECT_EQ(source->position(), static_cast<std::int64_t>(position) + 1);
    }
    Batch batch;
    EXPECT_EQ(source->pass(), 3);
    EXPECT_FALSE(source->next(batch));
    EXPECT_EQ(source->pass(), 4);
    EXPECT_EQ(source->position(), 0);
    EXPECT_TRUE(source->next(batch));
    EXPECT_EQ(batch.tokens, all[0].tokens);
    EXPECT_THROW(source->seek(0, source->batchesPerPass() + 1), InputError);
    EXPECT_THROW(source->seek(-1, 0), InputError);
}

TEST(Streams, RefuseWhatCannotBeCut) {
    const auto row = counting(1000);
    for (const BatchConfig& config : {BatchConfig{0, 10, 1}, BatchConfig{4, 0, 1},
                                      BatchConfig{1000, 1, 1}, BatchConfig{10, 101, 1}})
        EXPECT_THROW(makeStreamSource(row, 0, 1000, Split::train, config, "test"), InputError);
    EXPECT_THROW(makeStreamSource(row, 5, 6, Split::valid, {1, 1, 1}, "test"), InputError);
    EXPECT_THROW(makeStreamSource(row, 5, 5, Split::valid, {1, 1, 1}, "test"), InputError);
}

std::unique_ptr<BatchSource> numbered(std::uint32_t count, Split split, const BatchConfig& config) {
    return makeSequenceSource(
        count, split, config,
        [](std::span<const std::uint32_t> sequences, Batch& batch) {
            batch.targets.assign(sequences.begin(), sequences.end());
        },
        "test");
}

TEST(Sequences, TrainingShufflesByPassAndDropsTheShortBatch) {
    const auto source = numbered(103, Split::train, {10, 1, 5});
    EXPECT_EQ(source->batchesPerPass(), 10);
    std::vector<std::vector<std::int32_t>> passes;
    for (int pass = 0; pass < 3; ++pass) {
        std::vector<std::int32_t> seen;
        for (const Batch& batch : passOf(*source)) {
            EXPECT_EQ(batch.size, 10u);
            EXPECT_FALSE(batch.carriesState);
            seen.insert(seen.end(), batch.targets.begin(), batch.targets.end());
        }
        passes.push_back(seen);
        std::sort(seen.begin(), seen.end());
        EXPECT_EQ(std::unique(seen.begin(), seen.end()), seen.end());
        EXPECT_EQ(seen.size(), 100u);
    }
    EXPECT_NE(passes[0], passes[1]);
    EXPECT_NE(passes[1], passes[2]);
    const auto again = numbered(103, Split::train, {10, 1, 5});
    again->seek(2, 4);
    Batch batch;
    ASSERT_TRUE(again->next(batch));
    EXPECT_TRUE(std::equal(batch.targets.begin(), batch.targets.end(), passes[2].begin() + 40));
    const auto other = numbered(103, Split::train, {10, 1, 6});
    ASSERT_TRUE(other->next(batch));
    EXPECT_FALSE(std::equal(batch.targets.begin(), batch.targets.end(), passes[0].begin()));
}

TEST(Sequences, EvaluationIsInOrderAndComplete) {
    const auto source = numbered(23, Split::test, {10, 1, 5});
    std::vector<std::int32_t> seen, expected(23);
    std::iota(expected.begin(), expected.end(), 0);
    const auto batches = passOf(*source);
    EXPECT_EQ(batches.size(), 3u);
    for (const Batch& batch : batches)
        seen.insert(seen.end(), batch.targets.begin(), batch.targets.end());
    EXPECT_EQ(seen, expected);
    EXPECT_EQ(passOf(*numbered(3, Split::train, {10, 1, 5})).size(), 1u);
    EXPECT_THROW(numbered(0, Split::train, {10, 1, 5}), InputError);
    EXPECT_THROW(numbered(5, Split::train, {0, 1, 5}), InputError);
}

}  // namespace
}  // namespace bitloom
