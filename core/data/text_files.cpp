#include "data/text_files.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "base/error.h"
#include "base/files.h"
#include "data/character_text.h"
#include "data/word_text.h"

namespace bitloom {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t mostBytes = 4'000'000'000;
constexpr std::size_t mostFiles = 100'000;

std::string beginning(const fs::path& path) {
    std::string bytes(8192, '\0');
    std::ifstream in(path, std::ios::binary);
    if (!in)
        throw InputError(utf8(path), "dataset.path",
                         std::string("cannot be read: ") + std::strerror(errno));
    in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    bytes.resize(static_cast<std::size_t>(in.gcount()));
    return bytes;
}

bool isCompressed(std::string_view bytes) {
    using namespace std::string_view_literals;
    for (const std::string_view magic :
         {"\x1F\x8B"sv, "PK\x03\x04"sv, "\xFD\x37zXZ\0"sv, "BZh9"sv, "\x28\xB5\x2F\xFD"sv})
        if (bytes.starts_with(magic)) return true;
    return false;
}

std::vector<fs::path> textFilesBelow(const fs::path& folder) {
    std::vector<fs::path> files;
    std::error_code failure;
    const auto check = [&] {
        // A part left out would make other data of the same spec.
        if (failure)
            throw InputError(utf8(folder), "dataset.path",
                             "cannot be read, or a folder in it: " + failure.message());
    };
    fs::recursive_directory_iterator it(folder, failure);
    check();
    for (; it != fs::recursive_directory_iterator(); it.increment(failure), check()) {
        const bool hidden = utf8(it->path().filename()).starts_with(".");
        std::error_code ignored;
        if (it->is_directory(ignored)) {
            if (hidden) it.disable_recursion_pending();
            continue;
        }
        if (hidden || !it->is_regular_file(ignored)) continue;
        const std::string head = beginning(it->path());
        if (head.empty() || head.find('\0') != std::string::npos || isCompressed(head)) continue;
        files.push_back(it->path());
        if (files.size() > mostFiles)
            throw InputError(utf8(folder), "dataset.path",
                             "holds more than " + std::to_string(mostFiles) + " files");
    }
    if (files.empty())
        throw InputError(utf8(folder), "dataset.path",
                         "holds no text file; a file or a folder of text files is expected");
    std::sort(files.begin(), files.end());
    return files;
}

std::string readJoined(const std::vector<fs::path>& files) {
    if (files.size() == 1) return readFile(files[0]);
    std::string bytes;
    for (const fs::path& file : files) bytes += readFile(file);
    return bytes;
}

void checkConfig(const DatasetConfig& config) {
    if (config.path.empty())
        throw InputError("text_file", "dataset.path", "is empty, a file or folder is expected");
    if (config.unit != "character" && config.unit != "word")
        throw InputError("text_file", "dataset.unit",
                         "is \"" + config.unit + "\", accepted are character and word");
    if (config.vocabularyFrom != "train" && config.vocabularyFrom != "all")
        throw InputError("text_file", "dataset.vocabulary_from",
                         "is \"" + config.vocabularyFrom + "\", accepted are train and all");
}

}  // namespace

std::vector<fs::path> textFilesOf(const fs::path& path) {
    std::error_code failure;
    const fs::file_status status = fs::status(path, failure);
    if (!fs::exists(status))
        throw InputError(utf8(path), "dataset.path", "does not exist or cannot be reached");
    std::vector<fs::path> files;
    if (fs::is_directory(status)) {
        files = textFilesBelow(path);
    } else if (fs::is_regular_file(status)) {
        if (isCompressed(beginning(path)))
            throw InputError(utf8(path), "dataset.path",
                             "is compressed; unpack it first, a text file is expected");
        files.push_back(path);
    } else {
        throw InputError(utf8(path), "dataset.path", "is neither a file nor a folder");
    }
    std::uintmax_t bytes = 0;
    for (const fs::path& file : files) {
        const std::uintmax_t size = fs::file_size(file, failure);
        if (!failure) bytes += size;
    }
    if (bytes > mostBytes)
        throw InputError(utf8(path), "dataset.path",
                         "has " + std::to_string(bytes) + " bytes, at most " +
                             std::to_string(mostBytes) + " are accepted");
    return files;
}

std::array<std::size_t, 3> splitByShares(std::size_t count, double trainShare, double validShare,
                                         const std::string& name) {
    const auto check = [&](double share, const char* field) {
        if (!(share > 0 && share < 1)) throw InputError(name, field, "must be above 0 and below 1");
    };
    check(trainShare, "dataset.train_share");
    check(validShare, "dataset.valid_share");
    if (count == 0) throw InputError(name, {}, "is empty, a text is expected");
    const auto n = static_cast<double>(count);
    const auto train = static_cast<std::size_t>(trainShare * n);
    const auto valid = static_cast<std::size_t>(validShare * n);
    if (train < 2 || valid < 2 || train + valid + 2 > count)
        throw InputError(name, "dataset.train_share",
                         "the " + std::to_string(count) + " symbols split into " +
                             std::to_string(train) + ", " + std::to_string(valid) + " and " +
                             std::to_string(count - std::min(count, train + valid)) +
                             " for train, valid and test; each needs at least 2");
    return {train, valid, count - train - valid};
}

std::shared_ptr<const Dataset> openTextFile(const DatasetConfig& config) {
    checkConfig(config);
    const fs::path path = pathFromUtf8(config.path);
    const std::vector<fs::path> files = textFilesOf(path);
    const bool fromTrain = config.vocabularyFrom == "train";
    DatasetInfo info;
    info.name = "text_file";
    const fs::path shown = path.has_filename() ? path.filename() : path.parent_path().filename();
    info.label = utf8(shown) + (config.unit == "word" ? ", words" : ", characters");
    std::string contentHash;
    std::array<std::size_t, 3> counts{};
    EncodedText text;
    if (config.unit == "character") {
        info.metric = "bits_per_character";
        std::string bytes = readJoined(files);
        counts = splitByShares(bytes.size(), config.trainShare, config.validShare, config.path);
        contentHash = sha256(bytes);
        text = encodeCharacters(std::move(bytes), counts, fromTrain);
    } else {
        info.metric = "perplexity";
        WordCollector words;
        for (const fs::path& file : files) {
            WordReader reader([&](std::string_view word) { words.add(word); });
            readBlocks(file, [&](std::string_view block) { reader.add(block); });
            reader.finish();
            contentHash += sha256OfFile(file) + "\n";
        }
        counts = splitByShares(words.size(), config.trainShare, config.validShare, config.path);
        text = words.finish(counts, fromTrain, TextStyle::words);
    }
    if (text.vocabulary.size() < 2)
        throw InputError(
            config.path, {},
            "holds one symbol only; a text of at least two different ones is expected");
    info.hash = sha256("text_file 1, " + config.unit + ", vocabulary " + config.vocabularyFrom +
                       ", splits " + std::to_string(counts[0]) + " " + std::to_string(counts[1]) +
                       " " + std::to_string(counts[2]) + "\n" + contentHash);
    return std::make_shared<TextDataset>(std::move(info), std::move(text));
}

DatasetInfo describeTextFile(const DatasetConfig& config) {
    return openTextFile(config)->info();
}

}  // namespace bitloom
