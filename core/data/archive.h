#pragma once
// Reading compressed files and archives (libarchive): gzip, xz, bzip2, zstd, zip, tar, 7z.
// Entry names are only reported, never used as paths, so a hostile archive cannot write anywhere.
// Sizes are bounded while unpacking, so a small file that unpacks to terabytes ends early.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace bitloom {

/// Whether a file that begins like this is a compressed file or an archive this room unpacks.
/// 512 bytes are enough.
bool looksPacked(std::string_view beginning);
bool looksGzipped(std::string_view beginning);

struct UnpackLimits {
    std::uint64_t entryBytes = 128'000'000;    ///< larger entries are reported as too large
    std::uint64_t totalBytes = 2'000'000'000;  ///< unpacked bytes of one archive
    std::uint64_t entries = 20'000;
};

/// One file in an archive. `problem` is empty, or says why the content is not there.
struct UnpackedEntry {
    std::string name;  ///< "" for a compressed single file
    std::string content;
    std::string problem;
};

/// Gives every file of the archive to `entry` in turn. Throws InputError naming `name` if the
/// archive is damaged or breaks a limit of the whole.
void unpackFile(const std::filesystem::path& path, const UnpackLimits& limits,
                const std::function<void(UnpackedEntry)>& entry);
void unpackMemory(std::string_view bytes, const std::string& name, const UnpackLimits& limits,
                  const std::function<void(UnpackedEntry)>& entry);

/// The content of a gzip file held in memory. InputError naming `name` if it is damaged or unpacks
/// to more than `limit` bytes.
std::string gunzip(std::string_view bytes, const std::string& name, std::uint64_t limit);

}  // namespace bitloom
