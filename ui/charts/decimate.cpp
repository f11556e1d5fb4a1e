#include "charts/decimate.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace bitloom::ui {
namespace {

/// What is known of one pixel column while its points pass by.
struct Column {
    std::size_t first = 0, least = 0, most = 0, last = 0;
    bool any = false;
    bool gap = false;
};

void flush(const Column& column, std::span<const double> x, std::span<const double> y,
           std::vector<QPointF>& out) {
    if (column.any) {
        std::size_t order[4] = {column.first, column.least, column.most, column.last};
        std::sort(std::begin(order), std::end(order));
        std::size_t previous = std::numeric_limits<std::size_t>::max();
        for (const std::size_t index : order) {
            if (index != previous) out.emplace_back(x[index], y[index]);
            previous = index;
        }
    }
    if (column.gap) out.emplace_back(x[column.last], std::numeric_limits<double>::quiet_NaN());
}

}  // namespace

std::vector<QPointF> decimate(std::span<const double> x, std::span<const double> y, double lower,
                              double upper, int columns, bool log) {
    std::vector<QPointF> out;
    const std::size_t length = std::min(x.size(), y.size());
    x = x.first(length);
    y = y.first(length);
    auto begin = static_cast<std::size_t>(std::lower_bound(x.begin(), x.end(), lower) - x.begin());
    auto end = static_cast<std::size_t>(std::upper_bound(x.begin(), x.end(), upper) - x.begin());
    begin -= begin > 0 ? 1 : 0;
    end += end < length ? 1 : 0;
    if (begin >= end) return out;
    columns = std::max(columns, 1);
    if (end - begin <= 2 * static_cast<std::size_t>(columns)) {
        out.reserve(end - begin);
        for (std::size_t index = begin; index < end; ++index) {
            out.emplace_back(x[index], std::isfinite(y[index])
                                           ? y[index]
                                           : std::numeric_limits<double>::quiet_NaN());
        }
        return out;
    }
    const auto place = [log](double value) {
        return log ? std::log10(std::max(value, 1e-300)) : value;
    };
    const double start = place(lower);
    const double width = (place(upper) - start) / columns;
    out.reserve(4 * static_cast<std::size_t>(columns) + 8);
    Column column;
    double current = -std::numeric_limits<double>::infinity();
    for (std::size_t index = begin; index < end; ++index) {
        const double bucket =
            std::clamp(std::floor((place(x[index]) - start) / width), -1.0, columns + 1.0);
        if (bucket != current) {
            flush(column, x, y, out);
            column = Column{};
            current = bucket;
        }
        if (!std::isfinite(y[index])) {
            column.gap = true;
            if (!column.any) column.last = index;
            continue;
        }
        if (!column.any) {
            column.first = column.least = column.most = index;
            column.any = true;
        }
        if (y[index] < y[column.least]) column.least = index;
        if (y[index] > y[column.most]) column.most = index;
        column.last = index;
    }
    flush(column, x, y, out);
    return out;
}

}  // namespace bitloom::ui
