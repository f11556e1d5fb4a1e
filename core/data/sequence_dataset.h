#pragma once
// A dataset of whole sequences: pixel sequences, the adding and the copy task.

#include <array>
#include <string>
#include <vector>

#include "data/sequence_source.h"

namespace bitloom {

class SequenceDataset final : public Dataset {
public:
    /// Fills a batch with sequences of one split.
    using Fill =
        std::function<void(Split split, std::span<const std::uint32_t> sequences, Batch& batch)>;

    /// `symbols`: the text of each token, one character each; empty for frames.
    SequenceDataset(DatasetInfo info, Fill fill, std::vector<std::string> symbols = {})
        : m_info(std::move(info)), m_fill(std::move(fill)), m_symbols(std::move(symbols)) {}

    [[nodiscard]] const DatasetInfo& info() const override { return m_info; }
    [[nodiscard]] std::unique_ptr<BatchSource> source(Split split,
                                                      const BatchConfig& config) const override;
    [[nodiscard]] std::string symbolText(std::int32_t token) const override;
    [[nodiscard]] std::vector<std::int32_t> tokenize(std::string_view text) const override;

private:
    DatasetInfo m_info;
    Fill m_fill;
    std::vector<std::string> m_symbols;
};

/// `asked` sequences for training (0 = `fallback`), and `share` of them for validation and test
/// each, at least one. Throws InputError naming `name` outside 10 .. 10,000,000.
std::array<std::int64_t, 3> sequenceCounts(std::int64_t asked, std::int64_t fallback, double share,
                                           const std::string& name);

}  // namespace bitloom
