#pragma once
// A language-model dataset: one row of symbols cut into three consecutive splits, and its
// vocabulary.

#include <array>

#include "data/dataset.h"
#include "data/symbols.h"
#include "data/vocabulary.h"

namespace bitloom {

/// How symbols become text and text becomes symbols.
enum class TextStyle {
    bytes,    ///< a symbol is one byte
    symbols,  ///< PTB characters: one-character symbols, "_" for the space, <eos> for the line end
    words,    ///< words; <eos> for the line end
};

/// A text turned into symbol numbers.
struct EncodedText {
    std::shared_ptr<const Symbols> symbols;
    Vocabulary vocabulary;
    std::array<std::size_t, 3>
        counts{};  ///< symbols of train, valid, test, in this order in the row
    TextStyle style = TextStyle::bytes;
};

class TextDataset final : public Dataset {
public:
    /// `info` carries name, label, metric, hash, floor; task, vocabulary, outputs and symbols are
    /// filled in here.
    TextDataset(DatasetInfo info, EncodedText text);

    [[nodiscard]] const DatasetInfo& info() const override { return m_info; }
    [[nodiscard]] std::unique_ptr<BatchSource> source(Split split,
                                                      const BatchConfig& config) const override;
    [[nodiscard]] std::string symbolText(std::int32_t token) const override;
    [[nodiscard]] std::vector<std::int32_t> tokenize(std::string_view text) const override;

    [[nodiscard]] const EncodedText& text() const { return m_text; }

private:
    DatasetInfo m_info;
    EncodedText m_text;
};

}  // namespace bitloom
