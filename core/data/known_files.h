#pragma once
// The files of the published datasets, by content: what `data import` recognizes whatever a file is
// called, and what `data check` compares with.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace bitloom {

struct KnownFile {
    const char* folder;        ///< below userDataFolder()/datasets
    const char* name;          ///< what it is called there
    std::uint64_t bytes;       ///< unpacked
    const char* sha256;        ///< unpacked; "" if only the CRC-32 is known
    std::uint32_t crc32;       ///< of the unpacked bytes, 0 if the SHA-256 is known
    const char* packedSha256;  ///< of the published .gz, "" if there is none
};

/// All known files, the files of a folder together.
std::span<const KnownFile> knownFiles();
/// The known file with this content, or none. Hashes only if some known file has this size.
const KnownFile* recognize(std::string_view content);
/// Whether some known file has this size.
bool isKnownSize(std::uint64_t bytes);
/// The size of the largest known file.
std::uint64_t largestKnownFile();
/// The known file of this place, or none.
const KnownFile* knownFile(std::string_view folder, std::string_view name);
/// Whether `content` is that file.
bool isContentOf(const KnownFile& file, std::string_view content);

/// CRC-32 as in zip and gzip.
std::uint32_t crc32Of(std::string_view bytes);

}  // namespace bitloom
