#pragma once
// The symbols of a text, numbered. Characters are numbered by byte value, words by falling
// frequency and, at equal frequency, by their bytes: the numbering is a function of the text alone.
//
// Unknown symbols: a vocabulary taken from the training split gets one more symbol, "<unk>", as its
// last number if validation or test hold a symbol that training does not (a word text that already
// has a word "<unk>" uses that one). Without such symbols no number is spent on it.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace bitloom {

class Vocabulary {
public:
    Vocabulary() = default;
    /// Symbols in the order of their numbers; they must differ.
    explicit Vocabulary(std::vector<std::string> symbols);

    [[nodiscard]] std::size_t size() const { return m_symbols.size(); }
    [[nodiscard]] const std::string& symbol(std::int32_t number) const;
    [[nodiscard]] std::optional<std::int32_t> find(std::string_view symbol) const;
    /// The number that stands for symbols outside the vocabulary, if there is one.
    [[nodiscard]] std::optional<std::int32_t> unknown() const { return m_unknown; }
    /// find(), else unknown().
    [[nodiscard]] std::optional<std::int32_t> findOrUnknown(std::string_view symbol) const;
    /// Adds "<unk>" if it is not there and makes it the unknown symbol; returns its number.
    std::int32_t addUnknown();

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const {
            return std::hash<std::string_view>{}(text);
        }
    };

    std::vector<std::string> m_symbols;
    std::unordered_map<std::string, std::int32_t, Hash, std::equal_to<>> m_numbers;
    std::optional<std::int32_t> m_unknown;
};

inline constexpr std::string_view unknownSymbol = "<unk>";
inline constexpr std::string_view endOfLineSymbol = "<eos>";

}  // namespace bitloom
