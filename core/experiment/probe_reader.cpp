#include "experiment/probe_reader.h"

#include <simdjson.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "experiment/probe_fields.h"

namespace bitloom {
namespace {

using Element = simdjson::dom::element;

bool read(const Element& from, double& to) {
    if (from.is_null()) {
        to = std::numeric_limits<double>::quiet_NaN();
        return true;
    }
    return from.get(to) == simdjson::SUCCESS;
}

bool read(const Element& from, std::int64_t& to) {
    double value = 0;
    if (from.get(value) != simdjson::SUCCESS || !(std::abs(value) < 9e15)) return false;
    to = static_cast<std::int64_t>(value);
    return true;
}

bool read(const Element& from, int& to) {
    std::int64_t value = 0;
    if (!read(from, value) || std::abs(value) > 2'000'000'000) return false;
    to = static_cast<int>(value);
    return true;
}

bool read(const Element& from, bool& to) {
    return from.get(to) == simdjson::SUCCESS;
}

bool read(const Element& from, std::string& to) {
    std::string_view text;
    if (from.get(text) != simdjson::SUCCESS) return false;
    to = text;
    return true;
}

template <class Row>
bool read(const Element& from, Row& to);

template <class Item>
bool read(const Element& from, std::vector<Item>& to) {
    simdjson::dom::array items;
    if (from.get(items) != simdjson::SUCCESS) return false;
    to.clear();
    to.reserve(items.size());
    for (const Element& item : items)
        if (!read(item, to.emplace_back())) return false;
    return true;
}

/// Absent members keep their defaults; a member of another type makes the line a bad one.
template <class Row>
bool read(const Element& from, Row& to) {
    if (!from.is_object()) return false;
    bool fits = true;
    probeFields(to, [&](const char* key, auto& member) {
        Element value;
        if (from[key].get(value) == simdjson::SUCCESS) fits = read(value, member) && fits;
    });
    return fits;
}

template <class Row>
bool readRow(const Element& line, const char* needed, Row& row) {
    Element member;
    return line.is_object() && line["step"].get(member) == simdjson::SUCCESS &&
           line[needed].get(member) == simdjson::SUCCESS && read(line, row);
}

}  // namespace

bool readProbe(const Element& line, GradientRow& row) {
    if (!readRow(line, "hidden", row)) return false;
    // The batch's norms of the whole loss stand in the file once.
    for (std::size_t l = 0; l < row.total.size(); ++l) {
        if (l < row.hidden.size()) row.total[l].hidden.batch = row.hidden[l];
        if (l < row.cell.size()) row.total[l].cell.batch = row.cell[l];
    }
    return true;
}

bool readProbe(const Element& line, BoundRow& row) {
    return readRow(line, "layers", row);
}
bool readProbe(const Element& line, SpectrumRow& row) {
    return readRow(line, "layers", row);
}
bool readProbe(const Element& line, LyapunovRow& row) {
    return readRow(line, "layers", row);
}
bool readProbe(const Element& line, GainRow& row) {
    return readRow(line, "layers", row);
}
bool readProbe(const Element& line, StatisticsRow& row) {
    return readRow(line, "layers", row);
}
bool readProbe(const Element& line, WeightRow& row) {
    return readRow(line, "matrices", row);
}

}  // namespace bitloom
