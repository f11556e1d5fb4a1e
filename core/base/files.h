#pragma once
// Reading and durable writing of files. Paths are UTF-8.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace bitloom {

/// The whole file as bytes. Throws InputError naming the file if it cannot be read.
std::string readFile(const std::filesystem::path& path);

/// Writes to a temporary name beside `path`, fsyncs, renames over `path` and fsyncs the folder:
/// after a crash the old or the new content is there, never a mix. A device or a pipe is written to
/// as it is. Throws WorkError (full disk, no
/// permission).
void writeFileAtomically(const std::filesystem::path& path, std::string_view content);

/// As above with several pieces written in order (large tensors without a joined copy).
void writeFileAtomically(const std::filesystem::path& path,
                         std::span<const std::span<const std::byte>> pieces);

/// Appends to a file line by line; every call reaches the kernel before it returns.
class AppendFile {
public:
    /// Opens or creates; throws WorkError.
    explicit AppendFile(const std::filesystem::path& path);
    AppendFile(const AppendFile&) = delete;
    AppendFile& operator=(const AppendFile&) = delete;
    ~AppendFile();

    /// Writes `line` and a newline in one write call. Throws WorkError on a short write.
    void appendLine(std::string_view line);
    /// Bytes in the file now.
    [[nodiscard]] std::uint64_t size() const;
    /// Cuts the file to `bytes`.
    void truncate(std::uint64_t bytes);
    /// Waits until the content is on the disk.
    void sync();

private:
    int m_descriptor = -1;
    std::filesystem::path m_path;
};

/// Hexadecimal SHA-256 of a byte string, of a file (streamed).
std::string sha256(std::string_view bytes);
std::string sha256OfFile(const std::filesystem::path& path);

/// XDG folders: $XDG_DATA_HOME/bitloom or ~/.local/share/bitloom. BITLOOM_DATA overrides. Not
/// created.
std::filesystem::path userDataFolder();

/// A path as UTF-8 text and back.
std::string utf8(const std::filesystem::path& path);
std::filesystem::path pathFromUtf8(std::string_view text);

}  // namespace bitloom
