#pragma once
// IDX, the file format of MNIST: two zero bytes, a type (0x08 = unsigned byte), the number of
// dimensions, each dimension as a big-endian 32-bit number, then the bytes. Also gzip-compressed.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bitloom {

struct IdxArray {
    std::vector<std::uint32_t> dimensions;
    std::string bytes;  ///< row-major, as many as the product of the dimensions
};

/// Parses an IDX file of unsigned bytes with `rank` dimensions, gzip-compressed or not. Throws
/// InputError naming `name` and what was expected: wrong magic, type or rank, an empty or absurd
/// dimension (more than 1e9 bytes in all), bytes missing or left over, damaged compression.
IdxArray parseIdx(std::string content, const std::string& name, std::size_t rank);

}  // namespace bitloom
