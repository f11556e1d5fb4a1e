#pragma once
// Words: whatever stands between white space (space, tab, CR, LF, VT, FF), and <eos> at every line
// end, also at the end of a last line without one. Read block by block, so the text is never held
// whole.

#include <functional>
#include <string>
#include <string_view>

#include "data/text_dataset.h"

namespace bitloom {

/// Cuts a text that arrives in blocks into words.
class WordReader {
public:
    explicit WordReader(std::function<void(std::string_view)> word) : m_word(std::move(word)) {}
    /// The next piece of the text; a word may go on in the following piece.
    void add(std::string_view block);
    /// The text is over. `closeLine`: a line without a line end gets its <eos>.
    void finish(bool closeLine = true);

private:
    std::function<void(std::string_view)> m_word;
    std::string m_rest;
    bool m_lineOpen = false;
};

/// Collects words into numbers; the numbering of the finished vocabulary is by falling frequency,
/// then bytes.
class WordCollector {
public:
    /// Words of one text; may be called for several texts.
    void add(std::string_view word);
    [[nodiscard]] std::size_t size() const { return m_numbers.size(); }
    /// The text with these split sizes (their sum is size()). With `fromTrain` the vocabulary and
    /// its frequencies are those of the training split and words outside it become <unk> (see
    /// vocabulary.h); else those of the whole text.
    EncodedText finish(std::array<std::size_t, 3> counts, bool fromTrain, TextStyle style);

private:
    static constexpr std::array<std::int32_t, 256> unseen() {
        std::array<std::int32_t, 256> numbers{};
        numbers.fill(-1);
        return numbers;
    }
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const {
            return std::hash<std::string_view>{}(text);
        }
    };

    std::unordered_map<std::string, std::int32_t, Hash, std::equal_to<>> m_known;
    std::array<std::int32_t, 256> m_single = unseen();  ///< numbers of one-byte words: no look-up
    std::vector<std::string> m_words;                   ///< in order of first appearance
    std::vector<std::int32_t> m_numbers;                ///< the text in that numbering
};

/// Feeds a file to `reader` in blocks. Throws InputError if it cannot be read.
void readBlocks(const std::filesystem::path& path,
                const std::function<void(std::string_view)>& block);

}  // namespace bitloom
