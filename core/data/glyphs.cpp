#include "data/glyphs.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "data/pixels.h"
#include "data/sequence_dataset.h"

namespace bitloom {
namespace {

constexpr int side = 28;
constexpr std::int64_t mostGlyphs = 1'000'000;

struct Point {
    double x = 0, y = 0;
};
using Stroke = std::vector<Point>;

/// Part of an ellipse; degrees clockwise from the right, since y points down.
Stroke arc(Point centre, double rx, double ry, double from, double to) {
    Stroke stroke;
    const int pieces = std::max(4, static_cast<int>(std::abs(to - from) / 20));
    for (int i = 0; i <= pieces; ++i) {
        const double angle = (from + (to - from) * i / pieces) * std::numbers::pi / 180;
        stroke.push_back({centre.x + rx * std::cos(angle), centre.y + ry * std::sin(angle)});
    }
    return stroke;
}

Stroke joined(Stroke first, const Stroke& second) {
    first.insert(first.end(), second.begin(), second.end());
    return first;
}

/// The strokes of a digit in the unit square.
std::vector<Stroke> strokesOf(int digit) {
    switch (digit) {
        case 0:
            return {arc({0.5, 0.5}, 0.27, 0.38, 0, 360)};
        case 1:
            return {{{0.36, 0.26}, {0.53, 0.12}, {0.53, 0.88}}};
        case 2:
            return {joined(arc({0.5, 0.34}, 0.24, 0.22, -170, 30), {{0.27, 0.87}, {0.76, 0.87}})};
        case 3:
            return {joined(arc({0.47, 0.31}, 0.22, 0.19, -150, 90),
                           arc({0.47, 0.69}, 0.26, 0.19, -90, 150))};
        case 4:
            return {{{0.58, 0.12}, {0.24, 0.62}, {0.8, 0.62}}, {{0.63, 0.38}, {0.63, 0.9}}};
        case 5:
            return {joined({{0.72, 0.13}, {0.35, 0.13}, {0.32, 0.47}},
                           arc({0.48, 0.65}, 0.25, 0.22, -115, 140))};
        case 6:
            return {joined({{0.66, 0.12}, {0.42, 0.32}, {0.29, 0.58}},
                           arc({0.5, 0.68}, 0.21, 0.2, 180, 540))};
        case 7:
            return {{{0.25, 0.14}, {0.76, 0.14}, {0.43, 0.89}}};
        case 8:
            return {arc({0.5, 0.31}, 0.19, 0.18, 0, 360), arc({0.5, 0.69}, 0.24, 0.2, 0, 360)};
        default:
            return {joined(arc({0.5, 0.33}, 0.22, 0.2, 0, 360), {{0.71, 0.36}, {0.6, 0.89}})};
    }
}

double distance(Point p, Point a, Point b) {
    const double dx = b.x - a.x, dy = b.y - a.y;
    const double length = dx * dx + dy * dy;
    double along = length > 0 ? ((p.x - a.x) * dx + (p.y - a.y) * dy) / length : 0;
    along = std::clamp(along, 0.0, 1.0);
    return std::hypot(p.x - a.x - along * dx, p.y - a.y - along * dy);
}

}  // namespace

void drawGlyph(int digit, Rng& rng, std::span<char> image) {
    const auto between = [&rng](double low, double high) {
        return low + (high - low) * rng.uniformDouble();
    };
    const double slant = between(-0.3, 0.3), turn = between(-0.15, 0.15);
    const double width = between(15, 22), height = between(18, 24);
    const double moveX = between(-1.5, 1.5), moveY = between(-1.5, 1.5);
    const double bend = between(-0.05, 0.05), phase = between(0, 2 * std::numbers::pi);
    const double radius = between(0.7, 1.6), ink = between(0.8, 1.0);
    std::array<float, side * side> cover{};
    for (Stroke& stroke : strokesOf(digit)) {
        for (Point& p : stroke) {
            const double jitterX = between(-0.02, 0.02), jitterY = between(-0.02, 0.02);
            const double x =
                p.x - 0.5 + jitterX + bend * std::sin(2 * std::numbers::pi * p.y + phase);
            const double y = p.y - 0.5 + jitterY;
            const double u = width * (x - slant * y), v = height * y;
            p = {side / 2.0 + moveX + u * std::cos(turn) - v * std::sin(turn),
                 side / 2.0 + moveY + u * std::sin(turn) + v * std::cos(turn)};
        }
        for (std::size_t i = 0; i + 1 < stroke.size(); ++i) {
            const Point a = stroke[i], b = stroke[i + 1];
            const auto pixel = [](double at) {
                return std::clamp(static_cast<int>(at), 0, side - 1);
            };
            const double reach = radius + 1;
            for (int row = pixel(std::min(a.y, b.y) - reach);
                 row <= pixel(std::max(a.y, b.y) + reach); ++row)
                for (int column = pixel(std::min(a.x, b.x) - reach);
                     column <= pixel(std::max(a.x, b.x) + reach); ++column) {
                    const double gap = distance({column + 0.5, row + 0.5}, a, b);
                    const auto here = static_cast<float>(std::clamp(radius + 0.5 - gap, 0.0, 1.0));
                    float& most = cover[static_cast<std::size_t>(row * side + column)];
                    most = std::max(most, here);
                }
        }
    }
    for (std::size_t i = 0; i < cover.size(); ++i) {
        const double noise = 0.04 * (rng.uniformDouble() + rng.uniformDouble() - 1);
        const double value = std::clamp(ink * static_cast<double>(cover[i]) + noise, 0.0, 1.0);
        image[i] = static_cast<char>(static_cast<unsigned char>(std::lround(255 * value)));
    }
}

DatasetInfo describeGlyphs(const DatasetConfig& config) {
    if (config.size > mostGlyphs)
        throw InputError("glyphs", "dataset.size",
                         "is " + std::to_string(config.size) +
                             ", accepted is 0 (the standard size) to " +
                             std::to_string(mostGlyphs));
    const auto counts = sequenceCounts(config.size, 10'000, 0.2, "glyphs");
    DatasetInfo info;
    info.name = "glyphs";
    info.label = config.permuted ? "Glyphs, permuted pixels" : "Glyphs, pixel by pixel";
    info.task = Task::classification;
    info.metric = "accuracy";
    info.features = 1;
    info.outputs = 10;
    info.steps = side * side;
    for (std::size_t i = 0; i < 3; ++i) info.symbols[i] = counts[i];
    info.floor = 0.1;
    info.floorLabel = "Guessing";
    info.hash = sha256("glyphs 1, seed " + std::to_string(config.seed) + ", size " +
                       std::to_string(counts[0]) + (config.permuted ? ", permuted" : ""));
    return info;
}

std::shared_ptr<const Dataset> openGlyphs(const DatasetConfig& config) {
    DatasetInfo info = describeGlyphs(config);
    auto set = std::make_shared<PixelSet>();
    const auto total =
        static_cast<std::size_t>(info.symbols[0] + info.symbols[1] + info.symbols[2]);
    set->images.resize(total * set->pixels);
    set->labels.resize(total);
    std::size_t at = 0;
    for (std::uint64_t split = 0; split < 3; ++split)
        for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(info.symbols[split]); ++i, ++at) {
            Rng rng(config.seed, makeStream("data.glyphs", split, i));
            const auto digit = static_cast<int>(rng.below(10));
            set->labels[at] = static_cast<char>(digit);
            drawGlyph(digit, rng,
                      std::span<char>(set->images).subspan(at * set->pixels, set->pixels));
        }
    if (config.permuted) set->order = pixelPermutation(config.seed, set->pixels);
    return makePixelDataset(std::move(info), std::move(set));
}

}  // namespace bitloom
