#pragma once
// Sums over the rows of a batch that the members of a team collect side by side.

#include <algorithm>
#include <cstddef>
#include <span>

#include "math/kernels.h"
#include "norm/member_rows.h"

namespace bitloom {

template <class T>
class GradientSums {
public:
    /// Zeros: `members` sums of `width` numbers.
    void begin(std::size_t members, std::size_t width) {
        m_sums.begin(members, width);
        for (std::size_t m = 0; m < members; ++m) std::ranges::fill(of(m), T(0));
    }
    [[nodiscard]] std::span<T> of(std::size_t member) { return m_sums.of(member); }
    /// total [width] += all sums, in the order of the members.
    void addTo(std::span<T> total) const {
        for (std::size_t m = 0; m < m_sums.all().rows; ++m)
            kernels::axpy<T>(T(1), m_sums.of(m), total);
    }

private:
    MemberRows<T> m_sums;
};

}  // namespace bitloom
