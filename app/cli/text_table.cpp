#include "text_table.h"

#include <algorithm>
#include <cstdio>

namespace bitloom::cli {
namespace {

/// Characters on the screen: code points, not bytes.
std::size_t width(const std::string& text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xc0u) != 0x80u;
    }));
}

}  // namespace

void printColumns(const std::vector<std::vector<std::string>>& rows, const std::string& alignment) {
    std::vector<std::size_t> widths(alignment.size());
    for (const auto& row : rows)
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
    for (const auto& row : rows) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            const std::string gap(widths[i] - width(row[i]), ' ');
            line += (i ? "  " : "") + (alignment[i] == 'l' ? row[i] + gap : gap + row[i]);
        }
        std::printf("%s\n", line.substr(0, line.find_last_not_of(' ') + 1).c_str());
    }
}

}  // namespace bitloom::cli
