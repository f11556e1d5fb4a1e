#include "bench/peak_memory.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <algorithm>
#include <charconv>
#include <fstream>
#include <string>
#include <string_view>

namespace bitloom {
namespace {

/// "VmHWM:     1234 kB" of /proc/self/status.
std::optional<std::int64_t> statusBytes(std::string_view field) {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (!line.starts_with(field)) continue;
        const std::size_t digits = line.find_first_of("0123456789", field.size());
        std::int64_t kilobytes = 0;
        if (digits == line.npos ||
            std::from_chars(line.data() + digits, line.data() + line.size(), kilobytes).ec !=
                std::errc())
            return std::nullopt;
        return kilobytes * 1024;
    }
    return std::nullopt;
}

}  // namespace

PeakMemory::PeakMemory() {
#ifdef __GLIBC__
    ::malloc_trim(0);
#endif
    std::ofstream reset("/proc/self/clear_refs");
    reset << "5" << std::flush;  // proc(5): resets the peak
    if (reset) m_before = statusBytes("VmRSS:");
}

std::optional<std::int64_t> PeakMemory::growth() const {
    const auto peak = statusBytes("VmHWM:");
    if (!m_before || !peak) return std::nullopt;
    return std::max<std::int64_t>(0, *peak - *m_before);
}

}  // namespace bitloom
