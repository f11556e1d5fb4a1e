#pragma once
// One attempt to fetch (the rest of) a file over HTTP: the only file pair that includes curl.h.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

namespace bitloom {

/// A partial file, locked against other processes.
class PartialFile {
public:
    /// Opens or creates; throws WorkError if it cannot be, or if another process holds it.
    explicit PartialFile(std::filesystem::path path);
    PartialFile(const PartialFile&) = delete;
    PartialFile& operator=(const PartialFile&) = delete;
    ~PartialFile();

    [[nodiscard]] std::uint64_t size() const { return m_size; }
    [[nodiscard]] const std::filesystem::path& path() const { return m_path; }
    /// Appends; false if the disk refuses.
    bool append(const char* bytes, std::size_t count);
    void clear();
    /// Waits until it is on the disk; throws WorkError.
    void sync();

private:
    std::filesystem::path m_path;
    int m_descriptor = -1;
    std::uint64_t m_size = 0;
};

struct TransferResult {
    enum class State { complete, again, failed, cancelled } state = State::failed;
    std::string reason;        ///< of any state but complete
    bool unreachable = false;  ///< again: no connection came about at all
    bool openEnded = false;    ///< complete: the server did not say how long the file is
};

struct TransferLimits {
    std::uint64_t mostBytes = 0;
    int stallSeconds = 30;
};

/// Appends what is missing of `url` to `partial`. `progress(received, total)` returns false to
/// cancel.
TransferResult transfer(const std::string& url, PartialFile& partial, const TransferLimits& limits,
                        const std::function<bool(std::uint64_t, std::uint64_t)>& progress);

}  // namespace bitloom
