#include "quant/sort.h"

#include <array>

namespace bitloom {

template <class T>
std::span<const Magnitude<T>> MagnitudeSorter<T>::sorted() {
    using Key = typename Magnitude<T>::Key;
    constexpr int k_digitBits = 11;
    constexpr std::size_t k_digits = std::size_t{1} << k_digitBits;
    constexpr int k_keyBits = static_cast<int>(8 * sizeof(Key)) - 1;  // without the sign
    constexpr int k_passes = (k_keyBits + k_digitBits - 1) / k_digitBits;
    const auto digit = [](Key key, int pass) {
        return static_cast<std::size_t>(key >> (pass * k_digitBits)) & (k_digits - 1);
    };

    std::array<std::vector<std::size_t>, k_passes> counts;
    for (auto& count : counts) count.assign(k_digits, 0);
    for (const auto& item : m_items)
        for (int pass = 0; pass < k_passes; ++pass)
            ++counts[static_cast<std::size_t>(pass)][digit(item.key, pass)];

    m_other.resize(m_items.size());
    for (int pass = 0; pass < k_passes && !m_items.empty(); ++pass) {
        auto& count = counts[static_cast<std::size_t>(pass)];
        if (count[digit(m_items[0].key, pass)] == m_items.size()) continue;  // one digit: in order
        std::size_t place = 0;
        for (std::size_t& c : count) {
            const std::size_t here = c;
            c = place;
            place += here;
        }
        for (const auto& item : m_items) m_other[count[digit(item.key, pass)]++] = item;
        m_items.swap(m_other);
    }
    return m_items;
}

template class MagnitudeSorter<float>;
template class MagnitudeSorter<double>;

}  // namespace bitloom
