#include "data/vocabulary.h"

namespace bitloom {

Vocabulary::Vocabulary(std::vector<std::string> symbols) : m_symbols(std::move(symbols)) {
    m_numbers.reserve(m_symbols.size());
    for (std::size_t i = 0; i < m_symbols.size(); ++i)
        m_numbers.emplace(m_symbols[i], static_cast<std::int32_t>(i));
}

const std::string& Vocabulary::symbol(std::int32_t number) const {
    return m_symbols.at(static_cast<std::size_t>(number));
}

std::optional<std::int32_t> Vocabulary::find(std::string_view symbol) const {
    const auto found = m_numbers.find(symbol);
    if (found == m_numbers.end()) return std::nullopt;
    return found->second;
}

std::optional<std::int32_t> Vocabulary::findOrUnknown(std::string_view symbol) const {
    const auto found = find(symbol);
    return found ? found : m_unknown;
}

std::int32_t Vocabulary::addUnknown() {
    if (const auto found = find(unknownSymbol)) {
        m_unknown = *found;
    } else {
        m_unknown = static_cast<std::int32_t>(m_symbols.size());
        m_symbols.emplace_back(unknownSymbol);
        m_numbers.emplace(m_symbols.back(), *m_unknown);
    }
    return *m_unknown;
}

}  // namespace bitloom
