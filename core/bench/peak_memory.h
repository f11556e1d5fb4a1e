#pragma once
// Peak resident memory of a stretch of work in this process.

#include <cstdint>
#include <optional>

namespace bitloom {

/// From its construction on: how far resident memory rose above where it stood. Freed memory that
/// the allocator kept is given back first and the kernel's high-water mark is reset
/// (/proc/self/clear_refs), so that earlier work does not hide this one's. One at a time a process.
class PeakMemory {
public:
    PeakMemory();
    /// Bytes; nothing where the kernel does not tell (not Linux, /proc not mounted or read-only).
    [[nodiscard]] std::optional<std::int64_t> growth() const;

private:
    std::optional<std::int64_t> m_before;
};

}  // namespace bitloom
