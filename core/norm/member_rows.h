#pragma once
// A row of numbers for each member of a team.

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>

#include "math/matrix.h"
#include "math/team.h"

namespace bitloom {

/// Rows that members write side by side. They lie apart: a processor fetches ahead of what one
/// member reads, and would take the beginning of the next row from the cache of the member that is
/// writing it (measured on sequential MNIST with batch norm: 1.2 us of a time step's 69 on the way
/// back).
template <class T>
class MemberRows {
public:
    /// `members` rows of `width` numbers, unspecified.
    void begin(std::size_t members, std::size_t width) {
        constexpr std::size_t line = 64 / sizeof(T), apart = 2048 / sizeof(T);
        m_width = width;
        m_rows.resize(members, (width + line - 1) / line * line + apart);
    }
    [[nodiscard]] std::span<T> of(std::size_t member) { return {m_rows.row(member), m_width}; }
    [[nodiscard]] std::span<const T> of(std::size_t member) const {
        return {m_rows.row(member), m_width};
    }
    /// [members, width]
    [[nodiscard]] MatrixView<const T> all() const {
        return {m_rows.data(), m_rows.rows(), m_width, m_rows.cols()};
    }

private:
    std::size_t m_width = 0;
    Matrix<T> m_rows;
};

/// A member's part of `width` columns, first and last (exclusive), with bounds at cache lines.
template <class T>
std::pair<std::size_t, std::size_t> columnsOf(std::size_t member, std::size_t members,
                                              std::size_t width) {
    constexpr std::size_t line = 64 / sizeof(T);
    const std::size_t lines = (width + line - 1) / line;
    return {std::min(width, line * Team::shareStart(member, members, lines)),
            std::min(width, line * Team::shareStart(member + 1, members, lines))};
}

}  // namespace bitloom
