// Recognizing files by content; archives; the published data where it is at hand.

#include "data/import.h"

#include <gmock/gmock.h>

#include "base/files.h"
#include "data/archive.h"
#include "data/corpora.h"
#include "data/data_folder.h"
#include "data/inventory.h"
#include "data/known_files.h"
#include "fixture.h"

namespace bitloom {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

TEST(KnownFiles, CrcIsThatOfZip) {
    EXPECT_EQ(crc32Of("123456789"), 0xCBF43926u);
    EXPECT_EQ(crc32Of(""), 0u);
    EXPECT_EQ(largestKnownFile(), 100000000u);
}

TEST(Ptb, CharactersFromWords) {
    EXPECT_EQ(ptbCharactersFromWords(" no it \n a <unk>\n"), "n o _ i t \n a _ < u n k > \n ");
    EXPECT_EQ(ptbCharactersFromWords(""), "");
}

TEST(Archive, GivesEveryFileOfEveryFormat) {
    const test::Files content{{"one.txt", "first"}, {"deep/two.bin", std::string(100000, 'x')}};
    for (const char* format : {"tar", "v7 tar", "tar.gz", "tar.xz", "zip"}) {
        const std::string bytes = test::archived(content, format);
        EXPECT_TRUE(looksPacked(bytes.substr(0, 512))) << format;
        test::Files seen;
        unpackMemory(bytes, "x", {}, [&](const UnpackedEntry& entry) {
            seen.emplace_back(entry.name, entry.content);
        });
        EXPECT_EQ(seen, content) << format;
    }
    EXPECT_EQ(gunzip(test::gzipped("hello"), "x", 5), "hello");
    EXPECT_FALSE(looksPacked("plain text"));
    EXPECT_FALSE(looksPacked(std::string(512, '7')));
    EXPECT_FALSE(looksPacked(std::string(512, '\0')));
}

TEST(Archive, BombsEndEarly) {
    const std::string zeros(3'000'000, '\0');
    EXPECT_THAT(test::inputError([&] { gunzip(test::gzipped(zeros), "bomb.gz", 1'000'000); }),
                HasSubstr("bomb.gz: unpacks to more than 1000000 bytes"));
    UnpackLimits limits;
    limits.entryBytes = 1'000'000;
    std::vector<std::string> problems;
    const auto collect = [&](const UnpackedEntry& entry) { problems.push_back(entry.problem); };
    unpackMemory(test::archived({{"big", zeros}, {"small", "x"}}, "tar.gz"), "x", limits, collect);
    EXPECT_THAT(problems, ElementsAre("is larger than any known file", ""));
    limits = {};
    limits.totalBytes = 4'000'000;
    const test::Files two{{"a", zeros}, {"b", zeros}};
    EXPECT_THAT(
        test::inputError([&] { unpackMemory(test::archived(two, "zip"), "x", limits, collect); }),
        HasSubstr("more bytes than any dataset"));
    limits = {};
    limits.entries = 1;
    EXPECT_THAT(
        test::inputError([&] { unpackMemory(test::archived(two, "tar"), "x", limits, collect); }),
        HasSubstr("more than 1 files"));
}

class Import : public test::DataFolderTest {
protected:
    void SetUp() override { shared = test::sharedDatasets(); }
    std::filesystem::path shared;
};

TEST_F(Import, NamesWhatItIgnores) {
    files.write("a.txt", "some text");
    files.write("b.bin", std::string("\0\1\2", 3));
    files.write("empty", "");
    files.write("c.zip", test::archived({{"../../evil.txt", "x"}, {"/etc/evil", "y"}}, "zip"));
    files.write("d.zip", "PK\x03\x04 but no archive");
    const ImportReport report = importData(files.path());
    EXPECT_THAT(report.found, IsEmpty());
    EXPECT_THAT(report.ready, IsEmpty());
    EXPECT_THAT(report.textFiles, ElementsAre((files.path() / "a.txt").string()));
    std::vector<std::string> ignored;
    for (const auto& each : report.ignored)
        ignored.push_back(each.source.substr(files.path().string().size() + 1));
    EXPECT_THAT(ignored, UnorderedElementsAre("b.bin", "empty", "c.zip!../../evil.txt",
                                              "c.zip!/etc/evil", "d.zip"));
    // Nothing was written, inside the data folder or beside it.
    EXPECT_TRUE(std::filesystem::is_empty(data.path()));
    EXPECT_FALSE(std::filesystem::exists(files.path().parent_path() / "evil.txt"));
    EXPECT_THAT(test::inputError([&] { importData(files.path() / "missing"); }),
                HasSubstr("does not exist"));
}

TEST_F(Import, ArchivesInsideArchivesEndAtThree) {
    std::string packed = test::archived({{"x.txt", "text"}}, "zip");
    for (int i = 0; i < 3; ++i) packed = test::archived({{"inner.zip", packed}}, "zip");
    const ImportReport report = importData(files.write("deep.zip", packed));
    ASSERT_EQ(report.ignored.size(), 1u);
    EXPECT_THAT(report.ignored[0].reason, HasSubstr("more than three archives deep"));
}

TEST_F(Import, PublishedFilesUnderOtherNames) {
    if (shared.empty()) GTEST_SKIP() << "the published files are not at hand";
    const std::string valid = readFile(shared / "ptb/ptb.valid.txt");
    const std::string labels = readFile(shared / "mnist/t10k-labels-idx1-ubyte.gz");
    files.write("folder/renamed", readFile(shared / "warpeace/warpeace_input.txt"));
    files.write("all.tar.xz", test::archived({{"x/words", valid},
                                              {"y.zip", test::archived({{"l.gz", labels}}, "zip")}},
                                             "tar.xz"));
    const ImportReport report = importData(files.path());
    std::vector<std::string> found;
    for (const auto& each : report.found) found.push_back(each.folder + "/" + each.file);
    EXPECT_THAT(found,
                UnorderedElementsAre("war_and_peace/warpeace_input.txt", "ptb_word/ptb.valid.txt",
                                     "mnist/t10k-labels-idx1-ubyte"));
    EXPECT_THAT(report.ready, ElementsAre("war_and_peace"));
    EXPECT_EQ(readFile(installedFile("ptb_word", "ptb.valid.txt")), valid);
    EXPECT_TRUE(importData(files.path() / "folder").found.at(0).already);

    // check: one whole set, two with missing files; then a changed file.
    std::vector<std::string> states;
    for (const FileCheck& check : checkDatasets({})) states.push_back(check.state);
    EXPECT_EQ(std::count(states.begin(), states.end(), "ok"), 3);
    EXPECT_EQ(std::count(states.begin(), states.end(), "missing"), 5);
    EXPECT_EQ(checkDatasets("war_and_peace").at(0).state, "ok");
    data.write("datasets/war_and_peace/warpeace_input.txt", "changed");
    EXPECT_EQ(checkDatasets("war_and_peace").at(0).state, "changed");
    EXPECT_EQ(checkDatasets("text8").at(0).state, "missing");
    EXPECT_THROW(checkDatasets("grammar"), InputError);
    EXPECT_THROW(checkDatasets("nothing"), InputError);
}

TEST_F(Import, PublishedSetsHaveTheirPublishedNumbers) {
    if (shared.empty()) GTEST_SKIP() << "the published files are not at hand";
    for (const char* part : {"ptb", "mnist", "warpeace", "text8-prefix"}) {
        const ImportReport report = importData(shared / part);
        EXPECT_FALSE(report.ready.empty()) << part;
    }
    struct Expected {
        const char* name;
        int vocabulary;
        std::vector<std::int64_t> symbols;
    };
    const std::vector<Expected> sets{
        {"ptb_char", 50, {5017482, 393042, 442423}},
        {"ptb_word", 10000, {929589, 73760, 82430}},
        {"war_and_peace", 87, {2606596, 325824, 325826}},
        {"text8", 27, {6190042, 343891, 343892}},
        {"sequential_mnist", 0, {50000, 10000, 10000}},
        {"permuted_mnist", 0, {50000, 10000, 10000}},
    };
    for (const Expected& each : sets) {
        const auto dataset = openDataset(test::named(each.name));
        const DatasetInfo described = describeDataset(test::named(each.name));
        EXPECT_EQ(dataset->info().vocabulary, each.vocabulary) << each.name;
        EXPECT_EQ(described.vocabulary, each.vocabulary) << each.name;
        EXPECT_THAT(dataset->info().symbols, ::testing::ElementsAreArray(each.symbols))
            << each.name;
        EXPECT_EQ(dataset->info().hash.size(), 64u);
        if (each.name == std::string("text8")) {
            EXPECT_THAT(dataset->info().label, HasSubstr("first 6877825 bytes only"));
        }
        EXPECT_EQ(dataset->info().hash, described.hash) << each.name;
        EXPECT_EQ(dataset->info().label, described.label) << each.name;
        EXPECT_THAT(described.symbols, ::testing::ElementsAreArray(each.symbols)) << each.name;
    }
    for (const FileCheck& check : checkDatasets({})) EXPECT_EQ(check.state, "ok") << check.file;
    for (const DatasetStatus& row : listDatasets()) EXPECT_TRUE(row.available) << row.info.name;
    // War and Peace keeps its byte-order mark and CRLF; PTB shows "_" as a space.
    const auto novel = openDataset(test::named("war_and_peace"));
    Batch batch;
    ASSERT_TRUE(novel->source(Split::train, {1, 3, 1})->next(batch));
    std::string mark;
    for (const std::int32_t token : batch.tokens) mark += novel->symbolText(token);
    EXPECT_EQ(mark, "\xEF\xBB\xBF");
    EXPECT_EQ(novel->tokenize("\r\n").size(), 2u);
    const auto ptb = openDataset(test::named("ptb_char"));
    std::string back;
    for (const std::int32_t token : ptb->tokenize("the fed\n")) back += ptb->symbolText(token);
    EXPECT_EQ(back, "the fed\n");
}

TEST_F(Import, WordFilesGiveTheCharacterFiles) {
    if (shared.empty()) GTEST_SKIP() << "the published files are not at hand";
    for (const char* split : {"train", "valid", "test"}) {
        const std::string name = std::string("ptb.") + split + ".txt";
        std::filesystem::copy_file(shared / "ptb" / name, files.path() / name);
    }
    const ImportReport report = importData(files.path());
    EXPECT_THAT(report.ready, UnorderedElementsAre("ptb_char", "ptb_word"));
    EXPECT_EQ(report.converted.size(), 1u);
    for (const char* split : {"train", "valid", "test"}) {
        const std::string name = std::string("ptb.char.") + split + ".txt";
        EXPECT_EQ(readFile(installedFile("ptb_char", name)), readFile(shared / "ptb" / name));
    }
}

TEST_F(Import, MissingSetsSayHowToGetThem) {
    for (const DatasetStatus& row : listDatasets()) {
        const std::string name = row.kind->name;
        EXPECT_EQ(row.available, row.kind->builtIn || name == "text_file") << name;
        if (row.available) continue;
        EXPECT_THAT(row.how, HasSubstr("data download " + name));
        const std::string message = test::inputError([&] { openDataset(test::named(name)); });
        EXPECT_THAT(message, HasSubstr("data download " + name));
        EXPECT_THAT(message, HasSubstr("data import"));
    }
}

TEST_F(Import, Text8RefusesOtherBytes) {
    data.write("datasets/text8/text8", std::string(1000, 'a') + "B" + std::string(1000, ' '));
    EXPECT_THAT(test::inputError([] { openDataset(test::named("text8")); }),
                HasSubstr("byte 1000 is neither a letter"));
    data.write("datasets/text8/text8", std::string(900, 'a') + std::string(100, ' '));
    const auto dataset = openDataset(test::named("text8"));
    EXPECT_EQ(dataset->info().vocabulary, 27);
    EXPECT_THAT(dataset->info().symbols, ElementsAre(900, 50, 50));
    EXPECT_EQ(describeDataset(test::named("text8")).label, dataset->info().label);
    data.write("datasets/text8/text8", "");
    EXPECT_THAT(test::inputError([] { openDataset(test::named("text8")); }), HasSubstr("is empty"));
}

}  // namespace
}  // namespace bitloom
