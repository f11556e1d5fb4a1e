#include "data/word_text.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <numeric>

#include "base/error.h"
#include "base/files.h"

namespace bitloom {
namespace {

bool isSpace(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

}  // namespace

void WordReader::add(std::string_view block) {
    std::size_t i = 0;
    while (i < block.size()) {
        if (isSpace(block[i])) {
            if (!m_rest.empty()) {
                m_word(m_rest);
                m_rest.clear();
            }
            m_lineOpen = true;
            if (block[i] == '\n') {
                m_word(endOfLineSymbol);
                m_lineOpen = false;
            }
            ++i;
            continue;
        }
        std::size_t end = i;
        while (end < block.size() && !isSpace(block[end])) ++end;
        m_lineOpen = true;
        if (end == block.size() || !m_rest.empty()) {
            m_rest.append(block.substr(i, end - i));
            if (end < block.size()) {
                m_word(m_rest);
                m_rest.clear();
            }
        } else {
            m_word(block.substr(i, end - i));
        }
        i = end;
    }
}

void WordReader::finish(bool closeLine) {
    if (!m_rest.empty()) m_word(m_rest);
    m_rest.clear();
    if (closeLine && m_lineOpen) m_word(endOfLineSymbol);
    m_lineOpen = false;
}

void WordCollector::add(std::string_view word) {
    const bool single = word.size() == 1;
    const std::size_t byte = single ? static_cast<unsigned char>(word[0]) : 0;
    if (single && m_single[byte] >= 0) {
        m_numbers.push_back(m_single[byte]);
        return;
    }
    const auto found = m_known.find(word);
    if (found != m_known.end()) {
        m_numbers.push_back(found->second);
        return;
    }
    const auto number = static_cast<std::int32_t>(m_words.size());
    m_known.emplace(word, number);
    m_words.emplace_back(word);
    m_numbers.push_back(number);
    if (single) m_single[byte] = number;
}

EncodedText WordCollector::finish(std::array<std::size_t, 3> counts, bool fromTrain,
                                  TextStyle style) {
    // A word's number is its rank of first appearance, so the words of the training split are the
    // first ones: 0 .. known-1.
    const std::size_t counted = fromTrain ? counts[0] : m_numbers.size();
    std::vector<std::int64_t> frequency(m_words.size(), 0);
    for (std::size_t i = 0; i < counted; ++i) ++frequency[static_cast<std::size_t>(m_numbers[i])];
    std::vector<std::int32_t> order;
    for (std::size_t w = 0; w < m_words.size(); ++w)
        if (frequency[w] > 0) order.push_back(static_cast<std::int32_t>(w));
    const bool byFrequency = style == TextStyle::words;
    std::sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
        const auto i = static_cast<std::size_t>(a);
        const auto j = static_cast<std::size_t>(b);
        if (byFrequency && frequency[i] != frequency[j]) return frequency[i] > frequency[j];
        return m_words[i] < m_words[j];
    });
    std::vector<std::int32_t> renumbered(m_words.size(), -1);
    std::vector<std::string> symbols;
    for (const std::int32_t word : order) {
        renumbered[static_cast<std::size_t>(word)] = static_cast<std::int32_t>(symbols.size());
        symbols.push_back(m_words[static_cast<std::size_t>(word)]);
    }
    EncodedText text;
    text.vocabulary = Vocabulary(std::move(symbols));
    if (order.size() < m_words.size()) {
        const std::int32_t unknown = text.vocabulary.addUnknown();
        std::replace(renumbered.begin(), renumbered.end(), -1, unknown);
    } else if (text.vocabulary.find(unknownSymbol)) {
        text.vocabulary.addUnknown();
    }
    auto row = std::make_shared<Symbols>(text.vocabulary.size());
    row->reserve(m_numbers.size());
    for (const std::int32_t number : m_numbers)
        row->append(renumbered[static_cast<std::size_t>(number)]);
    text.symbols = std::move(row);
    text.counts = counts;
    text.style = style;
    *this = WordCollector();
    return text;
}

void readBlocks(const std::filesystem::path& path,
                const std::function<void(std::string_view)>& block) {
    std::error_code failure;
    if (!std::filesystem::is_regular_file(path, failure))
        throw InputError(utf8(path), {}, "is not a file that can be read");
    std::ifstream in(path, std::ios::binary);
    if (!in)
        throw InputError(utf8(path), {}, std::string("cannot be read: ") + std::strerror(errno));
    std::string buffer(1 << 20, '\0');
    while (in.read(buffer.data(), static_cast<std::streamsize>(buffer.size())) || in.gcount() > 0)
        block(std::string_view(buffer).substr(0, static_cast<std::size_t>(in.gcount())));
    if (in.bad()) throw InputError(utf8(path), {}, "cannot be read to its end");
}

}  // namespace bitloom
