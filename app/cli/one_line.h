#pragma once
// Names from files and archives on the terminal.

#include <string>

namespace bitloom::cli {

/// `text` on one line: control characters, which a terminal would obey, become spaces.
inline std::string oneLine(std::string text) {
    for (char& c : text)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
    return text;
}

}  // namespace bitloom::cli
