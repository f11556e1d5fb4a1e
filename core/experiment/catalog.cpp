#include "experiment/catalog.h"

#include <algorithm>

namespace bitloom {

const Option* findOption(std::string_view key) {
    const auto& options = specOptions();
    const auto found = std::find_if(options.begin(), options.end(),
                                    [&](const Option& option) { return option.key == key; });
    return found == options.end() ? nullptr : &*found;
}

const Entry* findEntry(const std::vector<Entry>& table, std::string_view name) {
    const auto found = std::find_if(table.begin(), table.end(),
                                    [&](const Entry& entry) { return entry.name == name; });
    return found == table.end() ? nullptr : &*found;
}

const Preset* findPreset(std::string_view name) {
    const auto& table = presets();
    const auto found = std::find_if(table.begin(), table.end(),
                                    [&](const Preset& preset) { return preset.name == name; });
    return found == table.end() ? nullptr : &*found;
}

namespace {

/// Levenshtein distance, two rows.
std::size_t editDistance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t above = row[j];
            row[j] =
                std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0u : 1u)});
            diagonal = above;
        }
    }
    return row[b.size()];
}

}  // namespace

std::string nearestName(std::string_view name, const std::vector<std::string>& candidates) {
    // A name longer than any candidate could be is cut: the distance table stays small.
    const std::string_view wanted = name.substr(0, 200);
    std::string best;
    std::size_t least = 0;
    for (const std::string& candidate : candidates) {
        // Who writes `ptb` means ptb_char rather than copy.
        const bool begins = !wanted.empty() && candidate.starts_with(wanted);
        const std::size_t distance = begins ? 1 : editDistance(wanted, candidate);
        if (best.empty() || distance < least) {
            best = candidate;
            least = distance;
        }
    }
    return best;
}

}  // namespace bitloom
