#include "data/sequence_dataset.h"

#include <algorithm>

#include "base/error.h"

namespace bitloom {

std::unique_ptr<BatchSource> SequenceDataset::source(Split split, const BatchConfig& config) const {
    // The source owns its copy of the function, so it outlives the dataset.
    return makeSequenceSource(
        static_cast<std::uint32_t>(m_info.symbols[static_cast<int>(split)]), split, config,
        [fill = m_fill, split](std::span<const std::uint32_t> sequences, Batch& batch) {
            fill(split, sequences, batch);
        },
        m_info.name);
}

std::string SequenceDataset::symbolText(std::int32_t token) const {
    if (token < 0 || static_cast<std::size_t>(token) >= m_symbols.size()) return {};
    return m_symbols[static_cast<std::size_t>(token)];
}

std::vector<std::int32_t> SequenceDataset::tokenize(std::string_view text) const {
    std::vector<std::int32_t> tokens;
    for (const char c : text) {
        const auto found = std::find(m_symbols.begin(), m_symbols.end(), std::string(1, c));
        if (found != m_symbols.end())
            tokens.push_back(static_cast<std::int32_t>(found - m_symbols.begin()));
    }
    return tokens;
}

std::array<std::int64_t, 3> sequenceCounts(std::int64_t asked, std::int64_t fallback, double share,
                                           const std::string& name) {
    const std::int64_t train = asked == 0 ? fallback : asked;
    if (train < 10 || train > 10'000'000)
        throw InputError(name, "dataset.size",
                         "is " + std::to_string(train) + ", accepted is 0 (" +
                             std::to_string(fallback) + " sequences) or 10 to 10000000");
    const auto rest =
        std::max<std::int64_t>(1, static_cast<std::int64_t>(share * static_cast<double>(train)));
    return {train, rest, rest};
}

}  // namespace bitloom
