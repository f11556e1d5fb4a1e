#include "experiment/size.h"

#include <cmath>

#include "experiment/published.h"

namespace bitloom {
namespace {

constexpr std::int64_t k_floatBytes = 4;

/// Numbers of one layer beside its matrices: all stored as float32.
struct LayerNumbers {
    std::int64_t bias = 0;
    std::int64_t norm = 0;
    std::int64_t statistics = 0;
    std::int64_t startStates = 0;
};

LayerNumbers layerNumbers(const NetworkConfig& config) {
    const std::int64_t hidden = config.hidden;
    const std::int64_t gates = config.gates() * hidden;
    const std::string& method = config.normalization.method;
    const bool cell = config.normalization.cell;
    LayerNumbers numbers;
    numbers.bias = config.cell == Cell::lstm ? gates : 2 * gates;
    if (method == "weight") numbers.norm = 2 * gates;  // a gain a row of W_ih and W_hh
    if (method == "layer" || method.starts_with("batch"))
        numbers.norm = 4 * gates + (cell ? 2 * hidden : 0);  // gain and shift, both sides
    if (method.starts_with("batch")) {
        const std::int64_t steps = method == "batch_separate" ? config.normalization.maxSteps : 1;
        numbers.statistics = steps * (4 * gates + (cell ? 2 * hidden : 0));
    }
    if (config.init.learnableState)
        numbers.startStates = hidden * (config.cell == Cell::lstm ? 2 : 1);
    return numbers;
}

struct MatrixBytes {
    std::int64_t weights = 0;
    std::int64_t scales = 0;
};

/// A matrix is packed row-major as one stream and padded to a whole byte; ternary values go five to
/// a byte.
MatrixBytes packedMatrix(std::int64_t rows, std::int64_t cols, std::int64_t gates,
                         const QuantizerConfig& quantizer, const StorageCost& cost) {
    const double bits = static_cast<double>(rows) * static_cast<double>(cols) * cost.packedBits;
    const std::int64_t blocks = quantizer.granularity == Granularity::row      ? rows
                                : quantizer.granularity == Granularity::matrix ? 1
                                                                               : gates;
    MatrixBytes bytes;
    bytes.weights = static_cast<std::int64_t>(std::ceil(bits / 8 - 1e-6));
    bytes.scales = k_floatBytes * cost.scales * (cost.scalesPerRow ? rows : blocks);
    return bytes;
}

/// Bits of the paper's formula: weights nominal, scales not counted, everything else 32 bits a
/// number.
double paperBits(const NetworkConfig& config, double bitsPerWeight) {
    const double gates = static_cast<double>(config.gates()) * config.hidden;
    const LayerNumbers numbers = layerNumbers(config);
    const double ih = config.quantizer.weightIh ? bitsPerWeight : 32;
    const double hh = config.quantizer.weightHh ? bitsPerWeight : 32;
    double bits = 0;
    for (int l = 0; l < config.layers; ++l)
        bits += gates * (ih * config.inputWidth(l) + hh * config.hidden) +
                32 * static_cast<double>(numbers.bias + numbers.norm + numbers.statistics);
    return bits;
}

std::int64_t paperKilobytes(const NetworkConfig& config, double bitsPerWeight) {
    return static_cast<std::int64_t>(std::floor(paperBits(config, bitsPerWeight) / 8192 + 0.5));
}

void addLayers(const NetworkConfig& config, const StorageCost& cost, ModelSize::Parts& parts) {
    const std::int64_t gates = config.gates();
    const std::int64_t rows = gates * config.hidden;
    const LayerNumbers numbers = layerNumbers(config);
    const auto addMatrix = [&](std::int64_t cols, bool quantized) {
        const MatrixBytes bytes = quantized
                                      ? packedMatrix(rows, cols, gates, config.quantizer, cost)
                                      : MatrixBytes{k_floatBytes * rows * cols, 0};
        parts.weights += bytes.weights;
        parts.scales += bytes.scales;
    };
    const bool any = !config.quantizer.method.empty();
    for (int l = 0; l < config.layers; ++l) {
        addMatrix(config.inputWidth(l), any && config.quantizer.weightIh);
        addMatrix(config.hidden, any && config.quantizer.weightHh);
        parts.norm += k_floatBytes * numbers.norm;
        parts.statistics += k_floatBytes * numbers.statistics;
        parts.bias += k_floatBytes * (numbers.bias + numbers.startStates);
    }
}

void addEnds(const NetworkConfig& config, const StorageCost& cost, ModelSize::Parts& parts) {
    const bool any = !config.quantizer.method.empty();
    const auto matrix = [&](std::int64_t rows, std::int64_t cols, bool quantized) {
        if (!(any && quantized)) return k_floatBytes * rows * cols;
        const MatrixBytes bytes = packedMatrix(rows, cols, 1, config.quantizer, cost);
        return bytes.weights + bytes.scales;
    };
    if (config.embedding > 0)
        parts.embedding = matrix(config.vocabulary, config.embedding, config.quantizer.encoder);
    parts.decoder = k_floatBytes * config.outputs;
    if (!config.tied)
        parts.decoder += matrix(config.outputs, config.hidden, config.quantizer.decoder);
}

int inputWidth(const PublishedResult& row) {
    if (row.table == 4) return 1;
    if (row.table == 3) return row.hidden;
    return row.dataset == "war_and_peace" ? 87 : row.dataset == "ptb_char" ? 50 : 27;
}

int publishedSteps(const PublishedResult& row) {
    if (row.table == 4) return 784;
    if (row.table == 3) return 35;
    return row.dataset == "text8" ? 180 : 100;
}

std::int64_t computedKilobytes(const PublishedResult& row) {
    NetworkConfig config;
    config.hidden = row.hidden;
    config.features = inputWidth(row);  // only the width counts here
    config.quantizer.method = row.quantizer;
    config.quantizer.weightIh = row.quantizesInput();
    config.normalization.method = row.normalization;
    config.normalization.cell = row.normalizesCell();
    config.normalization.maxSteps = publishedSteps(row);
    return paperKilobytes(config, row.bits);
}

}  // namespace

ModelSize modelSize(const NetworkConfig& config) {
    const auto quantizer = makeQuantizer<float>(config.quantizer);
    const StorageCost cost = quantizer ? quantizer->cost() : StorageCost{};
    ModelSize size;
    size.paperKb = paperKilobytes(config, cost.bitsPerWeight);
    addLayers(config, cost, size.parts);
    const ModelSize::Parts& parts = size.parts;
    size.recurrentBytes = parts.weights + parts.scales + parts.norm + parts.statistics + parts.bias;
    addEnds(config, cost, size.parts);
    size.modelBytes = size.recurrentBytes + parts.embedding + parts.decoder;
    return size;
}

std::string sizeJson(const ModelSize& size) {
    std::string text = "{\"paper_kb\":" + std::to_string(size.paperKb) +
                       ",\"recurrent_bytes\":" + std::to_string(size.recurrentBytes) +
                       ",\"model_bytes\":" + std::to_string(size.modelBytes) + ",\"parts\":{";
    const std::pair<const char*, std::int64_t> parts[] = {
        {"weights", size.parts.weights}, {"scales", size.parts.scales},
        {"norm", size.parts.norm},       {"statistics", size.parts.statistics},
        {"bias", size.parts.bias},       {"embedding", size.parts.embedding},
        {"decoder", size.parts.decoder}};
    for (const auto& [name, bytes] : parts)
        text += "\"" + std::string(name) + "\":" + std::to_string(bytes) +
                (name == parts[6].first ? "}}" : ",");
    return text;
}

std::vector<SizeCheck> checkPublishedSizes() {
    std::vector<SizeCheck> checks;
    for (const PublishedResult& row : publishedResults()) {
        // Table 4 prints one size for a row's sequential and permuted results.
        if (row.dataset == "permuted_mnist") continue;
        checks.push_back({row.label(), row.sizeKb, computedKilobytes(row), row.sizeMisfit});
    }
    return checks;
}

}  // namespace bitloom
