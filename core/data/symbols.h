#pragma once
// A long row of symbol numbers in as few bytes as the vocabulary allows: one byte a symbol up to
// V = 256, two up to 65,536, four above. A 100 MB text of bytes so costs 100 MB.

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace bitloom {

class Symbols {
public:
    /// An empty row for symbols 0 .. vocabulary-1.
    explicit Symbols(std::size_t vocabulary = 256);
    /// Takes the bytes as they are as symbol numbers (V <= 256), without a copy.
    static Symbols fromBytes(std::string bytes);

    [[nodiscard]] std::size_t size() const;
    [[nodiscard]] std::size_t bytesPerSymbol() const;
    /// Symbol i; i < size().
    [[nodiscard]] std::int32_t operator[](std::size_t i) const;
    void reserve(std::size_t count);
    /// Appends a symbol below the vocabulary size given at construction.
    void append(std::int32_t symbol);
    /// Writes symbols begin .. begin+count-1 to out[0], out[stride], ...
    void copy(std::size_t begin, std::size_t count, std::int32_t* out, std::size_t stride) const;

private:
    std::variant<std::string, std::vector<std::uint16_t>, std::vector<std::int32_t>> m_row;
};

}  // namespace bitloom
