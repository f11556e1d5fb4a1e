#pragma once
// Variables that libraries read when they are loaded. bitloom-cli sets them for itself where the
// user has not, and keeps them from the programs that it compares itself with.

namespace bitloom {

struct PresetVariable {
    const char* name;
    const char* value;
};

/// GNU OpenMP's idle threads spin for milliseconds by default: fastest alone, but beside any other
/// busy program each barrier then waits for a time slice, and small networks train 40 times slower.
/// A short spin costs little alone and keeps its speed in company.
inline constexpr PresetVariable k_presetSpin{"GOMP_SPINCOUNT", "1000"};

/// glibc gives out memory on pages of 4 kB. The first touch of each takes longer than the numbers
/// on it: a third to a half of the time to the first step. Asked to, it uses those of 2 MB.
inline constexpr PresetVariable k_presetPages{"GLIBC_TUNABLES", "glibc.malloc.hugetlb=1"};

}  // namespace bitloom
