#include "data/archive.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <charconv>
#include <memory>

#include "base/error.h"
#include "base/files.h"

namespace bitloom {
namespace {

using namespace std::string_view_literals;
using Reader = std::unique_ptr<archive, decltype(&archive_read_free)>;

/// A reader that also takes compressed single files ("raw") when `raw` is set; raw is not combined
/// with archive formats where the content decides, since it matches everything.
Reader makeReader(bool raw) {
    Reader reader(archive_read_new(), &archive_read_free);
    if (!reader) throw WorkError("out of memory while unpacking");
    archive_read_support_filter_gzip(reader.get());
    archive_read_support_filter_xz(reader.get());
    archive_read_support_filter_bzip2(reader.get());
    archive_read_support_filter_zstd(reader.get());
    if (raw) {
        archive_read_support_format_raw(reader.get());
    } else {
        archive_read_support_format_tar(reader.get());
        archive_read_support_format_zip(reader.get());
        archive_read_support_format_7zip(reader.get());
        archive_read_support_format_raw(reader.get());
    }
    return reader;
}

std::string reasonOf(archive* reader) {
    const char* text = archive_error_string(reader);
    return text ? text : "unknown reason";
}

[[noreturn]] void damaged(const std::string& name, archive* reader) {
    throw InputError(name, {}, "is damaged and cannot be unpacked: " + reasonOf(reader));
}

/// "Raw" takes anything, also bytes that only begin like a compressed file and come out as they
/// went in.
void refuseUncompressed(archive* reader, const std::string& name) {
    if (archive_filter_code(reader, 0) == ARCHIVE_FILTER_NONE)
        throw InputError(name, {}, "is damaged: it begins like an archive and is none");
}

/// Reads the current entry up to `limit` bytes; false if it has more.
bool readEntry(archive* reader, const std::string& name, std::uint64_t limit,
               std::string& content) {
    char block[1 << 16];
    while (true) {
        const la_ssize_t got = archive_read_data(reader, block, sizeof block);
        if (got == ARCHIVE_RETRY) continue;
        if (got < 0) damaged(name, reader);
        if (got == 0) return true;
        if (content.size() + static_cast<std::uint64_t>(got) > limit) return false;
        content.append(block, static_cast<std::size_t>(got));
    }
}

void unpack(archive* reader, const std::string& name, const UnpackLimits limits,
            const std::function<void(UnpackedEntry)>& give) {
    std::uint64_t total = 0, entries = 0;
    while (true) {
        archive_entry* header = nullptr;
        const int state = archive_read_next_header(reader, &header);
        if (state == ARCHIVE_EOF) return;
        if (state == ARCHIVE_RETRY) continue;
        if (state != ARCHIVE_OK && state != ARCHIVE_WARN) damaged(name, reader);
        if (++entries > limits.entries)
            throw InputError(name, {},
                             "holds more than " + std::to_string(limits.entries) + " files");
        if (archive_entry_filetype(header) != AE_IFREG) continue;
        UnpackedEntry entry;
        const bool raw = archive_format(reader) == ARCHIVE_FORMAT_RAW;
        if (raw) refuseUncompressed(reader, name);
        const char* path = archive_entry_pathname_utf8(header);
        if (!path) path = archive_entry_pathname(header);
        if (!raw) entry.name = path ? path : "unnamed";
        const std::uint64_t left = limits.totalBytes - total;
        const std::uint64_t limit = std::min(limits.entryBytes, left);
        const bool encrypted = archive_entry_is_encrypted(header) != 0;
        if (encrypted) {
            entry.problem = "is encrypted";
        } else if (archive_entry_size_is_set(header) &&
                   archive_entry_size(header) > static_cast<la_int64_t>(limits.entryBytes)) {
            entry.problem = "is larger than any known file";
        } else if (!readEntry(reader, name, limit, entry.content)) {
            if (limit == left)
                throw InputError(name, {}, "unpacks to more bytes than any dataset has");
            entry.problem = "is larger than any known file";
        }
        total += entry.content.size();
        if (!entry.problem.empty()) entry.content.clear();
        const bool stop = raw && !entry.problem.empty();
        give(std::move(entry));
        if (stop) return;  // nothing follows in a compressed single file
    }
}

/// The header of a tar from before POSIX has no magic; its checksum, in octal, adds up.
bool looksLikeOldTar(std::string_view header) {
    constexpr std::size_t k_header = 512, k_checksum = 148, k_checksumSize = 8;
    if (header.size() < k_header || header[0] == '\0') return false;
    std::string_view written = header.substr(k_checksum, k_checksumSize);
    written.remove_prefix(std::min(written.find_first_not_of(' '), written.size()));
    unsigned checksum = 0;
    const char* end = written.data() + written.size();
    if (std::from_chars(written.data(), end, checksum, 8).ec != std::errc()) return false;
    unsigned sum = 0;
    for (std::size_t i = 0; i < k_header; ++i) {
        const bool ofChecksum = i >= k_checksum && i < k_checksum + k_checksumSize;
        sum += static_cast<unsigned char>(ofChecksum ? ' ' : header[i]);
    }
    return sum == checksum;
}

}  // namespace

bool looksGzipped(std::string_view beginning) {
    return beginning.starts_with("\x1F\x8B"sv);
}

bool looksPacked(std::string_view beginning) {
    for (const std::string_view magic :
         {"\x1F\x8B"sv, "\xFD\x37zXZ\0"sv, "BZh"sv, "\x28\xB5\x2F\xFD"sv, "PK\x03\x04"sv,
          "PK\x05\x06"sv, "7z\xBC\xAF\x27\x1C"sv})
        if (beginning.starts_with(magic)) return true;
    return (beginning.size() >= 262 && beginning.substr(257, 5) == "ustar"sv) ||
           looksLikeOldTar(beginning);
}

void unpackFile(const std::filesystem::path& path, const UnpackLimits& limits,
                const std::function<void(UnpackedEntry)>& entry) {
    const Reader reader = makeReader(false);
    if (archive_read_open_filename(reader.get(), path.c_str(), 1 << 16) != ARCHIVE_OK)
        damaged(utf8(path), reader.get());
    unpack(reader.get(), utf8(path), limits, entry);
}

void unpackMemory(std::string_view bytes, const std::string& name, const UnpackLimits& limits,
                  const std::function<void(UnpackedEntry)>& entry) {
    const Reader reader = makeReader(false);
    if (archive_read_open_memory(reader.get(), bytes.data(), bytes.size()) != ARCHIVE_OK)
        damaged(name, reader.get());
    unpack(reader.get(), name, limits, entry);
}

std::string gunzip(std::string_view bytes, const std::string& name, std::uint64_t limit) {
    const Reader reader = makeReader(true);
    archive_entry* header = nullptr;
    if (archive_read_open_memory(reader.get(), bytes.data(), bytes.size()) != ARCHIVE_OK ||
        archive_read_next_header(reader.get(), &header) != ARCHIVE_OK)
        damaged(name, reader.get());
    refuseUncompressed(reader.get(), name);
    std::string content;
    if (!readEntry(reader.get(), name, limit, content))
        throw InputError(name, {}, "unpacks to more than " + std::to_string(limit) + " bytes");
    return content;
}

}  // namespace bitloom
