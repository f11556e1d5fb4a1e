// Symbols, vocabularies, words and the dataset text_file.

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data/character_text.h"
#include "data/registry.h"
#include "data/text_files.h"
#include "data/word_text.h"
#include "fixture.h"

namespace bitloom {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> wordsOf(const std::vector<std::string>& blocks, bool closeLine = true) {
    std::vector<std::string> words;
    WordReader reader([&](std::string_view word) { words.emplace_back(word); });
    for (const std::string& block : blocks) reader.add(block);
    reader.finish(closeLine);
    return words;
}

TEST(WordReader, CutsAtWhiteSpaceWhereverBlocksEnd) {
    const std::string text = " one two\tthree\r\n\nfour  \x80\xFF five";
    const auto whole = wordsOf({text});
    EXPECT_THAT(whole, ElementsAre("one", "two", "three", "<eos>", "<eos>", "four", "\x80\xFF",
                                   "five", "<eos>"));
    for (std::size_t cut = 0; cut <= text.size(); ++cut)
        EXPECT_EQ(wordsOf({text.substr(0, cut), text.substr(cut)}), whole) << cut;
    std::vector<std::string> bytes;
    for (const char c : text) bytes.emplace_back(1, c);
    EXPECT_EQ(wordsOf(bytes), whole);
    EXPECT_THAT(wordsOf({"a\n"}), ElementsAre("a", "<eos>"));
    EXPECT_THAT(wordsOf({"a"}, false), ElementsAre("a"));
    EXPECT_TRUE(wordsOf({""}).empty());
}

TEST(Symbols, UseOneTwoOrFourBytes) {
    for (const auto& [vocabulary, bytes] : std::vector<std::pair<std::size_t, std::size_t>>{
             {2, 1}, {256, 1}, {257, 2}, {65536, 2}, {65537, 4}}) {
        Symbols row(vocabulary);
        const auto last = static_cast<std::int32_t>(vocabulary) - 1;
        row.append(0);
        row.append(last);
        EXPECT_EQ(row.bytesPerSymbol(), bytes) << vocabulary;
        EXPECT_EQ(row[1], last);
        std::vector<std::int32_t> out(4, -7);
        row.copy(0, 2, out.data(), 2);
        EXPECT_THAT(out, ElementsAre(0, -7, last, -7));
    }
}

TEST(Vocabulary, OrdersWordsByFrequencyThenBytes) {
    WordCollector words;
    for (const char* word : {"b", "c", "a", "b", "c", "d", "b"}) words.add(word);
    const EncodedText text = words.finish({4, 2, 1}, false, TextStyle::words);
    std::vector<std::string> order;
    for (std::int32_t i = 0; i < 4; ++i) order.push_back(text.vocabulary.symbol(i));
    EXPECT_THAT(order, ElementsAre("b", "c", "a", "d"));
    EXPECT_FALSE(text.vocabulary.unknown().has_value());
}

TEST(Vocabulary, FromTrainMapsTheRestToUnknown) {
    WordCollector words;
    for (const char* word : {"a", "b", "a", "x", "b", "y"}) words.add(word);
    const EncodedText text = words.finish({3, 2, 1}, true, TextStyle::words);
    EXPECT_EQ(text.vocabulary.size(), 3u);
    ASSERT_EQ(text.vocabulary.unknown(), 2);
    std::vector<std::int32_t> row;
    for (std::size_t i = 0; i < 6; ++i) row.push_back((*text.symbols)[i]);
    EXPECT_THAT(row, ElementsAre(0, 1, 0, 2, 1, 2));

    const EncodedText bytes = encodeCharacters("ababxb", {4, 1, 1}, true);
    EXPECT_EQ(bytes.vocabulary.size(), 3u);
    EXPECT_EQ((*bytes.symbols)[4], 2);
    // Nothing unknown: no number is spent on it.
    EXPECT_EQ(encodeCharacters("ababab", {4, 1, 1}, true).vocabulary.size(), 2u);
    // A word "<unk>" of the text is the unknown symbol.
    for (const char* word : {"<unk>", "a", "a", "x"}) words.add(word);
    const EncodedText own = words.finish({3, 1, 0}, true, TextStyle::words);
    EXPECT_EQ(own.vocabulary.size(), 2u);
    EXPECT_EQ((*own.symbols)[3], own.vocabulary.find("<unk>"));
}

TEST(Vocabulary, AllTwoHundredFiftySixBytesAndAnUnknownOneFit) {
    std::string bytes;
    for (int i = 0; i < 255; ++i) bytes += static_cast<char>(i);
    bytes += '\xFF';
    const EncodedText text = encodeCharacters(bytes, {255, 1, 0}, true);
    EXPECT_EQ(text.vocabulary.size(), 256u);
    EXPECT_EQ((*text.symbols)[255], 255);
    const EncodedText all = encodeCharacters(bytes, {255, 1, 0}, false);
    EXPECT_EQ(all.vocabulary.size(), 256u);
    for (std::size_t i = 0; i < 256; ++i) EXPECT_EQ((*all.symbols)[i], static_cast<int>(i));
}

class TextFile : public ::testing::Test {
protected:
    DatasetConfig config(const std::filesystem::path& path) const {
        DatasetConfig result = test::named("text_file");
        result.path = path.string();
        return result;
    }
    test::TemporaryFolder files;
};

TEST_F(TextFile, KeepsBytesAndSplitsByShares) {
    std::string text;
    for (int i = 0; i < 100; ++i) text += static_cast<char>(i % 2 ? '\0' : '\xFE');
    const auto dataset = openDataset(config(files.write("raw.bin", text)));
    EXPECT_EQ(dataset->info().vocabulary, 2);
    EXPECT_THAT(dataset->info().symbols, ElementsAre(80, 10, 10));
    EXPECT_EQ(dataset->info().label, "raw.bin, characters");
    EXPECT_EQ(dataset->symbolText(0), std::string(1, '\0'));
    EXPECT_EQ(dataset->symbolText(1), "\xFE");
    EXPECT_EQ(dataset->symbolText(2), "");
    EXPECT_THAT(dataset->tokenize("\xFEz\xFE"), ElementsAre(1, 1));
    EXPECT_EQ(describeDataset(config(files.path() / "raw.bin")).hash, dataset->info().hash);
}

TEST_F(TextFile, ReadsWordsAndGivesThemBack) {
    std::string text;
    for (int i = 0; i < 20; ++i) text += "the quick fox\n";
    DatasetConfig words = config(files.write("words.txt", text));
    words.unit = "word";
    const auto dataset = openDataset(words);
    EXPECT_EQ(dataset->info().metric, "perplexity");
    EXPECT_EQ(dataset->info().vocabulary, 4);
    EXPECT_THAT(dataset->info().symbols, ElementsAre(64, 8, 8));
    std::string back;
    for (const std::int32_t token : dataset->tokenize("the fox\nquick wolf"))
        back += dataset->symbolText(token);
    EXPECT_EQ(back, "the fox \nquick ");
}

TEST_F(TextFile, JoinsTheTextsOfAFolderInTheOrderOfTheirPaths) {
    files.write("book/b.txt", std::string(50, 'b'));
    files.write("book/a/z.txt", std::string(50, 'a'));
    files.write("book/.hidden/x.txt", "hidden");
    files.write("book/.hidden.txt", "hidden");
    files.write("book/image.bin", std::string("x\0y", 3));
    files.write("book/packed.gz", test::gzipped("text"));
    files.write("book/empty.txt", "");
    const auto dataset = openDataset(config(files.path() / "book"));
    EXPECT_EQ(dataset->info().vocabulary, 2);
    EXPECT_THAT(dataset->info().symbols, ElementsAre(80, 10, 10));
    Batch batch;
    ASSERT_TRUE(dataset->source(Split::train, {1, 70, 1})->next(batch));
    EXPECT_EQ(dataset->symbolText(batch.tokens[49]), "a");
    EXPECT_EQ(dataset->symbolText(batch.tokens[50]), "b");
}

TEST_F(TextFile, HashFollowsContentUnitSplitAndVocabulary) {
    const DatasetConfig base =
        config(files.write("a.txt", "abcabcabcabcabcabcabcabcabc abc a b c d e f g h i j"));
    std::vector<DatasetConfig> configs(5, base);
    configs[1].trainShare = 0.7;
    configs[2].vocabularyFrom = "all";
    configs[3].unit = "word";
    configs[3].trainShare = 0.4;
    configs[3].validShare = 0.4;
    configs[4] =
        config(files.write("b.txt", "abcabcabcabcabcabcabcabcabc abc a b c d e f g h j i"));
    std::set<std::string> hashes;
    for (const DatasetConfig& each : configs) {
        try {
            hashes.insert(openDataset(each)->info().hash);
        } catch (const InputError& error) {
            FAIL() << error.what();
        }
    }
    EXPECT_EQ(hashes.size(), configs.size());
}

TEST_F(TextFile, BadInputIsOneClearError) {
    struct Case {
        std::filesystem::path path;
        const char* part;
    };
    const std::vector<Case> cases{
        {files.write("empty.txt", ""), "empty.txt: is empty"},
        {files.write("one.txt", std::string(100, 'a')), "one symbol only"},
        {files.write("short.txt", "ab"), "split into 1, 0 and 1"},
        {files.write("packed.txt", test::gzipped("text")), "is compressed"},
        {files.path() / "missing.txt", "does not exist"},
        {"/dev/null", "neither a file nor a folder"},
        {files.write("images/x.bin", std::string("\0\1", 2)).parent_path(), "holds no text file"},
        {"", "is empty, a file or folder"},
    };
    for (const Case& each : cases) {
        const std::string message = test::inputError([&] { openDataset(config(each.path)); });
        EXPECT_THAT(message, HasSubstr(each.part));
        EXPECT_THAT(message, HasSubstr(each.path.filename().string()));
    }
}

TEST_F(TextFile, UnreadableFileIsAnInputError) {
    const auto path = files.write("folder/secret.txt", "abcabcabcabc");
    ::chmod(path.c_str(), 0);
    ::chmod(files.path().c_str(), 0755);
    const bool root = ::geteuid() == 0;  // root reads every file: be nobody for a moment
    if (root) {
        ASSERT_EQ(::seteuid(65534), 0);
    }
    const std::string file = test::inputError([&] { openDataset(config(path)); });
    const std::string folder = test::inputError([&] { openDataset(config(path.parent_path())); });
    if (root) {
        ASSERT_EQ(::seteuid(0), 0);
    }
    for (const std::string& message : {file, folder})
        EXPECT_THAT(message, HasSubstr("secret.txt: dataset.path: cannot be read"));
}

TEST_F(TextFile, BadOptionsNameTheField) {
    const DatasetConfig base =
        config(files.write("a.txt", std::string(60, 'a') + std::string(60, 'b')));
    const double nan = std::numeric_limits<double>::quiet_NaN();
    std::vector<std::pair<DatasetConfig, const char*>> cases(8, {base, ""});
    cases[0].first.unit = "letter";
    cases[0].second = "dataset.unit";
    cases[1].first.vocabularyFrom = "test";
    cases[1].second = "dataset.vocabulary_from";
    cases[2].first.trainShare = 0;
    cases[2].second = "dataset.train_share";
    cases[3].first.trainShare = nan;
    cases[3].second = "dataset.train_share";
    cases[4].first.validShare = -0.1;
    cases[4].second = "dataset.valid_share";
    cases[5].first.validShare = 1;
    cases[5].second = "dataset.valid_share";
    cases[6].first.trainShare = 0.9;  // nothing left for test
    cases[6].second = "each needs at least 2";
    cases[7].first.trainShare = 0.99;
    cases[7].second = "dataset.train_share";
    for (const auto& [bad, part] : cases)
        EXPECT_THAT(test::inputError([&, wrong = bad] { openDataset(wrong); }), HasSubstr(part));
}

TEST_F(TextFile, FileSmallerThanABatchSaysSo) {
    const auto dataset =
        openDataset(config(files.write("a.txt", "abcdefghij abcdefghij abcdefghij")));
    const std::string message = test::inputError([&] {
        dataset->source(Split::train, {64, 100, 1});
    });
    EXPECT_THAT(message, HasSubstr("too few for one batch"));
    EXPECT_THAT(message, HasSubstr("training.batch"));
    Batch batch;
    EXPECT_TRUE(dataset->source(Split::valid, {64, 100, 1})->next(batch));
    EXPECT_EQ(batch.size, 1u);
}

TEST(Registry, UnknownNameListsTheKnownOnes) {
    const std::string message = test::inputError([] { describeDataset(test::named("ptb")); });
    for (const DatasetKind& kind : datasetKinds()) EXPECT_THAT(message, HasSubstr(kind.name));
}

}  // namespace
}  // namespace bitloom
