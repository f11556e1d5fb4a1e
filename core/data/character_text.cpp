#include "data/character_text.h"

#include <algorithm>

namespace bitloom {
namespace {

EncodedText encode(std::string bytes, std::array<std::size_t, 3> counts,
                   const std::array<bool, 256>& known, bool addUnknown) {
    std::vector<std::string> symbols;
    std::array<char, 256> numbers{};
    for (std::size_t value = 0; value < 256; ++value) {
        if (!known[value]) continue;
        numbers[value] = static_cast<char>(symbols.size());
        symbols.emplace_back(1, static_cast<char>(value));
    }
    EncodedText text;
    text.vocabulary = Vocabulary(std::move(symbols));
    if (addUnknown) {
        const auto unknown = static_cast<char>(text.vocabulary.addUnknown());
        for (std::size_t value = 0; value < 256; ++value)
            if (!known[value]) numbers[value] = unknown;
    }
    for (char& c : bytes) c = numbers[static_cast<unsigned char>(c)];
    text.symbols = std::make_shared<Symbols>(Symbols::fromBytes(std::move(bytes)));
    text.counts = counts;
    text.style = TextStyle::bytes;
    return text;
}

std::array<bool, 256> occurring(std::string_view bytes) {
    std::array<bool, 256> known{};
    for (const char c : bytes) known[static_cast<unsigned char>(c)] = true;
    return known;
}

}  // namespace

EncodedText encodeCharacters(std::string bytes, std::array<std::size_t, 3> counts, bool fromTrain) {
    const auto all = occurring(bytes);
    if (!fromTrain) return encode(std::move(bytes), counts, all, false);
    const auto known = occurring(std::string_view(bytes).substr(0, counts[0]));
    return encode(std::move(bytes), counts, known, known != all);
}

EncodedText encodeCharacters(std::string bytes, std::array<std::size_t, 3> counts,
                             std::string_view alphabet) {
    return encode(std::move(bytes), counts, occurring(alphabet), false);
}

}  // namespace bitloom
