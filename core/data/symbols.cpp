#include "data/symbols.h"

#include <type_traits>

namespace bitloom {
namespace {

template <typename T>
std::int32_t number(T value) {
    if constexpr (std::is_same_v<T, char>)
        return static_cast<unsigned char>(value);
    else
        return static_cast<std::int32_t>(value);
}

}  // namespace

Symbols::Symbols(std::size_t vocabulary) {
    if (vocabulary > 65536)
        m_row = std::vector<std::int32_t>();
    else if (vocabulary > 256)
        m_row = std::vector<std::uint16_t>();
}

Symbols Symbols::fromBytes(std::string bytes) {
    Symbols symbols;
    symbols.m_row = std::move(bytes);
    return symbols;
}

std::size_t Symbols::size() const {
    return std::visit([](const auto& row) { return row.size(); }, m_row);
}

std::size_t Symbols::bytesPerSymbol() const {
    return std::visit([](const auto& row) { return sizeof(row[0]); }, m_row);
}

std::int32_t Symbols::operator[](std::size_t i) const {
    return std::visit([i](const auto& row) { return number(row[i]); }, m_row);
}

void Symbols::reserve(std::size_t count) {
    std::visit([count](auto& row) { row.reserve(count); }, m_row);
}

void Symbols::append(std::int32_t symbol) {
    std::visit(
        [symbol](auto& row) {
            using Value = typename std::remove_reference_t<decltype(row)>::value_type;
            row.push_back(static_cast<Value>(symbol));
        },
        m_row);
}

void Symbols::copy(std::size_t begin, std::size_t count, std::int32_t* out,
                   std::size_t stride) const {
    std::visit(
        [&](const auto& row) {
            for (std::size_t i = 0; i < count; ++i) out[i * stride] = number(row[begin + i]);
        },
        m_row);
}

}  // namespace bitloom
