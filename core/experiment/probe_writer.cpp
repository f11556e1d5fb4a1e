#include "experiment/probe_writer.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <string_view>
#include <vector>

#include "experiment/probe_fields.h"

namespace bitloom {
namespace {

constexpr int k_digits = 6;

template <class Number>
void appendNumber(std::string& line, Number value, int digits = 0) {
    std::array<char, 40> text{};
    std::to_chars_result end{};
    if constexpr (std::is_floating_point_v<Number>)
        end = std::to_chars(text.data(), text.data() + text.size(), value,
                            std::chars_format::general, digits);
    else
        end = std::to_chars(text.data(), text.data() + text.size(), value);
    line.append(text.data(), end.ptr);
}

void write(std::string& line, double value) {
    if (std::isfinite(value))
        appendNumber(line, value, k_digits);
    else
        line += "null";
}
void write(std::string& line, int value) {
    appendNumber(line, value);
}
void write(std::string& line, std::int64_t value) {
    appendNumber(line, value);
}
void write(std::string& line, bool value) {
    line += value ? "true" : "false";
}
/// Names of gates, sides and tensors: nothing in them needs an escape.
void write(std::string& line, const std::string& value) {
    line.append("\"").append(value).append("\"");
}

template <class Row>
void write(std::string& line, const Row& row);

template <class Item>
void write(std::string& line, const std::vector<Item>& items) {
    line += '[';
    for (const Item& item : items) {
        if (line.back() != '[') line += ',';
        write(line, item);
    }
    line += ']';
}

template <class Item>
bool isEmpty(const std::vector<Item>& items) {
    return items.empty();
}
bool isEmpty(const GradientProfile& profile) {
    return profile.batch.empty();
}
template <class Other>
bool isEmpty(const Other&) {
    return false;
}

/// Empty lists are left out: the reader's default is the same.
template <class Row>
void write(std::string& line, const Row& row) {
    line += '{';
    probeFields(row, [&](const char* key, const auto& member) {
        if (isEmpty(member)) return;
        if (line.back() != '{') line += ',';
        line.append("\"").append(key).append("\":");
        write(line, member);
    });
    line += '}';
}

template <class Row>
std::string lineOf(const Row& row) {
    std::string line;
    write(line, row);
    return line;
}

}  // namespace

std::string probeLine(const GradientRow& row) {
    return lineOf(row);
}
std::string probeLine(const BoundRow& row) {
    return lineOf(row);
}
std::string probeLine(const SpectrumRow& row) {
    return lineOf(row);
}
std::string probeLine(const LyapunovRow& row) {
    return lineOf(row);
}
std::string probeLine(const GainRow& row) {
    return lineOf(row);
}
std::string probeLine(const StatisticsRow& row) {
    return lineOf(row);
}
std::string probeLine(const WeightRow& row) {
    return lineOf(row);
}

}  // namespace bitloom
