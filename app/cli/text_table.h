#pragma once
// Tables on the terminal.

#include <string>
#include <vector>

namespace bitloom::cli {

/// Prints rows in columns as wide as their widest cell. `alignment` has an l or r for each column;
/// width counts characters, not bytes.
void printColumns(const std::vector<std::vector<std::string>>& rows, const std::string& alignment);

}  // namespace bitloom::cli
