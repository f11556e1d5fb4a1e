#pragma once
// Sorting weights by magnitude for the exact loss-aware search: radix sort of the bit patterns,
// which order like the magnitudes they are. Linear in n (4 million in about 0.1 s), stable, and
// defined for NaN.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

namespace bitloom {

/// |w| as its bit pattern, and the weight D that travels with it.
template <class T>
struct Magnitude {
    using Key = std::conditional_t<std::is_same_v<T, float>, std::uint32_t, std::uint64_t>;
    Key key;
    T weight;
    [[nodiscard]] T value() const { return std::bit_cast<T>(key); }
};

/// Collects magnitudes, then sorts them upwards. Keeps its memory between uses.
template <class T>
class MagnitudeSorter {
public:
    void clear(std::size_t expected) {
        m_items.clear();
        m_items.reserve(expected);
    }
    void add(T w, T weight) {
        using Key = typename Magnitude<T>::Key;
        m_items.push_back({static_cast<Key>(std::bit_cast<Key>(w) << 1 >> 1), weight});
    }
    /// The items in ascending order of |w|, NaN last; valid until the next clear().
    std::span<const Magnitude<T>> sorted();

private:
    std::vector<Magnitude<T>> m_items;
    std::vector<Magnitude<T>> m_other;
};

}  // namespace bitloom
