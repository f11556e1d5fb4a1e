#include "data/idx.h"

#include "base/error.h"
#include "data/archive.h"

namespace bitloom {
namespace {

constexpr std::uint64_t mostBytes = 1'000'000'000;

}  // namespace

IdxArray parseIdx(std::string content, const std::string& name, std::size_t rank) {
    if (looksGzipped(content)) content = gunzip(content, name, mostBytes + 64);
    const std::size_t header = 4 + 4 * rank;
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(content[i]); };
    if (content.size() < header)
        throw InputError(name, {},
                         "has " + std::to_string(content.size()) + " bytes, an IDX header of " +
                             std::to_string(header) + " is expected");
    if (byte(0) != 0 || byte(1) != 0)
        throw InputError(name, {}, "is no IDX file: the first two bytes are not zero");
    if (byte(2) != 0x08)
        throw InputError(
            name, {},
            "has IDX type " + std::to_string(byte(2)) + ", 8 (unsigned byte) is expected");
    if (byte(3) != rank)
        throw InputError(name, {},
                         "has " + std::to_string(byte(3)) + " dimensions, " + std::to_string(rank) +
                             " are expected");
    IdxArray array;
    std::uint64_t total = 1;
    for (std::size_t d = 0; d < rank; ++d) {
        const std::size_t at = 4 + 4 * d;
        const std::uint32_t size = (std::uint32_t{byte(at)} << 24) |
                                   (std::uint32_t{byte(at + 1)} << 16) |
                                   (std::uint32_t{byte(at + 2)} << 8) | std::uint32_t{byte(at + 3)};
        array.dimensions.push_back(size);
        // total stays below 1e9 and size below 2^32, so the product fits 64 bits.
        total *= size;
        if (size == 0 || total > mostBytes)
            throw InputError(name, {},
                             "has an absurd dimension " + std::to_string(d + 1) + " of " +
                                 std::to_string(size) + ", 1 to 1e9 bytes in all are expected");
    }
    if (content.size() - header != total)
        throw InputError(name, {},
                         "holds " + std::to_string(content.size() - header) +
                             " bytes after its header, " + std::to_string(total) +
                             " are expected from its dimensions");
    content.erase(0, header);
    array.bytes = std::move(content);
    return array;
}

}  // namespace bitloom
