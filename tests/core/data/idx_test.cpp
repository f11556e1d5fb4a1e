// IDX parsing, the MNIST datasets, and damaged files: each one InputError or a success, never a
// crash.

#include "data/idx.h"

#include <gmock/gmock.h>

#include "data/archive.h"
#include "data/data_folder.h"
#include "fixture.h"
#include "math/rng.h"

namespace bitloom {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Idx, ReadsPlainAndGzipped) {
    const std::string file = test::idxFile({2, 1, 3}, "abcdef");
    for (const std::string& content : {file, test::gzipped(file)}) {
        const IdxArray array = parseIdx(content, "images", 3);
        EXPECT_THAT(array.dimensions, ElementsAre(2, 1, 3));
        EXPECT_EQ(array.bytes, "abcdef");
    }
}

TEST(Idx, EveryFaultNamesTheFileAndWhatWasExpected) {
    const std::string good = test::idxFile({2, 3}, "abcdef");
    const auto with = [&](std::size_t at, char value) {
        std::string file = good;
        file[at] = value;
        return file;
    };
    const std::vector<std::pair<std::string, const char*>> cases{
        {"", "a header of 12 is expected"},
        {good.substr(0, 11), "a header of 12 is expected"},
        {with(0, 1), "no IDX file"},
        {with(2, 0x0D), "has IDX type 13"},
        {with(3, 3), "has 3 dimensions, 2 are expected"},
        {with(7, 0), "absurd dimension 1 of 0"},
        {with(4, '\xFF'), "absurd dimension 1 of 4278190082"},
        {test::idxFile({4294967295u, 4294967295u}, ""), "absurd dimension"},
        {good + "x", "holds 7 bytes after its header, 6 are expected"},
        {good.substr(0, good.size() - 1), "holds 5 bytes after its header, 6 are expected"},
        {test::gzipped(good).substr(0, 15), "is damaged"},
        {std::string("\x1F\x8B") + "no gzip at all, only its magic", "is damaged"},
    };
    for (const auto& [content, part] : cases) {
        const std::string message = test::inputError([&] { parseIdx(content, "labels.gz", 2); });
        EXPECT_THAT(message, HasSubstr("labels.gz: "));
        if (part != std::string("a header of 12 is expected")) {
            EXPECT_THAT(message, HasSubstr(part));
        } else {
            EXPECT_THAT(message, HasSubstr("header of 12 is expected"));
        }
    }
}

class Mnist : public test::DataFolderTest {
protected:
    void install(const std::string& name, const std::string& content) {
        data.write("datasets/mnist/" + name, content);
    }
    void installSet(std::uint32_t train, std::uint32_t test) {
        std::string images, labels;
        for (std::uint32_t i = 0; i < train; ++i) {
            images += std::string(784, static_cast<char>(i));
            labels += static_cast<char>(i % 10);
        }
        install("train-images-idx3-ubyte", test::idxFile({train, 28, 28}, images));
        install("train-labels-idx1-ubyte", test::idxFile({train}, labels));
        install("t10k-images-idx3-ubyte.gz",
                test::gzipped(test::idxFile({test, 28, 28}, images.substr(0, test * 784))));
        install("t10k-labels-idx1-ubyte.gz",
                test::gzipped(test::idxFile({test}, labels.substr(0, test))));
    }
};

TEST_F(Mnist, ReadsPixelsAndSplitsOffTheLastSixth) {
    installSet(60, 12);
    const auto dataset = openDataset(test::named("sequential_mnist"));
    EXPECT_THAT(dataset->info().symbols, ElementsAre(50, 10, 12));
    EXPECT_THAT(dataset->info().label, HasSubstr("not the published files"));
    EXPECT_NE(dataset->info().hash, describeDataset(test::named("sequential_mnist")).hash);
    Batch batch;
    ASSERT_TRUE(dataset->source(Split::valid, {10, 1, 1})->next(batch));
    EXPECT_EQ(batch.steps, 784u);
    for (std::size_t b = 0; b < 10; ++b) {
        EXPECT_EQ(batch.targets[b], static_cast<int>(b));
        EXPECT_FLOAT_EQ(batch.frames[b], (50.0f + static_cast<float>(b)) / 255.0f);
    }
    ASSERT_TRUE(
        openDataset(test::named("permuted_mnist"))->source(Split::test, {12, 1, 1})->next(batch));
    EXPECT_EQ(batch.size, 12u);
}

