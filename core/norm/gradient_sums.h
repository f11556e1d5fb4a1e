#pragma once
// Sums over the rows of a batch that the members of a team collect side by side.

#include <cstddef>
#include <span>

#include "math/kernels.h"
#include "math/matrix.h"

namespace bitloom {

template <class T>
class GradientSums {
public:
    /// Zeros: `members` sums of `width` numbers.
    void begin(std::size_t members, std::size_t width) {
        m_sums.resize(members, width);
        m_sums.fill(T(0));
    }
    [[nodiscard]] std::span<T> of(std::size_t member) {
        return {m_sums.row(member), m_sums.cols()};
    }
    /// total [width] += all sums, in the order of the members.
    void addTo(std::span<T> total) const {
        for (std::size_t m = 0; m < m_sums.rows(); ++m)
            kernels::axpy<T>(T(1), {m_sums.row(m), m_sums.cols()}, total);
    }

private:
    Matrix<T> m_sums;
};

}  // namespace bitloom
