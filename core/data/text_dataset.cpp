#include "data/text_dataset.h"

#include "data/stream_source.h"
#include "data/word_text.h"

namespace bitloom {

TextDataset::TextDataset(DatasetInfo info, EncodedText text)
    : m_info(std::move(info)), m_text(std::move(text)) {
    m_info.task = Task::language_model;
    m_info.vocabulary = static_cast<int>(m_text.vocabulary.size());
    m_info.outputs = m_info.vocabulary;
    for (std::size_t i = 0; i < 3; ++i)
        m_info.symbols[i] = static_cast<std::int64_t>(m_text.counts[i]);
}

std::unique_ptr<BatchSource> TextDataset::source(Split split, const BatchConfig& config) const {
    std::size_t begin = 0;
    for (int i = 0; i < static_cast<int>(split); ++i)
        begin += m_text.counts[static_cast<std::size_t>(i)];
    const std::size_t end = begin + m_text.counts[static_cast<std::size_t>(split)];
    return makeStreamSource(m_text.symbols, begin, end, split, config, m_info.name);
}

std::string TextDataset::symbolText(std::int32_t token) const {
    if (token < 0 || static_cast<std::size_t>(token) >= m_text.vocabulary.size()) return {};
    const std::string& symbol = m_text.vocabulary.symbol(token);
    if (m_text.style == TextStyle::bytes)
        return symbol == unknownSymbol ? "\xEF\xBF\xBD" : symbol;  // U+FFFD
    if (symbol == endOfLineSymbol) return "\n";
    if (m_text.style == TextStyle::symbols) return symbol == "_" ? " " : symbol;
    return symbol + " ";
}

std::vector<std::int32_t> TextDataset::tokenize(std::string_view text) const {
    std::vector<std::int32_t> tokens;
    const auto add = [&](std::string_view symbol) {
        if (const auto number = m_text.vocabulary.findOrUnknown(symbol)) tokens.push_back(*number);
    };
    if (m_text.style == TextStyle::words) {
        WordReader reader([&](std::string_view word) { add(word); });
        reader.add(text);
        reader.finish(false);
        return tokens;
    }
    for (std::size_t i = 0; i < text.size(); ++i) {
        std::string_view symbol = text.substr(i, 1);
        if (m_text.style == TextStyle::symbols) {
            if (symbol == " ") symbol = "_";
            if (symbol == "\n") symbol = endOfLineSymbol;
        }
        add(symbol);
    }
    return tokens;
}

}  // namespace bitloom