TEST_F(Mnist, MissingAndWrongFilesAreNamed) {
    EXPECT_THAT(test::inputError([] { openDataset(test::named("sequential_mnist")); }),
                HasSubstr("data download sequential_mnist"));
    installSet(60, 12);
    install("train-labels-idx1-ubyte", test::idxFile({59}, std::string(59, '\1')));
    EXPECT_THAT(test::inputError([] { openDataset(test::named("sequential_mnist")); }),
                HasSubstr("has 59 labels, 60 are expected"));
    install("train-labels-idx1-ubyte", test::idxFile({60}, std::string(60, '\x0A')));
    EXPECT_THAT(test::inputError([] { openDataset(test::named("permuted_mnist")); }),
                HasSubstr("has a label 10"));
    installSet(60, 12);
    install("train-images-idx3-ubyte", test::idxFile({60, 14, 56}, std::string(60 * 784, 'x')));
    EXPECT_THAT(test::inputError([] { openDataset(test::named("sequential_mnist")); }),
                HasSubstr("14 x 56, 28 x 28 are expected"));
    installSet(5, 2);
    EXPECT_THAT(test::inputError([] { openDataset(test::named("sequential_mnist")); }),
                HasSubstr("too few for a validation split"));
}

/// A copy of `content` with a few random faults.
std::string mutated(std::string content, Rng& rng) {
    const std::uint32_t faults = 1 + rng.below(4);
    for (std::uint32_t i = 0; i < faults; ++i) {
        const auto size = static_cast<std::uint32_t>(content.size());
        const std::uint32_t at = size > 0 ? rng.below(size) : 0;
        switch (rng.below(6)) {
            case 0:
                content.resize(at);
                break;
            case 1:
                content.insert(at, rng.below(64), static_cast<char>(rng.below(256)));
                break;
            case 2:
                content.erase(at, rng.below(32));
                break;
            case 3:  // headers are where faults hurt most
                if (size > 0)
                    content[rng.below(std::min(size, 16u))] = static_cast<char>(rng.below(256));
                break;
            default:
                if (size > 0) content[at] = static_cast<char>(rng.below(256));
        }
    }
    return content;
}

TEST(DamagedFiles, AreOneErrorOrASuccess) {
    Rng rng(2024);
    const test::TemporaryFolder files;
    std::string pixels;
    for (int i = 0; i < 4 * 28 * 28; ++i) pixels += static_cast<char>(rng.below(256));
    const std::string idx = test::idxFile({4, 28, 28}, pixels);
    const std::string text = "the fox runs.\nthe geese (the king sleeps) run.\n";
    const std::vector<std::string> originals{
        idx, test::gzipped(idx), text, test::archived({{"a/b.txt", text}, {"c", idx}}, "tar.gz"),
        test::archived({{"a/b.txt", text}, {"c", idx}}, "zip")};
    int errors = 0, successes = 0;
    for (int i = 0; i < 200; ++i) {
        const std::size_t kind = static_cast<std::size_t>(i) % originals.size();
        const std::string content = mutated(originals[kind], rng);
        try {
            if (kind < 2) {
                parseIdx(content, "mutated", 3);
            } else if (kind == 2) {
                DatasetConfig config = test::named("text_file");
                config.path = files.write("mutated.txt", content).string();
                config.unit = i % 2 ? "word" : "character";
                openDataset(config);
            } else {
                unpackMemory(content, "mutated", {}, [](const UnpackedEntry&) {});
            }
            ++successes;
        } catch (const InputError& error) {
            EXPECT_THAT(error.what(), HasSubstr("mutated"));
            ++errors;
        }
    }
    EXPECT_EQ(errors + successes, 200);
    EXPECT_GT(errors, 50);
    EXPECT_GT(successes, 10);
}

}  // namespace
}  // namespace bitloom
