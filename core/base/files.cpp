#include "base/files.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>

#include "base/error.h"

namespace bitloom {
namespace {

constexpr std::streamoff k_largestFile = 8'000'000'000;

std::string reason() {
    return std::strerror(errno);
}

void writeAll(int descriptor, const char* data, std::size_t size, const std::string& name) {
    while (size > 0) {
        const ssize_t written = ::write(descriptor, data, size);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) throw WorkError("cannot write " + name + ": " + reason());
        data += written;
        size -= static_cast<std::size_t>(written);
    }
}

void syncFolder(const std::filesystem::path& folder) {
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return;
    ::fsync(descriptor);
    ::close(descriptor);
}

class Sha256 {
public:
    Sha256() : m_context(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
        EVP_DigestInit_ex(m_context.get(), EVP_sha256(), nullptr);
    }
    void add(const void* data, std::size_t size) { EVP_DigestUpdate(m_context.get(), data, size); }
    std::string hex() {
        std::array<unsigned char, 32> digest{};
        EVP_DigestFinal_ex(m_context.get(), digest.data(), nullptr);
        std::string text;
        for (const unsigned char byte : digest) {
            text += "0123456789abcdef"[byte >> 4];
            text += "0123456789abcdef"[byte & 15];
        }
        return text;
    }

private:
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> m_context;
};

}  // namespace

std::string readFile(const std::filesystem::path& path) {
    std::error_code failure;
    if (std::filesystem::is_directory(path, failure))
        throw InputError(utf8(path), {}, "is a folder, expected a file");
    // Opening a pipe would wait for a writer, and a device may never end.
    if (std::filesystem::exists(path, failure) && !std::filesystem::is_regular_file(path, failure))
        throw InputError(utf8(path), {}, "is a pipe or a device, expected a file");
    std::ifstream in(path, std::ios::binary | std::ios::ate);
    if (!in) throw InputError(utf8(path), {}, "cannot be read: " + reason());
    const std::streamoff size = in.tellg();
    // Refused before the memory of the whole machine is asked for.
    if (size > k_largestFile)
        throw InputError(utf8(path), {},
                         "has " + std::to_string(size) + " bytes, at most " +
                             std::to_string(k_largestFile) + " are accepted");
    std::string content(static_cast<std::size_t>(std::max<std::streamoff>(size, 0)), '\0');
    in.seekg(0);
    in.read(content.data(), static_cast<std::streamsize>(content.size()));
    content.resize(static_cast<std::size_t>(in.gcount()));
    return content;
}

void writeFileAtomically(const std::filesystem::path& path, std::string_view content) {
    const std::array<std::span<const std::byte>, 1> pieces{
        std::as_bytes(std::span(content.data(), content.size()))};
    writeFileAtomically(path, pieces);
}

void writeFileAtomically(const std::filesystem::path& path,
                         std::span<const std::span<const std::byte>> pieces) {
    // A device or a pipe is written to, not replaced: /dev/null has to stay one.
    std::error_code unknown;
    const std::filesystem::file_status status = std::filesystem::status(path, unknown);
    const bool stays = std::filesystem::is_other(status);
    std::filesystem::path temporary = path;
    if (!stays) temporary += "." + std::to_string(::getpid()) + ".tmp";
    const int descriptor =
        ::open(temporary.c_str(), O_WRONLY | O_CLOEXEC | (stays ? 0 : O_CREAT | O_TRUNC), 0644);
    if (descriptor < 0) throw WorkError("cannot write " + utf8(temporary) + ": " + reason());
    try {
        for (const auto& piece : pieces)
            writeAll(descriptor, reinterpret_cast<const char*>(piece.data()), piece.size(),
                     utf8(path));
        if (!stays && ::fsync(descriptor) != 0)
            throw WorkError("cannot write " + utf8(path) + ": " + reason());
    } catch (...) {
        ::close(descriptor);
        if (!stays) ::unlink(temporary.c_str());
        throw;
    }
    ::close(descriptor);
    if (stays) return;
    if (::rename(temporary.c_str(), path.c_str()) != 0) {
        const std::string why = reason();
        ::unlink(temporary.c_str());
        throw WorkError("cannot replace " + utf8(path) + ": " + why);
    }
    syncFolder(path.has_parent_path() ? path.parent_path() : ".");
}

AppendFile::AppendFile(const std::filesystem::path& path)
    : m_descriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644)),
      m_path(path) {
    if (m_descriptor < 0) throw WorkError("cannot open " + utf8(path) + ": " + reason());
}

AppendFile::~AppendFile() {
    ::close(m_descriptor);
}

void AppendFile::appendLine(std::string_view line) {
    std::string text(line);
    text += '\n';
    const std::uint64_t before = size();
    try {
        writeAll(m_descriptor, text.data(), text.size(), utf8(m_path));
    } catch (const WorkError&) {
        // Half a line would spoil the next one, should there be room again.
        if (::ftruncate(m_descriptor, static_cast<off_t>(before)) != 0) throw;
        throw;
    }
}

std::uint64_t AppendFile::size() const {
    struct stat status {};
    if (::fstat(m_descriptor, &status) != 0)
        throw WorkError("cannot look at " + utf8(m_path) + ": " + reason());
    return static_cast<std::uint64_t>(status.st_size);
}

void AppendFile::truncate(std::uint64_t bytes) {
    if (::ftruncate(m_descriptor, static_cast<off_t>(bytes)) != 0)
        throw WorkError("cannot cut " + utf8(m_path) + ": " + reason());
}

void AppendFile::sync() {
    if (::fsync(m_descriptor) != 0)
        throw WorkError("cannot write " + utf8(m_path) + ": " + reason());
}

std::string sha256(std::string_view bytes) {
    Sha256 hash;
    hash.add(bytes.data(), bytes.size());
    return hash.hex();
}

std::string sha256OfFile(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) throw InputError(utf8(path), {}, "cannot be read: " + reason());
    Sha256 hash;
    std::array<char, 1 << 16> block{};
    while (in.read(block.data(), block.size()) || in.gcount() > 0)
        hash.add(block.data(), static_cast<std::size_t>(in.gcount()));
    return hash.hex();
}

std::filesystem::path userDataFolder() {
    if (const char* folder = std::getenv("BITLOOM_DATA"); folder && *folder) return folder;
    if (const char* folder = std::getenv("XDG_DATA_HOME"); folder && *folder)
        return std::filesystem::path(folder) / "bitloom";
    const char* home = std::getenv("HOME");
    return std::filesystem::path(home && *home ? home : ".") / ".local/share/bitloom";
}

std::string utf8(const std::filesystem::path& path) {
    const std::u8string text = path.u8string();
    return {reinterpret_cast<const char*>(text.data()), text.size()};
}

std::filesystem::path pathFromUtf8(std::string_view text) {
    return std::u8string(reinterpret_cast<const char8_t*>(text.data()), text.size());
}

}  // namespace bitloom
