#include "data/corpora.h"

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "data/character_text.h"
#include "data/data_folder.h"
#include "data/known_files.h"
#include "data/text_files.h"

namespace bitloom {
namespace {

constexpr std::uint64_t wholeText8 = 100'000'000;
constexpr std::string_view text8Alphabet = " abcdefghijklmnopqrstuvwxyz";

constexpr const char* text8Prefix = "text8.first6877825";
constexpr const char* text8PrefixDefinition = "text8 prefix, 90/5/5 percent";
constexpr std::uintmax_t leastText8Prefix = 1000;

/// Which of the two files is installed: the whole text or the known prefix.
std::string text8File() {
    std::error_code failure;
    const bool prefixOnly = !std::filesystem::exists(installedFile("text8", "text8"), failure) &&
                            std::filesystem::exists(installedFile("text8", text8Prefix), failure);
    return prefixOnly ? text8Prefix : "text8";
}

std::string text8PrefixLabel(std::uintmax_t size) {
    return "text8, first " + std::to_string(size) + " bytes only, 90/5/5%";
}

/// The hash of a corpus: its definition and its files' SHA-256.
std::string hashOf(const std::string& definition, const std::vector<std::string>& files) {
    std::string content = definition + "\n";
    for (const std::string& hash : files) content += hash + "\n";
    return sha256(content);
}

DatasetInfo describe(const char* name, const char* label, const char* metric, int vocabulary,
                     std::array<std::int64_t, 3> symbols) {
    DatasetInfo info;
    info.name = name;
    info.label = label;
    info.metric = metric;
    info.vocabulary = info.outputs = vocabulary;
    std::copy(symbols.begin(), symbols.end(), info.symbols);
    return info;
}

constexpr std::array ptbCharacterFiles{"ptb.char.train.txt", "ptb.char.valid.txt",
                                       "ptb.char.test.txt"};
constexpr std::array ptbWordFiles{"ptb.train.txt", "ptb.valid.txt", "ptb.test.txt"};

std::vector<std::string> knownHashes(const char* folder, const std::array<const char*, 3>& names) {
    std::vector<std::string> hashes;
    for (const char* name : names) hashes.emplace_back(knownFile(folder, name)->sha256);
    return hashes;
}

/// Three files, one a split, of symbols between white space.
std::shared_ptr<const Dataset> openPtb(DatasetInfo info, const char* folder,
                                       const std::array<const char*, 3>& names, TextStyle style) {
    WordCollector words;
    std::vector<std::string> hashes;
    std::array<std::size_t, 3> counts{};
    const std::string published = info.hash;
    for (std::size_t split = 0; split < 3; ++split) {
        const std::string content = readInstalled(folder, names[split], info.name);
        hashes.push_back(sha256(content));
        const std::size_t before = words.size();
        WordReader reader([&](std::string_view word) { words.add(word); });
        reader.add(content);
        reader.finish(style == TextStyle::words);
        counts[split] = words.size() - before;
        if (counts[split] < 2)
            throw InputError(utf8(installedFile(folder, names[split])), {},
                             "holds fewer than two symbols");
    }
    info.hash = hashOf(info.name, hashes);
    info.published = info.hash == published;
    if (!info.published) info.label += " (not the published files)";
    return std::make_shared<TextDataset>(std::move(info), words.finish(counts, false, style));
}

}  // namespace

DatasetInfo describePtbCharacters(const DatasetConfig&) {
    DatasetInfo info = describe("ptb_char", "Penn Treebank, characters", "bits_per_character", 50,
                                {5017482, 393042, 442423});
    info.hash = hashOf(info.name, knownHashes("ptb_char", ptbCharacterFiles));
    return info;
}

DatasetInfo describePtbWords(const DatasetConfig&) {
    DatasetInfo info =
        describe("ptb_word", "Penn Treebank, words", "perplexity", 10000, {929589, 73760, 82430});
    info.hash = hashOf(info.name, knownHashes("ptb_word", ptbWordFiles));
    return info;
}

DatasetInfo describeWarAndPeace(const DatasetConfig&) {
    DatasetInfo info = describe("war_and_peace", "War and Peace", "bits_per_character", 87,
                                {2606596, 325824, 325826});
    info.hash = hashOf(info.name, {knownFile("war_and_peace", "warpeace_input.txt")->sha256});
    return info;
}

DatasetInfo describeText8(const DatasetConfig&) {
    // The SHA-256 of the whole file is not known without it: its hash stays empty until it is
    // opened.
    DatasetInfo info =
        describe("text8", "text8", "bits_per_character", 27, {90'000'000, 5'000'000, 5'000'000});
    const std::string name = text8File();
    std::error_code failure;
    const std::uintmax_t size = std::filesystem::file_size(installedFile("text8", name), failure);
    if (failure || size >= wholeText8 || size < leastText8Prefix) return info;
    const auto counts = splitByShares(size, 0.9, 0.05, info.name);
    for (std::size_t i = 0; i < 3; ++i) info.symbols[i] = static_cast<std::int64_t>(counts[i]);
    info.label = text8PrefixLabel(size);
    info.published = false;
    if (name == text8Prefix && size == knownFile("text8", text8Prefix)->bytes)
        info.hash = hashOf(text8PrefixDefinition, {knownFile("text8", text8Prefix)->sha256});
    return info;
}

std::shared_ptr<const Dataset> openPtbCharacters(const DatasetConfig& config) {
    return openPtb(describePtbCharacters(config), "ptb_char", ptbCharacterFiles,
                   TextStyle::symbols);
}

std::shared_ptr<const Dataset> openPtbWords(const DatasetConfig& config) {
    return openPtb(describePtbWords(config), "ptb_word", ptbWordFiles, TextStyle::words);
}

std::shared_ptr<const Dataset> openWarAndPeace(const DatasetConfig& config) {
    DatasetInfo info = describeWarAndPeace(config);
    const std::string published = info.hash;
    std::string content = readInstalled("war_and_peace", "warpeace_input.txt", info.name);
    const auto counts = splitByShares(content.size(), 0.8, 0.1,
                                      utf8(installedFile("war_and_peace", "warpeace_input.txt")));
    info.hash = hashOf(info.name, {sha256(content)});
    info.published = info.hash == published;
    if (!info.published) info.label += " (not the published file)";
    return std::make_shared<TextDataset>(std::move(info),
                                         encodeCharacters(std::move(content), counts, false));
}

std::shared_ptr<const Dataset> openText8(const DatasetConfig& config) {
    DatasetInfo info = describeText8(config);
    const std::string name = text8File();
    std::string content = readInstalled("text8", name, info.name);
    const std::string path = utf8(installedFile("text8", name));
    if (content.size() > wholeText8)
        throw InputError(path, {},
                         "has " + std::to_string(content.size()) +
                             " bytes; text8 has 100000000 and a prefix of it fewer");
    std::array<bool, 256> allowed{};
    for (const char c : text8Alphabet) allowed[static_cast<unsigned char>(c)] = true;
    for (std::size_t i = 0; i < content.size(); ++i)
        if (!allowed[static_cast<unsigned char>(content[i])])
            throw InputError(path, {},
                             "byte " + std::to_string(i) +
                                 " is neither a letter a to z nor a space, so this is not text8");
    const bool whole = content.size() == wholeText8;
    const auto counts = splitByShares(content.size(), 0.9, 0.05, path);
    info.published = whole;
    if (!whole) info.label = text8PrefixLabel(content.size());
    info.hash = hashOf(whole ? "text8" : text8PrefixDefinition, {sha256(content)});
    return std::make_shared<TextDataset>(
        std::move(info), encodeCharacters(std::move(content), counts, text8Alphabet));
}

std::string ptbCharactersFromWords(std::string_view words) {
    std::string characters;
    characters.reserve(2 * words.size());
    while (!words.empty()) {
        const std::size_t end = std::min(words.find('\n'), words.size());
        std::string_view line = words.substr(0, end);
        words.remove_prefix(std::min(end + 1, words.size()));
        while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
        while (!line.empty() && (line.back() == ' ' || line.back() == '\r')) line.remove_suffix(1);
        for (const char c : line) {
            characters += c == ' ' ? '_' : c;
            characters += ' ';
        }
        characters += "\n ";
    }
    return characters;
}

}  // namespace bitloom
